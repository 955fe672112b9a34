/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server/host/messages.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>

void socketcall_host_begin(struct transfer *t, struct socketcall_server *server, int host,
			   struct socketcall_message *message, int flags)
{
	size_t size;

	t->server = server;
	t->message = message;
	t->room = socketcall_room(server, &size);
	t->bytes_size = size - sizeof(struct host_room);
	t->host = host;
	t->flags = flags;
	/* one by one, as in socketcall_message_clear() */
	t->header.name = NULL;
	t->header.namelen = 0;
	t->header.iov = t->room->parts;
	t->header.iovlen = 0;
	t->header.control = NULL;
	t->header.controllen = 0;
	t->header.flags = 0;
	t->wanted = 0;
	t->copied = 0;
	t->control_size = 0;
	t->all = true;
}

bool socketcall_host_is_stream(const struct transfer *t)
{
	return socketcall_host_ask(t->server, t->host, SO_TYPE) == SOCK_STREAM;
}

void socketcall_host_parts_of(struct transfer *t, int writable)
{
	uint64_t rest = t->message->size - t->message->done, covered;
	struct iovec *parts = t->room->parts;
	unsigned count = socketcall_pieces(t->server, t->message, t->message->done, rest, writable,
					   (struct socketcall_piece *)(void *)parts, PARTS, &covered);

	t->wanted = rest;
	t->copied = 0;
	if (rest == 0 || (count && (covered == rest || parts[count - 1].iov_base == NOWHERE))) {
		if (covered < rest) /* the last part is at NOWHERE: it stands for all that is left */
			parts[count - 1].iov_len += (size_t)(rest - covered);
		t->header.iovlen = rest ? count : 0;
		return;
	}
	if (t->wanted > t->bytes_size) {
		t->wanted = t->bytes_size;
		t->all = false;
	}
	t->copied = socketcall_take(t->server, t->message, t->message->done, t->room->bytes, (size_t)t->wanted);
	parts[0] = (struct iovec){ t->room->bytes, t->copied };
	parts[1] = (struct iovec){ NOWHERE, (size_t)t->wanted - t->copied };
	t->header.iovlen = t->copied < t->wanted ? 2 : 1;
}

/* ---- Sending ----------------------------------------------------------------------------------------------------- */

/* SCM_RIGHTS: replaces the guest's descriptors by this process's. One that the guest doesn't have becomes -1, for which
 * the kernel answers EBADF. */
static void rights_in(const struct transfer *t, const int *numbers, size_t count, int *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = i < RIGHTS_MOST ? host_fd(t->server, numbers[i]) : -1;
}

/* Releases the descriptors that rights_in() looked up: those in the part of room->control that control_in() filled. */
static void rights_done(const struct transfer *t)
{
	const unsigned char *at = t->room->control, *end = at + t->control_size;

	if (!host_of(t->server)->descriptors.done)
		return;
	while (at < end) {
		const struct kernel_control *header = (const struct kernel_control *)(const void *)at;
		const int *fds = (const int *)(const void *)(header + 1);
		size_t size = header->length - sizeof *header;

		if (header->length < sizeof *header) /* malformed, so it is the last one */
			return;
		if (header->level == SOL_SOCKET && header->type == SCM_RIGHTS)
			for (size_t k = 0; k < size / sizeof(int) && k < RIGHTS_MOST; k++)
				host_done(t->server, fds[k]);
		at += sizeof *header + ((size + sizeof(long) - 1) & ~(sizeof(long) - 1));
	}
}

/* Writes the control messages into room->control in the kernel's layout: 0 or -errno. rights_done() must follow. */
static long control_in(struct transfer *t)
{
	const struct socketcall_identity *identity = &host_of(t->server)->identity;
	unsigned char *at = t->room->control, *end = at + SOCKETCALL_CONTROL;

	for (unsigned i = 0; i < t->message->control_count; i++) {
		const struct socketcall_control *control = &t->message->controls[i];
		struct kernel_control header = { sizeof header + control->size, control->level, control->type };
		size_t space;

		/* malformed: a length below the header's, which the kernel refuses when it comes to this message */
		if (control->size == SIZE_MAX) {
			header.length = 0;
			memcpy(at, &header, sizeof header);
			at += sizeof header;
			break;
		}
		space = sizeof header + ((control->size + sizeof(long) - 1) & ~(sizeof(long) - 1));
		if (space > (size_t)(end - at))
			return -ENOBUFS;
		if (header.level == LEVEL_RDS)
			header.level = LEVEL_NONE;
		memcpy(at, &header, sizeof header);
		memcpy(at + sizeof header, control->data, control->size);
		if (header.level == SOL_SOCKET && header.type == SCM_RIGHTS && !host_is_guest(t->server))
			rights_in(t, control->data, control->size / sizeof(int), (int *)(void *)(at + sizeof header));
		if (header.level == SOL_SOCKET && header.type == SCM_CREDENTIALS && identity->credentials_in &&
		    control->size == sizeof(struct ucred)) {
			int r = identity->credentials_in(identity->context,
							 (struct ucred *)(void *)(at + sizeof header));

			if (r < 0)
				return r;
		}
		at += space;
		t->control_size = (size_t)(at - t->room->control);
	}
	t->header.control = t->message->control_count ? t->room->control : NULL;
	t->header.controllen = (size_t)(at - t->room->control);
	return 0;
}

/* Only sendto can pass a name of length 0: in sendmsg's header that means no name. sendto takes one buffer, so the
 * parts are copied into one. */
