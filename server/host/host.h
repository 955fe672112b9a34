/* SPDX-License-Identifier: MIT
 *
 * What the parts of socketcall_host_backend share: the system calls that it makes, the guest's descriptors, and what is
 * known of sockets.
 */
#ifndef SERVER_HOST_HOST_H
#define SERVER_HOST_HOST_H

#define SOCKETCALL_I386_GS
#include "caller/caller.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "server/host.h"
#include "server/usual.h"

/* An address that can't be mapped, so the kernel answers EFAULT. Not null, since to the kernel null means "none". */
#define NOWHERE ((void *)1)

/* The kernel copies iovecs as two words each (struct iovec, include/uapi/linux/uio.h). */
_Static_assert(sizeof(struct iovec) == 2 * sizeof(long), "iovec is two words");
_Static_assert(sizeof(struct iovec) == sizeof(struct socketcall_piece), "a piece is an iovec");

/*
 * The kernel's structures (struct user_msghdr, include/linux/socket.h). Some libcs declare narrower lengths with
 * padding beside them (musl), and the kernel would read the padding as part of the length.
 */
struct kernel_message {
	void *name;
	unsigned namelen;
	struct iovec *iov;
	unsigned long iovlen;
	void *control;
	unsigned long controllen;
	unsigned flags;
};
struct kernel_messages {
	struct kernel_message header;
	unsigned length;
};
struct kernel_control {
	unsigned long length;
	int level, type;
};

enum {
	ZEROCOPY = 0x4000000, /* MSG_ZEROCOPY: the kernel reads the bytes after the operation has ended */
};

#pragma GCC visibility push(hidden)

static inline struct socketcall_host_context *host_of(const struct socketcall_server *server)
{
	return (struct socketcall_host_context *)server->context;
}

