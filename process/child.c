/* SPDX-License-Identifier: MIT */
#include "process/child.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_quiet(void)
{
	return (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
}

pid_t child_noted(pid_t *number)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, number, 0, 0);
}

int child_wait(pid_t pid, int *status)
{
	while (waitpid(pid, status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}
