/* SPDX-License-Identifier: MIT
 *
 * Serves the calls of a guest of any architecture: marshal stands between socketcall_decode() and a backend.
 *
 *   decode   the block's words                                                      server.h
 *   marshal  everything behind the words' pointers: names, headers, vectors, control messages, values of options,
 *            times; in the order in which Linux looks at them, and with its errors  this header
 *   backend  makes the call with parsed arguments: struct socketcall_backend; server/host.h has one, of real sockets
 *
 *   struct socketcall_server server = {
 *           .arch = socketcall_arch("mips"), .memory = …, .backend = …, .context = …, .scratch = …,
 *           .scratch_size = … };
 *   r = socketcall_serve(&server, call, block);
 *
 * Freestanding, without state, allocation or system calls; reentrant: each call that is being served needs a struct
 * socketcall_server and a scratch of its own. What a call takes is bounded by SOCKETCALL_SEGMENTS, SOCKETCALL_CONTROL
 * and the length of what it moves, whatever the guest passes. C11 and C++11.
 *
 * Towards the backend, numbers (errors, options, types, flags) and structures are those of the machine that this is
 * compiled for ("here"); descriptors are the guest's. Errors are -errno, here's and, out of socketcall_serve(), the
 * guest's.
 */
#ifndef SOCKETCALL_MARSHAL_H
#define SOCKETCALL_MARSHAL_H

#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	/* The least scratch: what is parsed of one call lies in it until the call returns. What is more than this is
	 * room for the bytes of messages, where struct socketcall_memory_hooks has no at(). */
	SOCKETCALL_SCRATCH = 212 * 1024,
	SOCKETCALL_ROOM = 112 * 1024, /* the least that socketcall_room() has */
	SOCKETCALL_SEGMENTS = 1024,   /* Linux' UIO_MAXIOV */
	SOCKETCALL_CONTROL = 20480,   /* bytes of control data, in the layout of here; more is ENOBUFS */
	SOCKETCALL_OPTION =
		36 * 1024,        /* bytes of an option's value that are looked at, a filter of BPF_MAXINSNS is 32K */
	SOCKETCALL_NAME = 128,    /* struct sockaddr_storage */
	SOCKETCALL_PENDING = 128, /* a struct socketcall_pending has at most as many bytes */
};

/* ---- The guest --------------------------------------------------------------------------------------------------- */

/* An architecture of abi/arch/. */
struct socketcall_arch {
	const char *name;              /* "mips" */
	struct socketcall_guest guest; /* for socketcall_decode() */
	/* private */
	unsigned char number, here, same_numbers, same_options;
	unsigned char alignment, seconds, fraction, timeout; /* STRUCTURES() of abi/arch/i386.def */
	unsigned char bits;                                  /* ADDRESSES() */
};

/* The architecture of that name, a null pointer if there is none; all of them, `i` from 0, a null pointer behind the
 * last; and the one that this is compiled for. */
const struct socketcall_arch *socketcall_arch(const char *name);
const struct socketcall_arch *socketcall_arch_at(int i);
const struct socketcall_arch *socketcall_arch_here(void);

/* The guest's memory. No address that is passed here has more bits than the guest's, nor does a range wrap. */
struct socketcall_memory_hooks {
	/*
	 * Copies `size` bytes, 1 or more, from or to the guest's `address`, in whatever pieces: returns how many from
	 * the start could be copied, `size` or fewer. Fewer: the next one can't be.
	 */
	size_t (*read)(void *context, uint64_t address, void *to, size_t size);
	size_t (*write)(void *context, uint64_t address, const void *from, size_t size);
	/*
	 * Optional, saves a copy of messages' bytes: where the guest's `address` lies here, for reading or, if
	 * `writable`, writing; null where it doesn't. *size is how many bytes are wanted, 1 or more, and is lowered to
	 * how many of them lie there in one piece. What it allowed must stay mapped until the call has been served.
	 */
	void *(*at)(void *context, uint64_t address, size_t *size, int writable);
	void *context; /* the first argument of them */
};

/* ---- What operations get ----------------------------------------------------------------------------------------- */

/* A socket's address, in the layout of here. */
struct socketcall_name {
	unsigned length; /* may be 0; received: may be more than `bytes` has */
	unsigned char bytes[SOCKETCALL_NAME];
};

/* A part of a message: guest's address, and bytes; all of a message's together are at most 0x7ffff000. */
struct socketcall_segment {
	uint64_t address, size;
};

/* A control message, in the layout of here; SCM_RIGHTS has the guest's descriptors when it is sent, the backend's when
 * it is received. */
struct socketcall_control {
	int level, type;
	const void *data;
	size_t size;
};

/* A piece of a message's memory here: struct iovec's members. */
struct socketcall_piece {
	void *at; /* (void *)1 for memory that isn't there, which can't be touched */
	size_t size;
};

struct socketcall_server;

