/* SPDX-License-Identifier: MIT
 * Making system calls in a 32-bit thread of another process, in place of one that it is just making. ptrace(2). */
#ifndef PROCESS_REMOTE_H
#define PROCESS_REMOTE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>

#include "process/registers.h"

/* PTRACE_O_*: of a thread that is traced anyway, of such a one that mustn't give its number to another, and of one that is attached to. */
#define REMOTE_TRACED                                                                                                  \
	(PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESECCOMP | \
	 PTRACE_O_TRACESYSGOOD)
#define REMOTE_HELD     (REMOTE_TRACED | PTRACE_O_TRACEEXIT)
#define REMOTE_ATTACHED PTRACE_O_TRACESYSGOOD

enum { REMOTE_WORDS = 6 };

/* A stopped thread. */
struct remote {
	pid_t pid;
	struct registers32 registers; /* as they were when it was stopped */
	uint64_t mask;                /* of its blocked signals, likewise */
	siginfo_t kept;               /* of a SIGSYS that was sent meanwhile, or waited while it was blocked */
	int trapped;                  /* the last call made here was, by a filter */
	int stopped;                  /* its process was, meanwhile */
	int traced;                   /* anyway: it isn't let go of */
	uint32_t from;                /* where the last call made here was to be made */
};

/* Whether this process may call ptrace(2) at all: a filter may kill who does. */
bool remote_is_allowed(void);

/* Attaches to thread `pid`, wherever it is, and asks it to stop. 0 or -errno of PTRACE_SEIZE. */
int remote_attach(pid_t pid);

/*
 * Waits until the thread has stopped. 0, with *remote; -ESRCH: it is gone, and whoever is its parent or tracer may wait for it;
 * -ENOTSUP: it is in 64-bit mode, and is let go.
 */
int remote_stop(struct remote *remote, pid_t pid);

/*
 * Makes system call `number` with `words` where the thread made its own, without a signal coming in between. 0 with the
 * result, as the kernel returns it, -ESRCH as above, or -EPERM: the program has other code there by now, which makes none. A filter that traps the call makes its number the result; its SIGSYS
 * is dropped by the next call here, or else is the program's.
 */
int remote_call(struct remote *remote, uint32_t number, const uint32_t words[REMOTE_WORDS], uint32_t *result);

/*
 * Instead of remote_attach() and remote_stop(), for a thread that is traced and has stopped at PTRACE_EVENT_SECCOMP, with
 * PTRACE_O_TRACESYSGOOD and _TRACEEXIT: its call won't be made. 0 with *remote, or -ESRCH as above.
 */
int remote_skip(struct remote *remote, pid_t pid);

/*
 * For a thread that is traced and has stopped at PTRACE_EVENT_SECCOMP by a filter that has its tracer asked (SECCOMP_RET_TRACE)
 * and doesn't mean this one: when it goes on, its call isn't made, and ENOSYS, as without a tracer (seccomp(2)).
 */
void remote_refuse(pid_t pid);

/* Lets the thread go on, with every register as it was but eax, which becomes *result. Without one it makes its call again. */
void remote_release(struct remote *remote, const uint32_t *result);

#endif
