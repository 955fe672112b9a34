/* SPDX-License-Identifier: MIT
 *
 * A ready backend of server/marshal.h: makes a guest's calls on real sockets of this process.
 *
 *   struct socketcall_host_context host = { 0 };
 *   struct socketcall_server server = {
 *           .arch = socketcall_arch("i386"), .memory = { read, write, at, context },
 *           .backend = &socketcall_host_backend, .context = &host,
 *           .scratch = scratch, .scratch_size = sizeof scratch };
 *   r = socketcall_serve(&server, call, block);
 *
 * Judge a request (socketcall_decode(3)) before it is served: here the guest gets what this process gets, but for what
 * the hooks say. A guest that changes its memory meanwhile gains nothing: structures are copied once, and what was
 * copied is what is used; the bytes of messages are read and written in place by the kernel, within what at() allowed,
 * or in copies. Memory that the guest can take away, such as a file that it can cut short, it can kill this process by:
 * that is for at() to rule out.
 */
#ifndef SOCKETCALL_HOST_H
#define SOCKETCALL_HOST_H

#include "marshal.h"

#ifdef __cplusplus
extern "C" {
#endif

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
	/* Gives `host` to the guest, as `number` or, where that is -1, the lowest that is free: the number, and from
	 * then on `host` is the hook's; or -EMFILE. `flags`: SOCK_CLOEXEC or 0. */
	int (*install)(void *context, int number, int host, int flags);
	void *context;
};

/* Whose paths and rights it is about. All optional. */
struct socketcall_identity {
	/* The name of an AF_UNIX socket in the file system, `length` bytes, is made one that leads this process to
	 * where it would lead the guest, and the other way round: the new length, or -errno. */
	int (*path_in)(void *context, struct sockaddr_un *name, int length);
	int (*path_out)(void *context, struct sockaddr_un *name, int length);
	/* What the guest sends as SCM_CREDENTIALS, made this process's: 0, or -EPERM; what is received, or asked for by
	 * SO_PEERCRED, made the guest's. */
	int (*credentials_in)(void *context, struct ucred *credentials);
	void (*credentials_out)(void *context, struct ucred *credentials);
	/* Has the guest that capability? Asked where this process may have it: CAP_NET_RAW for sockets of PACKET and
	 * of type RAW; CAP_NET_ADMIN for SO_MARK, SO_RCVBUFFORCE and SO_SNDBUFFORCE. Other options that want a
	 * capability are as this process may. */
	int (*capable)(void *context, int capability);
	void *context;
};

/* server->context of socketcall_host_backend. All of it may be zero. Used by one call at a time. */
struct socketcall_host_context {
	struct socketcall_descriptors descriptors;
	struct socketcall_identity identity;
	/* Optional: makes a socket call of here, by its system-call number here, and returns -errno as the kernel does.
	 * Not asked on machines where that call has no number of its own. */
	long (*enter)(void *context, long number, const unsigned long args[6]);
	void *enter_context;
	/* private: the error that recvmmsg kept for the next call, and the socket's SO_COOKIE */
	int kept_error;
	uint64_t kept_cookie;
};

/*
 * It answers as Linux does (6.18, where versions differ), with these exceptions:
 *   - sockets are made of the families UNIX, INET, INET6, NETLINK, PACKET and VSOCK; any other is EAFNOSUPPORT
 *   - options that aren't known to hold no address of memory, and to keep to their length, are as unknown ones:
 *     netfilter's tables, TCP_ZEROCOPY_RECEIVE, TCP_AO_GET_KEYS, MPTCP_FULL_INFO, those of RDS, XDP, SCTP and so on. No
 *     MSG_ZEROCOPY, and SO_ZEROCOPY can't be set
 *   - a guest of another byte order has no NETLINK sockets but those of KOBJECT_UEVENT and USERSOCK (EPROTONOSUPPORT),
 *     since messages aren't turned; nor the few options whose values aren't: policies of IPsec, IP_PKTOPTIONS,
 *     IPV6_2292PKTOPTIONS, TCP_AO_*, MPTCP_TCPINFO, MPTCP_SUBFLOW_ADDRS, PACKET_RX_RING, PACKET_TX_RING (ENOPROTOOPT)
 *   - without at(): a message is at most as long as the scratch has room for, longer ones are EMSGSIZE when sent and
 *     cut short when received; and bytes of a stream that were received into memory that can be read, but not written,
 *     are lost
 *   - an error that recvmmsg meets after its first message is kept for the socket's next call by this context alone
 *   - accept and connect with server->pending: another process that accepts the same connection first makes accept
 *     wait; connect sets O_NONBLOCK for its time
 */