struct socketcall_message {
	/* Sent: null where there is no name (which isn't the same as one of length 0). Received: null where the guest
	 * wants none. */
	struct socketcall_name *name;
	const struct socketcall_segment *segments;
	unsigned segment_count;
	uint64_t size; /* the sum of the segments */
	uint64_t done; /* how many bytes from the start are behind us: the operation goes on from there */
	/* Sent: what there is. Received: room for SOCKETCALL_CONTROL bytes of data, which the backend fills, in order;
	 * what is there when it fails is the guest's, too, as UNIX streams have it. */
	struct socketcall_control *controls;
	unsigned control_count;
	unsigned char *control_data;
	size_t control_room; /* received: how much room the guest has, in bytes: none if 0 */
	int wants_flags;     /* received: will `flags` and control messages be looked at? */
	int vector;          /* is it one of sendmmsg's or recvmmsg's? */
	int flags;           /* received: MSG_TRUNC and so on */
	/* received, of a vector: what is wrong with the next message, -EFAULT, -EINVAL or -EMSGSIZE, which Linux would
	 * keep for the socket's next call once it has received this one; else 0. kept: the backend has seen to that. */
	int next_error, kept;
	int left; /* sent: Linux wouldn't have taken all bytes, so sendmmsg ends (MSG_PROBE) */
};

/*
 * The bytes of a message, from `offset` on, 1 or more. take copies them out of the guest, give into the guest: both
 * return how many could be copied; fewer than `size`: the next can't be.
 * pieces has up to `max` pieces of at most `size` bytes filled, where the hooks have at(), and returns how many there
 * are; *covered is how many bytes they have. Memory that isn't there is a piece at (void *)1, behind which there is no
 * other. 0 pieces: there is no at(), so the bytes have to be copied.
 */
size_t socketcall_take(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
		       void *to, size_t size);
size_t socketcall_give(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
		       const void *from, size_t size);
unsigned socketcall_pieces(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
			   uint64_t size, int writable, struct socketcall_piece *pieces, unsigned max,
			   uint64_t *covered);

/* Room for bytes of messages that is free while an operation runs, and *size, how many. */
void *socketcall_room(struct socketcall_server *server, size_t *size);

/* A descriptor that an operation made. */
struct socketcall_made {
	long handle; /* the backend's word for it */
	int number;  /* what it will be at the guest, if that is known before it is there; else -1 */
};

struct socketcall_option {
	int level, option;
	/* set: the bytes of the value that could be read, at most SOCKETCALL_OPTION; null: so was the guest's pointer.
	 * get: SOCKETCALL_OPTION bytes for the value */
	void *value;
	int is_input; /* get: the value is read before it is written; `there` is as for set */
	int there;    /* set: how many bytes these are. Fewer than length: to go on reading is -EFAULT */
	int length;   /* set: what the guest said. get: its room, which may be negative; out: the value's length */
	/* get: the guest's length can't be read: -EFAULT, when it comes to that */
	int length_faults;
	int written;    /* get, out: how many bytes of the value there are; -1: `length` of them */
	int descriptor; /* set: -1, or the guest's descriptor that the value is or holds (SO_ATTACH_BPF) */
	/* get, out: the value is this descriptor, to be installed (SO_PEERPIDFD); handle -1: it isn't one */
	struct socketcall_made made;
};

/* ---- The backend ------------------------------------------------------------------------------------------------- */

/*
 * The operations. `server` has the context, and what operations may tell. Each returns what the guest's call is to
 * return, or -errno, or SOCKETCALL_WOULD_BLOCK (see below). All operations look their descriptor up first: -EBADF,
 * -ENOTSOCK. A null one is -ENOSYS.
 */
