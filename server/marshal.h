/* SPDX-License-Identifier: MIT
 *
 * Serves the calls of a guest of any architecture. Marshal stands between socketcall_decode() and a backend:
 *
 *   decode   reads the block's words                                                server.h
 *   marshal  reads and writes everything that the words point to: names, headers, vectors, control messages, options'
 *            values, times; in the order in which Linux does, and with its errors   this header
 *   backend  makes the call with parsed arguments: struct socketcall_backend; server/host.h has one, on real sockets
 *
 *   struct socketcall_server server = {
 *           .arch = socketcall_arch("mips"), .memory = …, .backend = …, .context = …, .scratch = …,
 *           .scratch_size = … };
 *   r = socketcall_serve(&server, call, block);
 *
 * Freestanding, without state, allocation or system calls; reentrant: each call that is being served needs its own
 * struct socketcall_server and its own scratch. Whatever the guest passes, SOCKETCALL_SEGMENTS, SOCKETCALL_CONTROL and
 * the length of the data that moves bound the time that a call takes. C11 and C++11.
 *
 * "Here" is the machine that this code is compiled for. The backend gets numbers (options, types, flags) and structures
 * of here, but descriptors of the guest. The backend's errors are -errno with the numbers of here; socketcall_serve()
 * returns -errno with the guest's numbers.
 */
#ifndef SOCKETCALL_MARSHAL_H
#define SOCKETCALL_MARSHAL_H

#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	/* The smallest scratch. It holds what marshal has parsed of a call until the call returns. A larger scratch
	 * gives longer messages room, which matters where struct socketcall_memory_hooks has no at(). */
	SOCKETCALL_SCRATCH = 212 * 1024,
	SOCKETCALL_ROOM = 112 * 1024, /* the least size that socketcall_room() returns */
	SOCKETCALL_SEGMENTS = 1024,   /* Linux' UIO_MAXIOV */
	SOCKETCALL_CONTROL = 20480,   /* most bytes of control data, in the layout of here; more is ENOBUFS */
	/* most bytes that are read of an option's value; a filter of BPF_MAXINSNS instructions has 32 KiB */
	SOCKETCALL_OPTION = 36 * 1024,
	SOCKETCALL_NAME = 128,    /* sizeof (struct sockaddr_storage) */
	SOCKETCALL_PENDING = 128, /* most bytes of a struct socketcall_pending */
};

/* ---- The guest --------------------------------------------------------------------------------------------------- */

/* An architecture of abi/arch/. */
struct socketcall_arch {
	const char *name;              /* "mips" */
	struct socketcall_guest guest; /* for socketcall_decode() */
	/* private */
	unsigned char number, here, same_numbers, same_options;
	/* 1 for 32 bits, all of which count in addresses, with the byte order and the numbers of here: what most
	 * 32-bit programs of a 64-bit machine have */
	unsigned char compat;
	unsigned char alignment, seconds, fraction, timeout; /* STRUCTURES() of abi/arch/i386.def */
	uint64_t last_address;                               /* ADDRESSES() */
};

/* By name, or null if there is none; by index from 0, null behind the last; and the one that this is compiled for. */
const struct socketcall_arch *socketcall_arch(const char *name);
const struct socketcall_arch *socketcall_arch_at(int i);
const struct socketcall_arch *socketcall_arch_here(void);

/* How the guest's memory is accessed. Marshal passes only addresses that the guest's architecture has, and ranges that
 * don't wrap. */
struct socketcall_memory_hooks {
	/*
	 * Copy `size` bytes, 1 or more, from or to the guest's `address`. Return how many bytes from the start could be
	 * copied: fewer than `size` means that the next byte can't be accessed.
	 */
	size_t (*read)(void *context, uint64_t address, void *to, size_t size);
	size_t (*write)(void *context, uint64_t address, const void *from, size_t size);
	/*
	 * Optional: saves copying messages' bytes. Returns the pointer at which the guest's `address` can be read here
	 * or, if `writable`, written; null if it can't. In: *size bytes are wanted, 1 or more. Out: how many of them
	 * lie there in one piece. They must stay mapped until the call has been served.
	 */
	void *(*at)(void *context, uint64_t address, size_t *size, int writable);
	void *context; /* the hooks' first argument */
};

/* ---- What operations get ----------------------------------------------------------------------------------------- */

