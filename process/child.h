/* SPDX-License-Identifier: MIT
 * Child processes that a program does not notice. A quiet child sends no signal when it ends. So this process can exec
 * a program that doesn't know of the child: the program gets no SIGCHLD, and its wait() doesn't return the child.
 * clone(2), waitpid(2). */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Like fork(), with the same results and errno, but the child is quiet: wait for it with child_wait(). */
pid_t child_quiet(void);

/*
 * Like fork(), without libc's handlers. The kernel writes the child's PID to *number before the child runs, even if
 * this process is killed meanwhile: another process that shares the memory of *number then knows the child. clone(2),
 * CLONE_PARENT_SETTID.
 */
pid_t child_recorded(pid_t *number);

/*
 * For a child: makes it leave no core file if a filter kills it. exec and fork keep this. The C library's start makes
 * the same call, setrlimit(2), so filters allow it.
 */
void child_leave_no_core(void);

/*
 * For a child: makes it end by SIGKILL when its parent ends, and exits if that has ended already. `parent` is what the
 * parent's getpid() returned. exec keeps this, and fork doesn't pass it on. An outer seccomp filter that refuses the
 * calls leaves the child without this, or kills it: child_may_end_with_parent() says which. PR_SET_PDEATHSIG.
 */
void child_end_with(pid_t parent);

/*
 * For a child: makes it end by SIGALRM after that many seconds, also if its parent ignores or blocks this signal. exec
 * keeps this, and fork doesn't pass it on. alarm(2).
 */
void child_end_after(unsigned seconds);

/* Tries in a child whether a process may call child_end_with(). False if a filter kills it, or doesn't answer. */
bool child_may_end_with_parent(void);

/*
 * Waits until a child, quiet or not, has ended; signals don't interrupt it. Returns 0, with the wait status in *status
 * unless `status` is null, or -errno.
 */
int child_wait(pid_t pid, int *status);

/*
 * Tries whether this process, which must have no children, may call waitid(2). Returns 0, or -errno from an outer
 * seccomp filter that refuses the call. Call it in a child, since the filter may kill the caller.
 */
int child_try_waitid(void);

/* Converts what waitid(2) reported of a child or a traced thread to the wait status that waitpid(2) would return. */
int child_status(const siginfo_t *info);

#endif