struct socketcall_backend {
	/* 0, -EBADF or -ENOTSOCK. Asked where marshal finds an error that comes behind these. */
	long (*lookup)(struct socketcall_server *server, int fd);
	/* Makes a socket, not yet a descriptor of the guest's: 0, or -errno. `type` has SOCK_CLOEXEC, SOCK_NONBLOCK. */
	long (*socket)(struct socketcall_server *server, int family, int type, int protocol,
		       struct socketcall_made *made);
	long (*bind)(struct socketcall_server *server, int fd, const struct socketcall_name *name);
	long (*connect)(struct socketcall_server *server, int fd, const struct socketcall_name *name);
	long (*listen)(struct socketcall_server *server, int fd, int backlog);
	/* 0 and *made, or -errno: -EMFILE before a connection is taken. `name`: the peer's, or null. */
	long (*accept4)(struct socketcall_server *server, int fd, struct socketcall_name *name, int flags,
			struct socketcall_made *made);
	long (*getsockname)(struct socketcall_server *server, int fd, struct socketcall_name *name);
	long (*getpeername)(struct socketcall_server *server, int fd, struct socketcall_name *name);
	/* As socket. Numbers that are known are written to the guest even if it fails, as Linux does: where it fails
	 * with both numbers -1, none are. */
	long (*socketpair)(struct socketcall_server *server, int family, int type, int protocol,
			   struct socketcall_made made[2]);
	/* Count of bytes, those before message->done not counted. */
	long (*send)(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);
	long (*receive)(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);
	long (*shutdown)(struct socketcall_server *server, int fd, int how);
	long (*setsockopt)(struct socketcall_server *server, int fd, struct socketcall_option *option);
	long (*getsockopt)(struct socketcall_server *server, int fd, struct socketcall_option *option);
	/* Before the first of recvmmsg's messages: looks the descriptor up, and takes the error that waits on the
	 * socket, if flags haven't MSG_ERRQUEUE. */
	long (*before_receiving)(struct socketcall_server *server, int fd, int flags);
	/* recvmmsg failed with `error`, -errno, behind the first message: the socket's next call is to meet it. */
	void (*keep_error)(struct socketcall_server *server, int fd, long error);
	/* Optional: finds made->number for what was received by SCM_RIGHTS or SCM_PIDFD, before it is installed or
	 * dropped; or -EMFILE. */
	long (*reserve)(struct socketcall_server *server, struct socketcall_made *made);
	/* Makes what an operation made, or a received SCM_RIGHTS or SCM_PIDFD (number -1), a descriptor of the
	 * guest's: its number, or -EMFILE and the like, and then it is closed. `flags`: SOCK_CLOEXEC or 0. */
	long (*install)(struct socketcall_server *server, const struct socketcall_made *made, int flags);
	/* The guest won't have it: closes it, and gives its number up. */
	void (*drop)(struct socketcall_server *server, const struct socketcall_made *made);
	/* CLOCK_MONOTONIC in ns, for recvmmsg's timeout; null: there are no timeouts. */
	int64_t (*now)(struct socketcall_server *server);
};

/* ---- Serving ----------------------------------------------------------------------------------------------------- */

enum {
	/* Not an errno: nothing has happened that the guest may not wait for; server->pending says what for. */
	SOCKETCALL_WOULD_BLOCK = -4096,
	/* -ERESTARTSYS: a signal interrupted the call, which is to be made again if its handler has SA_RESTART or there
	 * is none, and is EINTR otherwise. */
	SOCKETCALL_RESTART = -512,
	SOCKETCALL_READABLE = 1, /* POLLIN */
	SOCKETCALL_WRITABLE = 4, /* POLLOUT */
};

/*
 * An operation that would block, to be resumed. Wait until `fd` has one of `events`, or it is `deadline`, and call
 * socketcall_resume(); or, when a signal comes for the guest, socketcall_interrupt(). It holds nothing: to forget it
 * is to end the call as if it hadn't been made, but for the bytes and messages that it has moved.
 */
struct socketcall_pending {
	int fd; /* the guest's descriptor */
	unsigned
		events; /* SOCKETCALL_READABLE or SOCKETCALL_WRITABLE; 0: there is no event for it, just the deadline */
	int64_t deadline; /* CLOCK_MONOTONIC in ns, by SO_RCVTIMEO or SO_SNDTIMEO, or for want of an event; -1: none */
	/* private */
	struct socketcall_request request;
	uint64_t done;     /* bytes of the message that have been moved */
	int64_t ends;      /* when recvmmsg's timeout has passed; the backend's, of connect */
	unsigned messages; /* messages of the vector that are behind us */
	int resumed;       /* has it been taken up again? */
	int stage;         /* the backend's: 0 at first */
};

struct socketcall_server {
	const struct socketcall_arch *arch;
	struct socketcall_memory_hooks memory;
	const struct socketcall_backend *backend;
	void *context; /* the backend's */
	/* SOCKETCALL_SCRATCH bytes or more, aligned as malloc()'s; used by one call at a time. Its contents are of no
	 * use between calls. */
	void *scratch;
	size_t scratch_size;
	/* Null: operations block in the backend. Else they don't, and where they would this is filled, and
	 * SOCKETCALL_WOULD_BLOCK returned. */
	struct socketcall_pending *pending;
	/* Addresses from here on are no user's, and EFAULT before they are used (Linux' access_ok()); 0: all are. */
	uint64_t memory_end;
	/* Out: Linux would send the calling thread SIGPIPE now, behind the answer. */
	int sigpipe;
};

/* Decodes a call and serves it: what the guest's call is to return, in the guest's numbers. -EINVAL for every call if
 * the scratch is too small. */
long socketcall_serve(struct socketcall_server *server, int call, uint64_t block);

/* The same of a request that has been decoded, and judged. */
long socketcall_serve_request(struct socketcall_server *server, const struct socketcall_request *request);

/* Goes on with *server->pending: as socketcall_serve(). What lies behind pointers is read again. */
long socketcall_resume(struct socketcall_server *server);

/* A signal came: how the call ends, the bytes or messages that it moved, -EINTR or SOCKETCALL_RESTART. */
long socketcall_interrupt(struct socketcall_server *server);

/* The operations of socketcall_dispatch(3) that marshal; their `server` is a struct socketcall_server. What they return
 * is in numbers of here. */
extern const struct socketcall_operations socketcall_marshal;

#ifdef __cplusplus
}
#endif

#endif
