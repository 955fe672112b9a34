/* SPDX-License-Identifier: MIT
 * The results of the twenty calls with unusual lengths: of addresses, options, buffers, headers and control data. */
#include "samples.h"

#include <netinet/tcp.h>

/* ---- Odd lengths ------------------------------------------------------------------------------------------------- */

static const int lengths[] = { 0,   1,   2,   3,   4,    7,  8,  15,   16,    27,      28,      109,        110,
			       111, 127, 128, 129, 4096, -1, -4, -128, 65536, INT_MAX, INT_MIN, INT_MIN + 1 };

static void address_lengths(int call, int family, int type, socklen_t good)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		char big[8192] = { 0 };
		int fd = new_socket(family, type);

		any_address((struct sockaddr_storage *)big, family);
		if (family == AF_UNIX)
			strcpy(big + 2, "abcdefghijklmnop/nonexistent");
		if (call == SYS_SENDTO)
			fact(sc(call, fd, "x", 1, MSG_DONTWAIT, big, lengths[i]), "%s, family %d, type %d, length %d",
			     name_of[call], family, type, lengths[i]);
		else
			fact(sc(call, fd, big, lengths[i]), "%s, family %d, type %d, length %d (%s)", name_of[call],
			     family, type, lengths[i], lengths[i] == (int)good ? "right" : "odd");
		close(fd);
	}
}

/* A buffer for an address, and the bytes that are written into it and after it. */
static void address_rooms(int call)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		char room[8192];
		struct sample s;
		int length = lengths[i];
		long r;

		memset(room, '.', sizeof room);
		sample_begin(&s, call, "errors");
		for (unsigned w = 1; w < 6; w++) {
			if (s.words[w] == (uint32_t)&s.address)
				s.words[w] = (uint32_t)room;
			if (s.words[w] == (uint32_t)&s.length)
				s.words[w] = (uint32_t)&length;
		}
		r = door->call(call, s.words);
		say("%s, room %d: %s, length %d, %s", name_of[call], lengths[i], r < 0 ? result_text(r) : "good",
		    length, bytes(room, 200));
		if (call == SYS_ACCEPT || call == SYS_ACCEPT4)
			close((int)r);
		s.fds[3] = s.fds[2];
		for (int k = 0; k < 3; k++)
			close(s.fds[k]);
	}
}

