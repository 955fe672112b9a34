/* SPDX-License-Identifier: MIT
 * Child processes that a program which is to be run in this process' place never sees. clone(2), waitpid(2). */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include <sys/types.h>

/* fork(), but its end is told by no signal; to be waited for with child_wait(). As fork() returns, with errno. */
pid_t child_quiet(void);

/* Waits for such a child, through interruptions. 0 with its wait status, or -errno; `status` may be null. */
int child_wait(pid_t pid, int *status);

#endif
