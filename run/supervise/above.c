/* SPDX-License-Identifier: MIT
 *
 * Three processes: the calling one, the face, which whoever started it sees, and which forwards signals, stops, goes on and
 * ends as the program does; the supervisor, its child; the program, the supervisor's child. So the supervisor never stops,
 * and serves on when the program has ended and the face with it.
 */
#include "process/child.h"
#include "process/pass.h"
#include "process/remote.h"
#include "run/supervise/by_listener.h"
#include "run/supervise/handshake.h"
#include "run/supervise/by_ptrace.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_AT_ONCE = 64 };

/* What the supervisor tells the face, a message each: how the start went, the program's process, its wait status. */
struct family {
	int face, program; /* the supervisor's ends: to the face, to the program's process while it starts */
	int signals;       /* every signal, blocked and read from here */
	int tracing, traps;
	const struct supervisor_options *options;
	pid_t face_pid, program_pid;
	int stopped; /* the face, by the supervisor */
};

/* ---- The supervisor ----------------------------------------------------------------------------------------------- */

/* The face may have been killed, and its number be another's by now. */
static void signal_face(struct family *family, int signal)
{
	if (getppid() == family->face_pid)
		kill(family->face_pid, signal);
	family->stopped = signal == SIGSTOP;
}

static void watch_child(struct family *family, pid_t pid, int status)
{
	int stopped = WIFSTOPPED(status);

	if (stopped && family->tracing)
		stopped = trace_stop(pid, status, family->options);
	if (pid != family->program_pid)
		return;
	if (stopped) {
		signal_face(family, SIGSTOP);
	} else if (WIFCONTINUED(status)) {
		signal_face(family, SIGCONT);
	} else if (!WIFSTOPPED(status)) {
		pass_send(family->face, status, -1);
		if (family->stopped)
			signal_face(family, SIGCONT);
	}
}

/*
 * All children that have ended, stopped or gone on, the program's and those that were adopted, and what is traced. 0 when
 * there are no more. The kernel looks for them in one and the same order: those that it finds are taken before any is let go,
 * or two that stop all the time would have the others wait for ever.
 */
static int watch_children(struct family *family)
{
	struct {
		pid_t pid;
		int status;
	} found[CHILDREN_AT_ONCE];
	pid_t pid;

	do {
		int count = 0;

		while (count < CHILDREN_AT_ONCE &&
		       (pid = waitpid(-1, &found[count].status, WNOHANG | WUNTRACED | WCONTINUED | __WALL)) > 0)
			found[count++].pid = pid;
		for (int i = 0; i < count; i++)
			watch_child(family, found[i].pid, found[i].status);
	} while (pid > 0);
	return pid == 0;
}

/* Until there is nobody left to serve: no child, or no process with the filter. */
static void supervise(struct family *family, int listener)
{
	struct pollfd polls[] = {
		{ .fd = family->signals, .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
	};

	remote_is_allowed(); /* while there is still a process to be had for that */
	for (;;) {
		struct signalfd_siginfo info;

		if (!watch_children(family) && polls[1].fd < 0)
			return;
		if (poll(polls, 2, -1) < 0)
			continue;
		if (polls[0].revents & POLLIN)
			(void)!read(family->signals, &info, sizeof info);
		if (polls[1].revents & POLLIN)
			serve_next(listener, family->options);
		else if (polls[1].revents)
			polls[1].fd = -1;
	}
}

/* Puts an end to the program's process, which has refused, and tells the face. */
static _Noreturn void refuse(const struct family *family, int error)
{
	int status;

	child_wait(family->program_pid, &status);
	pass_send(family->face, (WEXITSTATUS(status) + 1) << 16 | error, -1);
	_exit(0);
}

static _Noreturn void be_supervisor(struct family *family)
{
	int keep[] = { family->face, family->program, family->signals };
	int listener = -1, r;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	start_leave(keep, sizeof keep / sizeof *keep, !family->options->report);
	if (family->tracing)
		r = trace_begin(family->program, family->program_pid);
	else
		listener = r = start_supervisor(family->program, family->program_pid);
	if (r < 0)
		refuse(family, -r);
	close(family->program);
	pass_send(family->face, 0, -1);
	pass_send(family->face, family->program_pid, -1);
	supervise(family, listener);
	_exit(0);
}

/* In the program's process. Returns when the program is to be started. */
static void be_program(int socket, const struct family *family)
{
	struct supervisor_refusal refusal;
	int r = family->tracing ? trace_me(socket, family->traps, &refusal)
				: start_program(socket, family->options->report != NULL, &refusal);

	if (r) {
		pass_send(socket, refusal.error, -1);
		_exit((int)refusal.obstacle);
	}
	close(socket);
}

/* ---- The face ------------------------------------------------------------------------------------------------------- */

struct face {
	int supervisor, signals;
	pid_t supervisor_pid, program;
	int status, ended;
};

/*
 * The terminal's signals have gone to the program, in the same process group, as well. And the supervisor's is for this
 * process: the program may have stopped again.
 */
static void forward(const struct face *face, const struct signalfd_siginfo *info)
{
	union sigval value = { .sival_ptr = (void *)(uintptr_t)info->ssi_ptr };

	if (info->ssi_signo == SIGCHLD || info->ssi_code == SI_KERNEL || (pid_t)info->ssi_pid == face->supervisor_pid)
		return;
	if (info->ssi_code == SI_QUEUE)
		sigqueue(face->program, (int)info->ssi_signo, value);
	else
		kill(face->program, (int)info->ssi_signo);
}

/* As process 1 it has orphans; when the supervisor has been killed, the program. */
static void adopt(struct face *face)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == face->program) {
			face->status = status;
			face->ended = 1;
		}
	if (face->supervisor < 0 && pid < 0)
		face->ended = 1; /* it ended with the supervisor, and nobody knows how */
}

