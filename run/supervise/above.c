/* SPDX-License-Identifier: MIT
 * With a supervisor above the tree there are three processes. Each is the parent of the next:
 *   - the face (face.c): the process that called supervisor_above(). Its own parent takes it for the program
 *   - the supervisor: a separate process, because it must not stop when the program stops (the face does), and must
 *     serve on after the program and the face have ended
 *   - the program */
#include "process/child.h"
#include "process/threads.h"
#include "run/supervise/by_listener.h"
#include "run/supervise/by_ptrace.h"
#include "run/supervise/confine.h"
#include "run/supervise/face.h"
#include "run/supervise/handshake.h"
#include "run/supervise/message.h"
#include "run/supervise/needed.h"
#include "run/supervise/state.h"
#include "run/supervise/surroundings.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* How the supervisor is notified of the tree's calls and starts. */
struct mechanism {
	bool by_ptrace; /* true: ptrace stops. false: a listener */
	bool int80;     /* with by_ptrace: a filter traps multiplexed calls (int80.h) */
};

/* What the supervisor and the program's process inherit from the face. After the start only the supervisor uses it. */
struct above {
	struct supervisor *supervisor;
	struct mechanism mechanism;
	int to_face, to_program; /* sockets; to_program is open only during the handshake */
	int signals;             /* a signalfd for all signals, which are blocked */
	int gate[2];             /* a pipe: the program's process waits at gate[0] until the face, too, is confined */
	pid_t face, program;
	bool face_stopped;  /* this process sent it SIGSTOP */
	bool program_ended; /* it has ended and was reaped */
};

/* ---- The supervisor ---------------------------------------------------------------------------------------------- */

/*
 * Sends a signal to the face if that is still this process' parent. Otherwise the face has ended, and its number may be
 * another process' by now.
 */
static void signal_face(struct above *above, int signal)
{
	if (getppid() == above->face)
		kill(above->face, signal);
	above->face_stopped = signal == SIGSTOP;
}

/* Deals with the wait status of a child or of a traced thread. */
static void watch_child(struct above *above, pid_t pid, int status)
{
	bool stopped = WIFSTOPPED(status);

	if (!above->mechanism.by_ptrace && threads_release_late(pid, status))
		return;
	if (stopped && above->mechanism.by_ptrace)
		stopped = trace_stop(above->supervisor, pid, status);
	if (pid != above->program)
		return;
	if (stopped) {
		signal_face(above, SIGSTOP);
	} else if (WIFCONTINUED(status)) {
		signal_face(above, SIGCONT);
	} else if (!WIFSTOPPED(status)) {
		above->program_ended = true;
		message_send(above->to_face, (struct message){ .kind = MESSAGE_ENDED, .status = status }, -1);
		if (above->face_stopped)
			signal_face(above, SIGCONT);
	}
}

/*
 * Deals with all children (the program, adopted orphans, traced threads) that have ended, stopped or continued. Returns
 * false if there are no children any more.
 *
 * Up to CHILDREN_AT_ONCE children are collected before any is let go on. The kernel always searches the children in the
 * same order, so if each were let go on at once, the first two could stop again and again, and the others would wait
 * for ever.
 */
static bool watch_children(struct above *above)
{
	siginfo_t *found = above->supervisor->children;
	bool more;
	int r;

	do {
		int count = 0;

		do {
			found[count].si_pid = 0;
			r = waitid(P_ALL, 0, &found[count], WEXITED | WSTOPPED | WCONTINUED | WNOHANG | __WALL);
			more = !r && found[count].si_pid;
			count += more;
		} while (more && count < CHILDREN_AT_ONCE);
		for (int i = 0; i < count; i++)
			watch_child(above, found[i].si_pid, child_status(&found[i]));
	} while (more);
	return !r;
}

/*
 * The face has ended before the program, so it was killed. Whoever killed it meant the program, because the face stands
 * for it. So the program is killed, too. Its descendants go on, as they would have without a supervisor.
 */
static void end_program(const struct above *above)
{
	if (!above->program_ended)
		kill(above->program, SIGKILL);
}

