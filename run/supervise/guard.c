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
	QUICK_KILLS = 64,         /* so many servers may be killed without a pause, … */
	PAUSE = 10 * 1000 * 1000, /* … in nanoseconds, if they serve nobody before */
	CRASHES_MOST = 10,        /* so many servers may crash one after the other, if they serve nobody before */
};

/* What the processes have in common. */
struct guarded {
	struct supervisor *supervisor;
	int listener; /* -1: it comes by the handshake */
	int socket;   /* the end of the handshake's socket in which the listener is, or will be, queued */
	pid_t program;
};

/* How a server's work ended, in the process that did it. */
enum served {
	TREE_ENDED,     /* or the start was refused */
	SERVER_KILLED,  /* in the guard; by SIGKILL, which somebody sent */
	SERVER_CRASHED, /* in the guard; by another signal, which its own code or a filter is the reason of */
	GUARD_ENDED,    /* in the server */
};

/* The tree's listener, which the caller closes; or -1: the start was refused, and the program's process knows why. */
static int get_listener(const struct guarded *guarded)
{
	struct supervisor_refusal refusal;

	if (guarded->listener >= 0)
		return dup(guarded->listener);
	return handshake_supervisor(guarded->socket, guarded->program, guarded->supervisor, &refusal);
}

/* `guard` is the end of a pipe at which a process sees that its guard has ended; -1: it has none. */
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

/* Waits until the server has ended. Other children are threads that were traced. */
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
 * Has later servers leave no core behind: the first one's tells enough, and it has the tree's memory in it. A limit of
 * 0 wouldn't do, which core dumps that are piped to a program don't heed; one of 1 byte has none made at all
 * (do_coredump() in the kernel's fs/coredump.c). A hard limit that is lower stays.
 */
static void leave_no_core(void)
{
	static const struct rlimit one_byte = { 1, 1 };

	setrlimit(RLIMIT_CORE, &one_byte);
}

/*
 * Starts a server, and waits until it has ended. Returns in this process; and with GUARD_ENDED in the server, if this
 * process was killed.
 */
static enum served have_served(const struct guarded *guarded)
{
	int life[2];
	enum served served;
	pid_t server;

	if (pipe_above_standard(life))
		return serve(guarded, -1);
	server = child_quiet();
	if (server == 0) {
		close(life[1]);
		served = serve(guarded, life[0]);
		close(life[0]);
		if (served == GUARD_ENDED)
			return served;
		_exit(0);
	}
	close(life[0]);
	served = server < 0 ? serve(guarded, -1) : wait_for(server);
	close(life[1]);
	return served;
}

/*
 * A server that crashes would do so again and again, and the tree wait for ever. So the call that it had received isn't
 * dealt with any more (by_listener.c); and if there was none, nobody serves from then on.
 */
static void guard(const struct guarded *guarded)
{
	static const struct timespec pause = { .tv_nsec = PAUSE };
	struct supervisor *supervisor = guarded->supervisor;
	unsigned long answered = 0;
	unsigned quick = 0;
	enum served served;

	signal(SIGCHLD, SIG_DFL);
	while ((served = have_served(guarded)) != TREE_ENDED) {
		if (supervisor->answered != answered)
			quick = supervisor->crashes = 0;
		answered = supervisor->answered;
		quick++;
		if (served == SERVER_CRASHED) {
			leave_no_core();
			if (++supervisor->crashes > CRASHES_MOST)
				return;
		}
		if (quick > QUICK_KILLS)
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
