/* SPDX-License-Identifier: MIT
 * What the kernel's files share. kernel.c boots and runs programs; sockets.c and messages.c implement their sockets. */
#ifndef EXAMPLES_KERNEL_H
#define EXAMPLES_KERNEL_H

#include <socketcall/marshal.h>

/* Linux/i386's numbers */
enum { EPERM = 1, ENOENT = 2, EBADF = 9, EAGAIN = 11, EFAULT = 14, EINVAL = 22, ENFILE = 23, EMFILE = 24, EROFS = 30 };
enum { ENOSYS = 38, ENOTSOCK = 88, EMSGSIZE = 90, ENOPROTOOPT = 92, EPROTONOSUPPORT = 93, ESOCKTNOSUPPORT = 94 };
enum { EOPNOTSUPP = 95, EAFNOSUPPORT = 97, EADDRINUSE = 98, ENOTCONN = 107, ECONNREFUSED = 111 };
enum { AF_UNIX = 1, SOCK_DGRAM = 2, SOCK_NONBLOCK = 04000, SOCK_CLOEXEC = 02000000, SOL_SOCKET = 1 };

enum {
	DESCRIPTORS = 16, /* of a program */
	CONSOLE = 3,      /* descriptors below this one are the console, not sockets */
	QUEUE = 8,        /* messages that a socket can hold */
	BYTES = 2048,     /* the longest message */
	RIGHTS = 8,       /* descriptors in a message */
};

/* A program's open sockets, by descriptor. */
struct task {
	struct socket *descriptors[DESCRIPTORS];
};

struct message {
	struct socketcall_name sender;
	size_t size;
	unsigned right_count;
	struct socket *rights[RIGHTS];
	char bytes[BYTES];
};

struct socket {
	unsigned users; /* how many descriptors and queued messages refer to it; 0: this struct is free */
	int nonblocking, peer_gone;
	struct socket *peer;
	struct socketcall_name name;
	struct message queue[QUEUE];
	unsigned first, count;
};

/* ---- sockets.c ---- */

/* A backend of socketcall_serve(). Its context is a struct task; its handles are the addresses of struct socket. */
extern const struct socketcall_backend sockets;

/* The socket of the program's descriptor; or a null pointer, with -EBADF or -ENOTSOCK in *error. */
struct socket *socket_find(struct socketcall_server *server, int fd, long *error);

/* The socket bound to the name; or a null pointer, with -errno in *error, if there is none that `from` may send to. */
struct socket *socket_named(const struct socketcall_name *name, const struct socket *from, long *error);

void socket_release(struct socket *s);

/* Closes all descriptors of the program. */
void sockets_close(struct task *task);

/* ---- messages.c ---- */

long socket_send(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);
long socket_receive(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);

/* ---- memory.c ---- */

/* Compilers emit calls of these four even in freestanding code, and the library calls them. */
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* ---- kernel.c: called by entries.S ---- */

void boot(const uint32_t *information);
void on_system_call(void);
void on_fault(void);
extern char kernel_stack[];

#endif