/* Serves until this process has no child any more, and no process has the listener's filter. */
static void supervise(struct above *above, int listener)
{
	struct pollfd polls[] = {
		{ .fd = above->signals, .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
		{ .fd = above->to_face, .events = 0 },
	};

	supervisor_may_trace(above->supervisor);
	for (;;) {
		struct signalfd_siginfo info;

		if (!watch_children(above) && polls[1].fd < 0)
			return;
		if (poll(polls, sizeof polls / sizeof *polls, -1) < 0)
			continue; /* EINTR; needed_try() has seen that no filter refuses poll() */
		if (polls[2].revents) {
			end_program(above);
			polls[2].fd = -1;
		}
		if (polls[0].revents & POLLIN)
			(void)!read(above->signals, &info, sizeof info);
		if (polls[1].revents & POLLIN)
			serve_next(above->supervisor, listener);
		else if (polls[1].revents)
			polls[1].fd = -1; /* POLLHUP: no process has the filter any more */
	}
}

/* Sends the refusal to the face, and ends. */
static _Noreturn void refuse(const struct above *above, const struct supervisor_refusal *refusal)
{
	message_send(above->to_face, (struct message){ .kind = MESSAGE_REFUSED, .refusal = *refusal }, -1);
	_exit(0);
}

/*
 * Waits until the program's process has ended. It ends by itself when the refusal reaches it. With
 * SUPERVISOR_NO_PROCESS the two processes can't communicate, so it is killed. It isn't killed otherwise, because an
 * outer filter may kill this process for kill(2). If it is traced, it ends only if this process lets it go on from its
 * stops.
 */
static void wait_for_refused(const struct above *above, const struct supervisor_refusal *refusal)
{
	int status;
	pid_t pid;

	if (refusal->obstacle == SUPERVISOR_NO_PROCESS)
		kill(above->program, SIGKILL);
	while ((pid = waitpid(above->program, &status, __WALL)) > 0 || errno == EINTR)
		if (pid > 0 && WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, NULL, 0L);
		else if (pid > 0)
			return;
}

static _Noreturn void be_supervisor(struct above *above)
{
	const struct supervisor_options *options = &above->supervisor->options;
	int keep[] = { above->to_face, above->to_program, above->signals };
	struct supervisor_refusal refusal;
	int listener = -1, r;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	leave_surroundings(keep, sizeof keep / sizeof *keep, options);
	if (above->mechanism.by_ptrace) {
		r = handshake_tracer(above->to_program, above->program, options, &refusal);
	} else {
		above->supervisor->confine_error = confine_self(options->confinement);
		r = listener = handshake_supervisor(above->to_program, above->program, above->supervisor, &refusal);
	}
	if (r < 0) {
		wait_for_refused(above, &refusal);
		refuse(above, &refusal);
	}
	close(above->to_program);
	message_send(above->to_face, (struct message){ .kind = MESSAGE_STARTED, .program = above->program }, listener);
	supervise(above, listener);
	supervisor_tell_ended(above->supervisor);
	_exit(0);
}

/* ---- The program ------------------------------------------------------------------------------------------------- */

/*
 * Waits for the face's byte. If the pipe is closed instead, the face has ended or can't be confined: then this process
 * ends, and the program isn't started.
 */
static void wait_at_gate(const int gate[2])
{
	char passed;

	close(gate[1]);
	if (read(gate[0], &passed, sizeof passed) != sizeof passed)
		_exit(0);
	close(gate[0]);
}

/* In the program's process. Returns when the caller may exec the program; otherwise ends the process. */
static void be_program(int socket, const struct above *above)
{
	struct supervisor_refusal refusal;
	enum supervisor_start start;

	if (above->mechanism.by_ptrace)
		start = handshake_tracee(socket, above->mechanism.int80, &above->supervisor->options, &refusal);
	else
		start = handshake_program(socket, &above->supervisor->options, &refusal);
	if (start != SUPERVISOR_BECOME_PROGRAM)
		_exit(0); /* the supervisor knows the reason, and tells the face */
	close(socket);
	wait_at_gate(above->gate);
}

/* ---- The start --------------------------------------------------------------------------------------------------- */

/*
 * In the supervisor's process: forks the program's process. Returns only in the program's process; the supervisor's
 * process serves, and then ends.
 */
static void split_off_program(struct above *above)
{
	struct supervisor_refusal refusal;
	int ends[2];

	if (socket_pair_above_standard(ends)) {
		supervisor_refuse(&refusal, SUPERVISOR_NO_PROCESS, errno);
		refuse(above, &refusal);
	}
	above->program = child_recorded(&above->supervisor->program);
	if (above->program < 0) {
		supervisor_refuse(&refusal, SUPERVISOR_NO_PROCESS, errno);
		refuse(above, &refusal);
	}
	if (above->program) {
		close(ends[1]);
		above->to_program = ends[0];
		be_supervisor(above);
	}
	close(ends[0]);
	close(above->to_face);
	close(above->signals);
	be_program(ends[1], above);
}

/*
 * Starts the other two processes. Signals are blocked in all three before the first fork, so that none is lost or
 * handled by default: the face forwards those that it gets. The mask is restored when this function returns.
 */
static enum supervisor_start start(struct above *above, int *status, struct supervisor_refusal *refusal)
{
	static const struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct face face = { .program = 0 };
	enum supervisor_start start = SUPERVISOR_BECOME_PROGRAM;
	struct sigaction inherited;
	sigset_t all, mask;
	int ends[2];

	if (needed_try(above->mechanism.by_ptrace ? NEEDED_BY_PTRACE : NEEDED_ABOVE, refusal))
		return SUPERVISOR_REFUSED;
	if (socket_pair_above_standard(ends))
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	if (pipe_above_standard(above->gate)) {
		supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
		close(ends[0]);
		close(ends[1]);
		return SUPERVISOR_REFUSED;
	}
	sigfillset(&all);
	above->signals = descriptor_above_standard(signalfd(-1, &all, SFD_CLOEXEC));
	sigprocmask(SIG_SETMASK, &all, &mask);
	sigaction(SIGCHLD, &by_default, &inherited); /* an ignored SIGCHLD discards children's statuses */
	above->face = getpid();
	above->to_face = ends[1];
	face = (struct face){
		.to_supervisor = ends[0],
		.signals = above->signals,
		.by_ptrace = above->mechanism.by_ptrace,
		.gate = above->gate[1],
		.state = above->supervisor,
		.listener = -1,
	};
	face.supervisor = above->signals < 0 ? -1 : fork();
	if (face.supervisor == 0) {
		close(ends[0]);
		split_off_program(above);
	} else {
		if (face.supervisor < 0)
			start = supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
		close(ends[1]);
		close(above->gate[0]);
		if (face.supervisor > 0)
			start = face_wait(&face, status, refusal);
		close(face.to_supervisor);
		close(face.gate);
		close(above->signals);
	}
	sigaction(SIGCHLD, &inherited, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return start;
}

static enum supervisor_start try(struct mechanism mechanism, const struct supervisor_options *options, int *status,
				 struct supervisor_refusal *refusal)
{
	struct above above = { .supervisor = supervisor_new(options), .mechanism = mechanism };
	enum supervisor_start r;

	if (!above.supervisor)
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, ENOMEM);
	above.supervisor->int80_trapped = mechanism.int80;
	r = start(&above, status, refusal);
	supervisor_free(above.supervisor);
	return r;
}

static enum supervisor_start start_by(struct mechanism mechanism, const struct supervisor_options *options, int *status,
				      struct supervisor_refusal *refusal)
{
	enum supervisor_start r;
	struct rlimit descriptors;
	unsigned attempts = 0;

	if (!mechanism.by_ptrace && confine_forbids_passing(options->confinement))
		return supervisor_refuse(refusal, SUPERVISOR_NO_LISTENER, EOPNOTSUPP);
	if (raise_descriptor_limit(options, &descriptors))
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, EMFILE);
	do
		r = try(mechanism, options, status, refusal);
	while (r == SUPERVISOR_REFUSED && supervisor_should_retry(refusal, &attempts));
	restore_descriptor_limit(&descriptors);
	return r;
}

enum supervisor_start supervisor_above(const struct supervisor_options *options, int *status,
				       struct supervisor_refusal *refusal)
{
	return start_by((struct mechanism){ .by_ptrace = false }, options, status, refusal);
}

enum supervisor_start supervisor_by_ptrace(bool int80, const struct supervisor_options *options, int *status,
					   struct supervisor_refusal *refusal)
{
	return start_by((struct mechanism){ .by_ptrace = true, .int80 = int80 }, options, status, refusal);
}
