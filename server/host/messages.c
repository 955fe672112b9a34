/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <errno.h>
#include <poll.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

enum {
	PARTS = SOCKETCALL_SEGMENTS,
	RIGHTS_MOST = 253,        /* SCM_MAX_FD: more are EINVAL before they are looked at */
	LEVEL_RDS = 276,          /* SOL_RDS, whose messages may hold addresses of memory */
	LEVEL_NONE = INT32_MAX,   /* no family has it: passed over where SOL_RDS isn't the family's own */
	TAKEN_PIDFD = 4,          /* SCM_PIDFD */
	PROBE = 0x10,             /* MSG_PROBE */
	CONTROL_OF_FAILURE = 512, /* credentials, a label and a pidfd have room in it */
	CLOEXEC_BACK = 0x40000000,
	COMPAT = (int)0x80000000u, /* MSG_CMSG_COMPAT, which sendmsg and recvmsg refuse */
};

/* What of the room behind the scratch the operations use: the kernel's structures, and copies of messages' bytes. */
struct room {
	struct iovec parts[PARTS + 1];
	unsigned char control[SOCKETCALL_CONTROL + 16];
	unsigned char bytes[];
};

_Static_assert(sizeof(struct room) + 0x10000 <= SOCKETCALL_ROOM, "there is room for any UDP datagram");

struct transfer {
	struct socketcall_server *server;
	struct socketcall_message *message;
	struct room *room;
	size_t bytes_size;
	int host, flags;
	struct kernel_message header;
	uint64_t wanted; /* bytes that the parts have */
	size_t copied;   /* how many of them are in room->bytes; 0: none, the parts are the guest's memory */
	bool all;        /* is `wanted` the rest of the message? */
};

static void begin(struct transfer *t, struct socketcall_server *server, int host, struct socketcall_message *message,
		  int flags)
{
	size_t size;

	*t = (struct transfer){ .server = server, .message = message, .host = host, .flags = flags, .all = true };
	t->room = socketcall_room(server, &size);
	t->bytes_size = size - sizeof(struct room);
	t->header.iov = t->room->parts;
}

static bool is_stream(const struct transfer *t)
{
	return socketcall_host_ask(t->server, t->host, SO_TYPE) == SOCK_STREAM;
}

/*
 * The bytes from message->done on as the kernel's parts: the guest's memory, where at() says where it lies, or copies.
 * Memory that isn't there is a part that can't be touched, so that the kernel fails where it would have failed at the
 * guest. To be received: what can't be read isn't there.
 */
