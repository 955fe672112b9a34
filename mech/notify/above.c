/* SPDX-License-Identifier: MIT */
#include "mech/notify/pass.h"
#include "mech/notify/serve.h"
#include "mech/notify/start.h"
#include "mech/notify/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct above {
	supervisor_report *report;
	pid_t program;
	int listener, signals; /* owned; the listener is -1 where the tree is traced */
	int status;            /* the program's, once `ended` */
	int ended;
};

/* The program has stopped: so does this process, whose parent may be a shell with job control. */
static void stop_along(struct above *above)
{
	int status;

	raise(SIGSTOP);
	/* A shell continues the whole process group; somebody with a process number, just this process. */
	if (waitpid(above->program, &status, WNOHANG | WCONTINUED) != above->program)
		kill(above->program, SIGCONT);
}

/* All children that have ended or stopped, the program's and those that were adopted, and what is traced. */
static void reap(struct above *above)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | __WALL)) > 0) {
		int stopped = WIFSTOPPED(status);

		if (stopped && above->listener < 0)
			stopped = trace_stop(pid, status, above->report);
		if (pid != above->program)
			continue;
		if (stopped)
			stop_along(above);
		if (WIFSTOPPED(status))
			continue;
		above->status = status;
		above->ended = 1;
	}
}

/* The terminal's signals have gone to the program, in the same process group, as well. */
static void forward(struct above *above, const struct signalfd_siginfo *info)
{
	union sigval value = { .sival_ptr = (void *)(uintptr_t)info->ssi_ptr };

	if (info->ssi_signo == SIGCHLD)
		reap(above);
	else if (info->ssi_code == SI_QUEUE)
		sigqueue(above->program, (int)info->ssi_signo, value);
	else if (info->ssi_code != SI_KERNEL)
		kill(above->program, (int)info->ssi_signo);
}

static void supervise(struct above *above)
{
	struct pollfd polls[] = {
		{ .fd = above->signals, .events = POLLIN },
		{ .fd = above->listener, .events = POLLIN },
	};

	reap(above);
	while (!above->ended) {
		struct signalfd_siginfo info;

		if (poll(polls, 2, -1) < 0)
			continue;
		if (polls[0].revents & POLLIN && read(above->signals, &info, sizeof info) == sizeof info)
			forward(above, &info);
		if (polls[1].revents & POLLIN)
			serve_next(above->listener, above->report);
		else if (polls[1].revents)
			polls[1].fd = -1; /* no process of the tree is left with the filter */
	}
}

/* Whoever is left of the tree. As process 1's end ends them all, there is nothing to do then. */
static void serve_left(const struct above *above)
{
	struct pollfd left = { .fd = above->listener };

	if (above->listener < 0 || getpid() == 1 || (poll(&left, 1, 0) > 0 && left.revents & POLLHUP) || start_quiet_child() != 0)
		return;
	signal(SIGPIPE, SIG_IGN);
	start_leave(above->listener, !above->report);
	serve_all(above->listener, above->report);
	_exit(0);
}

/* In the calling process. 1, or -1 when the program's process has refused and ended. */
static int go_above(struct above *above, int socket, struct supervisor_refusal *refusal)
{
	int status, r = 0;

	if (above->listener < 0)
		r = trace_begin(socket, above->program);
	else
		above->listener = r = start_supervisor(socket, above->program);
	close(socket);
	if (r < 0) {
		while (waitpid(above->program, &status, __WALL) < 0 && errno == EINTR)
			;
		return start_refuse(refusal, WEXITSTATUS(status), -r);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	supervise(above);
	serve_left(above);
	if (above->listener >= 0)
		close(above->listener);
	return 1;
}

/* In the program's process. Returns when the program is to be started. */
static void go_below(const struct above *above, int socket)
{
	struct supervisor_refusal refusal;
	int r = above->listener < 0 ? trace_me(socket, &refusal) : start_program(socket, &refusal);

	if (r) {
		pass_send(socket, refusal.error, -1);
		_exit((int)refusal.obstacle);
	}
	close(socket);
}

static int start(struct above *above, int *status, struct supervisor_refusal *refusal)
{
	static const struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct sigaction inherited;
	sigset_t all, mask;
	int ends[2], r = 0;

	sigfillset(&all);
	above->signals = signalfd(-1, &all, SFD_CLOEXEC);
	if (above->signals < 0)
		return start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		r = start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
		close(above->signals);
		return r;
	}
	sigprocmask(SIG_SETMASK, &all, &mask);
	sigaction(SIGCHLD, &by_default, &inherited); /* where it is ignored, no child's status could be had */
	above->program = fork();
	if (above->program < 0)
		r = start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	close(ends[above->program != 0]);
	if (above->program == 0)
		go_below(above, ends[1]);
	else if (above->program > 0)
		r = go_above(above, ends[0], refusal);
	else
		close(ends[0]);
	close(above->signals);
	*status = above->status;
	sigaction(SIGCHLD, &inherited, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}

int supervisor_above(supervisor_report *report, int *status, struct supervisor_refusal *refusal)
{
	struct above above = { .report = report };

	return start(&above, status, refusal);
}

int supervisor_trace(supervisor_report *report, int *status, struct supervisor_refusal *refusal)
{
	struct above above = { .report = report, .listener = -1 };

	return start(&above, status, refusal);
}
