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

/* The exit status of `run` if the program's isn't known. */
enum { STATUS_UNKNOWN = 125 };

/*
 * Forwards a signal to the program, with two exceptions. A signal of the terminal (SI_KERNEL) goes to the whole process
 * group, so the program has got it already. The supervisor sends SIGSTOP and SIGCONT so that this process stops and
 * continues as the program did; if these were forwarded, they would undo a newer change of the program's state.
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
 * Reaps the supervisor, and adopted processes: orphans, if this process is process 1, and processes of the tree, if the
 * supervisor was killed. If it has no child and no supervisor any more, the program has ended, and its status is lost.
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
		face->ended = true; /* with STATUS_UNKNOWN */
}

/*
 * If the supervisor reaped the program, and was killed before it could send MESSAGE_ENDED, the wait status is still in
 * the shared memory. Then takes it from there, and returns true.
 */
static bool found_reaped_status(struct face *face)
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
 * Receives the program's wait status from the supervisor. If the supervisor was killed instead, this process, which is
 * a subreaper and so has adopted the whole tree, serves in its place until the program has ended.
 */
static void hear_supervisor(struct face *face)
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
	/* The kernel detaches the threads that it traced when it exits; only then can this process attach to them. */
	child_wait(face->supervisor, &status);
	if (found_reaped_status(face))
		return;
	/*
	 * The supervisor crashed, probably because of the received call. If this process crashed, too, nobody would
	 * serve the tree. So serve_received() makes the call fail instead of dealing with it: it does so if `crashes`
	 * is too high.
	 */
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
			continue; /* EINTR; needed_try() has seen that no filter refuses poll() */
		if (polls[1].revents)
			hear_supervisor(face);
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

/* If the program's process still waits at the gate, it ends without starting the program. */
static void close_gate(struct face *face)
{
	close(face->gate);
	face->gate = -1;
}

/*
 * Confines this process, and lets the program start. Returns 0; or -errno: then the program's process ends without
 * starting the program. This process is confined first, so that the program never runs beside an unconfined process.
 */
static int open_gate(struct face *face)
{
	static const struct timespec at_once = { 0 };
	int r = confine_self(face->state->options.confinement);
	sigset_t broken;

	/*
	 * If the program's process was killed meanwhile, write() raises SIGPIPE. The supervisor reports the program's
	 * end, so this SIGPIPE, which is blocked, is consumed: it must not be delivered when the mask is restored.
	 */
	if (!r && write(face->gate, "", 1) != 1) {
		sigemptyset(&broken);
		sigaddset(&broken, SIGPIPE);
		sigtimedwait(&broken, NULL, &at_once);
	}
	close_gate(face);
	return r;
}

/*
 * Waits until the supervisor and the program's process have ended. If the supervisor was killed, this process has
 * adopted the program's process. That one ends by itself, because its socket and the gate are closed.
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

	/*
	 * A subreaper adopts orphans. So if the supervisor is killed, the program becomes this process' child, and can
	 * be waited for.
	 */
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/*
	 * Only this process opens the gate. So if the supervisor is killed, there is no doubt whether the program
	 * starts: it starts if this message has arrived, and otherwise doesn't.
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
