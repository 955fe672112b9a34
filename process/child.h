/* SPDX-License-Identifier: MIT
 * Quiet children: child processes without a signal at their end. This process may exec a program, which knows nothing
 * of them: it gets no SIGCHLD for them, and its wait() doesn't return them. clone(2), waitpid(2). */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include <signal.h>
#include <sys/types.h>

/* As fork(), with the same results and errno, but the child is a quiet one: wait for it with child_wait(). */
pid_t child_quiet(void);

/*
 * As fork(), by the system call alone. The kernel writes the child's number to *number before the child runs, and
 * whatever becomes of this process meanwhile: so one that shares that memory knows of the child. clone(2),
 * CLONE_PARENT_SETTID.
 */
pid_t child_noted(pid_t *number);

/*
 * Waits until a quiet child has ended, through interruptions. 0 with its wait status, or -errno. `status` may be null.
 */
int child_wait(pid_t pid, int *status);

/*
 * Whether this process, which has no children, may call waitid(2): 0, or -errno of an outer seccomp filter that refuses
 * it. To be called in a child, since the filter may kill.
 */
int child_may_waitid(void);

/* What waitid(2) told of a child or a traced thread, as the status that waitpid(2) would have given. */
int child_status(const siginfo_t *info);

#endif
