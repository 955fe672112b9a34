/* SPDX-License-Identifier: MIT */
#include "process/child.h"
#include "run/supervise/by_listener.h"
#include "run/supervise/handshake.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void supervise(int socket, pid_t program, const struct supervisor_options *options)
{
	int listener;
	sigset_t none;

	signal(SIGPIPE, SIG_IGN); /* what is reported to */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	start_leave(&socket, 1, !options->report);
	listener = start_supervisor(socket, program);
	if (listener < 0)
		return;
	close(socket);
	serve_all(listener, options);
}

enum supervisor_start supervisor_beside(const struct supervisor_options *options, struct supervisor_refusal *refusal)
{
	pid_t program = getpid(), middle;
	int ends[2], subreaper = 0, r;

	if (start_socket_pair(ends)) {
		start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
		return SUPERVISOR_REFUSED;
	}
	/* A child's child, so that the program has no child that it didn't start; not by adoption either. */
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	middle = child_quiet();
	if (middle == 0) {
		close(ends[0]);
		if (child_quiet() == 0)
			supervise(ends[1], program, options);
		_exit(0);
	}
	close(ends[1]);
	if (middle > 0) {
		child_wait(middle, NULL);
		prctl(PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0);
		r = start_program(ends[0], options->report != NULL, refusal);
	} else {
		prctl(PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0);
		r = start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	}
	close(ends[0]);
	return r ? SUPERVISOR_REFUSED : SUPERVISOR_BECOME_PROGRAM;
}
