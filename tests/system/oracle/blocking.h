/* SPDX-License-Identifier: MIT
 * Each call that can block, with sockets on which it blocks, and the event that lets it go on. */
#ifndef BLOCKING_H
#define BLOCKING_H

#include "samples.h"

struct blocking {
	int call;
	int fds[3]; /* the call blocks on fds[0] */
	struct sockaddr_storage address;
	socklen_t length;
	uint32_t words[6];
	char buffer[2][16];
	struct iovec parts[2];
	struct mmsghdr messages[2];
	struct timespec timeout;
};

static int blocking_calls[] = { SYS_ACCEPT, SYS_ACCEPT4,  SYS_CONNECT, SYS_SEND,     SYS_SENDTO,  SYS_SENDMSG,
				SYS_RECV,   SYS_RECVFROM, SYS_RECVMSG, SYS_RECVMMSG, SYS_SENDMMSG };

static bool blocking_sends(int call)
{
	return call == SYS_SEND || call == SYS_SENDTO || call == SYS_SENDMSG || call == SYS_SENDMMSG;
}

static void blocking_connects(struct blocking *b)
{
	if (b->call == SYS_CONNECT) {
		b->fds[1] = new_listener(AF_UNIX, SOCK_STREAM, &b->address, &b->length);
		must(sc(SYS_LISTEN, b->fds[1], 0), "listen");
		b->fds[2] = new_socket(AF_UNIX, SOCK_STREAM);
		must(sc(SYS_CONNECT, b->fds[2], &b->address, b->length), "connect");
		b->fds[0] = new_socket(AF_UNIX, SOCK_STREAM);
		memcpy(b->words, (uint32_t[]){ b->fds[0], (uint32_t)&b->address, b->length }, 12);
		return;
	}
	b->fds[0] = new_listener(AF_UNIX, SOCK_STREAM, &b->address, &b->length);
	b->fds[1] = new_socket(AF_UNIX, SOCK_STREAM);
	memcpy(b->words, (uint32_t[]){ b->fds[0], 0, 0, SOCK_CLOEXEC }, 16);
}

static void blocking_talks(struct blocking *b)
{
	static char zeroes[4096];
	uint32_t fd;

	new_pair(blocking_sends(b->call) ? SOCK_STREAM : SOCK_DGRAM, b->fds);
	fd = (uint32_t)b->fds[0];
	while (blocking_sends(b->call) && sc(SYS_SEND, fd, zeroes, sizeof zeroes, MSG_DONTWAIT) > 0)
		;
	for (int i = 0; i < 2; i++) {
		b->parts[i] = (struct iovec){ b->buffer[i], 16 };
		b->messages[i].msg_hdr = (struct msghdr){ .msg_iov = &b->parts[i], .msg_iovlen = 1 };
	}
	b->timeout = (struct timespec){ 1000, 0 };
	switch (b->call) {
	case SYS_SENDMSG:
	case SYS_RECVMSG:
		memcpy(b->words, (uint32_t[]){ fd, (uint32_t)&b->messages[0].msg_hdr, 0 }, 12);
		break;
	case SYS_RECVMMSG:
	case SYS_SENDMMSG:
		memcpy(b->words, (uint32_t[]){ fd, (uint32_t)b->messages, 2, 0, (uint32_t)&b->timeout }, 20);
		break;
	default:
		memcpy(b->words, (uint32_t[]){ fd, (uint32_t)b->buffer[0], 16, 0, 0, 0 }, 24);
	}
}

static void blocking_begin(struct blocking *b, int call)
{
	*b = (struct blocking){ .call = call, .fds = { -1, -1, -1 } };
	if (call == SYS_ACCEPT || call == SYS_ACCEPT4 || call == SYS_CONNECT)
		blocking_connects(b);
	else
		blocking_talks(b);
}

/* To be called in another task: causes the event that the call waits for. */
static void blocking_let_go(struct blocking *b)
{
	static char room[4096];

	if (b->call == SYS_ACCEPT || b->call == SYS_ACCEPT4)
		must(sc(SYS_CONNECT, b->fds[1], &b->address, b->length), "connect");
	else if (b->call == SYS_CONNECT)
		must(sc(SYS_ACCEPT, b->fds[1], NULL, NULL), "accept");
	else if (blocking_sends(b->call))
		while (sc(SYS_RECV, b->fds[1], room, sizeof room, MSG_DONTWAIT) > 0)
			;
	else
		for (int i = 0; i < 2; i++)
			must(sc(SYS_SEND, b->fds[1], i ? "second" : "first", 6, 0), "send");
}

static void blocking_end(struct blocking *b, long r, const char *what)
{
	int makes_fd = b->call == SYS_ACCEPT || b->call == SYS_ACCEPT4;

	if (makes_fd)
		fact_fd(r, "%s %s", name_of[b->call], what);
	else if (blocking_sends(b->call))
		fact(r, "%s %s", name_of[b->call], what);
	else
		fact(r, "%s %s, %s, %s", name_of[b->call], what, bytes(b->buffer[0], 8), bytes(b->buffer[1], 8));
	if (makes_fd && r >= 0)
		close((int)r);
	for (size_t i = 0; i < COUNT(b->fds); i++)
		if (b->fds[i] >= 0)
			close(b->fds[i]);
}

/* libc makes some calls directly, and the kernel or a filter may not have them. */
static bool blocking_exists(int call)
{
	static const uint32_t words[6] = { (uint32_t)-1 };

	return door->call(call, words) != -ENOSYS;
}

#endif
