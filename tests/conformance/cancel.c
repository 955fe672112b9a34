/* SPDX-License-Identifier: MIT
 * Threads that are cancelled in calls, pthreads(7): only a libc's functions are cancellation points. */
#define _GNU_SOURCE
#include "kit.h"

#include <pthread.h>
#include <stdbool.h>

static char data[4096];
static int cleaned, unwound;

struct victim {
	const char *name;
	long (*make)(int fd);
	int blocks; /* the kind of socket on which it blocks */
};
enum { EMPTY, FULL, LISTENER, BACKLOG };

static long by_recv(int fd)
{
	return SC(RECV, fd, data, 1, 0);
}

static long by_recvfrom(int fd)
{
	return SC(RECVFROM, fd, data, 1, 0, NULL, NULL);
}

static long by_recvmsg(int fd)
{
	struct letter l;

	return SC(RECVMSG, fd, letter(&l, data, 1), 0);
}

static long by_recvmmsg(int fd)
{
	struct letter l;
	struct mmsghdr m = { .msg_hdr = *letter(&l, data, 1) };

	return SC(RECVMMSG, fd, &m, 1, 0, NULL);
}

static long by_send(int fd)
{
	return SC(SEND, fd, data, sizeof data, 0);
}

static long by_sendto(int fd)
{
	return SC(SENDTO, fd, data, sizeof data, 0, NULL, 0);
}

static long by_sendmsg(int fd)
{
	struct letter l;

	return SC(SENDMSG, fd, letter(&l, data, sizeof data), 0);
}

static long by_sendmmsg(int fd)
{
	struct letter l;
	struct mmsghdr m = { .msg_hdr = *letter(&l, data, sizeof data) };

	return SC(SENDMMSG, fd, &m, 1, 0);
}

static long by_accept(int fd)
{
	return SC(ACCEPT, fd, NULL, NULL);
}

static long by_accept4(int fd)
{
	return SC(ACCEPT4, fd, NULL, NULL, 0);
}

static union address full;
static socklen_t full_length;

static long by_connect(int fd)
{
	return SC(CONNECT, fd, &full, full_length);
}

static const struct victim receiving[] = { { "recv", by_recv, EMPTY },
					   { "recvfrom", by_recvfrom, EMPTY },
					   { "recvmsg", by_recvmsg, EMPTY },
					   { "recvmmsg", by_recvmmsg, EMPTY } },
			   sending[] = { { "send", by_send, FULL },
					 { "sendto", by_sendto, FULL },
					 { "sendmsg", by_sendmsg, FULL },
					 { "sendmmsg", by_sendmmsg, FULL } },
			   connecting[] = { { "accept", by_accept, LISTENER },
					    { "accept4", by_accept4, LISTENER },
					    { "connect", by_connect, BACKLOG } };

static const struct victim *victim;
static int victim_fd, gate[2];
static volatile pid_t victim_id;

static void handler(void *argument)
{
	*(int *)argument += 1;
}

static void destroy(const int *unused)
{
	(void)unused;
	unwound++;
}

static long frame(void)
{
	__attribute__((cleanup(destroy))) int guard = 0;

	return victim->make(victim_fd) + guard;
}

static void *run(void *early)
{
	char c;
	int old;

	pthread_cleanup_push(handler, &cleaned);
	victim_id = gettid();
	if (early) {
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
		must(read(gate[0], &c, 1) == 1, "a pipe");
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	}
	frame();
	pthread_cleanup_pop(0);
	return NULL;
}

/* Returns whether a thread that is cancelled in the call (or before it) ends, with its frames unwound and its handlers
 * run. */
static bool cancelled(const struct victim *v, int fd, int early)
{
	void *result = NULL;
	pthread_t id;

	victim = v;
	victim_fd = fd;
	victim_id = 0;
	cleaned = unwound = 0;
	must(!pthread_create(&id, NULL, run, early ? &early : NULL), "a thread");
	if (!early) {
		while (!victim_id)
			usleep(500);
		wait_asleep(getpid(), victim_id);
	}
	must(!pthread_cancel(id), "a cancellation");
	if (early)
		must(write(gate[1], "", 1) == 1, "a pipe");
	must(!pthread_join(id, &result), "a thread");
	return result == PTHREAD_CANCELED && cleaned == 1 && unwound == 1;
}

