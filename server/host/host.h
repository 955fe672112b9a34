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

/* An address in the first page, which can't be mapped; not null, which would mean "none" to the kernel. */
#define NOWHERE ((void *)1)

/* The kernel copies iovecs as two words each (struct iovec, include/uapi/linux/uio.h). */
_Static_assert(sizeof(struct iovec) == 2 * sizeof(long), "iovec is two words");
_Static_assert(sizeof(struct iovec) == sizeof(struct socketcall_piece), "a piece is an iovec");

/*
 * The kernel's structures (struct user_msghdr, include/linux/socket.h). A libc's own may have narrower lengths (musl's
 * has), and the kernel would read what lies beside them.
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

/* Are the guest's bytes the other way round than this machine's? */
static inline bool host_is_swapped(const struct socketcall_server *server)
{
	return (server->arch->guest.order == SOCKETCALL_BIG) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

/* ---- System calls ------------------------------------------------------------------------------------------------ */

SOCKETCALL_INLINE long host_enter(const struct socketcall_server *server, int call, int number,
				  const unsigned long words[6])
{
	const struct socketcall_host_context *host = host_of(server);

	if (__builtin_expect(host->enter != NULL, 0) && number != SOCKETCALL_NONE)
		return host->enter(host->enter_context, number, words);
	return socketcall_raw(call, words);
}

/* HOST(server, LISTEN, listen, fd, backlog): a socket call, by the direct door where there is enter(). */
#define HOST(server, NAME, name, ...)                                                                                  \
	host_enter(server, SOCKETCALL_##NAME, (int)socketcall_number_##name, (const unsigned long[6]){ __VA_ARGS__ })
#define P(pointer) ((unsigned long)(pointer))
#define N(number)  ((unsigned long)(long)(number))

int64_t socketcall_host_now(struct socketcall_server *server);

/* ---- Descriptors ------------------------------------------------------------------------------------------------- */

/* This process's descriptor for the guest's, or -EBADF; between the two it may be used. */
static inline int host_fd(const struct socketcall_server *server, int guest)
{
	const struct socketcall_descriptors *d = &host_of(server)->descriptors;

	return d->host ? d->host(d->context, guest) : guest;
}

static inline void host_done(const struct socketcall_server *server, int fd)
{
	const struct socketcall_descriptors *d = &host_of(server)->descriptors;

	if (d->done && fd >= 0)
		d->done(d->context, fd);
}

static inline bool host_is_guest(const struct socketcall_server *server)
{
	return !host_of(server)->descriptors.host;
}

long socketcall_host_lookup(struct socketcall_server *server, int fd);
long socketcall_host_install(struct socketcall_server *server, const struct socketcall_made *made, int flags);
void socketcall_host_drop(struct socketcall_server *server, const struct socketcall_made *made);
long socketcall_host_reserve(struct socketcall_server *server, struct socketcall_made *made);

/* A number of SOL_SOCKET's: SO_TYPE, SO_DOMAIN; or -errno. `fd` is the host's. */
long socketcall_host_ask(const struct socketcall_server *server, int fd, int option);

/*
 * Makes the kernel keep an error on the socket: it looks at one message, none of whose bytes it takes, and then fails
 * at another. False: there is no message to look at, or the error isn't one that a bad message meets.
 */
bool socketcall_host_error_set(const struct socketcall_server *server, int host, long error);

/* The error that was kept for the host's descriptor, -errno, which it is no longer; or 0. */
long socketcall_host_kept(struct socketcall_server *server, int host);

/* ---- Names ------------------------------------------------------------------------------------------------------- */

/* Paths of UNIX sockets, the guest's made the host's and the other way round: 0 or -errno. */
long socketcall_host_name_in(const struct socketcall_server *server, struct socketcall_name *name);
void socketcall_host_name_out(const struct socketcall_server *server, struct socketcall_name *name);

/* ---- Bytes that end where memory does ---------------------------------------------------------------------------- */

struct wall {
	void *memory;
	size_t size;
};

/*
 * A copy of `size` bytes that ends where nothing can be touched: given to the kernel with a greater length, it finds
 * the error when and if it comes to the end. Null where there is no memory for it.
 */
void *socketcall_host_wall(struct wall *wall, const void *bytes, size_t size);
void socketcall_host_wall_end(const struct wall *wall);

/* ---- Blocking ---------------------------------------------------------------------------------------------------- */

/*
 * What to answer where the host's socket said -EAGAIN to a call that was made so as not to block: that, if the guest
 * asked for it or its time is over, or else SOCKETCALL_WOULD_BLOCK.
 */
long socketcall_host_would_block(struct socketcall_server *server, int fd, int host, unsigned events, int flags);
/* Is the socket itself one that doesn't block? */
bool socketcall_host_nonblocking(int host);

/* ---- The operations ---------------------------------------------------------------------------------------------- */

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

/* Is it /proc's line of that name, and has so many numbers behind it? */
int socketcall_host_numbers(const char *line, const char *name, int base, unsigned long long *numbers, int count);

#pragma GCC visibility pop

#endif
