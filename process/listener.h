/* SPDX-License-Identifier: MIT
 * A seccomp listener: the descriptor by which this process receives the system calls of other processes that a filter
 * reports. A reported call waits in the kernel until it is answered. seccomp_unotify(2). */
#ifndef PROCESS_LISTENER_H
#define PROCESS_LISTENER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A reported call. */
struct listener_call {
	uint64_t id; /* names the call in the answer */
	pid_t pid;   /* the thread's number in the receiver's PID namespace; 0: the thread isn't in that namespace */
	int number;
	uint32_t arch; /* AUDIT_ARCH_*: the architecture whose system call has that number */
	uint64_t from; /* the address of the instruction after the one that makes the call */
	uint64_t argument[6];
};

/*
 * Loads `filter`, which has `length` instructions, into the calling thread, and creates a listener for it. A caller
 * without CAP_SYS_ADMIN may load filters only with no_new_privs. This function sets no_new_privs if that is necessary,
 * but only after a child has loaded the filter with it, because no_new_privs can't be unset. Returns the listener's
 * descriptor, which is close-on-exec, or -errno: a negative `length` is returned as it is; EBUSY, an earlier filter of
 * this thread has a listener; EINVAL, the kernel has no listeners. Since Linux 5.19 only a fatal signal withdraws a
 * received call.
 */
int listener_load(struct sock_filter *filter, int length);

/*
 * True if the running kernel's listeners can do what is needed here: answer that a call is to go on (Linux 5.5), and
 * tell by POLLHUP from poll(2) that the last process with the filter has ended (5.9).
 */
bool listener_is_supported(void);

/*
 * The memory that the kernel writes a received call to. The kernel delivers a call once, so a call whose receiver is
 * killed before it answers would wait for ever. If the slot lies in memory shared with another process that has the
 * listener, that process finds the call's id here, at whatever instruction the receiver was killed, and can answer the
 * call. An empty slot is all zero.
 */
struct listener_slot {
	struct seccomp_notif notification;
};

/*
 * Waits for the next reported call. Returns 0 with the call in *slot and *call; or -errno, with an empty slot: -ENOENT,
 * the call was withdrawn before it could be received; -EINTR, a signal.
 */
int listener_receive(int listener, struct listener_slot *slot, struct listener_call *call);

/* True if the slot has a call; then *call is set to it. The call may have been answered or withdrawn since. */
bool listener_slot_has_call(const struct listener_slot *slot, struct listener_call *call);

/* Empties the slot. Call it only after the call has been answered, or a killed receiver's call is lost. */
void listener_slot_clear(struct listener_slot *slot);

/*
 * True if the call still waits for its answer. A thread that waits can't have ended, so call->pid is still its number,
 * and what this process has read from /proc/PID or opened there since it received the call belongs to this thread.
 */
bool listener_call_is_waiting(int listener, const struct listener_call *call);

/* The same with one argument, a struct listener_waiting: for remote_attach_if() and other callers of a predicate. */
struct listener_waiting {
	int listener;
	const struct listener_call *call;
};
bool listener_is_waiting(void *waiting);

/*
 * True if the descriptor is a listener. It is asked about an id that no call has: a listener answers ENOENT, and other
 * files don't know the request. No call is received, since that could block for ever.
 */
bool is_listener(int descriptor);

/*
 * Answers the call: the kernel doesn't make it, and it fails with `error`, a value of errno. This and the other answers
 * below do nothing if the call has been withdrawn.
 */
void listener_fail(int listener, const struct listener_call *call, int error);

/* Answers the call: the kernel makes it as if it hadn't been reported. */
void listener_continue(int listener, const struct listener_call *call);

/* Answers the call: the kernel doesn't make it, and it fails with ENOSYS. */
void listener_refuse(int listener, const struct listener_call *call);

/*
 * Sends SIGKILL to the process that makes the call, if the call still waits. The caller must answer the call as well.
 * The signal can't reach another process: this function opens the process' pidfd, and then checks that the call still
 * waits. While it waits, its thread lives, and no other process has the thread's or the process' number. If no pidfd
 * can be opened (an outer filter), nothing is sent.
 */
void listener_kill(int listener, const struct listener_call *call);

/* The error by which listener_repeat() answers a call: ERESTARTNOINTR of the kernel's linux/errno.h. */
enum { LISTENER_RESTARTED = 513 };

/*
 * Answers the call: the kernel doesn't make it now, but repeats it when the thread goes on from its next stop. Before
 * this function is called, the caller must have attached to the thread and requested that it stop (PTRACE_INTERRUPT):
 * the kernel looks at this error only on the way to a stop or a signal handler. A thread on the way to neither would
 * return the error to the program, which doesn't expect it.
 */
void listener_repeat(int listener, const struct listener_call *call);

/*
 * Asks the kernel to wake the receiver, and the thread that it answers, on the same processor (Linux 6.6; older kernels
 * refuse, which changes nothing else). That is faster if each call is answered at once.
 */
void listener_wake_on_same_processor(int listener);

#endif