extern const struct socketcall_backend socketcall_host_backend;

/* Memory hooks for a guest whose addresses are this process's own: `context` isn't used. Memory that isn't there is
 * found by the kernel (process_vm_readv), so nothing here faults. */
extern const struct socketcall_memory_hooks socketcall_same_process;

/*
 * Another process: memory by process_vm_readv and process_vm_writev, descriptors by pidfd_getfd and, into it, by
 * SECCOMP_IOCTL_NOTIF_ADDFD of the notification that is being served. Each is left out where its descriptor is -1.
 */
struct socketcall_process {
	int pid, pidfd;
	int listener; /* of seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER) */
	uint64_t id;  /* struct seccomp_notif's */
	/* 0, or a descriptor of this process that the guest's `kept_number` stands for while a call of it waits: as on
	 * Linux, the call goes on with its socket though the guest closes the number. */
	int kept, kept_number;
	int reserved, signalled; /* private, 0 at first */
	/* Out, of socketcall_process_open(): later calls of the thread may use this pidfd, too. Where the thread's
	 * number has become another's, it is opened anew, in its place: while a notification is served, the number is
	 * that of the thread which waits for it. */
	int stays;
	/* In: what the call returns is the descriptor that it makes (socket, accept, accept4), so to give it to the
	 * process answers the notification, at once where Linux can (5.14). Out: it has been answered. */
	int answers, answered;
	/* private, 0 at first */
	int moved, remembers;
	unsigned remembered;
	uint64_t remembered_at;
	unsigned char memory[1024];
};
/* Fills ->pidfd for the thread ->pid: 0, or -errno. */
int socketcall_process_open(struct socketcall_process *process);
/*
 * Optional: from here to socketcall_process_done() the process's memory may be read ahead, by up to a kibibyte, so that
 * what lies side by side costs one copy. Call it before each socketcall_serve() and socketcall_resume(), and done
 * behind it: a call that waited reads its arguments again.
 */
void socketcall_process_begin(struct socketcall_process *process);
void socketcall_process_memory(struct socketcall_process *process, struct socketcall_memory_hooks *memory);
void socketcall_process_descriptors(struct socketcall_process *process, struct socketcall_descriptors *descriptors);

/*
 * Its identity: paths are looked up from its working directory, with its file-system user and group and its umask, and
 * capabilities are its own. These become this thread's and this process's (chdir, umask) until
 * socketcall_process_done(), which gives back the user and the group. Its root has to be this process's. Without hooks
 * for credentials: what is sent and told of a socket is of this process's number.
 */
void socketcall_process_identity(struct socketcall_process *process, struct socketcall_identity *identity);
void socketcall_process_done(struct socketcall_process *process);

/*
 * While a call waits for its answer by a listener with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: is there a signal for
 * the thread, by which Linux would interrupt it? Then answer with socketcall_interrupt(), SOCKETCALL_RESTART being the
 * error -512, which the kernel turns into a restart or EINTR. Ask again from time to time: a signal of the whole
 * process counts when it is still there the second time, since another thread may take it.
 */
int socketcall_process_interrupted(struct socketcall_process *process);

#ifdef __cplusplus
}
#endif

#endif
