/* SPDX-License-Identifier: MIT
 * A seccomp listener: a filter has system calls of other processes reported to whoever reads its descriptor. A reported
 * call waits in the kernel until it is answered. seccomp_unotify(2). */
#ifndef PROCESS_LISTENER_H
#define PROCESS_LISTENER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A call that waits for its answer. */
struct listener_call {
	uint64_t id;
	pid_t pid; /* of the thread, in the reader's PID namespace; 0: it isn't in that namespace */
	int number;
	uint32_t arch; /* AUDIT_ARCH_*: whose number that is */
	uint64_t from; /* the address behind the instruction that makes the call */
	uint64_t argument[6];
};

/*
 * Loads `filter`, `length` instructions, with a listener into the calling thread. Where the caller may do so only with
 * no_new_privs, that is set, but not before it is known that the filter can be loaded with it. The listener's
 * descriptor, which is close-on-exec, or -errno: `length` itself, where that is negative; EBUSY, an earlier filter of
 * this thread has a listener; EINVAL, the kernel has no listeners. On Linux 5.19 and later only a fatal signal
 * withdraws a call that has been received.
 */
int listener_load(struct sock_filter *filter, int length);

/*
 * Whether the running kernel's listeners suffice: an answer can let the call go on (5.5), and when the last process
 * with the filter has ended, poll() says POLLHUP (5.9).
 */
bool listener_is_supported(void);

/*
 * Where the kernel itself writes a call that is received. In memory that is shared with another process which has the
 * listener, it tells that process which call was received, whenever the one that received it is killed: a call isn't
 * delivered twice, but whoever knows its id can answer it. All zero: none.
 */
struct listener_slot {
	struct seccomp_notif notification;
};

/*
 * Waits for the next reported call, which is written to *slot as well. 0, or -errno, and the slot has none: -ENOENT, it
 * was withdrawn just now; -EINTR.
 */
int listener_receive(int listener, struct listener_slot *slot, struct listener_call *call);

/* Whether the slot has a call: then that is *call. It may have been answered or withdrawn. */
bool listener_received(const struct listener_slot *slot, struct listener_call *call);

/* Empties the slot. To be called when the call has been answered, and not before. */
void listener_forget(struct listener_slot *slot);

/* Whether the call still waits. Then call->pid is still that thread's number. */
bool listener_still_waits(int listener, const struct listener_call *call);

/* Ends the call, which isn't made, with the error `error`, errno's value. If it was withdrawn, nothing happens. */
void listener_fail(int listener, const struct listener_call *call, int error);

/* The same as a function with a context, which is a struct listener_waiting: for remote_attach_if() and others. */
struct listener_waiting {
	int listener;
	const struct listener_call *call;
};
bool listener_is_waiting(void *waiting);

/*
 * Is the descriptor a listener? A listener says of an id that no call has that there is none; other files don't know
 * the request. Nothing is read from it, which might block for ever.
 */
bool listener_is_one(int descriptor);

/* Lets the call go on as if it hadn't been reported. If it has been withdrawn, nothing happens. */
void listener_continue(int listener, const struct listener_call *call);

/* Ends the call, which isn't made, with ENOSYS. */
void listener_refuse(int listener, const struct listener_call *call);

/* The error of a call that listener_repeat() has answered: ERESTARTNOINTR of the kernel's linux/errno.h. */
enum { LISTENER_RESTARTED = 513 };

/*
 * Ends the call with an error by which the kernel makes it once more when the thread goes on. The reader must have
 * attached to the thread and requested that it stop (PTRACE_INTERRUPT): the kernel looks at this error only on the way
 * to a stop or a signal, and a thread without either would return it to the program, which doesn't know it.
 */
void listener_repeat(int listener, const struct listener_call *call);

/*
 * Has reader and caller wake each other on the same processor, if the kernel can (6.6): faster if each answer comes at
 * once.
 */
void listener_same_processor(int listener);

#endif
