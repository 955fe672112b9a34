/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server/host/messages.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>

/* ---- Receiving --------------------------------------------------------------------------------------------------- */

/* Replaces the peer's credentials by what the guest is to see. */
static APART void replace_credentials(const struct transfer *t, const struct socketcall_control *control, void *data)
{
	const struct socketcall_identity *identity = &host_of(t->server)->identity;

	if (control->level == SOL_SOCKET && control->type == SCM_CREDENTIALS && control->size == sizeof(struct ucred))
		identity->credentials_out(identity->context, data);
}

/* Adds the control message at `at`, where `left` bytes are, to message->controls. Returns its size, or SIZE_MAX if
 * there is none. */
static PART size_t add_received(struct transfer *t, unsigned char *at, size_t left)
{
	const struct kernel_control *header = (const struct kernel_control *)(const void *)at;
	struct socketcall_control *control = &t->message->controls[t->message->control_count];
	size_t length;

	if (RARELY(left < sizeof *header))
		return SIZE_MAX;
	length = header->length;
	if (RARELY(length < sizeof *header || length > left))
		return SIZE_MAX;
	control->level = header->level;
	control->type = header->type;
	control->data = at + sizeof *header;
	control->size = length - sizeof *header;
	if (RARELY(host_of(t->server)->identity.credentials_out))
		replace_credentials(t, control, at + sizeof *header);
	t->message->control_count++;
	return (length + sizeof(long) - 1) & ~(sizeof(long) - 1);
}

static APART void add_others(struct transfer *t, unsigned char *at, size_t left)
{
	size_t space;

	for (; (space = add_received(t, at, left)) < left; at += space)
		left -= space;
}

/* Splits the kernel's control data into message->controls. The last one may be truncated (MSG_CTRUNC). */
static PART void control_out(struct transfer *t)
{
	unsigned char *at = t->header.control;
	size_t left = t->header.controllen, space;

	if (!left)
		return;
	space = add_received(t, at, left);
	if (RARELY(space < left))
		add_others(t, at + space, left - space);
}

/* Closes the received descriptors: the message's bytes couldn't be written to the guest, so the call fails. */
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

/* Makes a header for which the kernel returns `error` before it looks at the socket. Returns false if there is none. */
static bool make_bad_header(struct kernel_message *header, long error)
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

	return make_bad_header(&two[1].header, error) &&
	       HOST(server, RECVMMSG, recvmmsg, N(host), P(two), 2, MSG_PEEK | MSG_DONTWAIT, 0) == 1;
}

/* Receives the message by a recvmmsg whose second header causes the same error as the guest's next one. So the kernel
 * itself stores that error on the socket. */
static APART long receive_before_error(struct transfer *t, int flags)
{
	struct kernel_messages two[2] = { { t->header, 0 }, { { 0 }, 0 } };
	long r;

	make_bad_header(&two[1].header, t->message->next_error);
	r = HOST(t->server, RECVMMSG, recvmmsg, N(t->host), P(two), 2, N(flags), 0);
	t->header = two[0].header;
	t->message->kept = r == 1;
	return r > 0 ? (long)two[0].length : r;
}

/* Calls libc's memset(): where compilers know the size they use `rep stos` on x86, which takes longer. */
static PART void clear_control(unsigned char *control)
{
	size_t size = CONTROL_OF_FAILURE;

	__asm__("" : "+r"(size));
	memset(control, 0, size);
}

/* The kernel doesn't return the length of what came with a failed receive: the zeros behind the last message end it. */
static APART void control_of_failure(struct transfer *t)
{
	t->header.controllen = t->message->control_room ? CONTROL_OF_FAILURE : 0;
	control_out(t);
}

static PART long receive_parts(struct transfer *t, int flags)
{
	struct socketcall_message *m = t->message;
	long r;

	if (RARELY(!host_is_guest(t->server)))
		flags |= MSG_CMSG_CLOEXEC;
	if (!m->control_room && t->header.iovlen == 1 && m->vector == 0 && !m->wants_flags) {
		if (m->name)
			m->name->length = sizeof m->name->bytes;
		return HOST(t->server, RECVFROM, recvfrom, N(t->host), P(t->header.iov->iov_base),
			    t->header.iov->iov_len, N(flags), P(m->name ? m->name->bytes : NULL),
			    P(m->name ? &m->name->length : NULL));
	}
	if (RARELY(m->name)) {
		t->header.name = m->name->bytes;
		t->header.namelen = sizeof m->name->bytes;
	}
	if (m->control_room) {
		t->header.control = m->control_data;
		t->header.controllen = SOCKETCALL_CONTROL;
		clear_control(m->control_data);
	}
	if (RARELY(m->next_error))
		r = receive_before_error(t, flags);
	else
		r = HOST(t->server, RECVMSG, recvmsg, N(t->host), P(&t->header), N(flags));
	if (RARELY(r < 0)) {
		control_of_failure(t);
		return r;
	}
	if (RARELY(m->name))
		m->name->length = t->header.namelen;
	m->flags = (int)t->header.flags & ~CLOEXEC_BACK;
	control_out(t);
	return r;
}

