/* SPDX-License-Identifier: MIT
 *
 * Makes system calls in a 32-bit thread of another process, while that thread makes a call of its own. ptrace(2) stops
 * the thread and sets its registers so that it executes its own `int $0x80` again, with another number and other
 * arguments. Afterwards the thread goes on as if it had made only its own call.
 *
 * For a thread whose call waits for a seccomp listener's answer (process/listener.h):
 *
 *	remote_attach(pid);                                 the thread will stop when it leaves the kernel
 *	listener_repeat(listener, &call);                   its call isn't made, and ends with ERESTARTNOINTR
 *	remote_stop(&remote, pid);                          wait until the thread has stopped
 *	remote_call(&remote, number, arguments, &result);   any number of times
 *	remote_release(&remote, &result);                   the thread's own call returns this result
 *
 * For a thread that the caller traces already, and that has stopped before its call (PTRACE_EVENT_SECCOMP),
 * remote_skip() replaces the first three.
 *
 * The thread may be killed at any time. Then these functions return -ESRCH, and the caller must stop using the thread.
 * They don't reap it: the caller's own loop over its children sees its end.
 */
#ifndef PROCESS_REMOTE_H
#define PROCESS_REMOTE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>

#include "process/registers.h"

/* The ptrace options of a thread that is traced from its start to its end, to follow a tree of processes. */
#define REMOTE_TRACED                                                                                                  \
	(PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESECCOMP | \
	 PTRACE_O_TRACESYSGOOD)
/*
 * The same while calls are made in the thread. With PTRACE_O_TRACEEXIT it stops before it ends, and until it is let go
 * from that stop the kernel can't give its number to another thread.
 */
#define REMOTE_HELD (REMOTE_TRACED | PTRACE_O_TRACEEXIT)
/* The options of a thread that remote_attach() attaches to. */
#define REMOTE_ATTACHED PTRACE_O_TRACESYSGOOD

enum { REMOTE_WORDS = 6 }; /* arguments of a system call */

/* A stopped thread. */
struct remote {
	pid_t pid;
	struct registers32 registers; /* its own, when it stopped; eip is behind the instruction that made its call */
	uint64_t blocked;             /* its own signal mask, when it stopped */
	siginfo_t sigsys;  /* a SIGSYS that the program got meanwhile, to be delivered afterwards; si_signo 0: none */
	uint32_t call_at;  /* the address of the instruction by which remote_call() makes calls */
	bool trapped;      /* a filter answered the last remote_call() with SECCOMP_RET_TRAP */
	bool stop_seen;    /* its process may have been stopped meanwhile (SIGSTOP) */
	bool stays_traced; /* remote_release() doesn't detach: the caller traces it for other reasons, too */
};

/*
 * Tries in a child process whether a seccomp filter kills this process when it calls ptrace(2), and whether it may call
 * waitid(2). Returns 0 with *allowed, or -errno when no child can be started now.
 */
int remote_try_ptrace(bool *allowed);

/* Attaches to thread `pid`, running or not, and requests that it stop. Returns 0, or -errno of PTRACE_SEIZE. */
int remote_attach(pid_t pid);

/*
 * The same, but checks by is_still(context) that `pid` is the thread that was meant: the number may have been given to
 * another thread before PTRACE_SEIZE. The check comes after PTRACE_SEIZE, which keeps the number valid, and before the
 * request to stop, which may change what is_still() looks at. Returns -ESRCH, detached, if is_still() returned false.
 */
int remote_attach_if(pid_t pid, bool (*is_still)(void *context), void *context);

/* How the functions below wait for a stop: bits. */
enum remote_waiting {
	REMOTE_BRIEFLY = 1, /* for no longer than some ten milliseconds */
	/*
	 * Wait for SIGCHLD, which the kernel sends for a stop, and consume it. The caller must have SIGCHLD blocked and
	 * not ignored, and must look for changes of its other children afterwards. Without this bit the wait is by
	 * pauses, and notices a stop some 50 microseconds late.
	 */
	REMOTE_BY_SIGNAL = 2,
};

/*
 * Waits until a thread that remote_attach() attached to has stopped. Signals that come before the stop are delivered.
 * Returns 0; -ESRCH, see above; or with REMOTE_BRIEFLY -EAGAIN, the thread hasn't stopped yet.
 */
int remote_wait(pid_t pid, unsigned how);

/*
 * Waits until a thread that remote_attach() attached to has stopped, and blocks its signals. Returns 0, with *remote;
 * -ESRCH, see above; or -ENOTSUP, the thread is in 64-bit mode: it is detached and goes on.
 */
int remote_stop(struct remote *remote, pid_t pid);

/*
 * Replaces remote_attach() and remote_stop() for a thread that this process traces with REMOTE_HELD and that has
 * stopped at PTRACE_EVENT_SECCOMP. The kernel then doesn't make the thread's call. Returns 0, with *remote; or -ESRCH,
 * see above.
 */
int remote_skip(struct remote *remote, pid_t pid);

/*
 * Makes system call `number` with the arguments `words` in the stopped thread. No signal handler runs meanwhile.
 * Returns 0, with the call's result as the kernel returns it, -errno included, in *result; -ESRCH, see above; or
 * -EPERM, no call was made, because the program has replaced its `int $0x80` by other code.
 *
 * If a filter answers the call with SECCOMP_RET_TRAP, remote->trapped is set and *result is `number`. The next
 * remote_call() discards the SIGSYS of that trap. If there is no next one, the program gets the SIGSYS.
 */
int remote_call(struct remote *remote, uint32_t number, const uint32_t words[REMOTE_WORDS], uint32_t *result);

/*
 * Lets the thread go on with its own registers and signal mask, and with *result as the result of its own call. If
 * `result` is null, the kernel repeats the thread's own call instead. That is possible only for a thread of
 * remote_stop() in which no call was made.
 */
void remote_release(struct remote *remote, const uint32_t *result);

/*
 * For a traced thread that has stopped at PTRACE_EVENT_SECCOMP because a filter of the program's own answered
 * SECCOMP_RET_TRACE. The program doesn't expect a tracer. So when the caller lets the thread go on, its call fails as
 * it would without a tracer: with ENOSYS (seccomp(2)).
 */
void remote_refuse(pid_t pid);

#endif
