/* SPDX-License-Identifier: MIT
 *
 * A guest of each architecture receives the control messages that the kernel makes. TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/server/guest.h"

enum { ROOM = 480 };

/* Returns the address of the guest's control message of this level and type, or 0. */
static uint64_t found(int level, int type)
{
	unsigned header = word == 4 ? 12 : 16;
	uint64_t end = CONTROL + get(HEADER + 5 * word, word), at = CONTROL;

	while (at + header <= end) {
		uint64_t length = get(at, word);

		if ((int)get(at + header - 8, 4) == level && (int)get(at + header - 4, 4) == type)
			return at;
		if (length < header)
			return 0;
		at += (length + word - 1) / word * word;
	}
	return 0;
}

/* Returns the address of its data, which must have so many bytes. */
static uint64_t data_of(int level, int type, unsigned size, const char *what)
{
	unsigned header = word == 4 ? 12 : 16;
	uint64_t at = found(level, type);

	IS(at != 0, 1, what);
	IS(at ? get(at, word) : 0, header + size, "the control message has its length");
	return at ? at + header : NAME;
}

static void receive(int fd, int flags, uint64_t room)
{
	put(VECTOR, word, DATA);
	put(VECTOR + word, word, 16);
	for (unsigned i = 0; i < 7; i++)
		put(HEADER + i * word, word, 0);
	put(HEADER + 2 * word, word, VECTOR);
	put(HEADER + 3 * word, word, 1);
	put(HEADER + 4 * word, word, CONTROL);
	put(HEADER + 5 * word, word, room);
	IS(CALL(RECVMSG, (uint64_t)fd, HEADER, (uint64_t)flags) >= 0, 1, "recvmsg");
}

/* Sets an option to 1, by a call of the guest. */
static void set(int fd, int level, int option)
{
	put(VALUE, 4, 1);
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)level, (uint64_t)option, VALUE, 4), 0, "an option is set");
}

/* Makes two UDP sockets on the loopback, the second connected to the first. */
static void udp_pair(int family, int pair[2])
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *name = family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
	socklen_t length = family == AF_INET ? sizeof in : sizeof in6;

	for (int i = 0; i < 2; i++) {
		pair[i] = socket(family, SOCK_DGRAM, 0);
		if (i == 0 && (bind(pair[0], name, length) || getsockname(pair[0], name, &length)))
			break;
		if (i == 1)
			connect(pair[1], name, length);
	}
}

static bool is_now(uint64_t seconds, unsigned size)
{
	uint64_t now = (uint64_t)time(NULL);

	if (size == 4) {
		now = (uint32_t)now;
		seconds = (uint32_t)seconds;
	}
	return seconds <= now + 1 && seconds + 60 > now;
}

static void times(int fd, int from)
{
	unsigned seconds = strcmp(n->name, "x32") == 0 ? 8 : word;
	const struct {
		int option;
		unsigned size, whole;
		const char *what;
	} rows[] = { { n->n_SO_TIMESTAMP_OLD, seconds, 2 * seconds, "SO_TIMESTAMP" },
		     { n->n_SO_TIMESTAMPNS_OLD, seconds, 2 * seconds, "SO_TIMESTAMPNS" },
		     { n->n_SO_TIMESTAMP_NEW, 8, 16, "SO_TIMESTAMP_NEW" },
		     { n->n_SO_TIMESTAMPNS_NEW, 8, 16, "SO_TIMESTAMPNS_NEW" } };

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t at;

		set(fd, n->n_SOL_SOCKET, rows[i].option);
		send(from, "x", 1, 0);
		receive(fd, 0, ROOM);
		at = data_of(n->n_SOL_SOCKET, rows[i].option, rows[i].whole, rows[i].what);
		IS(is_now(get(at, rows[i].size), rows[i].size), 1, "the message's time is the present");
		IS(get(at + rows[i].size, 4) < 1000000000u || get(at + rows[i].size + 4, 4) < 1000000000u, 1,
		   "the message's time has less than a second of micro- or nanoseconds");
	}
}

static void inet(void)
{
	int pair[2], tos = 0x10;
	uint64_t at;

	udp_pair(AF_INET, pair);
	set(pair[0], IPPROTO_IP, IP_PKTINFO);
	set(pair[0], IPPROTO_IP, IP_RECVTTL);
	set(pair[0], IPPROTO_IP, IP_RECVTOS);
	set(pair[0], IPPROTO_IP, IP_RECVORIGDSTADDR);
	set(pair[0], n->n_SOL_SOCKET, n->n_SO_RXQ_OVFL);
	setsockopt(pair[1], IPPROTO_IP, IP_TOS, &tos, sizeof tos);
	send(pair[1], "x", 1, 0);
	receive(pair[0], 0, ROOM);
	at = data_of(IPPROTO_IP, IP_PKTINFO, 12, "IP_PKTINFO");
	IS(get(at, 4), if_nametoindex("lo"), "the packet information has the interface");
	IS(*byte_at(at + 8), 127, "IP_PKTINFO has the address");
	at = data_of(IPPROTO_IP, IP_TTL, 4, "IP_TTL");
	IS(get(at, 4), 64, "IP_TTL is 64");
	at = data_of(IPPROTO_IP, IP_TOS, 1, "IP_TOS is one byte");
	IS(*byte_at(at), 0x10, "IP_TOS is the byte that was sent");
	at = data_of(IPPROTO_IP, IP_ORIGDSTADDR, 16, "IP_ORIGDSTADDR");
	IS(get(at, 2), AF_INET, "IP_ORIGDSTADDR has the family");

	times(pair[0], pair[1]);
	close(pair[0]);
	close(pair[1]);
}