/* A socket's address, in the layout of here. */
struct socketcall_name {
	unsigned length; /* may be 0; of a received name: may be more than `bytes` has */
	unsigned char bytes[SOCKETCALL_NAME];
};

/* A part of a message, in the guest's memory. All parts of a message together have at most 0x7ffff000 bytes. */
struct socketcall_segment {
	uint64_t address, size;
};

/* A control message, in the layout of here. SCM_RIGHTS holds the guest's descriptors when it is sent, the backend's
 * handles when it is received. */
struct socketcall_control {
	int level, type;
	const void *data;
	size_t size;
};

/* A piece of a message's memory here, laid out as struct iovec. */
struct socketcall_piece {
	void *at; /* (void *)1: the guest's memory isn't mapped; the kernel answers EFAULT to this address */
	size_t size;
};

struct socketcall_server;

struct socketcall_message {
	/* Sent: null if there is no name, which isn't the same as a name of length 0. Received: null if the guest wants
	 * none. */
	struct socketcall_name *name;
	const struct socketcall_segment *segments;
	unsigned segment_count;
	uint64_t size; /* the sum of the segments' sizes */
	/* Bytes from the start that earlier attempts have moved: the operation begins behind them. If it moves some and
	 * would then block, it adds these to `done` and returns SOCKETCALL_WOULD_BLOCK. */
	uint64_t done;
	/* Sent: the control messages; a malformed one has the size SIZE_MAX, and is the last. Received: the backend
	 * fills `controls`, which has room for SOCKETCALL_CONTROL / 16 messages, and control_data, which has room for
	 * SOCKETCALL_CONTROL bytes, in order. The guest gets them even if the operation fails, as on UNIX streams. */
	struct socketcall_control *controls;
	unsigned control_count;
	unsigned char *control_data;
	size_t control_room; /* received: bytes of control data that the guest has room for; 0: it wants none */
	int wants_flags;     /* received: `flags` and control messages will be used */
	int vector;          /* the message is one of sendmmsg's or recvmmsg's */
	int flags;           /* received: MSG_TRUNC and so on */
	/* Received, of a vector. next_error: the error that the next message's header causes: -EFAULT, -EINVAL or
	 * -EMSGSIZE; else 0. After receiving this message, Linux would store that error for the socket's next call. The
	 * backend sets `kept` if it has stored the error. */
	int next_error, kept;
	int left; /* sent: Linux wouldn't have taken all bytes (MSG_PROBE), so sendmmsg ends */
};

/*
 * Access to a message's bytes from `offset` on; `size` is 1 or more.
 * socketcall_take() copies them from the guest, socketcall_give() to the guest. Both return how many bytes could be
 * copied: fewer than `size` means that the next byte can't be accessed.
 * socketcall_pieces() finds where the bytes lie here, by the hooks' at(). It fills up to `max` pieces of together at
 * most `size` bytes, returns the number of pieces, and sets *covered to their bytes. Unmapped memory is a piece at
 * (void *)1, which is the last one. It returns 0 if the hooks have no at(): then the bytes have to be copied.
 */
size_t socketcall_take(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
		       void *to, size_t size);
size_t socketcall_give(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
		       const void *from, size_t size);
unsigned socketcall_pieces(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
			   uint64_t size, int writable, struct socketcall_piece *pieces, unsigned max,
			   uint64_t *covered);

/* Memory of *size bytes that an operation may use until it returns. */
void *socketcall_room(struct socketcall_server *server, size_t *size);

/* A descriptor that an operation made. */
struct socketcall_made {
	long handle; /* what the backend calls it */
	int number;  /* the guest's number for it, if that is known before the guest gets it; else -1 */
};

struct socketcall_option {
	int level, option;
	/* set: the first bytes of the value, at most SOCKETCALL_OPTION; null if the guest's pointer is null.
	 * get: room for SOCKETCALL_OPTION bytes */
	void *value;
	int is_input; /* get: the kernel reads the value before it writes it; `there` counts as for set */
	int there;    /* set: how many bytes of the value could be read. Reading more of `length` is -EFAULT */
	int length;   /* set: the guest's length. get: the guest's room, may be negative; out: the value's length */
	/* get: the guest's length can't be read. Answer -EFAULT at the moment at which Linux would read it */
	int length_faults;
	int written;    /* get, out: how many bytes of `value` are filled; -1: `length` bytes */
	int descriptor; /* set: the guest's descriptor that the value is or holds (SO_ATTACH_BPF), or -1 */
	/* get, out: the descriptor that is the value (SO_PEERPIDFD), to be installed; handle -1: there is none */
	struct socketcall_made made;
};

