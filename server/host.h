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
 * This backend makes the calls with this process's own rights, except where the hooks say otherwise: so judge a request
 * (socketcall_decode(3)) before you serve it. A guest gains nothing by changing its memory during a call: each
 * structure is copied once, and only the copy is used; the kernel reads and writes the bytes of messages in place,
 * within what at() allowed, or in copies. at() must not return memory that the guest can take away, such as the mapping
 * of a file that the guest can truncate: an access to it would kill this process with SIGBUS.
 *
 * The kernel never sends SIGPIPE to this process for a guest's call: server->sigpipe says that the guest should get it.
 */
#ifndef SOCKETCALL_HOST_H
#define SOCKETCALL_HOST_H

#include "marshal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The backend of real sockets (server/marshal.h) -------------------------------------------------------------- */

struct sockaddr_un; /* of <sys/un.h> */
struct ucred;       /* of <sys/socket.h>, with _GNU_SOURCE */

/*
 * The guest's descriptors. Without hooks (all null) the guest's descriptors are this process's own: then this process
 * must serve only one guest, and must have nothing open that the guest may not use.
 */
struct socketcall_descriptors {
	/* Returns this process's descriptor for the guest's, or -EBADF. */
	int (*host)(void *context, int guest);
	/* Optional: called once after each host(), when its descriptor is no longer used. */
	void (*done)(void *context, int host);
	/* Optional: reserve() returns the guest's lowest free number, which it keeps free for install() or release(),
	 * or -EMFILE. Without reserve(), a connection that accept takes is lost if the guest has no number left. */
	int (*reserve)(void *context);
	void (*release)(void *context, int number);
	/* Gives `host` to the guest, as `number` or, if that is -1, as the lowest free number. Returns the number, and
	 * the hook then owns `host`; or returns -EMFILE. `flags`: SOCK_CLOEXEC or 0. */
	int (*install)(void *context, int number, int host, int flags);
	void *context;
};

/* The guest's paths, credentials and capabilities, where they aren't this process's. All hooks are optional. */
struct socketcall_identity {
	/* `name` is an AF_UNIX socket's path of `length` bytes. path_in() rewrites the guest's path so that it leads
	 * this process to the same file; path_out() rewrites a path of this process for the guest. Both return the new
	 * length, or -errno. */
	int (*path_in)(void *context, struct sockaddr_un *name, int length);
	int (*path_out)(void *context, struct sockaddr_un *name, int length);
	/* credentials_in() turns the SCM_CREDENTIALS that the guest sends into this process's: returns 0 or -EPERM.
	 * credentials_out() turns those received, and SO_PEERCRED's, into the guest's. */
	int (*credentials_in)(void *context, struct ucred *credentials);
	void (*credentials_out)(void *context, struct ucred *credentials);
	/* Returns whether the guest has the capability: CAP_NET_RAW, for sockets of AF_PACKET and of SOCK_RAW;
	 * CAP_NET_ADMIN, for SO_MARK, SO_RCVBUFFORCE and SO_SNDBUFFORCE; either, for SO_PRIORITY outside of 0 to 6.
	 * Other options that need a capability succeed if this process has it. */
	int (*capable)(void *context, int capability);
	void *context;
};

/* What server->context of socketcall_host_backend points to. All members may be zero. One call uses it at a time. */
struct socketcall_host_context {
	struct socketcall_descriptors descriptors;
	struct socketcall_identity identity;
	/* Optional: makes the system call `number` of this machine, a socket call, and returns its result or -errno.
	 * Not used on machines where the call has no number of its own. */
	long (*enter)(void *context, long number, const unsigned long args[6]);
	void *enter_context;
	/* private: the error that recvmmsg kept for the next call, and the socket's SO_COOKIE */
	int kept_error;
	uint64_t kept_cookie;
};