static void parts_of(struct transfer *t, int writable)
{
	uint64_t rest = t->message->size - t->message->done, covered;
	struct iovec *parts = t->room->parts;
	unsigned count = socketcall_pieces(t->server, t->message, t->message->done, rest, writable,
					   (struct socketcall_piece *)(void *)parts, PARTS, &covered);

	t->wanted = rest;
	t->copied = 0;
	if (rest == 0 || (count && (covered == rest || parts[count - 1].iov_base == NOWHERE))) {
		if (covered < rest) /* the last one can't be touched, wherever it ends */
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

/* Rights: the guest's descriptors are made the host's. One that the guest hasn't got is -1, EBADF to the kernel. */
static void rights_in(const struct transfer *t, const int *numbers, size_t count, int *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = i < RIGHTS_MOST ? host_fd(t->server, numbers[i]) : -1;
}

static void rights_done(const struct transfer *t)
{
	const unsigned char *at = t->room->control;

	if (!host_of(t->server)->descriptors.done)
		return;
	for (unsigned i = 0; i < t->message->control_count; i++) {
		const struct socketcall_control *control = &t->message->controls[i];
		const struct kernel_control *header = (const struct kernel_control *)(const void *)at;
		const int *fds = (const int *)(const void *)(header + 1);

		if (control->size == SIZE_MAX)
			return;
		if (header->level == SOL_SOCKET && header->type == SCM_RIGHTS)
			for (size_t k = 0; k < control->size / sizeof(int) && k < RIGHTS_MOST; k++)
				host_done(t->server, fds[k]);
		at += sizeof *header + ((control->size + sizeof(long) - 1) & ~(sizeof(long) - 1));
	}
}

/* The control messages as the kernel has them. */
static long control_in(struct transfer *t)
{
	const struct socketcall_identity *identity = &host_of(t->server)->identity;
	unsigned char *at = t->room->control, *end = at + SOCKETCALL_CONTROL;

	for (unsigned i = 0; i < t->message->control_count; i++) {
		const struct socketcall_control *control = &t->message->controls[i];
		struct kernel_control header = { sizeof header + control->size, control->level, control->type };
		size_t space;

		if (control->size == SIZE_MAX) { /* malformed: no length is less than the header's */
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
	}
	t->header.control = t->message->control_count ? t->room->control : NULL;
	t->header.controllen = (size_t)(at - t->room->control);
	return 0;
}

/* sendto has names of no length, which a message's header has not: so the bytes have to lie in one piece. */
static long send_nameless(struct transfer *t, int flags)
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

static long send_parts(struct transfer *t, int flags)
{
	const struct socketcall_name *name = t->message->name;

	if (!t->header.controllen && t->header.iovlen == 1)
		return HOST(t->server, SENDTO, sendto, N(t->host), P(t->room->parts->iov_base), t->room->parts->iov_len,
			    N(flags), P(name ? name->bytes : NULL), name ? name->length : 0);
	if (name && !name->length && !t->header.controllen)
		return send_nameless(t, flags);
	return HOST(t->server, SENDMSG, sendmsg, N(t->host), P(&t->header), N(flags));
}

/* Of a stream what is too long for a copy is sent one after the other; of anything else it is too long. */
static long send_copies(struct transfer *t, int flags)
{
	uint64_t start = t->message->done;
	long r, sent = 0;

	if (!is_stream(t))
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
		parts_of(t, 0);
	}
	t->message->done = start;
	return sent ? sent : r;
}

/* Linux sends SIGPIPE for streams alone (unix_stream_sendmsg(), sk_stream_error()). */
static void note_sigpipe(const struct transfer *t, long r)
{
	if (r == -EPIPE && !(t->flags & MSG_NOSIGNAL) && is_stream(t))
		t->server->sigpipe = 1;
}

/* With MSG_PROBE datagrams of INET and INET6 aren't sent, and their bytes not taken, which ends sendmmsg. */
static bool only_probed(const struct transfer *t)
{
	long family = socketcall_host_ask(t->server, t->host, SO_DOMAIN);

	return (family == AF_INET || family == AF_INET6) && !is_stream(t);
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
	/* what was sent before it blocked had the control messages with it */
	if (!r && t->message->control_count && !t->message->done)
		r = control_in(t);
	if (r)
		return r;
	parts_of(t, 0);
	if (t->server->pending)
		flags |= MSG_DONTWAIT;
	r = t->all ? send_parts(t, flags) : send_copies(t, flags);
	rights_done(t);
	note_sigpipe(t, r);
	if (t->message->vector && t->flags & PROBE && r > 0)
		t->message->left = only_probed(t);
	return r;
}

/* The error that is on a socket. What waits for room looks at it before the end of the connection
 * (sock_wait_for_wmem(), sk_stream_wait_memory()); what begins to send, behind it. */
static int error_of(struct socketcall_server *server, int host)
{
	int error = 0;
	socklen_t size = sizeof error;

	return HOST(server, GETSOCKOPT, getsockopt, N(host), SOL_SOCKET, SO_ERROR, P(&error), P(&size)) ? 0 : error;
}

long socketcall_host_send(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	int host = host_fd(server, fd);
	struct transfer t;
	long r;

	if (host < 0 && !host_is_guest(server))
		return -EBADF;
	r = socketcall_host_kept(server, host);
	if (!r && server->pending && server->pending->resumed)
		r = -error_of(server, host);
	if (!r) {
		begin(&t, server, host, message, flags);
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

/* ---- Receiving --------------------------------------------------------------------------------------------------- */

/* The kernel's control data as messages. What the kernel cut short isn't whole, but it is what there is. */
static void control_out(struct transfer *t)
{
	const struct socketcall_identity *identity = &host_of(t->server)->identity;
	unsigned char *at = t->header.control, *end = at + t->header.controllen;

	while (at && (size_t)(end - at) >= sizeof(struct kernel_control)) {
		struct kernel_control header;
		size_t space;

		memcpy(&header, at, sizeof header);
		if (header.length < sizeof header || header.length > (size_t)(end - at))
			return;
		if (header.level == SOL_SOCKET && header.type == SCM_CREDENTIALS && identity->credentials_out &&
		    header.length == sizeof header + sizeof(struct ucred))
			identity->credentials_out(identity->context, (struct ucred *)(void *)(at + sizeof header));
		t->message->controls[t->message->control_count++] =
			(struct socketcall_control){ header.level, header.type, at + sizeof header,
						     header.length - sizeof header };
		space = (header.length + sizeof(long) - 1) & ~(sizeof(long) - 1);
		if (space > (size_t)(end - at))
			return;
		at += space;
	}
}

/* The bytes couldn't be written to the guest, so that it doesn't get the descriptors that came with them. */
static void drop_descriptors(const struct transfer *t)
{
	for (unsigned i = 0; i < t->message->control_count; i++) {
		const struct socketcall_control *control = &t->message->controls[i];
		const int *fds = control->data;

		if (control->level != SOL_SOCKET || (control->type != SCM_RIGHTS && control->type != TAKEN_PIDFD))
			continue;
		for (size_t k = 0; k < control->size / sizeof(int); k++)
			socketcall_host_drop(t->server, &(struct socketcall_made){ fds[k], -1 });
	}
	t->message->control_count = 0;
}

/* A header that the kernel fails at with this error, before it looks at the socket. */
static bool bad_header(struct kernel_message *header, long error)
{
	*header = (struct kernel_message){ 0 };
	switch (error) {
	case -EMSGSIZE:
		header->iovlen = PARTS + 1;
		return true;
	case -EINVAL:
		header->name = NOWHERE;
		header->namelen = (unsigned)-1;
		return true;
	case -EFAULT:
		header->iov = NOWHERE;
		header->iovlen = 2;
		return true;
	default:
		return false;
	}
}

bool socketcall_host_error_set(const struct socketcall_server *server, int host, long error)
{
	struct kernel_messages two[2] = { { { 0 }, 0 }, { { 0 }, 0 } };

	return bad_header(&two[1].header, error) &&
	       HOST(server, RECVMMSG, recvmmsg, N(host), P(two), 2, MSG_PEEK | MSG_DONTWAIT, 0) == 1;
}

/* The kernel receives this message, and fails at a next one with the same error, which it keeps on the socket. */
static long receive_before_error(struct transfer *t, int flags)
{
	struct kernel_messages two[2] = { { t->header, 0 }, { { 0 }, 0 } };
	long r;

	bad_header(&two[1].header, t->message->next_error);
	r = HOST(t->server, RECVMMSG, recvmmsg, N(t->host), P(two), 2, N(flags), 0);
	t->header = two[0].header;
	t->message->kept = r == 1;
	return r > 0 ? (long)two[0].length : r;
}

static long receive_parts(struct transfer *t, int flags)
{
	struct socketcall_message *m = t->message;
	long r;

	if (!host_is_guest(t->server))
		flags |= MSG_CMSG_CLOEXEC;
	if (!m->control_room && t->header.iovlen == 1 && m->vector == 0 && !m->wants_flags) {
		if (m->name)
			m->name->length = sizeof m->name->bytes;
		return HOST(t->server, RECVFROM, recvfrom, N(t->host), P(t->room->parts->iov_base),
			    t->room->parts->iov_len, N(flags), P(m->name ? m->name->bytes : NULL),
			    P(m->name ? &m->name->length : NULL));
	}
	t->header.name = m->name ? m->name->bytes : NULL;
	t->header.namelen = m->name ? sizeof m->name->bytes : 0;
	t->header.control = m->control_room ? m->control_data : NULL;
	t->header.controllen = m->control_room ? SOCKETCALL_CONTROL : 0;
	if (m->control_room)
		memset(m->control_data, 0, CONTROL_OF_FAILURE);
	if (m->next_error)
		r = receive_before_error(t, flags);
	else
		r = HOST(t->server, RECVMSG, recvmsg, N(t->host), P(&t->header), N(flags));
	if (r < 0) { /* the length isn't said then: a message of length 0 ends them */
		t->header.controllen = m->control_room ? CONTROL_OF_FAILURE : 0;
		control_out(t);
		return r;
	}
	if (m->name)
		m->name->length = t->header.namelen;
	m->flags = (int)t->header.flags & ~CLOEXEC_BACK;
	control_out(t);
	return r;
}

/* Copies go to the guest: what was there before, too, where the kernel has failed in the middle of it. */
static long copies_out(struct transfer *t, long r)
{
	size_t size = r < 0 ? t->copied : (size_t)r < t->copied ? (size_t)r : t->copied;

	if (!size || (r < 0 && r != -EFAULT))
		return r;
	if (socketcall_give(t->server, t->message, t->message->done, t->room->bytes, size) == size)
		return r;
	drop_descriptors(t);
	return -EFAULT;
}

static long receive_message(struct transfer *t)
{
	int flags = t->flags & ~COMPAT;
	long r;

	parts_of(t, 1);
	if (t->server->pending)
		flags |= MSG_DONTWAIT;
	r = receive_parts(t, flags);
	if (t->copied)
		r = copies_out(t, r);
	if (r >= 0 && t->message->name)
		socketcall_host_name_out(t->server, t->message->name);
	return r;
}

/* Is more of a stream to be waited for, after `r` bytes? */
static bool waits_for_all(const struct transfer *t, long r)
{
	const struct socketcall_message *m = t->message;

	if (r <= 0 || (uint64_t)r >= m->size - m->done || m->control_count || t->flags & (MSG_PEEK | MSG_OOB))
		return false;
	return (t->flags & MSG_WAITALL || (!t->all && (uint64_t)r == t->wanted)) && is_stream(t);
}

/* Linux doesn't wait for errors, nor for a stream's urgent data. */
static bool never_waits(const struct transfer *t, int flags)
{
	return flags & MSG_ERRQUEUE || (flags & MSG_OOB && is_stream(t));
}

/* Has receiving been shut down? Of datagrams that ends a call that waits, but without waiting it is EAGAIN. */
static bool is_shut_down(int host)
{
	struct pollfd ready = { host, POLLRDHUP, 0 };

	return poll(&ready, 1, 0) > 0 && ready.revents & POLLRDHUP;
}

long socketcall_host_receive(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	int host = host_fd(server, fd);
	struct transfer t;
	long r;

	if (host < 0 && !host_is_guest(server))
		return -EBADF;
	r = flags & MSG_ERRQUEUE ? 0 : socketcall_host_kept(server, host);
	if (!r) {
		begin(&t, server, host, message, flags);
		r = receive_message(&t);
		if (server->pending && (r == -EAGAIN || (flags & MSG_WAITALL && waits_for_all(&t, r)))) {
			long answer = never_waits(&t, flags) ? -EAGAIN
							     : socketcall_host_would_block(server, fd, host,
											   SOCKETCALL_READABLE, flags);

			if (answer == SOCKETCALL_WOULD_BLOCK && r < 0 && is_shut_down(host))
				answer = 0;
			if (answer == SOCKETCALL_WOULD_BLOCK)
				message->control_count = 0;
			if (r > 0 && answer == SOCKETCALL_WOULD_BLOCK)
				message->done += (uint64_t)r;
			r = r > 0 && answer != SOCKETCALL_WOULD_BLOCK ? r : answer;
		}
	}
	host_done(server, host);
	return r;
}

/* Of no messages recvmmsg does what it does before the first. */
long socketcall_host_before_receiving(struct socketcall_server *server, int fd, int flags)
{
	int host = host_fd(server, fd);
	long r = flags & MSG_ERRQUEUE ? 0 : socketcall_host_kept(server, host);

	if (!r)
		r = HOST(server, RECVMMSG, recvmmsg, N(host), 0, 0, N(flags), 0);
	/* With MSG_ERRQUEUE the waiting error isn't looked at, and Linux 6.1 answers EBADF for no messages, whatever
	 * the descriptor. */
	if (flags & MSG_ERRQUEUE && r == -EBADF) {
		r = socketcall_host_ask(server, host, SO_TYPE);
		r = r < 0 ? r : 0;
	}
	host_done(server, host);
	return r;
}