/* With too little room, control data is cut, and MSG_CTRUNC is set. */
static void cut(void)
{
	unsigned header = word == 4 ? 12 : 16;
	int pair[2];

	udp_pair(AF_INET, pair);
	set(pair[0], IPPROTO_IP, IP_PKTINFO);
	send(pair[1], "x", 1, 0);
	for (unsigned i = 0; i < 64; i++)
		*byte_at(CONTROL + i) = 0xa5;
	receive(pair[0], 0, header + 6);
	IS(get(HEADER + 6 * word, 4), MSG_CTRUNC, "a control message without enough room sets MSG_CTRUNC");
	IS(get(CONTROL, word), header + 6, "the cut message's length is what there was room for");
	IS(get(CONTROL + header, 4), if_nametoindex("lo"), "the cut message has its first bytes");
	IS(*byte_at(CONTROL + header + 6), 0xa5, "nothing is written after the room");
	IS(get(HEADER + 5 * word, word), header + 6, "msg_controllen is the whole room");
	close(pair[0]);
	close(pair[1]);
}

static void refused(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof name;
	int closed = socket(AF_INET, SOCK_DGRAM, 0), fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct pollfd error = { .fd = fd };
	uint64_t at;

	bind(closed, (struct sockaddr *)&name, sizeof name);
	getsockname(closed, (struct sockaddr *)&name, &length);
	close(closed);
	set(fd, IPPROTO_IP, IP_RECVERR);
	connect(fd, (struct sockaddr *)&name, sizeof name);
	send(fd, "x", 1, 0);
	poll(&error, 1, 20000);
	receive(fd, MSG_ERRQUEUE, ROOM);
	at = data_of(IPPROTO_IP, IP_RECVERR, 32, "IP_RECVERR");
	IS(get(at, 4), n->n_ECONNREFUSED, "IP_RECVERR has the error, by the guest's number");
	IS(*byte_at(at + 4), 2, "IP_RECVERR has the error's origin, ICMP");
	IS(get(at + 16, 2), AF_INET, "IP_RECVERR has the address of the error's sender");
	close(fd);
}

static void inet6(void)
{
	int pair[2] = { -1, -1 };
	uint64_t at;

	udp_pair(AF_INET6, pair);
	if (pair[1] >= 0) {
		set(pair[0], IPPROTO_IPV6, IPV6_RECVPKTINFO);
		set(pair[0], IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
		set(pair[0], IPPROTO_IPV6, IPV6_RECVTCLASS);
		send(pair[1], "x", 1, 0);
		receive(pair[0], 0, ROOM);
		at = data_of(IPPROTO_IPV6, IPV6_PKTINFO, 20, "IPV6_PKTINFO");
		IS(get(at + 16, 4), if_nametoindex("lo"), "the packet information has the interface");
		at = data_of(IPPROTO_IPV6, IPV6_HOPLIMIT, 4, "IPV6_HOPLIMIT");
		IS(get(at, 4), 64, "IPV6_HOPLIMIT is 64");
		at = data_of(IPPROTO_IPV6, IPV6_TCLASS, 4, "IPV6_TCLASS");
		IS(get(at, 4), 0, "IPV6_TCLASS is 0");
		close(pair[1]);
	}
	if (pair[0] >= 0)
		close(pair[0]);
}

/* The guest sends a hop limit, which the receiver sees; and one that the kernel refuses. */
static void sent(void)
{
	unsigned header = word == 4 ? 12 : 16;
	int pair[2], on = 1, ttl = 0;
	char room[64], byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room
	};

	udp_pair(AF_INET, pair);
	setsockopt(pair[0], IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
	put(VECTOR, word, DATA);
	put(VECTOR + word, word, 1);
	for (unsigned i = 0; i < 7; i++)
		put(HEADER + i * word, word, 0);
	put(HEADER + 2 * word, word, VECTOR);
	put(HEADER + 3 * word, word, 1);
	put(HEADER + 4 * word, word, CONTROL);
	put(HEADER + 5 * word, word, header + 4);
	put(CONTROL, word, header + 4);
	put(CONTROL + header - 8, 4, IPPROTO_IP);
	put(CONTROL + header - 4, 4, IP_TTL);
	put(CONTROL + header, 4, 9);
	IS(CALL(SENDMSG, (uint64_t)pair[1], HEADER, 0), 1, "sendmsg with IP_TTL");
	recvmsg(pair[0], &message, 0);
	memcpy(&ttl, CMSG_DATA((struct cmsghdr *)(void *)room), sizeof ttl);
	IS(ttl, 9, "the receiver sees the IP_TTL that the guest sent");
	put(CONTROL + header, 4, 300);
	IS(CALL(SENDMSG, (uint64_t)pair[1], HEADER, 0), -EINVAL, "sendmsg with an IP_TTL of 300 is EINVAL");
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	for (unsigned i = 0, count = guests(); i < count; i++)
		if (become(i)) {
			inet();
			cut();
			refused();
			inet6();
			sent();
		}
	return plan();
}
