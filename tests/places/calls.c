/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

_Noreturn void fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

long check(long r, const char *what)
{
	if (r < 0)
		fail(what);
	return r;
}

static void expect(int condition, const char *what)
{
	errno = EBADMSG;
	if (!condition)
		fail(what);
}

void wait_until(bool (*condition)(const void *), const void *context, const char *what)
{
	for (int i = 0; i < 15000; i++) {
		if (condition(context))
			return;
		usleep(2000);
	}
	errno = ETIMEDOUT;
	fail(what);
}

struct connection make_connection(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, peer;
	struct sockaddr *to = (struct sockaddr *)&address;
	socklen_t length = sizeof address, peer_length = sizeof peer;
	struct connection c;
	int one = 1;

	c.listener = (int)check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(setsockopt(c.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "setsockopt");
	check(bind(c.listener, to, length), "bind");
	check(listen(c.listener, 4), "listen");
	check(getsockname(c.listener, to, &length), "getsockname");
	c.client = (int)check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	check(connect(c.client, to, length), "connect");
	c.server = (int)check(accept(c.listener, (struct sockaddr *)&peer, &peer_length), "accept");
	length = sizeof address;
	check(getsockname(c.client, to, &length), "getsockname");
	expect(peer.sin_port == address.sin_port, "accept's address");
	length = sizeof address;
	check(getpeername(c.server, to, &length), "getpeername");
	expect(peer.sin_port == address.sin_port, "getpeername's address");
	return c;
}

static void over_tcp(void)
{
	struct connection c = make_connection();
	int second, error = -1;
	socklen_t length = sizeof error;
	struct sockaddr_in address;
	socklen_t address_length = sizeof address;
	char text[8];

	expect(check(send(c.client, "one", 3, 0), "send") == 3, "send's result");
	expect(check(recv(c.server, text, sizeof text, 0), "recv") == 3 && !memcmp(text, "one", 3),
	       "what recv received");
	check(getsockopt(c.server, SOL_SOCKET, SO_ERROR, &error, &length), "getsockopt");
	expect(error == 0, "getsockopt's value");
	check(shutdown(c.client, SHUT_WR), "shutdown");
	expect(check(recv(c.server, text, sizeof text, 0), "recv") == 0, "the end after shutdown");
	check(getsockname(c.listener, (struct sockaddr *)&address, &address_length), "getsockname");
	second = (int)check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(connect(second, (struct sockaddr *)&address, address_length), "connect");
	close(c.server);
	c.server = (int)check(accept4(c.listener, NULL, NULL, SOCK_NONBLOCK), "accept4");
	expect(recv(c.server, text, sizeof text, 0) == -1, "accept4's flag");
	close(second);
	close(c.server);
	close(c.client);
	close(c.listener);
}

static void over_udp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, from;
	socklen_t length = sizeof address, from_length = sizeof from;
	int to = (int)check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	int sender = (int)check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	char text[8];

	check(bind(to, (struct sockaddr *)&address, length), "bind");
	check(getsockname(to, (struct sockaddr *)&address, &length), "getsockname");
	check(sendto(sender, "datagram", 8, 0, (struct sockaddr *)&address, length), "sendto");
	expect(check(recvfrom(to, text, sizeof text, 0, (struct sockaddr *)&from, &from_length), "recvfrom") == 8,
	       "recvfrom's result");
	expect(!memcmp(text, "datagram", 8) && from.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
	       "what recvfrom received");
	close(to);
	close(sender);
}

/* Passes a descriptor with one byte by sendmsg; then sends two messages at a time by sendmmsg. */
static void over_unix(void)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	char text[4] = "x", other[4];
	struct iovec data = { text, 1 }, more[2] = { { text, 4 }, { other, 4 } };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
	};
	struct mmsghdr messages[2] = { { .msg_hdr = { .msg_iov = &more[0], .msg_iovlen = 1 } },
				       { .msg_hdr = { .msg_iov = &more[1], .msg_iovlen = 1 } } };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int ends[2], pipes[2], passed;

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
	check(pipe(pipes), "pipe");
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &pipes[1], sizeof(int));
	check(sendmsg(ends[0], &message, 0), "sendmsg");
	memset(&control, 0, sizeof control);
	expect(check(recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC), "recvmsg") == 1, "recvmsg's result");
	header = CMSG_FIRSTHDR(&message);
	expect(header && header->cmsg_type == SCM_RIGHTS, "the passed descriptor");
	memcpy(&passed, CMSG_DATA(header), sizeof(int));
	check(write(passed, "y", 1), "write to the passed descriptor");
	expect(read(pipes[0], text, 1) == 1 && text[0] == 'y', "what came by the passed descriptor");

	memcpy(text, "abc", 4);
	memcpy(other, "def", 4);
	expect(check(sendmmsg(ends[0], messages, 2, 0), "sendmmsg") == 2, "sendmmsg's result");
	memset(text, 0, sizeof text);
	memset(other, 0, sizeof other);
	expect(check(recvmmsg(ends[1], messages, 2, 0, NULL), "recvmmsg") == 2, "recvmmsg's result");
	expect(!strcmp(text, "abc") && !strcmp(other, "def") && messages[1].msg_len == 4, "what recvmmsg received");
	close(passed);
	close(pipes[0]);
	close(pipes[1]);
	close(ends[0]);
	close(ends[1]);
}

void all_calls(void)
{
	over_tcp();
	over_udp();
	over_unix();
}