static int blocking_socket(int how, int pair[2])
{
	int fd, small = 4608;

	if (how == EMPTY || how == FULL) {
		new_pair(&unix_stream, pair);
		if (how == FULL) {
			SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
			while (SC(SEND, pair[0], data, sizeof data, MSG_DONTWAIT) > 0)
				;
		}
		return pair[0];
	}
	pair[0] = new_listener(&unix_stream, &full, &full_length);
	pair[1] = -1;
	if (how == LISTENER)
		return pair[0];
	must(!SC(LISTEN, pair[0], 0), "a listener");
	pair[1] = new_client(&unix_stream, &full, full_length);
	fd = new_socket(&unix_stream);
	return fd;
}

/* A macro, so that each group of calls states its facts in a place of its own. */
#define EACH_CANCELLED(victims)                                                                                        \
	for (const struct victim *v = (victims); v < (victims) + LENGTH(victims); v++) {                               \
		int pair[2], fd = blocking_socket(v->blocks, pair);                                                    \
                                                                                                                       \
		must(!pipe(gate), "a pipe");                                                                           \
		FACT(cancelled(v, fd, 0),                                                                              \
		     f("cancel.%s: a thread that waits in the call can be cancelled, and its frames are unwound",      \
		       v->name));                                                                                      \
		FACT(cancelled(v, fd, 1),                                                                              \
		     f("cancel.%s.before: a cancellation that is already pending takes effect in the call", v->name)); \
		FACT(is_open(fd), f("cancel.%s.open: the cancellation leaves the socket open", v->name));              \
		close(gate[0]);                                                                                        \
		close(gate[1]);                                                                                        \
		close_pair(pair);                                                                                      \
		if (fd != pair[0])                                                                                     \
			close(fd);                                                                                     \
	}

/* For calls that are no cancellation point: the call returns, and the cancellation is still pending. */
static void *go_on(void *argument)
{
	long *results = argument;
	int old, fd, pair[2], value = 1;
	char c;
	union address a;
	socklen_t length;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	must(read(gate[0], &c, 1) == 1, "a pipe");
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	fd = (int)SC(SOCKET, AF_UNIX, SOCK_STREAM, 0);
	length = fresh_address(AF_UNIX, &a);
	results[0] = fd >= 0;
	results[1] = !SC(SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, pair);
	results[2] = !SC(BIND, fd, &a, length);
	results[3] = !SC(LISTEN, fd, 1);
	results[4] = !SC(SETSOCKOPT, fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value);
	length = sizeof value;
	results[5] = !SC(GETSOCKOPT, fd, SOL_SOCKET, SO_REUSEADDR, &value, &length);
	length = sizeof a;
	results[6] = !SC(GETSOCKNAME, fd, &a, &length);
	results[7] = SC(GETPEERNAME, fd, &a, &length) == -ENOTCONN;
	results[8] = !SC(SHUTDOWN, fd, SHUT_RDWR);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	close(fd);
	close_pair(pair);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	pthread_testcancel();
	return NULL;
}

static void others(void)
{
	static const char *const names[] = { "socket",     "socketpair",  "bind",        "listen",  "setsockopt",
					     "getsockopt", "getsockname", "getpeername", "shutdown" };
	long results[LENGTH(names)] = { 0 };
	void *result = NULL;
	pthread_t id;

	must(!pipe(gate) && !pthread_create(&id, NULL, go_on, results) && !pthread_cancel(id) &&
		     write(gate[1], "", 1) == 1 && !pthread_join(id, &result),
	     "a thread");
	for (int i = 0; i < 5; i++)
		FACT(results[i], f("cancel.%s.none: the call is no cancellation point", names[i]));
	for (int i = 5; i < LENGTH(names); i++)
		FACT(results[i], f("cancel.%s.none: the call is no cancellation point", names[i]));
	FACT(result == PTHREAD_CANCELED,
	     "cancel.after: the pending cancellation takes effect at the next cancellation point");
}

int main(void)
{
	facts_begin();
	if (entry.libc) {
		EACH_CANCELLED(receiving)
		EACH_CANCELLED(sending)
		EACH_CANCELLED(connecting)
		others();
	}
	return facts_end();
}
