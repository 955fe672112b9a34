/* SPDX-License-Identifier: MIT
 *
 * Sockets in memory: a backend of the library (socketcall/marshal.h). Before the library calls an operation, it has
 * read everything that the program's pointers lead to. There are AF_UNIX datagram sockets: pairs, abstract names, and
 * descriptors in messages. Errors are checked in Linux' order (net/unix/af_unix.c).
 */
#include "kernel.h"

enum { FAMILIES = 46, TYPES = 11, ADDRESS_MOST = 110, SO_TYPE = 3, SO_DOMAIN = 39, SOCKETS = 32 };

static struct socket table[SOCKETS];

/* ---- The table --------------------------------------------------------------------------------------------------- */

static struct socket *socket_of(const struct socketcall_made *made)
{
	return (struct socket *)made->handle;
}

static long make(int type, struct socketcall_made *made)
{
	for (int i = 0; i < SOCKETS; i++) {
		if (table[i].users)
			continue;
		memset(&table[i], 0, sizeof table[i]);
		table[i].users = 1;
		table[i].nonblocking = type & SOCK_NONBLOCK;
		table[i].name = (struct socketcall_name){ sizeof(uint16_t), { AF_UNIX } };
		made->handle = (long)&table[i];
		return 0;
	}
	return -ENFILE;
}

void socket_release(struct socket *s)
{
	if (--s->users)
		return;
	for (; s->count; s->count--, s->first = (s->first + 1) % QUEUE)
		for (unsigned i = 0; i < s->queue[s->first].right_count; i++)
			socket_release(s->queue[s->first].rights[i]);
	for (int i = 0; i < SOCKETS; i++)
		if (table[i].peer == s) {
			table[i].peer = NULL;
			table[i].peer_gone = 1;
		}
}

struct socket *socket_find(struct socketcall_server *server, int fd, long *error)
{
	struct task *task = server->context;
	struct socket *s = fd >= 0 && fd < DESCRIPTORS ? task->descriptors[fd] : NULL;

	*error = s ? 0 : fd >= 0 && fd < CONSOLE ? -ENOTSOCK : -EBADF;
	return s;
}

static long lookup(struct socketcall_server *server, int fd)
{
	long error;

	socket_find(server, fd, &error);
	return error;
}

static int free_number(const struct task *task, int from)
{
	while (from < DESCRIPTORS && task->descriptors[from])
		from++;
	return from < DESCRIPTORS ? from : -EMFILE;
}

/*
 * Chooses the number of a received descriptor. The library writes the number to the program's memory before it installs
 * the descriptor, so that a write that faults leaves no descriptor behind.
 */
static long reserve(struct socketcall_server *server, struct socketcall_made *made)
{
	made->number = free_number(server->context, CONSOLE);
	return made->number < 0 ? made->number : 0;
}

static long install(struct socketcall_server *server, const struct socketcall_made *made, int flags)
{
	struct task *task = server->context;
	int number = made->number < 0 ? free_number(task, CONSOLE) : made->number;

	(void)flags; /* O_CLOEXEC has no effect, because there is no execve() */
	if (number < 0)
		socket_release(socket_of(made));
	else
		task->descriptors[number] = socket_of(made);
	return number;
}

static void drop(struct socketcall_server *server, const struct socketcall_made *made)
{
	(void)server;
	socket_release(socket_of(made));
}

void sockets_close(struct task *task)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (task->descriptors[fd])
			socket_release(task->descriptors[fd]);
	memset(task, 0, sizeof *task);
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

struct socket *socket_named(const struct socketcall_name *name, const struct socket *from, long *error)
{
	if (name->length <= sizeof(uint16_t) || name->length > ADDRESS_MOST || name->bytes[0] != AF_UNIX ||
	    name->bytes[1]) {
		*error = -EINVAL;
		return NULL;
	}
	*error = name->bytes[2] ? -ENOENT : -ECONNREFUSED; /* a path, and there are no files; an abstract name */
	for (struct socket *s = table; s < table + SOCKETS; s++) {
		if (!s->users || s->name.length != name->length || memcmp(s->name.bytes, name->bytes, name->length))
			continue;
		*error = s->peer && s->peer != from ? -EPERM : 0;
		return *error ? NULL : s;
	}
	return NULL;
}