static __attribute__((__noinline__)) long send_nameless(struct transfer *t, int flags)
{
	size_t wanted = t->wanted < t->bytes_size ? (size_t)t->wanted : t->bytes_size;
	size_t there = socketcall_take(t->server, t->message, t->message->done, t->room->bytes, wanted);
	const void *bytes = t->room->bytes;
	struct wall wall = { NULL, 0 };
	long r;

	if (there < t->wanted)
		bytes = socketcall_host_wall(&wall, t->room->bytes, there);
	if (!bytes)
		return -ENOMEM;
	r = HOST(t->server, SENDTO, sendto, N(t->host), P(bytes), (size_t)t->wanted, N(flags),
		 P(t->message->name->bytes), 0);
	if (wall.memory)
		socketcall_host_wall_end(&wall);
	return r;
}

static inline __attribute__((__always_inline__)) long send_parts(struct transfer *t, int flags)
{
	const struct socketcall_name *name = t->message->name;

	if (!t->header.controllen && t->header.iovlen == 1)
		return HOST(t->server, SENDTO, sendto, N(t->host), P(t->room->parts->iov_base), t->room->parts->iov_len,
			    N(flags), P(name ? name->bytes : NULL), name ? name->length : 0);
	if (name && !name->length && !t->header.controllen)
		return send_nameless(t, flags);
	return HOST(t->server, SENDMSG, sendmsg, N(t->host), P(&t->header), N(flags));
}

/* Sends a message that must be copied, and is longer than the room for copies. A stream takes it in several calls;
 * other sockets would make several messages of it, so there it is EMSGSIZE. */
static __attribute__((__noinline__)) long send_copies(struct transfer *t, int flags)
{
	uint64_t start = t->message->done;
	long r, sent = 0;

	if (!socketcall_host_is_stream(t))
		return -EMSGSIZE;
	for (;;) {
		r = send_parts(t, t->all ? flags : flags | MSG_MORE);
		if (r < 0)
			break;
		sent += r;
		t->message->done = start + (uint64_t)sent;
		if ((uint64_t)r < t->wanted || t->message->done == t->message->size)
			break;
		t->header.controllen = 0;
		t->all = true;
		socketcall_host_parts_of(t, 0);
	}
	t->message->done = start;
	return sent ? sent : r;
}

/* Linux sends SIGPIPE only for stream sockets (unix_stream_sendmsg(), sk_stream_error()). */
static void note_sigpipe(const struct transfer *t, long r)
{
	if (r == -EPIPE && !(t->flags & MSG_NOSIGNAL) && socketcall_host_is_stream(t))
		t->server->sigpipe = 1;
}

/* True if MSG_PROBE kept Linux from sending the message: a datagram of INET or INET6. Linux then leaves the message's
 * bytes unread, and sendmmsg ends because not all of them were taken. */
static bool only_probed(const struct transfer *t)
{
	long family = socketcall_host_ask(t->server, t->host, SO_DOMAIN);

	return (family == AF_INET || family == AF_INET6) && !socketcall_host_is_stream(t);
}

/*
 * Returns 0 or, for a resumed call, the negative error that is pending on the socket (SO_ERROR), and takes it. Linux
 * reports it before EPIPE in a call that has waited for room (sock_wait_for_wmem(), sk_stream_wait_memory()), but EPIPE
 * first in a call that begins.
 */
static long error_while_waiting(struct socketcall_server *server, int host)
{
	int error = 0;
	socklen_t size = sizeof error;

	if (!server->pending || !server->pending->resumed ||
	    HOST(server, GETSOCKOPT, getsockopt, N(host), SOL_SOCKET, SO_ERROR, P(&error), P(&size)))
		return 0;
	return -error;
}

static long send_message(struct transfer *t)
{
	int flags = (t->flags | MSG_NOSIGNAL) & ~(ZEROCOPY | COMPAT);
	struct socketcall_name *name = t->message->name;
	long r = 0;

	if (name) {
		r = socketcall_host_name_in(t->server, name);
		t->header.name = name->bytes;
		t->header.namelen = name->length;
	}
	/* the first part of a message took the control messages with it, so a resumed call must not send them again */
	if (!r && t->message->control_count && !t->message->done)
		r = control_in(t);
	if (r) {
		rights_done(t);
		return r;
	}
	socketcall_host_parts_of(t, 0);
	if (t->server->pending)
		flags |= MSG_DONTWAIT;
	r = t->all ? send_parts(t, flags) : send_copies(t, flags);
	rights_done(t);
	if (r == -EPIPE) { /* the other end may have been closed since the last look for an error */
		long error = error_while_waiting(t->server, t->host);

		r = error ? error : r;
	}
	note_sigpipe(t, r);
	if (t->message->vector && t->flags & PROBE && r > 0)
		t->message->left = only_probed(t);
	return r;
}

long socketcall_host_send(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	int host = host_fd(server, fd);
	struct transfer t;
	long r;

	if (host < 0 && !host_is_guest(server))
		return -EBADF;
	r = socketcall_host_take_kept_error(server, host);
	if (!r)
		r = error_while_waiting(server, host);
	if (!r) {
		socketcall_host_begin(&t, server, host, message, flags);
		r = send_message(&t);
		if (server->pending && (r == -EAGAIN || (r > 0 && (uint64_t)r < message->size - message->done))) {
			long answer = socketcall_host_would_block(server, fd, host, SOCKETCALL_WRITABLE, flags);

			if (r > 0 && answer == SOCKETCALL_WOULD_BLOCK)
				message->done += (uint64_t)r;
			r = r > 0 && answer != SOCKETCALL_WOULD_BLOCK ? r : answer;
		}
	}
	host_done(server, host);
	return r;
}