/* True if the guest's byte order isn't this machine's. */
static inline bool host_is_swapped(const struct socketcall_server *server)
{
	return (server->arch->guest.order == SOCKETCALL_BIG) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

/* ---- System calls ------------------------------------------------------------------------------------------------ */

/* Makes the system call by the context's enter(). */
long socketcall_host_enter(const struct socketcall_server *server, int number, unsigned long a, unsigned long b,
			   unsigned long c, unsigned long d, unsigned long e, unsigned long f);

struct host_words {
	unsigned long word[SOCKETCALL_WORDS];
};

static PART long host_call(const struct socketcall_server *server, int call, int number, struct host_words words)
{
	const unsigned long *w = words.word;

	if (RARELY(host_of(server)->enter) && number != SOCKETCALL_NONE)
		return socketcall_host_enter(server, number, w[0], w[1], w[2], w[3], w[4], w[5]);
	return socketcall_made(call, socketcall_rows[call].number, socketcall_rows[call].width, w[0], w[1], w[2], w[3],
			       w[4], w[5]);
}

/* HOST(server, LISTEN, listen, fd, backlog) makes a socket call: by enter() if the context has it and this machine has
 * a direct call, else by the calling end. P() and N() turn a pointer and a number into a word. */
#define HOST(server, NAME, name, ...)                                                                                  \
	host_call(server, SOCKETCALL_##NAME, (int)socketcall_number_##name, (struct host_words){ { __VA_ARGS__ } })
#define P(pointer) ((unsigned long)(pointer))
#define N(number)  ((unsigned long)(long)(number))

/* Returns CLOCK_MONOTONIC in ns. */
int64_t socketcall_host_now(struct socketcall_server *server);

/* ---- Descriptors ------------------------------------------------------------------------------------------------- */

/* Returns this process's descriptor for the guest's, or -EBADF. host_done() must follow. */
static inline int host_fd(const struct socketcall_server *server, int guest)
{
	const struct socketcall_descriptors *d = &host_of(server)->descriptors;

	return RARELY(d->host) ? d->host(d->context, guest) : guest;
}

static inline void host_done(const struct socketcall_server *server, int fd)
{
	const struct socketcall_descriptors *d = &host_of(server)->descriptors;

	if (RARELY(d->done) && fd >= 0)
		d->done(d->context, fd);
}

/* True if there are no hooks: the guest's descriptors are this process's own. */
static inline bool host_is_guest(const struct socketcall_server *server)
{
	return !host_of(server)->descriptors.host;
}

/* Operations of struct socketcall_backend (server/marshal.h). */
long socketcall_host_lookup(struct socketcall_server *server, int fd);
long socketcall_host_install(struct socketcall_server *server, const struct socketcall_made *made, int flags);
void socketcall_host_drop(struct socketcall_server *server, const struct socketcall_made *made);
long socketcall_host_reserve(struct socketcall_server *server, struct socketcall_made *made);

/* Returns the value of an int option of SOL_SOCKET (SO_TYPE, SO_DOMAIN) of this process's `fd`, or -errno. */
long socketcall_host_ask(const struct socketcall_server *server, int fd, int option);

/*
 * Makes the kernel store `error` on the socket, as Linux' recvmmsg does for an error after its first message: by a
 * recvmmsg that peeks at one message and then fails at a bad second header. Returns false if no message is waiting to
 * be peeked at, or if no bad header causes that error.
 */
bool socketcall_host_error_set(const struct socketcall_server *server, int host, long error);

/* Makes the context keep `error`, -errno, for the socket's next call. */
void socketcall_host_remember_error(struct socketcall_server *server, int host, long error);
/* Returns the error, -errno, that the context keeps for the socket, and forgets it; 0 if there is none. */
long socketcall_host_forget_kept_error(struct socketcall_server *server, int host);
static inline long socketcall_host_take_kept_error(struct socketcall_server *server, int host)
{
	return RARELY(host_of(server)->kept_error) ? socketcall_host_forget_kept_error(server, host) : 0;
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

/* Rewrite the path of a UNIX socket by the hooks of struct socketcall_identity: 0 or -errno. */
long socketcall_host_name_in(const struct socketcall_server *server, struct socketcall_name *name);
void socketcall_host_name_out(const struct socketcall_server *server, struct socketcall_name *name);

/* ---- Copies that end at an inaccessible page --------------------------------------------------------------------- */

struct wall {
	void *memory;
	size_t size;
};

/*
 * Copies `size` bytes so that the copy ends at an inaccessible page. If the kernel gets the copy with a greater length,
 * it answers EFAULT if, and only if, it reads past the end, as it would for the guest. Null if there is no memory.
 */
void *socketcall_host_wall(struct wall *wall, const void *bytes, size_t size);
void socketcall_host_wall_end(const struct wall *wall);

/* ---- Blocking ---------------------------------------------------------------------------------------------------- */

/*
 * The answer to the guest after a call with MSG_DONTWAIT on this process's socket returned -EAGAIN: -EAGAIN, if the
 * guest asked not to wait or its timeout is over; else SOCKETCALL_WOULD_BLOCK, with server->pending filled.
 */
long socketcall_host_would_block(struct socketcall_server *server, int fd, int host, unsigned events, int flags);
/* True if the socket's open file has O_NONBLOCK. */
bool socketcall_host_nonblocking(int host);

/* ---- The other operations of struct socketcall_backend (server/marshal.h) ---------------------------------------- */

long socketcall_host_socket(struct socketcall_server *server, int family, int type, int protocol,
			    struct socketcall_made *made);
long socketcall_host_bind(struct socketcall_server *server, int fd, const struct socketcall_name *name);
long socketcall_host_connect(struct socketcall_server *server, int fd, const struct socketcall_name *name);
long socketcall_host_listen(struct socketcall_server *server, int fd, int backlog);
long socketcall_host_accept4(struct socketcall_server *server, int fd, struct socketcall_name *name, int flags,
			     struct socketcall_made *made);
long socketcall_host_getsockname(struct socketcall_server *server, int fd, struct socketcall_name *name);
long socketcall_host_getpeername(struct socketcall_server *server, int fd, struct socketcall_name *name);
long socketcall_host_socketpair(struct socketcall_server *server, int family, int type, int protocol,
				struct socketcall_made made[2]);
long socketcall_host_send(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);
long socketcall_host_receive(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);
long socketcall_host_shutdown(struct socketcall_server *server, int fd, int how);
long socketcall_host_setsockopt(struct socketcall_server *server, int fd, struct socketcall_option *option);
long socketcall_host_getsockopt(struct socketcall_server *server, int fd, struct socketcall_option *option);
long socketcall_host_before_receiving(struct socketcall_server *server, int fd, int flags);
void socketcall_host_keep_error(struct socketcall_server *server, int fd, long error);

/* ---- identity.c -------------------------------------------------------------------------------------------------- */

/* Returns 1, with `numbers` filled, if `line` of a file in /proc begins with `name` and has `count` numbers behind
 * it. */
int socketcall_host_numbers(const char *line, const char *name, int base, unsigned long long *numbers, int count);

#pragma GCC visibility pop

#endif
