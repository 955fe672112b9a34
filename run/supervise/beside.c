/* SPDX-License-Identifier: MIT */
#include "process/child.h"
#include "run/supervise/by_listener.h"
#include "run/supervise/handshake.h"
#include "run/supervise/state.h"
#include "run/supervise/surroundings.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the supervisor's process. */
static void supervise(struct supervisor *supervisor, int socket, pid_t program)
{
	struct supervisor_refusal refusal; /* the program's process knows it, too */
	int listener;
	sigset_t none;

	signal(SIGPIPE, SIG_IGN); /* standard error, for reports, may be a pipe that nobody reads */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	leave_surroundings(&socket, 1, &supervisor->options);
	listener = handshake_supervisor(socket, program, supervisor, &refusal);
	if (listener < 0)
		return;
	close(socket);
	serve_all(supervisor, listener);
}

/* Starts the supervisor's process, for the calling one, and does its part of the handshake. */
static enum supervisor_start start(struct supervisor *supervisor, struct supervisor_refusal *refusal)
{
	pid_t program = getpid(), middle;
	int ends[2], subreaper = 0, error;
	enum supervisor_start start;

	if (socket_pair_above_standard(ends))
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	/*
	 * The supervisor is a child's child, so that the program has no child that it didn't start: not by adoption
	 * either, which a subreaper would do.
	 */
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	middle = child_quiet();
	error = errno;
	if (middle == 0) {
		close(ends[0]);
		if (child_quiet() == 0)
			supervise(supervisor, ends[1], program);
		_exit(0);
	}
	close(ends[1]);
	if (middle > 0)
		child_wait(middle, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0);
	if (middle > 0)
		start = handshake_program(ends[0], &supervisor->options, refusal);
	else
		start = supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, error);
	close(ends[0]);
	return start;
}

enum supervisor_start supervisor_beside(const struct supervisor_options *options, struct supervisor_refusal *refusal)
{
	struct supervisor *supervisor = supervisor_new(options);
	enum supervisor_start r;

	if (!supervisor)
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, ENOMEM);
	r = start(supervisor, refusal);
	supervisor_free(supervisor);
	return r;
}