static void option_lengths(void)
{
	static const struct {
		int level, option;
		const char *name;
	} options[] = {
		{ SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR" },
		{ SOL_SOCKET, SO_LINGER, "SO_LINGER" },
		{ SOL_SOCKET, SO_RCVTIMEO, "SO_RCVTIMEO" },
		{ SOL_SOCKET, SO_TYPE, "SO_TYPE" },
		{ SOL_SOCKET, SO_PEERCRED, "SO_PEERCRED" },
		{ SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE" },
		{ SOL_SOCKET, 66, "SO_RCVTIMEO_NEW" },
		{ SOL_SOCKET, 9999, "an unknown one" },
		{ IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY" },
		{ IPPROTO_TCP, TCP_INFO, "TCP_INFO" },
		{ IPPROTO_TCP, 9999, "an unknown TCP one" },
		{ IPPROTO_IP, IP_TTL, "IP_TTL" },
		{ IPPROTO_IP, 9999, "an unknown IP one" },
		{ IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY" },
		{ 12345, 1, "an unknown level" },
		{ -1, 1, "level -1" },
	};
	static const int odd[] = { 0, 1, 2, 3, 4, 5, 8, 12, 16, 17, -1, INT_MIN, INT_MAX };

	for (size_t i = 0; i < COUNT(options); i++)
		for (size_t j = 0; j < COUNT(odd); j++) {
			int fd = new_socket(AF_INET, SOCK_STREAM), length = odd[j];
			char value[8192] = { 0 };
			long r;

			fact(sc(SYS_SETSOCKOPT, fd, options[i].level, options[i].option, value, length),
			     "setsockopt %s, length %d", options[i].name, odd[j]);
			r = sc(SYS_GETSOCKOPT, fd, options[i].level, options[i].option, value, &length);
			fact(r, "getsockopt %s, room %d, then %d", options[i].name, odd[j],
			     options[i].option == TCP_INFO ? 0 : length);
			close(fd);
		}
}

static void buffer_lengths(void)
{
	static const uint32_t odd[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff };
	int calls[] = { SYS_SEND, SYS_SENDTO, SYS_RECV, SYS_RECVFROM };

	for (size_t i = 0; i < COUNT(calls); i++)
		for (size_t j = 0; j < COUNT(odd); j++) {
			struct sample s;

			sample_begin(&s, calls[i], "errors");
			s.words[2] = odd[j];
			sample_end(&s, door->call(s.call, s.words), "of %u bytes", odd[j]);
		}
}

static void header_lengths(void)
{
	static const int calls[] = { SYS_SENDMSG, SYS_RECVMSG, SYS_SENDMMSG, SYS_RECVMMSG };
	static const uint32_t odd[] = { 0, 1, 2, 12, 13, 15, 16, 1024, 1025, 0x7fffffff, 0x80000000, 0xffffffff };
	static struct iovec many[1025];
	static char control[8192], name[8192];

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct iovec){ control, 0 };
	for (size_t i = 0; i < COUNT(calls); i++)
		for (size_t j = 0; j < COUNT(odd); j++)
			for (int field = 0; field < 4; field++) {
				static const char *const fields[] = { "name's", "number of parts", "control's",
								      "first part's" };
				struct sample s;
				struct msghdr *h = &s.messages[0].msg_hdr;
				long r;

				sample_begin(&s, calls[i], "errors");
				memset(control, 0, sizeof control);
				memset(name, 0, sizeof name);
				if (field == 0)
					h->msg_name = name, h->msg_namelen = odd[j];
				else if (field == 1)
					h->msg_iov = many, h->msg_iovlen = odd[j];
				else if (field == 2)
					h->msg_control = control, h->msg_controllen = odd[j];
				else
					s.parts[0].iov_len = odd[j];
				r = door->call(s.call, s.words);
				say("%s with its %s length %u: %s, name's length %u, control's %u, flags %x",
				    name_of[s.call], fields[field], odd[j], result_text(r), h->msg_namelen,
				    h->msg_controllen, h->msg_flags);
				for (int k = 0; k < 4; k++)
					if (s.fds[k] >= 0)
						close(s.fds[k]);
			}
}

/* ---- Control messages -------------------------------------------------------------------------------------------- */

struct control {
	struct cmsghdr header;
	int fds[4];
};

static void control_messages(void)
{
	static const uint32_t odd[] = {
		0, 1, 11, 12, 13, 15, 16, 17, 20, 28, 29, 32, 0x7fffffff, 0x80000000, 0xffffffff
	};
	static const int types[] = { 0, SCM_RIGHTS, SCM_CREDENTIALS, 77 };

	for (size_t t = 0; t < COUNT(types); t++)
		for (size_t i = 0; i < COUNT(odd); i++) {
			struct control c = { { odd[i], SOL_SOCKET, types[t] }, { 0, 0, 0, 0 } };
			int pair[2];
			struct iovec part = { "x", 1 };
			struct msghdr h = {
				.msg_iov = &part, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c
			};

			new_pair(SOCK_STREAM, pair);
			fact(sc(SYS_SENDMSG, pair[0], &h, 0), "sendmsg, control message type %d of length %u", types[t],
			     odd[i]);
			c.header.cmsg_len = CMSG_LEN(4);
			c.fds[0] = types[t] == SCM_RIGHTS ? -1 : c.fds[0];
			h.msg_controllen = odd[i];
			fact(sc(SYS_SENDMSG, pair[0], &h, 0), "sendmsg, control message type %d in %u bytes", types[t],
			     odd[i]);
			close(pair[0]);
			close(pair[1]);
		}
}

static void all_lengths(void)
{
	set_context("%s:", door->name);
	address_lengths(SYS_BIND, AF_UNIX, SOCK_STREAM, 0);
	address_lengths(SYS_BIND, AF_INET, SOCK_STREAM, sizeof(struct sockaddr_in));
	address_lengths(SYS_BIND, AF_INET6, SOCK_DGRAM, sizeof(struct sockaddr_in6));
	address_lengths(SYS_BIND, AF_NETLINK, SOCK_RAW, sizeof(struct sockaddr_nl));
	address_lengths(SYS_CONNECT, AF_UNIX, SOCK_DGRAM, 0);
	address_lengths(SYS_CONNECT, AF_INET, SOCK_STREAM, sizeof(struct sockaddr_in));
	address_lengths(SYS_CONNECT, AF_INET6, SOCK_STREAM, sizeof(struct sockaddr_in6));
	address_lengths(SYS_SENDTO, AF_UNIX, SOCK_DGRAM, 0);
	address_lengths(SYS_SENDTO, AF_INET, SOCK_DGRAM, sizeof(struct sockaddr_in));
	address_rooms(SYS_ACCEPT);
	address_rooms(SYS_ACCEPT4);
	address_rooms(SYS_GETSOCKNAME);
	address_rooms(SYS_GETPEERNAME);
	address_rooms(SYS_RECVFROM);
	option_lengths();
	buffer_lengths();
	header_lengths();
	control_messages();
}

int main(void)
{
	oracle_begin("lengths");
	door = &door_raw;
	all_lengths();
	door = &door_libc;
	all_lengths();
	return 0;
}