/* ---- The backend ------------------------------------------------------------------------------------------------- */

/*
 * The operations. `server` has the context and what an operation may report (pending, sigpipe). Each returns what the
 * guest's call returns, or -errno, or SOCKETCALL_WOULD_BLOCK (see below). Each operation looks up its descriptor first:
 * -EBADF, -ENOTSOCK. A null pointer stands for an operation that returns -ENOSYS; but without lookup(), all descriptors
 * count as good, and without before_receiving(), keep_error(), reserve() or now(), marshal leaves out that step.
 *
 * Only if server->pending isn't null, an operation may return SOCKETCALL_WOULD_BLOCK. Before that it fills the pending
 * call's `fd`, `events` and `deadline`. At an operation's first attempt `deadline` is -1, at later ones what the
 * attempt before has left there; when the deadline is over, the operation returns -EAGAIN.
 */
struct socketcall_backend {
	/* 0, -EBADF or -ENOTSOCK. Marshal asks when it has found an error that Linux reports only after these two. */
	long (*lookup)(struct socketcall_server *server, int fd);
	/* Makes a socket, which install() later makes a descriptor of the guest. Returns 0 or -errno. `type` may have
	 * SOCK_CLOEXEC and SOCK_NONBLOCK. */
	long (*socket)(struct socketcall_server *server, int family, int type, int protocol,
		       struct socketcall_made *made);
	long (*bind)(struct socketcall_server *server, int fd, const struct socketcall_name *name);
	long (*connect)(struct socketcall_server *server, int fd, const struct socketcall_name *name);
	long (*listen)(struct socketcall_server *server, int fd, int backlog);
	/* Returns 0 with *made, or -errno. -EMFILE must come before a connection is taken. `name`: out, the peer's
	 * name; null if the guest doesn't want it. */
	long (*accept4)(struct socketcall_server *server, int fd, struct socketcall_name *name, int flags,
			struct socketcall_made *made);
	long (*getsockname)(struct socketcall_server *server, int fd, struct socketcall_name *name);
	long (*getpeername)(struct socketcall_server *server, int fd, struct socketcall_name *name);
	/* As socket, for two. If it fails, marshal still writes the two numbers to the guest, as Linux does, unless
	 * both are -1. */
	long (*socketpair)(struct socketcall_server *server, int family, int type, int protocol,
			   struct socketcall_made made[2]);
	/* Both return the number of bytes that this call moved from message->done on. */
	long (*send)(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);
	long (*receive)(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);
	long (*shutdown)(struct socketcall_server *server, int fd, int how);
	long (*setsockopt)(struct socketcall_server *server, int fd, struct socketcall_option *option);
	long (*getsockopt)(struct socketcall_server *server, int fd, struct socketcall_option *option);
	/* What recvmmsg does before its first message: looks up the descriptor and, without MSG_ERRQUEUE, takes and
	 * returns the socket's pending error. */
	long (*before_receiving)(struct socketcall_server *server, int fd, int flags);
	/* recvmmsg failed with `error`, -errno, after its first message: the socket's next call must return it. */
	void (*keep_error)(struct socketcall_server *server, int fd, long error);
	/* Optional: sets made->number for a descriptor that SCM_RIGHTS or SCM_PIDFD brought, before install() or
	 * drop(); returns 0 or -EMFILE. */
	long (*reserve)(struct socketcall_server *server, struct socketcall_made *made);
	/* Makes a descriptor of the guest, of what an operation made, or of what SCM_RIGHTS or SCM_PIDFD brought
	 * (number -1). Returns its number; or closes it and returns -EMFILE or the like. `flags`: SOCK_CLOEXEC or 0. */
	long (*install)(struct socketcall_server *server, const struct socketcall_made *made, int flags);
	/* Closes what the guest doesn't get, and releases its number. A backend whose operations make descriptors, or
	 * receive SCM_RIGHTS, must have it. */
	void (*drop)(struct socketcall_server *server, const struct socketcall_made *made);
	/* CLOCK_MONOTONIC in ns, for recvmmsg's timeout; null: there are no timeouts. */
	int64_t (*now)(struct socketcall_server *server);
};