static void hear(struct face *face)
{
	int none;

	if (!pass_receive(face->supervisor, &face->status, &none)) {
		face->ended = 1;
		return;
	}
	close(face->supervisor);
	face->supervisor = -1;
}

static void face_until_end(struct face *face)
{
	face->status = W_EXITCODE(125, 0);
	while (!face->ended) {
		struct pollfd polls[] = {
			{ .fd = face->signals, .events = POLLIN },
			{ .fd = face->supervisor, .events = POLLIN },
		};
		struct signalfd_siginfo info;

		if (poll(polls, 2, -1) < 0)
			continue;
		if (polls[1].revents)
			hear(face);
		if (face->ended)
			return;
		if (polls[0].revents & POLLIN && read(face->signals, &info, sizeof info) == sizeof info)
			forward(face, &info);
		adopt(face);
	}
}

/* In the calling process. 1 when the program has ended, or -1. */
static int be_face(struct face *face, int *status, struct supervisor_refusal *refusal)
{
	int word = 0, none, subreaper = 0, r;

	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* should the supervisor be killed */
	r = pass_receive(face->supervisor, &word, &none);
	if (!r && !word)
		r = pass_receive(face->supervisor, &face->program, &none);
	if (r || word) {
		child_wait(face->supervisor_pid, NULL);
		prctl(PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0);
		return r ? start_refuse(refusal, SUPERVISOR_NO_PROCESS, -r)
			 : start_refuse(refusal, (word >> 16) - 1, word & 0xffff);
	}
	face_until_end(face);
	*status = face->status;
	return 1;
}

/* ---- The start ------------------------------------------------------------------------------------------------------ */

/* The supervisor's process: starts the program's, and returns there. 0 */
static int divide(struct family *family, pid_t face)
{
	int ends[2];

	if (start_socket_pair(ends)) {
		pass_send(family->face, (SUPERVISOR_NO_PROCESS + 1) << 16 | errno, -1);
		_exit(0);
	}
	family->face_pid = face;
	family->program_pid = fork();
	if (family->program_pid < 0) {
		pass_send(family->face, (SUPERVISOR_NO_PROCESS + 1) << 16 | errno, -1);
		_exit(0);
	}
	close(ends[family->program_pid != 0]);
	family->program = ends[0];
	if (family->program_pid)
		be_supervisor(family);
	close(family->face);
	close(family->signals);
	be_program(ends[1], family);
	return 0;
}

static int start(struct family *family, int *status, struct supervisor_refusal *refusal)
{
	static const struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct sigaction inherited;
	sigset_t all, mask;
	int ends[2], r;
	pid_t self = getpid(), supervisor;

	if (start_socket_pair(ends))
		return start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	sigfillset(&all);
	family->signals = start_raise(signalfd(-1, &all, SFD_CLOEXEC));
	sigprocmask(SIG_SETMASK, &all, &mask);
	sigaction(SIGCHLD, &by_default, &inherited); /* where it is ignored, no child's status could be had */
	family->face = ends[1];
	supervisor = family->signals < 0 ? -1 : fork();
	if (supervisor < 0) {
		r = start_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	} else if (supervisor == 0) {
		close(ends[0]);
		r = divide(family, self);
	} else {
		struct face face = { .supervisor = ends[0], .signals = family->signals, .supervisor_pid = supervisor };

		close(ends[1]);
		ends[1] = -1;
		r = be_face(&face, status, refusal);
		ends[0] = face.supervisor;
	}
	if (supervisor) {
		close(ends[0]);
		close(ends[1]);
		close(family->signals);
	}
	sigaction(SIGCHLD, &inherited, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}

/* What start() returned, for the callers. */
static enum supervisor_start start_of(int r)
{
	return r < 0 ? SUPERVISOR_REFUSED : r ? SUPERVISOR_PROGRAM_ENDED : SUPERVISOR_BECOME_PROGRAM;
}

enum supervisor_start supervisor_above(const struct supervisor_options *options, int *status,
				       struct supervisor_refusal *refusal)
{
	struct family family = { .options = options };

	return start_of(start(&family, status, refusal));
}

enum supervisor_start supervisor_by_ptrace(bool int80, const struct supervisor_options *options, int *status,
					   struct supervisor_refusal *refusal)
{
	struct family family = { .options = options, .tracing = 1, .traps = int80 };

	return start_of(start(&family, status, refusal));
}