static long bind(struct socketcall_server *server, int fd, const struct socketcall_name *name)
{
	long error;
	struct socket *s = socket_find(server, fd, &error);

	if (!s)
		return error;
	if (socket_named(name, s, &error) || error == -EPERM)
		return -EADDRINUSE;
	if (error == -EINVAL || s->name.length > sizeof(uint16_t))
		return -EINVAL;
	if (error == -ENOENT)
		return -EROFS;
	s->name = *name;
	return 0;
}

static long connect(struct socketcall_server *server, int fd, const struct socketcall_name *name)
{
	long error;
	struct socket *s = socket_find(server, fd, &error), *peer;

	if (!s)
		return error;
	peer = socket_named(name, s, &error);
	s->peer = peer ? peer : s->peer;
	return error;
}

static long getsockname(struct socketcall_server *server, int fd, struct socketcall_name *name)
{
	long error;
	struct socket *s = socket_find(server, fd, &error);

	if (s)
		*name = s->name;
	return error;
}

static long getpeername(struct socketcall_server *server, int fd, struct socketcall_name *name)
{
	long error;
	struct socket *s = socket_find(server, fd, &error);

	if (s && !s->peer)
		error = -ENOTCONN;
	else if (s)
		*name = s->peer->name;
	return error;
}

static long listen(struct socketcall_server *server, int fd, int backlog)
{
	long error = lookup(server, fd);

	(void)backlog;
	return error ? error : -EOPNOTSUPP;
}

/* ---- Creating ---------------------------------------------------------------------------------------------------- */

/* 0, or the error with which socket() and socketpair() refuse these arguments. */
static long check_arguments(int family, int type, int protocol)
{
	if (type & ~(0xf | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if ((type & 0xf) >= TYPES)
		return -EINVAL;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	return (type & 0xf) == SOCK_DGRAM ? 0 : -ESOCKTNOSUPPORT;
}

static long socket(struct socketcall_server *server, int family, int type, int protocol, struct socketcall_made *made)
{
	long r = check_arguments(family, type, protocol);

	(void)server;
	return r ? r : make(type, made);
}

static long socketpair(struct socketcall_server *server, int family, int type, int protocol,
		       struct socketcall_made made[2])
{
	long r = check_arguments(family, type, protocol);
	int first = free_number(server->context, CONSOLE), second = free_number(server->context, first + 1);

	if (!r && (first < 0 || second < 0))
		r = -EMFILE;
	if (!r)
		r = make(type, &made[0]);
	if (r)
		return r;
	r = make(type, &made[1]);
	if (r) {
		drop(server, &made[0]);
		return r;
	}
	made[0].number = first;
	made[1].number = second;
	socket_of(&made[0])->peer = socket_of(&made[1]);
	socket_of(&made[1])->peer = socket_of(&made[0]);
	return 0;
}

static long getsockopt(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	long error;
	int value = option->option == SO_TYPE ? SOCK_DGRAM : AF_UNIX;

	if (!socket_find(server, fd, &error))
		return error;
	if (option->length_faults)
		return -EFAULT;
	if (option->length < 0)
		return -EINVAL;
	if (option->level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (option->option != SO_TYPE && option->option != SO_DOMAIN)
		return -ENOPROTOOPT;
	memcpy(option->value, &value, sizeof value);
	option->length = option->length < (int)sizeof value ? option->length : (int)sizeof value;
	return 0;
}

const struct socketcall_backend sockets = {
	.lookup = lookup,
	.socket = socket,
	.bind = bind,
	.connect = connect,
	.getsockname = getsockname,
	.getpeername = getpeername,
	.socketpair = socketpair,
	.send = socket_send,
	.receive = socket_receive,
	.getsockopt = getsockopt,
	.listen = listen,
	.reserve = reserve,
	.install = install,
	.drop = drop,
};
