/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server/host/messages.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>

bool socketcall_host_is_stream(const struct transfer *t)
{
	return socketcall_host_ask(t->server, t->host, SO_TYPE) == SOCK_STREAM;
}

/* The size of the room's bytes. */
static size_t bytes_size(const struct transfer *t)
{
	size_t size;

	socketcall_room(t->server, &size);
	return size - sizeof(struct host_room);
}

void socketcall_host_parts_of(struct transfer *t, int writable)
{
	uint64_t rest = t->message->size - t->message->done, covered;
	unsigned char *bytes = host_room_of(t)->bytes;
	struct iovec *parts = host_room_of(t)->parts;
	unsigned count = socketcall_pieces(t->server, t->message, t->message->done, rest, writable,
					   (struct socketcall_piece *)(void *)parts, PARTS, &covered);

	t->header.iov = parts;
	t->wanted = rest;
	t->copied = 0;
	t->cut = false;
	if (rest == 0 || (count && (covered == rest || parts[count - 1].iov_base == NOWHERE))) {
		if (covered < rest) /* the last part is at NOWHERE: it stands for all that is left */
			parts[count - 1].iov_len += (size_t)(rest - covered);
		t->header.iovlen = rest ? count : 0;
		return;
	}
	if (t->wanted > bytes_size(t)) {
		t->wanted = bytes_size(t);
		t->cut = true;
	}
	t->copied = socketcall_take(t->server, t->message, t->message->done, bytes, (size_t)t->wanted);
	parts[0] = (struct iovec){ bytes, t->copied };
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

/* Replaces what a control message has of the guest by what this process has, as the hooks say: 0 or -errno. */
static APART long replace(const struct transfer *t, const struct socketcall_control *control, void *data)
{
	const struct socketcall_identity *identity = &host_of(t->server)->identity;
	int r;

	if (control->level != SOL_SOCKET)
		return 0;
	if (control->type == SCM_RIGHTS && !host_is_guest(t->server))
		rights_in(t, control->data, control->size / sizeof(int), data);
	if (control->type != SCM_CREDENTIALS || control->size != sizeof(struct ucred) || !identity->credentials_in)
		return 0;
	r = identity->credentials_in(identity->context, data);
	return r < 0 ? r : 0;
}

/* Releases the descriptors that rights_in() looked up: those in the control messages of the header. */
static APART void release_rights(const struct transfer *t)
{
	const unsigned char *at = t->header.control, *end = at + t->header.controllen;

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

static PART void rights_done(const struct transfer *t)
{
	if (RARELY(host_of(t->server)->descriptors.done) && t->header.control)
		release_rights(t);
}

/* Adds a control message to the header, in the kernel's layout: 0, -errno, or 1 if it is malformed, and so the last
 * one. rights_done() must follow. */
static PART long add_control(struct transfer *t, const struct socketcall_control *control)
{
	const struct socketcall_host_context *host = host_of(t->server);
	size_t left = SOCKETCALL_CONTROL - t->header.controllen;
	size_t space = sizeof(struct kernel_control) + ((control->size + sizeof(long) - 1) & ~(sizeof(long) - 1));
	struct kernel_control *header =
		(struct kernel_control *)(void *)((unsigned char *)t->header.control + t->header.controllen);
	long r;

	header->level = control->level;
	header->type = control->type;
	if (RARELY(header->level == LEVEL_RDS))
		header->level = LEVEL_NONE;
	/* a length below the header's, which the kernel refuses when it comes to this message */
	if (RARELY(control->size == SIZE_MAX)) {
		header->length = 0;
		t->header.controllen += sizeof *header;
		return 1;
	}
	if (RARELY(space > left))
		return -ENOBUFS;
	header->length = sizeof *header + control->size;
	socketcall_copy(header + 1, control->data, control->size);
	if (RARELY(host->descriptors.host || host->identity.credentials_in)) {
		r = replace(t, control, header + 1);
		if (r)
			return r;
	}
	t->header.controllen += space;
	return 0;
}

static APART long add_others(struct transfer *t)
{
	unsigned i = 1;
	long r;

	do
		r = add_control(t, &t->message->controls[i++]);
	while (!r && i < t->message->control_count);
	return r;
}

/* Makes the control messages, 1 or more, the header's: 0 or -errno. */
static PART long control_in(struct transfer *t)
{
	long r;

	t->header.control = host_room_of(t)->control;
	r = add_control(t, t->message->controls);
	if (RARELY(t->message->control_count > 1) && !r)
		r = add_others(t);
	return r < 0 ? r : 0;
}

/* Only sendto can pass a name of length 0: in sendmsg's header that means no name. sendto takes one buffer, so the
 * parts are copied into one. */
static APART long send_nameless(struct transfer *t, int flags)
{
	size_t wanted = t->wanted < bytes_size(t) ? (size_t)t->wanted : bytes_size(t);
	void *room = host_room_of(t)->bytes;
	size_t there = socketcall_take(t->server, t->message, t->message->done, room, wanted);
	const void *bytes = room;
	struct wall wall = { NULL, 0 };
	long r;

	if (there < t->wanted)
		bytes = socketcall_host_wall(&wall, room, there);
	if (!bytes)
		return -ENOMEM;
	r = HOST(t->server, SENDTO, sendto, N(t->host), P(bytes), (size_t)t->wanted, N(flags),
		 P(t->message->name->bytes), 0);
	if (wall.memory)
		socketcall_host_wall_end(&wall);
	return r;
}

static PART long send_parts(struct transfer *t, int flags)
{
	const struct socketcall_name *name = t->message->name;

	if (!t->header.controllen && t->header.iovlen == 1)
		return HOST(t->server, SENDTO, sendto, N(t->host), P(t->header.iov->iov_base), t->header.iov->iov_len,
			    N(flags), P(name ? name->bytes : NULL), name ? name->length : 0);
	if (RARELY(name && !name->length && !t->header.controllen))
		return send_nameless(t, flags);
	return HOST(t->server, SENDMSG, sendmsg, N(t->host), P(&t->header), N(flags));
}

/* Sends a message that must be copied, and is longer than the room for copies. A stream takes it in several calls;
 * other sockets would make several messages of it, so there it is EMSGSIZE. */
static APART long send_copies(struct transfer *t, int flags)
{
	uint64_t start = t->message->done;
	long r, sent = 0;

	if (!socketcall_host_is_stream(t))
		return -EMSGSIZE;
	for (;;) {
		r = send_parts(t, t->cut ? flags | MSG_MORE : flags);
		if (r < 0)
			break;
		sent += r;
		t->message->done = start + (uint64_t)sent;
		if ((uint64_t)r < t->wanted || t->message->done == t->message->size)
			break;
		rights_done(t);
		t->header.controllen = 0;
		socketcall_host_parts_of(t, 0);
	}
	t->message->done = start;
	return sent ? sent : r;
}

/* Sends any message. */
static APART long send_any(struct transfer *t, int flags)
{
	socketcall_host_parts_of(t, 0);
	return t->cut ? send_copies(t, flags) : send_parts(t, flags);
}

/* Notes a SIGPIPE, which Linux sends only for stream sockets (unix_stream_sendmsg(), sk_stream_error()), and only if
 * the call has sent nothing. */
static APART void note_sigpipe(const struct transfer *t)
{
	if (!(t->flags & MSG_NOSIGNAL) && !t->message->done && socketcall_host_is_stream(t))
		t->server->sigpipe = 1;
}

static bool is_inet(const struct transfer *t)
{
	long family = socketcall_host_ask(t->server, t->host, SO_DOMAIN);

	return family == AF_INET || family == AF_INET6;
}

/* True if MSG_PROBE kept Linux from sending the message: a datagram of INET or INET6. Linux then leaves the message's
 * bytes unread, and sendmmsg ends because not all of them were taken. */
static APART bool only_probed(const struct transfer *t)
{
	return is_inet(t) && !socketcall_host_is_stream(t);
}

/*
 * Returns 0 or, for a resumed call, the negative error that is pending on the socket (SO_ERROR), and takes it. Linux
 * reports it before EPIPE in a call that has waited for room (sock_wait_for_wmem(), sk_stream_wait_memory()), but EPIPE
 * first in a call that begins. A TCP call that has sent bytes returns their number, and leaves the error to the next
 * call (tcp_sendmsg_locked()); a UNIX one takes it nevertheless (sock_alloc_send_pskb()).
 */
static APART long error_while_waiting(const struct transfer *t)
{
	struct socketcall_server *server = t->server;
	int error = 0;
	socklen_t size = sizeof error;

	if (!server->pending || !server->pending->resumed ||
	    HOST(server, GETSOCKOPT, getsockopt, N(t->host), SOL_SOCKET, SO_ERROR, P(&error), P(&size)))
		return 0;
	if (error && t->message->done && is_inet(t))
		socketcall_host_remember_error(server, t->host, -error);
	if (error == EPIPE) /* TCP's error if the peer resets a connection after it has ended its stream */
		note_sigpipe(t);
	return -error;
}

/* Returns the answer to -EPIPE: the other end may have been closed since the last look for an error. */
static APART long broken(const struct transfer *t)
{
	long error = error_while_waiting(t);

	if (error)
		return error;
	note_sigpipe(t);
	return -EPIPE;
}

static APART long name_in(struct transfer *t)
{
	struct socketcall_name *name = t->message->name;
	long r = socketcall_host_name_in(t->server, name);

	t->header.name = name->bytes;
	t->header.namelen = name->length;
	return r;
}

static PART long send_message(struct transfer *t)
{
	int flags = (t->flags | MSG_NOSIGNAL) & ~(ZEROCOPY | COMPAT);
	long r = 0;

	if (RARELY(t->message->name))
		r = name_in(t);
	/* the first part of a message took the control messages with it, so a resumed call must not send them again */
	if (!r && t->message->control_count && !RARELY(t->message->done))
		r = control_in(t);
	if (RARELY(r)) {
		rights_done(t);
		return r;
	}
	if (RARELY(t->server->pending))
		flags |= MSG_DONTWAIT;
	r = is_one_part(t, 0) ? send_parts(t, flags) : send_any(t, flags);
	rights_done(t);
	if (RARELY(r == -EPIPE))
		r = broken(t);
	if (RARELY(t->message->vector && t->flags & PROBE && r > 0))
		t->message->left = only_probed(t);
	return r;
}

/* Turns the result `r` of sending without waiting into the guest's. */
static APART long wait_to_send(const struct transfer *t, int fd, long r)
{
	struct socketcall_message *message = t->message;
	long answer;

	if (r != -EAGAIN && (r <= 0 || (uint64_t)r >= message->size - message->done))
		return r;
	answer = socketcall_host_would_block(t->server, fd, t->host, SOCKETCALL_WRITABLE, t->flags);
	if (r > 0 && answer == SOCKETCALL_WOULD_BLOCK)
		message->done += (uint64_t)r;
	return r > 0 && answer != SOCKETCALL_WOULD_BLOCK ? r : answer;
}

long socketcall_host_send(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	int host = host_fd(server, fd);
	struct transfer t;
	long r;

	if (RARELY(host < 0) && !host_is_guest(server))
		return -EBADF;
	r = socketcall_host_take_kept_error(server, host);
	if (!RARELY(r)) {
		begin(&t, server, host, message, flags);
		if (RARELY(server->pending))
			r = error_while_waiting(&t);
		if (!RARELY(r))
			r = send_message(&t);
		if (RARELY(server->pending))
			r = wait_to_send(&t, fd, r);
	}
	host_done(server, host);
	return r;
}
