/* SPDX-License-Identifier: MIT
 * Operations that block, one per cancellable call, and a wait until a thread is in one. C and C++. */
#ifndef BLOCKED_H
#define BLOCKED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int blocked_listener, blocked_full, blocked_pair[2];
static struct sockaddr_un blocked_address;

static void blocked_die(const char *what)
{
	perror(what);
	exit(1);
}

/*
 * A listening socket without clients, one with a full backlog, and a pair that is empty in one direction and full in
 * the other.
 */
static void blocked_prepare(void)
{
	static char fill[4096];
	struct sockaddr_un address = { AF_UNIX, { 0 } };
	int s;

	blocked_listener = socket(AF_UNIX, SOCK_STREAM, 0);
	blocked_full = socket(AF_UNIX, SOCK_STREAM, 0);
	if (blocked_listener < 0 || blocked_full < 0)
		blocked_die("socket");
	if (bind(blocked_listener, (struct sockaddr *)&address, sizeof(sa_family_t)) || listen(blocked_listener, 1))
		blocked_die("listen");
	if (bind(blocked_full, (struct sockaddr *)&address, sizeof(sa_family_t)) || listen(blocked_full, 0))
		blocked_die("listen");
	socklen_t length = sizeof blocked_address;
	if (getsockname(blocked_full, (struct sockaddr *)&blocked_address, &length))
		blocked_die("getsockname");
	do
		s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	while (connect(s, (struct sockaddr *)&blocked_address, sizeof(sa_family_t) + 6) == 0);
	close(s);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, blocked_pair))
		blocked_die("socketpair");
	while (send(blocked_pair[1], fill, sizeof fill, MSG_DONTWAIT) > 0)
		;
}

static const char *const blocked_names[] = { "accept",   "accept4", "connect", "recv",    "recvfrom", "recvmsg",
					     "recvmmsg", "send",    "sendto",  "sendmsg", "sendmmsg" };
enum { BLOCKED_COUNT = sizeof blocked_names / sizeof *blocked_names };

static int blocked_call(int which)
{
	char data[64] = { 0 };
	struct iovec vector = { data, sizeof data };
	struct mmsghdr message;
	int in = blocked_pair[1], out = blocked_pair[1];

	memset(&message, 0, sizeof message);
	message.msg_hdr.msg_iov = &vector;
	message.msg_hdr.msg_iovlen = 1;
	/* nothing was sent from [0] to [1]; [1] to [0] is full */
	switch (which) {
	case 0:
		return accept(blocked_listener, NULL, NULL);
	case 1:
		return accept4(blocked_listener, NULL, NULL, SOCK_CLOEXEC);
	case 2:
		return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&blocked_address,
			       sizeof(sa_family_t) + 6);
	case 3:
		return (int)recv(in, data, sizeof data, 0);
	case 4:
		return (int)recvfrom(in, data, sizeof data, 0, NULL, NULL);
	case 5:
		return (int)recvmsg(in, &message.msg_hdr, 0);
	case 6:
		return recvmmsg(in, &message, 1, 0, NULL);
	case 7:
		return (int)send(out, data, sizeof data, 0);
	case 8:
		return (int)sendto(out, data, sizeof data, 0, NULL, 0);
	case 9:
		return (int)sendmsg(out, &message.msg_hdr, 0);
	default:
		return sendmmsg(out, &message, 1, 0);
	}
}

/* Waits until thread `tid` sleeps, which it does only in the calls above; 20 s at most. */
__attribute__((unused)) static bool blocked_wait(const volatile int *tid)
{
	char path[64], line[512];

	for (int tries = 0; tries < 20000; tries++, poll(NULL, 0, 1)) {
		const char *state;
		FILE *f;

		if (!*tid)
			continue;
		snprintf(path, sizeof path, "/proc/self/task/%d/stat", *tid);
		f = fopen(path, "r");
		if (!f)
			return false;
		state = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		fclose(f);
		if (state && state[2] == 'S')
			return true;
	}
	return false;
}

#endif
