/* SPDX-License-Identifier: MIT */
#include "process/child.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_quiet(void)
{
	return (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
}

pid_t child_recorded(pid_t *number)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, number, 0, 0);
}

void child_leave_no_core(void)
{
	static const struct rlimit none = { 0 };

	setrlimit(RLIMIT_CORE, &none);
}

void child_end_with(pid_t parent)
{
	pid_t now;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	now = getppid(); /* 0: the parent is in another PID namespace. -1: a filter has answered */
	if (now > 0 && now != parent)
		_exit(1);
}

void child_end_after(unsigned seconds)
{
	sigset_t alarms;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	alarm(seconds);
}

bool child_may_end_with_parent(void)
{
	enum { PATIENCE = 10 }; /* seconds, because a filter's listener may never answer */
	pid_t parent = getpid(), pid = child_quiet();
	int status;

	if (pid == 0) {
		child_leave_no_core();
		child_end_after(PATIENCE);
		child_end_with(parent);
		_exit(0);
	}
	return pid > 0 && !child_wait(pid, &status) && WIFEXITED(status) && !WEXITSTATUS(status);
}

int child_wait(pid_t pid, int *status)
{
	pid_t ended;

	do
		ended = waitpid(pid, status, __WALL);
	while (ended < 0 && errno == EINTR);
	if (ended == pid)
		return 0;
	return ended < 0 ? -errno : -EPERM; /* neither: an outer filter answered the call, with errno 0 */
}

int child_status(const siginfo_t *info)
{
	enum { STOPPED = 0x7f, CONTINUED = 0xffff };

	switch (info->si_code) {
	case CLD_EXITED:
		return W_EXITCODE(info->si_status, 0);
	case CLD_KILLED:
		return W_EXITCODE(0, info->si_status);
	case CLD_DUMPED:
		return W_EXITCODE(0, info->si_status) | WCOREFLAG;
	case CLD_CONTINUED:
		return CONTINUED;
	default: /* CLD_STOPPED, CLD_TRAPPED: si_status is the signal, with the ptrace event in the bits above it */
		return info->si_status << 8 | STOPPED;
	}
}

int child_try_waitid(void)
{
	siginfo_t info;

	if (!waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WALL))
		return -EPERM; /* without a child, only a filter answers so, with errno 0 */
	return errno == ECHILD ? 0 : -errno;
}
