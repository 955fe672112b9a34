/* SPDX-License-Identifier: MIT */
#include "run/supervise/face.h"

#include "process/child.h"
#include "run/supervise/by_listener.h"
#include "run/supervise/confine.h"
#include "run/supervise/message.h"
#include "run/supervise/state.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of `run` when nobody knows the program's. */
enum { STATUS_UNKNOWN = 125 };

/*
 * Passes a signal on to the program. Not one of the terminal's (SI_KERNEL): the program is in the same process
 * group and has got it itself. Not one of the supervisor's, which stops this process or has it go on after the
 * program: by now the program may have stopped again.
 */
static void forward(const struct face *face, const struct signalfd_siginfo *info)
{
	union sigval value = { .sival_ptr = (void *)(uintptr_t)info->ssi_ptr };

	if (info->ssi_signo == SIGCHLD || info->ssi_code == SI_KERNEL || (pid_t)info->ssi_pid == face->supervisor)
		return;
	if (info->ssi_code == SI_QUEUE)
		sigqueue(face->program, (int)info->ssi_signo, value);
	else
		kill(face->program, (int)info->ssi_signo);
}

/*
 * Reaps the supervisor, and what this process has adopted: orphans, if it is process 1, and all of the tree, if the
 * supervisor was killed.
 */
static void reap(struct face *face)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		if (pid == face->program) {
			face->status = status;
			face->ended = true;
		}
	if (face->to_supervisor < 0 && pid < 0)
		face->ended = true; /* it can't be seen how */
}

/* Whether the supervisor reaped the program, and was killed before it could say so. Then the status is known, too. */
static bool was_reaped(struct face *face)
{
	for (unsigned i = 0; i < CHILDREN_AT_ONCE; i++) {
		const siginfo_t *info = &face->state->children[i];
		int status = child_status(info);

		if (info->si_pid != face->program || (!WIFEXITED(status) && !WIFSIGNALED(status)))
			continue;
		face->status = status;
		face->ended = true;
	}
	return face->ended;
}

/*
 * Takes the program's wait status from the supervisor. Or sees that the supervisor was killed: then this process, which
 * has become an ancestor of all of the tree, serves in its place, until the program has ended.
 */
static void hear(struct face *face)
{
	struct message message;
	int status = 0;

	if (!message_receive(face->to_supervisor, &message, NULL)) {
		face->status = message.status;
		face->ended = true;
		return;
	}
	close(face->to_supervisor);
	face->to_supervisor = -1;
	/* The threads that it traced are free only when it is a zombie. */
	child_wait(face->supervisor, &status);
	if (was_reaped(face))
		return;
	/* What the supervisor crashed over fails: nobody would be there if this process crashed over it, too. */
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		face->state->crashes = UINT_MAX;
	if (face->listener >= 0)
		serve_received(face->state, face->listener);
}

static void wait_for_end(struct face *face)
{
	face->status = W_EXITCODE(STATUS_UNKNOWN, 0);
	while (!face->ended) {
		struct pollfd polls[] = {
			{ .fd = face->signals, .events = POLLIN },
			{ .fd = face->to_supervisor, .events = POLLIN },
			{ .fd = face->to_supervisor < 0 ? face->listener : -1, .events = POLLIN },
		};
		struct signalfd_siginfo info;

		if (poll(polls, sizeof polls / sizeof *polls, -1) < 0)
			continue; /* EINTR: no filter refuses it (needed_try()) */
		if (polls[1].revents)
			hear(face);
		if (face->ended)
			return;
		if (polls[0].revents & POLLIN && read(face->signals, &info, sizeof info) == sizeof info)
			forward(face, &info);
		reap(face);
		if (polls[2].revents & POLLIN)
			serve_next(face->state, face->listener);
		else if (polls[2].revents)
			face->listener = -1; /* POLLHUP: no process has the filter any more */
	}
}

/* Has the program's process end without starting the program, if it still waits for that. */
static void close_gate(struct face *face)
{
	close(face->gate);
	face->gate = -1;
}

/* Confines this process, and lets the program start. 0 or -errno: then the program's process ends without it. */
static int open_gate(struct face *face)
{
	static const struct timespec at_once = { 0 };
	int r = confine_self(face->state->options.confinement);
	sigset_t broken;

	/* If the program's process was killed meanwhile, the supervisor tells of that, and nobody of a broken pipe. */
	if (!r && write(face->gate, "", 1) != 1) {
		sigemptyset(&broken);
		sigaddset(&broken, SIGPIPE);
		sigtimedwait(&broken, NULL, &at_once);
	}
	close_gate(face);
	return r;
}

/*
 * Waits until the supervisor has ended, and the program's process, which this one has adopted if the supervisor was
 * killed. The latter ends by itself: whoever it waits for is gone.
 */
static void wait_for_refused(struct face *face)
{
	child_wait(face->supervisor, NULL);
	if (face->state->program)
		child_wait(face->state->program, NULL);
}

static enum supervisor_start refused(struct face *face, int subreaper)
{
	close_gate(face);
	if (face->listener >= 0)
		close(face->listener);
	wait_for_refused(face);
	prctl(PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0);
	return SUPERVISOR_REFUSED;
}

enum supervisor_start face_wait(struct face *face, int *status, struct supervisor_refusal *refusal)
{
	struct message message;
	int subreaper = 0, r;

	/* If the supervisor is killed, the program becomes this process' child, and its status can still be had. */
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/*
	 * The program's process waits at the gate for this process alone: when the supervisor is killed, whether the
	 * program is started depends on whether this message has come.
	 */
	r = message_receive(face->to_supervisor, &message, face->by_ptrace ? NULL : &face->listener);
	if (r) {
		supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, -r);
		return refused(face, subreaper);
	}
	if (message.kind != MESSAGE_STARTED) {
		*refusal = message.refusal;
		return refused(face, subreaper);
	}
	face->program = message.program;
	r = open_gate(face);
	if (r) {
		supervisor_refuse(refusal, SUPERVISOR_NO_FILTER, -r);
		return refused(face, subreaper);
	}
	wait_for_end(face);
	*status = face->status;
	return SUPERVISOR_PROGRAM_ENDED;
}
