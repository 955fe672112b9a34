/* SPDX-License-Identifier: MIT
 *
 * A ready table of operations: performs a guest's calls on real sockets of this process. For guests with this machine's
 * own word size, byte order and constants; what lies behind their pointers is taken as this machine's structures.
 *
 *   struct socketcall_host host = { at, context };
 *   struct socketcall_memory memory = { socketcall_host_read, &host };
 *   … socketcall_decode(&guest, &memory, call, block, &request) … socketcall_dispatch(&socketcall_host, &host,
 *   &request)
 *
 * The guest's descriptors are this process's own, so a process serves one guest, and has nothing open that the guest
 * may not use. Judge a request (socketcall_decode(3)) before it is dispatched: here the guest gets what this process
 * gets.
 *
 * A guest that changes its memory meanwhile gains nothing: structures are copied once, and what was copied is what is
 * used; the bytes of messages are read and written in place by the kernel, within what `at` allowed. Memory that the
 * guest can take away, such as a file that it can cut short, it can kill this process by: that is for the server to
 * rule out.
 */
#ifndef SOCKETCALL_HOST_H
#define SOCKETCALL_HOST_H

#include "marshal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The guest's memory as this process sees it. */
struct socketcall_host {
	/*
	 * Where the guest's `address` lies here, for reading or, if `writable`, writing; null where it doesn't. *size
	 * is how many bytes are wanted, 1 or more, and is lowered to how many of them lie there in one piece. What it
	 * allowed must stay mapped until the operation returns, and is not used after that.
	 */
	void *(*at)(void *context, uint64_t address, size_t *size, int writable);
	void *context; /* the first argument of it */
};

/*
 * The operations; `server` is a struct socketcall_host. They answer as Linux does, with these exceptions:
 *   - sockets are made of the families UNIX, INET, INET6, NETLINK, PACKET and VSOCK; any other is EAFNOSUPPORT. Control
 *     data to and from sockets of another, which came by SCM_RIGHTS, are EOPNOTSUPP
 *   - options that aren't known to hold no address of memory, and to keep to their length, are ENOPROTOOPT; known are
 *     those of SOL_SOCKET, and of IP, IPv6, TCP, UDP, raw, ICMPv6 and netlink most. No MSG_ZEROCOPY, nor SO_ZEROCOPY
 *   - an option's value, up to 4096 bytes, and control data, have to lie in one piece, or else EFAULT, even where fewer
 *     bytes are used
 *   - there is no SIGPIPE, which would be this process's, but EPIPE alone: signalling the guest is the server's
 *   - recvmmsg: an error after the first message isn't kept for the next call
 *   - an address that no user's memory can have is as any other where nothing is: EFAULT when it is used, not before
 * There is no close among the twenty calls: what a guest makes or is sent stays open until the server closes it.
 */
extern const struct socketcall_operations socketcall_host;

/* A struct socketcall_memory's read(), for a struct socketcall_host. */
int socketcall_host_read(void *host, uint64_t address, void *to, size_t size);

/* ---- The backend of real sockets (server/marshal.h) -------------------------------------------------------------- */

struct sockaddr_un;
struct ucred;

/*
 * The guest's descriptors. Without hooks (all null) they are this process's own, so a process serves one guest and has
 * nothing open that the guest may not use.
 */
struct socketcall_descriptors {
	/* This process's descriptor for the guest's, or -EBADF. */
	int (*host)(void *context, int guest);
	/* Optional: `host` isn't used any more, after each host(). */
	void (*done)(void *context, int host);
	/* Optional: the lowest free number of the guest, kept for install() or release(), or -EMFILE. Without it, what
	 * accept takes is lost where the guest has no number left. */
	int (*reserve)(void *context);
	void (*release)(void *context, int number);
	/* Gives `host` to the guest, as `number` or, where that is -1, the lowest that is free: the number, or -EMFILE.
	 * After that `host` is the hook's. `flags`: SOCK_CLOEXEC or 0. */
	int (*install)(void *context, int number, int host, int flags);
	/* Optional: a word for each of the guest's descriptors, 0 when it is installed, that the backend keeps the
	 * socket's family, type and kept error in; null where there is none. Saves a system call where these matter. */
	uint32_t *(*note)(void *context, int guest);
	void *context;
};

/* Whose paths and rights it is about. All optional. */
struct socketcall_identity {
	/* The name of an AF_UNIX socket in the file system, `length` bytes, is made one that leads this process to where
	 * it would lead the guest, and the other way round: the new length, or -errno. */
	int (*path_in)(void *context, struct sockaddr_un *name, int length);
	int (*path_out)(void *context, struct sockaddr_un *name, int length);
	/* What the guest sends as SCM_CREDENTIALS, made this process's: 0, or -EPERM; what is received, or asked for by
	 * SO_PEERCRED, made the guest's. */
	int (*credentials_in)(void *context, struct ucred *credentials);
	void (*credentials_out)(void *context, struct ucred *credentials);
	/* Has the guest that capability (CAP_NET_RAW)? Asked before this process's own would be used: for sockets of
	 * PACKET, of type RAW, and for options that want CAP_NET_ADMIN or CAP_NET_RAW. Without it the guest may what this
	 * process may. */
	int (*capable)(void *context, int capability);
	void *context;
};

/* server->context of socketcall_host_backend. All of it may be zero. */
struct socketcall_host_context {
	struct socketcall_descriptors descriptors;
	struct socketcall_identity identity;
	/* Optional: makes a system call of here, by its number here, and returns -errno as the kernel does. */
	long (*enter)(void *context, long number, const unsigned long args[6]);
	void *enter_context;
};

extern const struct socketcall_backend socketcall_host_backend;

/* Memory hooks for a guest whose addresses are this process's own: `context` isn't used. Memory that isn't there is found
 * by the kernel (process_vm_readv), so nothing here faults. */
extern const struct socketcall_memory_hooks socketcall_same_process;

/*
 * Another process: memory by process_vm_readv and process_vm_writev, descriptors by pidfd_getfd and, into it, by
 * SECCOMP_IOCTL_NOTIF_ADDFD of the notification that is being served. Each is left out where its descriptor is -1.
 */
struct socketcall_process {
	int pid, pidfd;
	int listener; /* of seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER) */
	uint64_t id;  /* struct seccomp_notif's */
};
void socketcall_process_memory(struct socketcall_process *process, struct socketcall_memory_hooks *memory);
void socketcall_process_descriptors(struct socketcall_process *process, struct socketcall_descriptors *descriptors);

#ifdef __cplusplus
}
#endif

#endif
