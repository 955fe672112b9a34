/* SPDX-License-Identifier: MIT */
#include "run/supervise/by_listener.h"
#include "run/supervise/handshake.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void supervise(int socket, pid_t program, supervisor_report *report)
{
	int listener;
	sigset_t none;

	signal(SIGPIPE, SIG_IGN); /* what is reported to */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	start_leave(&socket, 1, !report);
	listener = start_supervisor(socket, program);
	if (listener < 0)
		return;
	close(socket);
	serve_all(listener, report);
}

int supervisor_beside(supervisor_report *report, struct supervisor_refusal *refusal)
{
	pid_t program = getpid(), middle;
	int ends[2], subreaper = 0, r;

	if (start_socket_pair(ends))
		return start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	/* A child's child, so that the program has no child that it didn't start; not by adoption either. */
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	middle = child_quiet();
	if (middle == 0) {
		close(ends[0]);
		if (child_quiet() == 0)
			supervise(ends[1], program, report);
		_exit(0);
	}
	close(ends[1]);
	if (middle > 0) {
		while (waitpid(middle, NULL, __WCLONE) < 0 && errno == EINTR)
			;
		prctl(PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0);
		r = start_program(ends[0], report != NULL, refusal);
	} else {
		prctl(PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0);
		r = start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	}
	close(ends[0]);
	return r;
}