/* ---- Serving ----------------------------------------------------------------------------------------------------- */

enum {
	/* Not an errno: the call has to wait. server->pending says for what. */
	SOCKETCALL_WOULD_BLOCK = -4096,
	/* -ERESTARTSYS: a signal interrupted the call. If the signal has no handler, or one with SA_RESTART, the guest
	 * makes the call again; else the guest's call returns EINTR. */
	SOCKETCALL_RESTART = -512,
	SOCKETCALL_READABLE = 1, /* POLLIN */
	SOCKETCALL_WRITABLE = 4, /* POLLOUT */
};

/*
 * A call that would block. Wait until `fd` has one of `events`, or until `deadline`, and call socketcall_resume(); if a
 * signal comes for the guest, call socketcall_interrupt() instead. The structure holds no resources: forget it, and the
 * call has ended, with no effect but the bytes and messages that it has moved already.
 *
 * While a call waits, only this structure has to be kept. The scratch and the struct socketcall_server may serve other
 * calls, also of other guests; when the call is resumed, the server's members must be again those of its guest.
 *
 * On Linux, a call that waits keeps its socket, although another thread of the guest closes the number or gives it to
 * another file. Here the operation looks up `fd` again when it is resumed. So take a reference to the socket when the
 * call begins to wait, wait for that one, and let the number lead to it while you resume the call.
 */
struct socketcall_pending {
	int fd;           /* the guest's descriptor */
	unsigned events;  /* SOCKETCALL_READABLE or SOCKETCALL_WRITABLE; 0: no event will come, wait for the deadline */
	int64_t deadline; /* CLOCK_MONOTONIC in ns, of SO_RCVTIMEO, SO_SNDTIMEO or the next attempt; -1: none */
	/* private */
	struct socketcall_request request;
	uint64_t done;     /* bytes of the message that have been moved */
	int64_t ends;      /* when recvmmsg's timeout ends; for connect, the backend's to use */
	unsigned messages; /* messages of the vector that have been moved */
	int resumed;       /* 1 from the first socketcall_resume() on */
	int stage;         /* the backend's to use; 0 at first */
};

struct socketcall_server {
	const struct socketcall_arch *arch;
	struct socketcall_memory_hooks memory;
	const struct socketcall_backend *backend;
	void *context; /* for the backend */
	/* SOCKETCALL_SCRATCH bytes or more, aligned as by malloc(). One call uses it at a time; nothing in it is kept
	 * between calls, nor while a call waits. */
	void *scratch;
	size_t scratch_size;
	/* Null: operations block in the backend. Else a call that would block fills this, and returns
	 * SOCKETCALL_WOULD_BLOCK. */
	struct socketcall_pending *pending;
	/* The first address that user space doesn't have: as Linux' access_ok(), marshal answers EFAULT to addresses
	 * from here on before it accesses any. 0: there is no such limit. */
	uint64_t memory_end;
	/* Out: Linux would send SIGPIPE to the calling thread as the call returns. */
	int sigpipe;
};

/* Decodes a call and serves it. Returns what the guest's call returns, with the guest's error numbers; -EINVAL for
 * every call if the scratch is too small. */
long socketcall_serve(struct socketcall_server *server, int call, uint64_t block);

/* The same, for a request that has been decoded already, and judged. */
long socketcall_serve_request(struct socketcall_server *server, const struct socketcall_request *request);

/* Resumes the call in *server->pending; returns as socketcall_serve(). What the guest's pointers lead to is read
 * again. */
long socketcall_resume(struct socketcall_server *server);

/* Ends the call in *server->pending because of a signal. It first does what socketcall_resume() does: if data came
 * before the signal, Linux returns them. If the call would still block, returns the bytes or messages that it has moved
 * or, if there are none, -EINTR or SOCKETCALL_RESTART. */
long socketcall_interrupt(struct socketcall_server *server);

/* Marshal as operations for socketcall_dispatch(3): their `server` is a struct socketcall_server, and their errors have
 * the numbers of here. */
extern const struct socketcall_operations socketcall_marshal;

#ifdef __cplusplus
}
#endif

#endif
