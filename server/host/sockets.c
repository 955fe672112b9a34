/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	CAPABILITY_NET_RAW = 13, /* CAP_NET_RAW */
	TYPES = 11,              /* SOCK_MAX: types are less */
	FAMILIES = 46,           /* AF_MAX: families are less */
	KINDS = 0xf,             /* SOCK_TYPE_MASK */
	RETRY = 1000000,         /* ns until connect tries a full backlog again */
};

/* ---- Making ------------------------------------------------------------------------------------------------------ */

/* True if no address, message or option of the family holds a memory address. Where one does (AF_RDS, AF_XDP), the
 * kernel would use it as an address of this process. */
static bool family_is_known(int family)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK ||
	       family == AF_PACKET || family == AF_VSOCK;
}

/* The error for a family that isn't known: that of a kernel without the family (__sys_socket(), __sock_create()). */
static long unknown_family_error(int family, int type)
{
	if (type & ~(KINDS | SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (family < 0 || family >= FAMILIES)
		return -EAFNOSUPPORT;
	return (type & KINDS) >= TYPES ? -EINVAL : -EAFNOSUPPORT;
}

/* True if the socket needs CAP_NET_RAW, and the guest doesn't have it. */
static bool lacks_raw_capability(const struct socketcall_server *server, int family, int type)
{
	const struct socketcall_identity *identity = &host_of(server)->identity;

	if (!identity->capable || (family != AF_PACKET && ((type & KINDS) != SOCK_RAW || family == AF_NETLINK)))
		return false;
	return !identity->capable(identity->context, CAPABILITY_NET_RAW);
}

/* True if the guest's netlink messages would have to be converted to this machine's byte order, which isn't done: the
 * kernel wouldn't understand them. The messages of KOBJECT_UEVENT are text; those of USERSOCK go between programs. */
static bool needs_message_conversion(const struct socketcall_server *server, int family, int protocol)
{
	enum { USERSOCK = 2, KOBJECT_UEVENT = 15 };

	return family == AF_NETLINK && host_is_swapped(server) && protocol != USERSOCK && protocol != KOBJECT_UEVENT;
}

/* If the guest gets a descriptor through hooks, this process's copy is close-on-exec, so that programs which this
 * process executes don't inherit it. */
static int flags_here(const struct socketcall_server *server, int flags)
{
	return host_is_guest(server) ? flags : flags | SOCK_CLOEXEC;
}

long socketcall_host_socket(struct socketcall_server *server, int family, int type, int protocol,
			    struct socketcall_made *made)
{
	long fd;

	if (!family_is_known(family))
		return unknown_family_error(family, type);
	fd = HOST(server, SOCKET, socket, N(family), N(flags_here(server, type)), N(protocol));
	if (fd < 0)
		return fd;
	if (lacks_raw_capability(server, family, type)) {
		close((int)fd);
		return -EPERM;
	}
	if (needs_message_conversion(server, family, protocol)) {
		close((int)fd);
		return -EPROTONOSUPPORT;
	}
	made->handle = fd;
	return 0;
}

/* Linux reserves two numbers and writes them to the guest before it tries to make the pair (__sys_socketpair()), so the
 * guest sees the two lowest free numbers even if the call fails. eventfd() finds them; drop() closes both. */
static void numbers_of_failed_pair(struct socketcall_made made[2])
{
	for (int i = 0; i < 2; i++) {
		made[i].handle = eventfd(0, EFD_CLOEXEC);
		made[i].number = (int)made[i].handle;
	}
	if (made[1].number >= 0)
		return;
	if (made[0].handle >= 0)
		close((int)made[0].handle);
	made[0] = made[1] = (struct socketcall_made){ -1, -1 };
}

static long reserve_pair(struct socketcall_server *server, struct socketcall_made made[2])
{
	long r;

	if (host_is_guest(server))
		return 0;
	r = socketcall_host_reserve(server, &made[0]);
	if (r)
		return r;
	r = socketcall_host_reserve(server, &made[1]);
	if (r) {
		socketcall_host_drop(server, &made[0]);
		made[0].number = -1;
	}
	return r;
}

long socketcall_host_socketpair(struct socketcall_server *server, int family, int type, int protocol,
				struct socketcall_made made[2])
{
	int pair[2] = { -1, -1 };
	long r;

	if (type & ~(KINDS | SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	r = reserve_pair(server, made);
	if (r)
		return r;
	if (family_is_known(family))
		r = HOST(server, SOCKETPAIR, socketpair, N(family), N(flags_here(server, type)), N(protocol), P(pair));
	else
		r = unknown_family_error(family, type);
	if (!r) {
		for (int i = 0; i < 2; i++) {
			made[i].handle = pair[i];
			if (host_is_guest(server))
				made[i].number = pair[i];
		}
		return 0;
	}
	if (host_is_guest(server) && r != -EMFILE && r != -ENFILE)
		numbers_of_failed_pair(made);
	return r;
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

static bool is_path(const struct socketcall_name *name)
{
	sa_family_t family;

	if (name->length <= offsetof(struct sockaddr_un, sun_path))
		return false;
	memcpy(&family, name->bytes, sizeof family);
	return family == AF_UNIX && name->bytes[offsetof(struct sockaddr_un, sun_path)];
}

long socketcall_host_name_in(const struct socketcall_server *server, struct socketcall_name *name)
{
	const struct socketcall_identity *identity = &host_of(server)->identity;
	int length;

	if (!identity->path_in || !is_path(name))
		return 0;
	length = identity->path_in(identity->context, (struct sockaddr_un *)(void *)name->bytes, (int)name->length);
	if (length < 0)
		return length;
	name->length = (unsigned)length;
	return 0;
}

void socketcall_host_name_out(const struct socketcall_server *server, struct socketcall_name *name)
{
	const struct socketcall_identity *identity = &host_of(server)->identity;
	int length;

	if (!identity->path_out || !is_path(name))
		return;
	length = identity->path_out(identity->context, (struct sockaddr_un *)(void *)name->bytes, (int)name->length);
	if (length >= 0)
		name->length = (unsigned)length;
}

long socketcall_host_bind(struct socketcall_server *server, int fd, const struct socketcall_name *name)
{
	struct socketcall_name copy = *name;
	long r = socketcall_host_name_in(server, &copy);
	int host = host_fd(server, fd);

	if (r)
		r = socketcall_host_lookup(server, fd) ? socketcall_host_lookup(server, fd) : r;
	else
		r = host < 0 && !host_is_guest(server) ? -EBADF
						       : HOST(server, BIND, bind, N(host), P(copy.bytes), copy.length);
	host_done(server, host);
	return r;
}

/* Begins a connection without blocking in the kernel. O_NONBLOCK is a flag of the open file, so other processes that
 * share the file see the flag for the time of the call. */
static long begin_connection(struct socketcall_server *server, int host, const struct socketcall_name *name)
{
	int flags = fcntl(host, F_GETFL);
	long r;

	if (flags < 0 || flags & O_NONBLOCK)
		return HOST(server, CONNECT, connect, N(host), P(name->bytes), name->length);
	fcntl(host, F_SETFL, flags | O_NONBLOCK);
	r = HOST(server, CONNECT, connect, N(host), P(name->bytes), name->length);
	fcntl(host, F_SETFL, flags);
	return r;
}

/*
 * Turns the result `r` of a connect that didn't block into the guest's. While a connection is being made, the guest
 * waits for POLLOUT; the next connect then returns how it ended (__inet_stream_connect()). -EAGAIN means that a UNIX
 * socket's peer has a full backlog. No event reports room in a backlog, so connect is tried again after RETRY: stage
 * AGAIN, which keeps the deadline by SO_SNDTIMEO in `ends`.
 */
static long connection_begun(struct socketcall_server *server, int fd, int host, long r)
{
	struct socketcall_pending *pending = server->pending;
	enum { FIRST, BEGUN, AGAIN };
	long answer;

	if (r != -EINPROGRESS && r != -EAGAIN && !(r == -EALREADY && pending->stage == BEGUN))
		return r;
	if (pending->stage == AGAIN)
		pending->deadline = pending->ends;
	answer = socketcall_host_would_block(server, fd, host, SOCKETCALL_WRITABLE, 0);
	if (answer != SOCKETCALL_WOULD_BLOCK) /* the guest itself set O_NONBLOCK, or its timeout is over */
		return r == -EALREADY ? -EINPROGRESS : r;
	pending->stage = BEGUN;
	if (r == -EAGAIN) {
		pending->stage = AGAIN;
		pending->ends = pending->deadline;
		pending->events = 0;
		pending->deadline = socketcall_host_now(server) + RETRY;
	}
	return answer;
}

long socketcall_host_connect(struct socketcall_server *server, int fd, const struct socketcall_name *name)
{
	struct socketcall_name copy = *name;
	long r = socketcall_host_name_in(server, &copy);
	int host;

	if (r)
		return socketcall_host_lookup(server, fd) ? socketcall_host_lookup(server, fd) : r;
	host = host_fd(server, fd);
	if (host < 0 && !host_is_guest(server))
		return -EBADF;
	if (server->pending)
		r = connection_begun(server, fd, host, begin_connection(server, host, &copy));
	else
		r = HOST(server, CONNECT, connect, N(host), P(copy.bytes), copy.length);
	host_done(server, host);
	return r;
}

static long name_of(struct socketcall_server *server, int fd, bool peer, struct socketcall_name *name)
{
	int host = host_fd(server, fd);
	long r = -EBADF;

	name->length = sizeof name->bytes;
	if (host >= 0 || host_is_guest(server))
		r = peer ? HOST(server, GETPEERNAME, getpeername, N(host), P(name->bytes), P(&name->length))
			 : HOST(server, GETSOCKNAME, getsockname, N(host), P(name->bytes), P(&name->length));
	host_done(server, host);
	if (!r)
		socketcall_host_name_out(server, name);
	return r;
}

long socketcall_host_getsockname(struct socketcall_server *server, int fd, struct socketcall_name *name)
{
	return name_of(server, fd, false, name);
}

long socketcall_host_getpeername(struct socketcall_server *server, int fd, struct socketcall_name *name)
{
	return name_of(server, fd, true, name);
}

/* ---- Connections ------------------------------------------------------------------------------------------------- */

long socketcall_host_listen(struct socketcall_server *server, int fd, int backlog)
{
	int host = host_fd(server, fd);
	long r = HOST(server, LISTEN, listen, N(host), N(backlog));

	host_done(server, host);
	return r;
}

long socketcall_host_shutdown(struct socketcall_server *server, int fd, int how)
{
	int host = host_fd(server, fd);
	long r = HOST(server, SHUTDOWN, shutdown, N(host), N(how));

	host_done(server, host);
	return r;
}

/* True if accept would block: the socket listens, and no connection is waiting. */
static bool accept_would_block(const struct socketcall_server *server, int host)
{
	struct pollfd listening = { .fd = host, .events = POLLIN };

	return socketcall_host_ask(server, host, SO_ACCEPTCONN) == 1 && poll(&listening, 1, 0) == 0;
}

long socketcall_host_accept4(struct socketcall_server *server, int fd, struct socketcall_name *name, int flags,
			     struct socketcall_made *made)
{
	int host = host_fd(server, fd);
	long r = 0;

	if (host < 0 && !host_is_guest(server))
		return -EBADF;
	if (server->pending && accept_would_block(server, host)) {
		r = socketcall_host_would_block(server, fd, host, SOCKETCALL_READABLE, 0);
		goto out;
	}
	if (!host_is_guest(server) && !(flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)))
		r = socketcall_host_reserve(server, made);
	if (r)
		goto out;
	if (name)
		name->length = sizeof name->bytes;
	r = HOST(server, ACCEPT4, accept4, N(host), P(name ? name->bytes : NULL), P(name ? &name->length : NULL),
		 N(flags_here(server, flags)));
	if (r < 0) {
		socketcall_host_drop(server, made);
		goto out;
	}
	made->handle = r;
	if (name)
		socketcall_host_name_out(server, name);
	r = 0;
out:
	host_done(server, host);
	return r;
}
