/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* ---- Calls by the context's enter() ------------------------------------------------------------------------------ */

APART long socketcall_host_enter(const struct socketcall_server *server, int number, unsigned long a, unsigned long b,
				 unsigned long c, unsigned long d, unsigned long e, unsigned long f)
{
	const unsigned long words[SOCKETCALL_WORDS] = { a, b, c, d, e, f };

	return host_of(server)->enter(host_of(server)->enter_context, number, words);
}

/* ---- Time -------------------------------------------------------------------------------------------------------- */

int64_t socketcall_host_now(struct socketcall_server *server)
{
	struct timespec t;

	(void)server;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- Descriptors ------------------------------------------------------------------------------------------------- */

long socketcall_host_ask(const struct socketcall_server *server, int fd, int option)
{
	int value = 0;
	socklen_t size = sizeof value;
	long r = HOST(server, GETSOCKOPT, getsockopt, N(fd), SOL_SOCKET, N(option), P(&value), P(&size));

	return r ? r : value;
}

long socketcall_host_lookup(struct socketcall_server *server, int fd)
{
	int host = host_fd(server, fd);
	long r = host < 0 ? -EBADF : socketcall_host_ask(server, host, SO_TYPE);

	host_done(server, host);
	return r < 0 ? r : 0;
}

long socketcall_host_reserve(struct socketcall_server *server, struct socketcall_made *made)
{
	const struct socketcall_descriptors *d = &host_of(server)->descriptors;

	if (host_is_guest(server))
		made->number = (int)made->handle;
	else if (d->reserve)
		made->number = d->reserve(d->context);
	else
		return 0;
	return made->number < 0 ? made->number : 0;
}

void socketcall_host_drop(struct socketcall_server *server, const struct socketcall_made *made)
{
	const struct socketcall_descriptors *d = &host_of(server)->descriptors;

	if (made->handle >= 0)
		close((int)made->handle);
	if (made->number >= 0 && !host_is_guest(server) && d->release)
		d->release(d->context, made->number);
}

long socketcall_host_install(struct socketcall_server *server, const struct socketcall_made *made, int flags)
{
	const struct socketcall_descriptors *d = &host_of(server)->descriptors;
	int number;

	if (host_is_guest(server))
		return made->handle;
	number = d->install(d->context, made->number, (int)made->handle, flags);
	if (number < 0)
		socketcall_host_drop(server, made);
	return number;
}

/* ---- Kept errors ------------------------------------------------------------------------------------------------- */

/* SO_COOKIE, which tells the socket from a later one with the same descriptor; 0 before Linux 4.12. */
static uint64_t cookie_of(const struct socketcall_server *server, int host)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof cookie;
	long r = HOST(server, GETSOCKOPT, getsockopt, N(host), SOL_SOCKET, N(socketcall_option_SO_COOKIE), P(&cookie),
		      P(&size));

	return r ? 0 : cookie;
}

void socketcall_host_remember_error(struct socketcall_server *server, int host, long error)
{
	struct socketcall_host_context *context = host_of(server);

	context->kept_cookie = cookie_of(server, host);
	context->kept_error = context->kept_cookie ? (int)error : 0;
}

void socketcall_host_keep_error(struct socketcall_server *server, int fd, long error)
{
	int host = host_fd(server, fd);

	if (host >= 0 && !socketcall_host_error_set(server, host, error))
		socketcall_host_remember_error(server, host, error);
	host_done(server, host);
}

long socketcall_host_forget_kept_error(struct socketcall_server *server, int host)
{
	struct socketcall_host_context *context = host_of(server);
	int error = context->kept_error;

	if (cookie_of(server, host) != context->kept_cookie)
		return 0;
	context->kept_error = 0;
	return error;
}

/* ---- Blocking ---------------------------------------------------------------------------------------------------- */

bool socketcall_host_nonblocking(int host)
{
	int flags = fcntl(host, F_GETFL);

	return flags >= 0 && flags & O_NONBLOCK;
}

/* SO_RCVTIMEO or SO_SNDTIMEO in ns; 0 if there is none, or if it is longer than 146 years. */
static int64_t timeout_of(const struct socketcall_server *server, int host, unsigned events)
{
	struct {
		long seconds, microseconds;
	} time = { 0, 0 };
	socklen_t size = sizeof time;
	int64_t seconds;
	int option = events == SOCKETCALL_READABLE ? (int)socketcall_option_SO_RCVTIMEO_OLD
						   : (int)socketcall_option_SO_SNDTIMEO_OLD;

	if (HOST(server, GETSOCKOPT, getsockopt, N(host), SOL_SOCKET, N(option), P(&time), P(&size)))
		return 0;
	seconds = time.seconds;
	return seconds < INT64_MAX / 2000000000 ? seconds * 1000000000 + time.microseconds * 1000 : 0;
}

long socketcall_host_would_block(struct socketcall_server *server, int fd, int host, unsigned events, int flags)
{
	struct socketcall_pending *pending = server->pending;
	int64_t timeout;

	if (!pending || flags & MSG_DONTWAIT || socketcall_host_nonblocking(host))
		return -EAGAIN;
	if (pending->deadline < 0) {
		timeout = timeout_of(server, host, events);
		if (timeout)
			pending->deadline = socketcall_host_now(server) + timeout;
	} else if (socketcall_host_now(server) >= pending->deadline) {
		return -EAGAIN;
	}
	pending->fd = fd;
	pending->events = events;
	return SOCKETCALL_WOULD_BLOCK;
}
