/* SPDX-License-Identifier: MIT
 * Sending and receiving. The library has already read the message's header, iovecs and control messages from the
 * program's memory. socketcall_take() and socketcall_give() copy the bytes. */
#include "kernel.h"

enum { MSG_OOB = 1, MSG_PEEK = 2, MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40, SCM_RIGHTS = 1 };

/* Returns -EAGAIN for a nonblocking call. Else notes what the call waits for, so that it can be tried again. */
static long would_block(struct socketcall_server *server, const struct socket *s, int fd, unsigned events, int flags)
{
	if (s->nonblocking || flags & MSG_DONTWAIT)
		return -EAGAIN;
	server->pending->fd = fd;
	server->pending->events = events;
	return SOCKETCALL_WOULD_BLOCK;
}

/* Puts the sockets of the message's SCM_RIGHTS into *m, whose reference counts aren't raised yet. */
static long rights_in(struct socketcall_server *server, const struct socketcall_message *message, struct message *m)
{
	for (unsigned i = 0; i < message->control_count; i++) {
		const struct socketcall_control *control = &message->controls[i];
		const int *fds = control->data;

		if (control->level != SOL_SOCKET)
			continue;
		if (control->type != SCM_RIGHTS || control->size / sizeof(int) > RIGHTS - m->right_count)
			return -EINVAL;
		for (size_t k = 0; k < control->size / sizeof(int); k++) {
			long error;
			struct socket *s = socket_find(server, fds[k], &error);

			if (!s) /* also for the console, which isn't a socket */
				return -EBADF;
			m->rights[m->right_count++] = s;
		}
	}
	return 0;
}

long socket_send(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	static struct message m;
	long r;
	struct socket *s = socket_find(server, fd, &r), *to;

	if (!s)
		return r;
	m.right_count = 0;
	r = rights_in(server, message, &m);
	if (r || flags & MSG_OOB)
		return r ? r : -EOPNOTSUPP;
	to = s->peer;
	if (!message->name && !to) {
		r = s->peer_gone ? -ECONNREFUSED : -ENOTCONN;
		s->peer_gone = 0;
		return r;
	}
	if (message->size > BYTES)
		return -EMSGSIZE;
	m.size = (size_t)message->size;
	if (m.size && socketcall_take(server, message, 0, m.bytes, m.size) != m.size)
		return -EFAULT;
	if (message->name)
		to = socket_named(message->name, s, &r);
	if (!to)
		return r;
	if (to->count == QUEUE)
		return would_block(server, s, fd, SOCKETCALL_WRITABLE, flags);
	m.sender = s->name;
	for (unsigned i = 0; i < m.right_count; i++)
		m.rights[i]->users++;
	to->queue[(to->first + to->count++) % QUEUE] = m;
	return (long)m.size;
}

long socket_receive(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	long r;
	struct socket *s = socket_find(server, fd, &r);
	struct message *m;
	size_t size;

	if (!s || flags & MSG_OOB)
		return s ? -EOPNOTSUPP : r;
	if (!s->count)
		return would_block(server, s, fd, SOCKETCALL_READABLE, flags);
	m = &s->queue[s->first];
	size = m->size < message->size ? m->size : (size_t)message->size;
	r = (long)(flags & MSG_TRUNC ? m->size : size);
	message->flags = m->size > size ? MSG_TRUNC : 0;
	if (message->name) {
		*message->name = m->sender;
		if (m->sender.length == sizeof(uint16_t)) /* the family alone: the sender isn't bound */
			message->name->length = 0;
	}
	if (size && socketcall_give(server, message, 0, m->bytes, size) != size)
		r = -EFAULT;
	if (r >= 0 && m->right_count && message->wants_flags) {
		memcpy(message->control_data, m->rights, m->right_count * sizeof *m->rights);
		message->controls[0] = (struct socketcall_control){ SOL_SOCKET, SCM_RIGHTS, message->control_data,
								    m->right_count * sizeof *m->rights };
		message->control_count = 1;
		for (unsigned i = 0; i < m->right_count; i++)
			m->rights[i]->users++;
	}
	if (flags & MSG_PEEK)
		return r;
	for (unsigned i = 0; i < m->right_count; i++)
		socket_release(m->rights[i]);
	s->first = (s->first + 1) % QUEUE;
	s->count--;
	return r;
}
