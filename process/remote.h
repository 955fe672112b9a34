/* SPDX-License-Identifier: MIT
 *
 * System calls made in a 32-bit thread of another process, at a moment when that thread makes a call of its own. The
 * thread is stopped by ptrace(2), its registers are set so that it executes its own `int $0x80` once more with another
 * number and other arguments, and afterwards it goes on as if it had made nothing but its own call.
 *
 * For a thread whose call waits for a seccomp listener's answer (process/listener.h):
 *
 *	remote_attach(pid);                                 it will stop when it leaves the kernel
 *	listener_repeat(listener, &call);                   its call ends, not made, with ERESTARTNOINTR
 *	remote_stop(&remote, pid);                          it has stopped
 *	remote_call(&remote, number, arguments, &result);   any number of times
 *	remote_release(&remote, &result);                   its own call has this result
 *
 * For a thread that the caller traces anyway, and that has stopped before its call (PTRACE_EVENT_SECCOMP),
 * remote_skip() takes the place of the first three.
 *
 * The thread may be killed at any time. Then these functions return -ESRCH, and nothing more is to be done with it
 * here. They don't reap it: that it has ended is left to be seen by whoever waits for it.
 */
#ifndef PROCESS_REMOTE_H
#define PROCESS_REMOTE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>

#include "process/registers.h"

/* PTRACE_O_* of a thread that is traced from its start to its end, to follow a tree of processes. */
#define REMOTE_TRACED                                                                                                  \
	(PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESECCOMP | \
	 PTRACE_O_TRACESYSGOOD)
/*
 * The same while calls are made in it: it stops when it ends, and until it is let go from there no other thread has its
 * number.
 */
#define REMOTE_HELD (REMOTE_TRACED | PTRACE_O_TRACEEXIT)
/* Of a thread that is attached to by remote_attach(). */
#define REMOTE_ATTACHED PTRACE_O_TRACESYSGOOD

enum { REMOTE_WORDS = 6 }; /* arguments of a system call */

/* A stopped thread. */
struct remote {
	pid_t pid;
	struct registers32 registers; /* as they were when it stopped; eip: behind the instruction that made its call */
	uint64_t blocked;             /* its signal mask, likewise */
	siginfo_t sigsys;  /* a SIGSYS that somebody sent it meanwhile, to be delivered afterwards; si_signo 0: none */
	uint32_t call_at;  /* the address of the instruction that makes the calls here */
	bool trapped;      /* a filter answered the last call made here with SECCOMP_RET_TRAP */
	bool stop_seen;    /* its process was stopped meanwhile (SIGSTOP), or may have been */
	bool stays_traced; /* the caller traces it anyway, so it isn't detached from at the end */
};

/*
 * Tries in a child process whether this process may call ptrace(2) and waitid(2) at all: a seccomp filter may kill a
 * process that does. 0 with *allowed, or -errno when no child can be started now.
 */
int remote_try_ptrace(bool *allowed);

/* Attaches to thread `pid`, whatever it does just now, and requests that it stop. 0, or -errno of PTRACE_SEIZE. */
int remote_attach(pid_t pid);

/*
 * The same, if is_still(context) says, once it is attached to, that `pid` is still the thread that was meant: its
 * number may have been another one's by then, and a request that it stop may end what is_still() looks at. -ESRCH: it
 * isn't, and has been detached from.
 */
int remote_attach_if(pid_t pid, bool (*is_still)(void *context), void *context);

/* How the functions below wait for a stop: bits. */
enum remote_waiting {
	REMOTE_BRIEFLY = 1, /* for some ten milliseconds */
	/*
	 * SIGCHLD, which announces a stop, may be taken away. The caller has it blocked and not ignored, and looks for
	 * other changes of its children afterwards. Without this bit a stop is noticed some 50 microseconds late.
	 */
	REMOTE_BY_SIGNAL = 2,
};

/*
 * Waits until the thread, which was attached to, has stopped. Signals that were on their way before are delivered. 0;
 * -ESRCH, see above; with REMOTE_BRIEFLY -EAGAIN, it hasn't.
 */
int remote_wait(pid_t pid, unsigned how);

/*
 * Waits until the thread, which was attached to, has stopped, and blocks its signals. 0, with *remote; -ESRCH, see
 * above; -ENOTSUP, the thread is in 64-bit mode: it is detached from and goes on.
 */
int remote_stop(struct remote *remote, pid_t pid);

/*
 * Instead of remote_attach() and remote_stop(), for a thread that this process traces with REMOTE_HELD and that has
 * stopped at PTRACE_EVENT_SECCOMP: its call isn't made. 0, with *remote; -ESRCH, see above.
 */
int remote_skip(struct remote *remote, pid_t pid);

/*
 * Makes system call `number` with `words`, its arguments, in the stopped thread. No signal handler runs meanwhile. 0,
 * with *result as the kernel returns it; -ESRCH, see above; -EPERM: no call was made, because the program has put other
 * code where its `int $0x80` was.
 *
 * When a filter answers the call with SECCOMP_RET_TRAP, then remote->trapped is set and *result is `number`. The SIGSYS
 * that comes of it is discarded by the next remote_call(); if there is none, the program gets it.
 */
int remote_call(struct remote *remote, uint32_t number, const uint32_t words[REMOTE_WORDS], uint32_t *result);

/*
 * Lets the thread go on with its own registers and signal mask, its call having *result. With a null pointer, which
 * only a thread of remote_stop()'s may get in which no call was made: it makes its own call once more.
 */
void remote_release(struct remote *remote, const uint32_t *result);

/*
 * For a thread that is traced and has stopped at PTRACE_EVENT_SECCOMP by a filter of the program's own, which asks for
 * a tracer (SECCOMP_RET_TRACE) and doesn't mean this one: its call gets what it gets without a tracer, ENOSYS
 * (seccomp(2)), when the caller lets it go on.
 */
void remote_refuse(pid_t pid);

#endif
