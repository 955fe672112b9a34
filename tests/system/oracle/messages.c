/* SPDX-License-Identifier: MIT
 * What sendmsg and recvmsg do when they succeed: parts, control data, and the passing of descriptors and
 * credentials. */
#include "samples.h"

union control {
	struct cmsghdr header;
	char room[256];
};

static void say_control(struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		const int *fds = (const int *)CMSG_DATA(c);
		const struct ucred *who = (const struct ucred *)CMSG_DATA(c);
		struct stat s = { 0 };

		say("control message of level %d, type %d, length %u", c->cmsg_level, c->cmsg_type, c->cmsg_len);
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS)
			say("it says %s pid, uid %u, gid %u", who->pid == getpid() ? "our" : "another", who->uid,
			    who->gid);
		if (c->cmsg_type == SCM_RIGHTS)
			for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / 4; i++) {
				say("it holds %s, %s", fstat(fds[i], &s) ? "no descriptor" : "a descriptor",
				    S_ISFIFO(s.st_mode)  ? "a pipe"
				    : S_ISDIR(s.st_mode) ? "a folder"
							 : "something else");
				say("it is closed at exec: %d", fcntl(fds[i], F_GETFD));
				close(fds[i]);
			}
	}
}

static void say_recvmsg(int fd, struct msghdr *h, int flags, const char *what)
{
	fact(sc(SYS_RECVMSG, fd, h, flags), "recvmsg %s, flags %#x, then %#x, name's length %u, control's %u", what,
	     flags, h->msg_flags, h->msg_namelen, h->msg_controllen);
	say_control(h);
}

/* Passes `count` descriptors; the receiver's buffer has so many bytes. */
static void descriptors(int type, unsigned count, unsigned room, int flags)
{
	int pair[2], pipes[2], *fds;
	char buffer[16] = { 0 };
	union control c = { .header = { CMSG_LEN(4 * count), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec part = { "payload", 7 };
	struct msghdr h = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = CMSG_SPACE(4 * count)
	};

	new_pair(type, pair);
	must(pipe(pipes), "pipe");
	fds = (int *)CMSG_DATA(&c.header);
	for (unsigned i = 0; i < count; i++)
		fds[i] = pipes[i & 1];
	fact(sc(SYS_SENDMSG, pair[0], &h, 0), "sendmsg of %u descriptors, type %d", count, type);
	memset(&c, 0, sizeof c);
	part = (struct iovec){ buffer, sizeof buffer };
	h.msg_controllen = room;
	say_recvmsg(pair[1], &h, flags, "of descriptors");
	say("the data are %s", bytes(buffer, sizeof buffer));
	close_pair(pipes);
	close_pair(pair);
}

static void credentials(void)
{
	int pair[2], one = 1;
	char buffer[16];
	struct ucred who = { getpid(), 1, 2 };
	union control c = { .header = { CMSG_LEN(sizeof who), SOL_SOCKET, SCM_CREDENTIALS } };
	struct iovec part = { "x", 1 };
	struct msghdr h = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = CMSG_SPACE(sizeof who)
	};

	new_pair(SOCK_DGRAM, pair);
	fact(sc(SYS_SETSOCKOPT, pair[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one), "setsockopt SO_PASSCRED");
	memcpy(CMSG_DATA(&c.header), &who, sizeof who);
	fact(sc(SYS_SENDMSG, pair[0], &h, 0), "sendmsg of credentials");
	fact(sc(SYS_SEND, pair[0], "y", 1, 0), "send of none");
	for (unsigned room = 0; room < 3; room++) {
		static const unsigned rooms[] = { sizeof c, sizeof c, 16 };

		part = (struct iovec){ buffer, sizeof buffer };
		memset(&c, 0, sizeof c);
		h.msg_controllen = rooms[room];
		if (room == 2)
			must(sc(SYS_SEND, pair[0], "z", 1, 0), "send");
		say_recvmsg(pair[1], &h, 0, "with credentials");
	}
	close_pair(pair);
}

static void scattered(void)
{
	struct sockaddr_storage a, from;
	int one = new_socket(AF_INET, SOCK_DGRAM), two = new_socket(AF_INET, SOCK_DGRAM), on = 1;
	socklen_t length;
	char buffers[3][8];
	union control c;
	struct iovec out[] = { { "scat", 4 }, { "", 0 }, { "tered and long", 14 } };
	struct iovec in[] = { { buffers[0], 2 }, { buffers[1], 0 }, { buffers[2], 8 } };
	struct msghdr h = { 0 };

	bind_any(one, AF_INET, &a);
	length = bind_any(two, AF_INET, &a);
	must(sc(SYS_SETSOCKOPT, two, IPPROTO_IP, IP_PKTINFO, &on, sizeof on), "setsockopt");
	must(sc(SYS_SETSOCKOPT, two, IPPROTO_IP, IP_RECVTTL, &on, sizeof on), "setsockopt");
	must(sc(SYS_SETSOCKOPT, two, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on), "setsockopt");
	h = (struct msghdr){ .msg_name = &a, .msg_namelen = length, .msg_iov = out, .msg_iovlen = 3 };
	fact(sc(SYS_SENDMSG, one, &h, 0), "sendmsg of three parts to an address");
	fact(sc(SYS_SENDMSG, one, &h, 0), "sendmsg of three parts to an address");
	for (int i = 0; i < 2; i++) {
		memset(buffers, '.', sizeof buffers);
		h = (struct msghdr){ &from, sizeof from, in, 3, &c, i ? 20 : sizeof c, 0x55 };
		say_recvmsg(two, &h, i ? MSG_TRUNC : 0, "of three parts");
		say("from %s: %s", address(&from, h.msg_namelen), bytes(buffers, sizeof buffers));
	}
	close(one);
	close(two);
}

static void out_of_band(void)
{
	struct sockaddr_storage a;
	socklen_t length;
	char buffer[8] = { 0 };
	int listener = new_listener(AF_INET, SOCK_STREAM, &a, &length), client = new_socket(AF_INET, SOCK_STREAM), fd;
	struct pollfd p;

	must(sc(SYS_CONNECT, client, &a, length), "connect");
	fd = (int)must(sc(SYS_ACCEPT, listener, NULL, NULL), "accept");
	p = (struct pollfd){ fd, POLLPRI, 0 };
	fact(sc(SYS_SEND, client, "ab!", 3, MSG_OOB), "send out of band");
	fact(poll(&p, 1, PATIENCE_MS), "it comes");
	fact(sc(SYS_RECV, fd, buffer, 8, MSG_OOB), "recv out of band: %c", buffer[0]);
	fact(sc(SYS_RECV, fd, buffer, 8, 0), "recv of the rest: %s", bytes(buffer, 4));
	close(fd);
	close(client);
	close(listener);
}

static void all_messages(void)
{
	set_context("%s:", door->name);
	for (unsigned count = 1; count < 4; count++)
		for (unsigned room = 8; room <= 32; room += 4) {
			descriptors(SOCK_STREAM, count, room, 0);
			descriptors(SOCK_DGRAM, count, room, MSG_CMSG_CLOEXEC);
			descriptors(SOCK_SEQPACKET, count, room, MSG_PEEK);
		}
	descriptors(SOCK_STREAM, 1, 64, (int)0x80000000);
	credentials();
	scattered();
	out_of_band();
}

int main(void)
{
	static const struct door *const doors[] = { &door_raw, &door_libc, &door_syscall };

	oracle_begin("messages");
	for (size_t i = 0; i < COUNT(doors); i++) {
		door = doors[i];
		all_messages();
	}
	return 0;
}