/*
 * Answers as Linux 6.18 does, with these exceptions:
 *   - only sockets of the families UNIX, INET, INET6, NETLINK, PACKET and VSOCK can be made; others are EAFNOSUPPORT
 *   - an option is treated as unknown unless its value is known to hold no memory address, and the kernel to read and
 *     write no more than the value's length. Treated as unknown are: netfilter's tables, TCP_ZEROCOPY_RECEIVE,
 *     TCP_AO_GET_KEYS, MPTCP_FULL_INFO, the options of RDS, XDP, SCTP and others. MSG_ZEROCOPY is ignored, and
 *     SO_ZEROCOPY can't be set
 *   - netlink messages aren't converted to another byte order: for such a guest, only the netlink protocols
 *     KOBJECT_UEVENT and USERSOCK exist (else EPROTONOSUPPORT). For such a guest, the few options whose values aren't
 *     converted are ENOPROTOOPT: IPsec policies, IP_PKTOPTIONS, IPV6_2292PKTOPTIONS, IP_RECVERR_RFC4884,
 *     IPV6_RECVERR_RFC4884, TCP_AO_*, MPTCP_TCPINFO, MPTCP_SUBFLOW_ADDRS, PACKET_RX_RING, PACKET_TX_RING
 *   - without at(), a message must fit into the scratch: a longer one is EMSGSIZE when sent, and truncated when
 *     received. Bytes of a stream that were received into memory that can be read but not written are lost
 *   - if recvmmsg fails after its first message, the error for the socket's next call may be kept in this context:
 *     then calls by other processes don't return it
 *   - with server->pending, connect sets O_NONBLOCK on the open file while it runs. A call waits in the kernel
 *     nevertheless if another process that has the same open file accepts the connection first, clears O_NONBLOCK
 *     during connect, or leaves the last reference to a socket with SO_LINGER to this process
 */
extern const struct socketcall_backend socketcall_host_backend;

/* Memory hooks for a guest whose addresses are this process's own; `context` isn't used. process_vm_readv(2) reports
 * unmapped memory, so the hooks never fault. */
extern const struct socketcall_memory_hooks socketcall_same_process;

/*
 * A guest that is another process. Its memory is read and written by process_vm_readv and process_vm_writev. Its
 * descriptors are taken by pidfd_getfd, and given to it by SECCOMP_IOCTL_NOTIF_ADDFD, as part of the notification that
 * is being served. If pidfd or listener is -1, its operations fail.
 */
struct socketcall_process {
	int pid, pidfd;
	int listener; /* of seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER) */
	uint64_t id;  /* struct seccomp_notif's */
	/* While a call waits: this process's copy of the descriptor that the guest names `kept_number`; else 0. As on
	 * Linux, the waiting call keeps its socket even if the guest closes the number. */
	int kept, kept_number;
	int reserved, signalled; /* private, 0 at first */
	/* Out, of socketcall_process_open(): later calls of the same thread may use this pidfd, too. If the thread has
	 * died and its TID is another thread's, the hooks open the pidfd again under the same number, provided that
	 * this other thread waits for the answer to the notification. */
	int stays;
	/* In: the call returns the descriptor that it makes (socket, accept, accept4), so the ioctl that gives the
	 * descriptor to the process may answer the notification, too (Linux 5.14). Out: the notification was
	 * answered. */
	int answers, answered;
	/* private, 0 at first */
	int moved, remembers;
	unsigned remembered;
	uint64_t remembered_at;
	unsigned char memory[1024];
};
/*
 * Opens ->pidfd, close-on-exec, for the thread ->pid. If ->id isn't 0, the thread must wait for the answer to that
 * notification of ->listener: so it is not another one that got the TID of a killed thread (-ESRCH). Memory has no such
 * check. Where a thread is killed while its call is served, and a new process gets its TID at once, the memory of that
 * process is accessed, if this process may do so. Returns 0 or -errno.
 */
int socketcall_process_open(struct socketcall_process *process);
/*
 * Optional: until socketcall_process_done(), the hooks may read the process's memory in blocks of 1 KiB, so that
 * arguments that lie side by side cost one system call. Call it before each socketcall_serve() and socketcall_resume(),
 * and socketcall_process_done() after each, since a call that waited must read its arguments again.
 */
void socketcall_process_begin(struct socketcall_process *process);
/* Fill *memory and *descriptors with hooks for the process, which must exist as long as they are used. */
void socketcall_process_memory(struct socketcall_process *process, struct socketcall_memory_hooks *memory);
void socketcall_process_descriptors(struct socketcall_process *process, struct socketcall_descriptors *descriptors);

/*
 * Fills *identity with hooks for the process: paths are looked up from its working directory, with its file-system user
 * and group and its umask, and its effective capabilities count. path_in() changes this process's working directory and
 * umask, and this thread's file-system user and group; socketcall_process_done() resets only the user and the group.
 * Both processes must have the same root directory. There are no hooks for credentials: peers see this process's PID.
 */
void socketcall_process_identity(struct socketcall_process *process, struct socketcall_identity *identity);
void socketcall_process_done(struct socketcall_process *process);

/*
 * For a call that waits behind a listener with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: returns 1 if a signal is pending
 * by which Linux would interrupt the thread. Then answer the notification with the result of socketcall_interrupt();
 * the kernel turns SOCKETCALL_RESTART, -512, into a restart or EINTR. Call this from time to time: another thread may
 * take a signal that is sent to the whole process, so such a signal counts only if it is still pending the second time.
 */
int socketcall_process_interrupted(struct socketcall_process *process);

#ifdef __cplusplus
}
#endif

#endif