/* Writes the copy to the guest. After EFAULT, writes all of it: the kernel doesn't tell how many bytes it has received,
 * and the bytes behind those are still the guest's own. */
static long copies_out(struct transfer *t, long r)
{
	unsigned char *bytes = host_room_of(t)->bytes;
	size_t size = r < 0 ? t->copied : (size_t)r < t->copied ? (size_t)r : t->copied;

	if (!size || (r < 0 && r != -EFAULT))
		return r;
	if (socketcall_give(t->server, t->message, t->message->done, bytes, size) == size)
		return r;
	drop_descriptors(t);
	return -EFAULT;
}

/* Receives any message. */
static APART long receive_any(struct transfer *t, int flags)
{
	long r;

	socketcall_host_parts_of(t, 1);
	r = receive_parts(t, flags);
	return t->copied ? copies_out(t, r) : r;
}

static PART long receive_message(struct transfer *t)
{
	int flags = t->flags & ~COMPAT;
	long r;

	if (RARELY(t->server->pending))
		flags |= MSG_DONTWAIT;
	t->cut = false;
	r = is_one_part(t, 1) ? receive_parts(t, flags) : receive_any(t, flags);
	if (RARELY(t->message->name) && r >= 0)
		socketcall_host_name_out(t->server, t->message->name);
	return r;
}

/* True if the call must wait for more of a stream after `r` bytes. */
static bool waits_for_all(const struct transfer *t, long r)
{
	const struct socketcall_message *m = t->message;

	if (r <= 0 || (uint64_t)r >= m->size - m->done || m->control_count || t->flags & (MSG_PEEK | MSG_OOB))
		return false;
	return (t->flags & MSG_WAITALL || (t->cut && (uint64_t)r == t->wanted)) && socketcall_host_is_stream(t);
}

/* Linux never waits for the error queue, nor for a stream's urgent data. */
static bool never_waits(const struct transfer *t, int flags)
{
	return flags & MSG_ERRQUEUE || (flags & MSG_OOB && socketcall_host_is_stream(t));
}

/* True after shutdown(SHUT_RD). On a datagram socket, Linux then answers 0 to a call that waits, but EAGAIN to one with
 * MSG_DONTWAIT. */
static bool is_shut_down(int host)
{
	struct pollfd ready = { host, POLLRDHUP, 0 };

	return poll(&ready, 1, 0) > 0 && ready.revents & POLLRDHUP;
}

/* Turns the result `r` of receiving without waiting into the guest's. */
static APART long wait_to_receive(struct transfer *t, int fd, long r)
{
	long answer = -EAGAIN;

	if (r != -EAGAIN && !(t->flags & MSG_WAITALL && waits_for_all(t, r)))
		return r;
	if (!never_waits(t, t->flags))
		answer = socketcall_host_would_block(t->server, fd, t->host, SOCKETCALL_READABLE, t->flags);
	if (answer != SOCKETCALL_WOULD_BLOCK)
		return r > 0 ? r : answer;
	t->message->control_count = 0;
	if (r < 0 && is_shut_down(t->host)) { /* data may have come before the shutdown, but after the attempt */
		r = receive_message(t);
		return r == -EAGAIN ? 0 : r;
	}
	t->message->done += r > 0 ? (uint64_t)r : 0;
	return answer;
}

long socketcall_host_receive(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	int host = host_fd(server, fd);
	struct transfer t;
	long r;

	if (RARELY(host < 0) && !host_is_guest(server))
		return -EBADF;
	r = RARELY(flags & MSG_ERRQUEUE) ? 0 : socketcall_host_take_kept_error(server, host);
	if (!RARELY(r)) {
		begin(&t, server, host, message, flags);
		r = receive_message(&t);
		if (RARELY(server->pending))
			r = wait_to_receive(&t, fd, r);
	}
	host_done(server, host);
	return r;
}

/* A recvmmsg of 0 messages does exactly what recvmmsg does before its first message. */
long socketcall_host_before_receiving(struct socketcall_server *server, int fd, int flags)
{
	int host = host_fd(server, fd);
	long r = flags & MSG_ERRQUEUE ? 0 : socketcall_host_take_kept_error(server, host);

	if (!r)
		r = HOST(server, RECVMMSG, recvmmsg, N(host), 0, 0, N(flags), 0);
	/* With MSG_ERRQUEUE recvmmsg leaves the socket's error alone, and Linux 6.1 then answers EBADF to 0 messages on
	 * a good descriptor, too. So look the descriptor up. */
	if (flags & MSG_ERRQUEUE && r == -EBADF) {
		r = socketcall_host_ask(server, host, SO_TYPE);
		r = r < 0 ? r : 0;
	}
	host_done(server, host);
	return r;
}
