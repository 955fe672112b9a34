/* SPDX-License-Identifier: MIT */
#include "run/supervise/guard.h"

#include "process/child.h"
#include "run/supervise/by_listener.h"
#include "run/supervise/handshake.h"
#include "run/supervise/state.h"
#include "run/supervise/surroundings.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	QUICK_KILLS = 64,         /* so many killed or crashed servers in a row are replaced at once, … */
	PAUSE = 10 * 1000 * 1000, /* … and later ones after so many nanoseconds. An answered call ends the row */
	CRASHES_MOST = 10,        /* so many servers in a row may crash, or else the guard gives up */
};

/* What guard and server have in common. */
struct guarded {
	struct supervisor *supervisor;
	int listener; /* -1: the handshake passes it */
	int socket;   /* the supervisor's end of the handshake's socket, in which the listener is or will be queued */
	pid_t program;
};

/* How serving ended, as seen by the process that run_server() returns in. */
enum served {
	TREE_ENDED,     /* the tree has ended, or the start was refused */
	SERVER_KILLED,  /* in the guard: somebody sent SIGKILL to the server */
	SERVER_CRASHED, /* in the guard: another signal ended the server: a fault of its own, or a filter */
	GUARD_ENDED,    /* in the server: its guard was killed */
};

/*
 * Returns the tree's listener, which the caller closes; or -1: the start was refused, and the program's process has
 * been told why.
 */
static int get_listener(const struct guarded *guarded)
{
	struct supervisor_refusal refusal;

	if (guarded->listener >= 0)
		return dup(guarded->listener);
	return handshake_supervisor(guarded->socket, guarded->program, guarded->supervisor, &refusal);
}

/*
 * Serves the tree. `guard` is the end of a pipe whose other end is open in the guard alone, so that it is closed when
 * the guard ends; -1: there is no guard.
 */
static enum served serve(const struct guarded *guarded, int guard)
{
	int listener = get_listener(guarded);
	bool tree_ended;

	if (listener < 0)
		return TREE_ENDED;
	tree_ended = serve_all(guarded->supervisor, listener, guard);
	if (tree_ended)
		supervisor_tell_ended(guarded->supervisor);
	close(listener);
	return tree_ended ? TREE_ENDED : GUARD_ENDED;
}

/* Waits until the server has ended. Other results of waitpid() are of threads that this process traced as a server. */
static enum served wait_for(pid_t server)
{
	int status = 0;
	pid_t pid;

	do
		pid = waitpid(-1, &status, __WALL);
	while (pid != server && (pid > 0 || errno == EINTR));
	if (pid == server && WIFEXITED(status))
		return TREE_ENDED;
	return pid == server && WTERMSIG(status) != SIGKILL ? SERVER_CRASHED : SERVER_KILLED;
}

/*
 * Makes later servers leave no core file: they would crash in the same way as the first one, and its core contains
 * memory of the tree. A limit of 0 isn't enough, because it doesn't apply to core dumps that are piped to a program. A
 * limit of 1 byte prevents any core dump (do_coredump() in the kernel's fs/coredump.c). If the hard limit is lower,
 * setrlimit() fails and the lower limit stays.
 */
static void leave_no_core(void)
{
	static const struct rlimit one_byte = { 1, 1 };

	setrlimit(RLIMIT_CORE, &one_byte);
}

/*
 * Starts a server, and waits until it has ended. Returns in this process; or with GUARD_ENDED in the server, if this
 * process was killed: the server then continues as the guard.
 */
static enum served run_server(const struct guarded *guarded)
{
	int guard_pipe[2];
	enum served served;
	pid_t server;

	if (pipe_above_standard(guard_pipe))
		return serve(guarded, -1);
	server = child_quiet();
	if (server == 0) {
		close(guard_pipe[1]);
		served = serve(guarded, guard_pipe[0]);
		close(guard_pipe[0]);
		if (served == GUARD_ENDED)
			return served;
		_exit(0);
	}
	close(guard_pipe[0]);
	served = server < 0 ? serve(guarded, -1) : wait_for(server);
	close(guard_pipe[1]);
	return served;
}

/*
 * Starts servers until the tree has ended. If a server crashes because of a call, every later server would crash
 * because of it, too, and the tree would wait for ever. So after some crashes by_listener.c makes that call fail
 * (CRASHES_MOST there). If servers crash while they deal with no call, this function returns, and nobody serves the
 * tree any more.
 */
static void guard(const struct guarded *guarded)
{
	static const struct timespec pause = { .tv_nsec = PAUSE };
	struct supervisor *supervisor = guarded->supervisor;
	unsigned long answered = 0;
	unsigned quick_kills = 0;
	enum served served;

	signal(SIGCHLD, SIG_DFL);
	while ((served = run_server(guarded)) != TREE_ENDED) {
		if (supervisor->answered != answered)
			quick_kills = supervisor->crashes = 0;
		answered = supervisor->answered;
		quick_kills++;
		if (served == SERVER_CRASHED) {
			leave_no_core();
			if (++supervisor->crashes > CRASHES_MOST)
				return;
		}
		if (quick_kills > QUICK_KILLS)
			nanosleep(&pause, NULL);
	}
}

void guard_tree(struct supervisor *supervisor, int socket, pid_t program)
{
	const struct guarded guarded = { supervisor, -1, socket, program };

	guard(&guarded);
}

void guard_listener(struct supervisor *supervisor, int listener)
{
	const struct guarded guarded = { supervisor, listener, -1, 0 };

	guard(&guarded);
}
