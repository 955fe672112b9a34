/* SPDX-License-Identifier: MIT
 *
 * Two supervisors in one process, each with a tree of its own: the programs of both trees are served, and neither
 * supervisor's state depends on the other tree. Prints TAP.
 *
 * Usage: trees [--shared] PROGRAM COPY
 *   PROGRAM, COPY  programs/loader.c, twice
 *   --shared       one supervisor serves both trees: to see that this test can fail
 */
#include "run/supervise/by_listener.h"
#include "run/supervise/handshake.h"
#include "run/supervise/state.h"
#include "run/supervise/surroundings.h"
#include "tests/fixtures/tap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TREES = 2,
	ROUNDS = 20,                           /* of each kind of program */
	HINDERING = FILTER_LOADS_HINDERED + 6, /* more processes than a supervisor remembers */
	SECONDS_MOST = 300,
	KINDS = SUPERVISOR_INT80_TURNED + 1,
};

struct tree {
	int number;
	pid_t leader; /* the tree's first process, a session leader: the session tells which tree a process is in */
	int listener;
	int status; /* the leader's wait status: how many programs failed; -1 before it has ended */
	struct supervisor *supervisor;
	unsigned events[KINDS], strangers; /* strangers: events of processes that aren't in this tree */
	int error;                         /* of the last SUPERVISOR_FILTER_LEFT */
};

/* A pipe to each tree's leader, by which the other leader passes it the turn. */
static int turns[TREES][2];

static _Noreturn void give_up(const char *why)
{
	printf("Bail out! %s: %s\n", why, strerror(errno));
	exit(1);
}

/* ---- In a tree's first process ----------------------------------------------------------------------------------- */

static void wait_for_turn(int tree)
{
	char byte;

	if (read(turns[tree][0], &byte, 1) != 1)
		_exit(100);
}

static void pass_turn(int tree)
{
	if (write(turns[!tree][1], "", 1) != 1)
		_exit(101);
}

static pid_t start(const char *program, const char *what, int input, int output)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	execl(program, program, what, (char *)NULL);
	_exit(102);
}

/* Waits for a process. True if it exits with 0. */
static bool ends_well(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool runs(const char *program, const char *what)
{
	return ends_well(start(program, what, STDIN_FILENO, STDOUT_FILENO));
}

/*
 * A program of tree 1 has a filter that hinders, and waits. More such programs run in tree 0 than a supervisor
 * remembers. Then the first one loads another filter. Its supervisor must still remember that it must not make calls in
 * this program, because they would kill it.
 */
static bool hindered_is_remembered(int tree, const char *program)
{
	bool good = true;

	if (tree == 0) {
		wait_for_turn(tree);
		for (int i = 0; i < HINDERING; i++)
			good &= runs(program, "hindering");
		pass_turn(tree);
	} else {
		int to[2], from[2];
		char byte;
		pid_t pid;

		if (pipe(to) || pipe(from))
			return false;
		pid = start(program, "hindered", to[0], from[1]);
		good = read(from[0], &byte, 1) == 1;
		pass_turn(tree);
		wait_for_turn(tree);
		good &= write(to[1], "", 1) == 1 && ends_well(pid);
	}
	return good;
}

/* Returns how many of the programs fail. */
static int run_programs(int tree, const char *program, const char *copy)
{
	int bad = 0;

	/* In turns, so that the events of the two trees alternate. */
	for (int i = 0; i < ROUNDS; i++) {
		wait_for_turn(tree);
		bad += !runs(program, "socket");
		bad += !runs(program, "filter");
		pass_turn(tree);
	}
	/* Tree 1 has passed the turn on last. */
	if (tree == 0)
		wait_for_turn(tree);
	/* Without turns. */
	for (int i = 0; i < ROUNDS; i++) {
		bad += !runs(program, "filter");
		bad += !runs(program, "socket");
	}
	/* In tree 0 alone: another program, and one of 64 bits. */
	if (tree == 0) {
		bad += !runs(copy, "socket");
		bad += !runs("/proc/self/exe", "native");
	}
	bad += !hindered_is_remembered(tree, program);
	return bad;
}

/*
 * The tree's first process. It is what the program's process is elsewhere, and starts programs instead of becoming
 * one.
 */
static _Noreturn void lead(int tree, int socket, const struct supervisor_options *options, const char *program,
			   const char *copy)
{
	struct supervisor_refusal refusal;

	setsid();
	alarm(SECONDS_MOST);
	if (handshake_program(socket, options, &refusal) != SUPERVISOR_BECOME_PROGRAM)
		_exit(103);
	close(socket);
	_exit(run_programs(tree, program, copy));
}

/* ---- In the process of the two supervisors ----------------------------------------------------------------------- */

static void report(void *context, const struct supervisor_event *event)
{
	struct tree *tree = context;

	tree->events[event->kind]++;
	if (getsid(event->pid) != tree->leader)
		tree->strangers++;
	if (event->kind == SUPERVISOR_FILTER_LEFT)
		tree->error = event->error;
}

static void plant(struct tree *tree, const char *program, const char *copy)
{
	const struct supervisor_options options = { .on_event = report, .context = tree };
	struct supervisor_refusal refusal;
	int ends[2];

	tree->supervisor = supervisor_new(&options);
	if (!tree->supervisor || socket_pair_above_standard(ends))
		give_up("a supervisor");
	fflush(stdout);
	tree->leader = fork();
	if (tree->leader < 0)
		give_up("fork");
	if (tree->leader == 0) {
		close(ends[0]);
		lead(tree->number, ends[1], &options, program, copy);
	}
	close(ends[1]);
	tree->listener = handshake_supervisor(ends[0], tree->leader, tree->supervisor, &refusal);
	if (tree->listener < 0) {
		errno = -refusal.error;
		give_up("a listener");
	}
	close(ends[0]);
}

static void reap(struct tree trees[TREES])
{
	int status;
	pid_t pid;

	/* Other results are of threads that were traced. */
	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		for (int i = 0; i < TREES; i++)
			if (trees[i].leader == pid)
				trees[i].status = status;
}

/*
 * Serves both trees until no process of either is left, and their first ones have been waited for. Returns how
 * often the one was served after the other.
 */
static unsigned serve(struct tree trees[TREES])
{
	time_t deadline = time(NULL) + SECONDS_MOST;
	unsigned alternations = 0;
	int last = 0, open = TREES;

	while (open || trees[0].status < 0 || trees[1].status < 0) {
		struct pollfd polls[TREES];

		for (int i = 0; i < TREES; i++)
			polls[i] = (struct pollfd){ .fd = trees[i].listener, .events = POLLIN };
		if (time(NULL) > deadline) {
			errno = ETIMEDOUT;
			give_up("programs of a tree still run");
		}
		if (poll(polls, TREES, 100) < 0 && errno != EINTR)
			give_up("poll");
		reap(trees);
		for (int i = 0; i < TREES; i++) {
			if (polls[i].revents & POLLIN) {
				serve_next(trees[i].supervisor, trees[i].listener);
				alternations += last != i;
				last = i;
			} else if (polls[i].revents) {
				close(trees[i].listener);
				trees[i].listener = -1;
				open--;
			}
		}
	}
	return alternations;
}

static void judge(const struct tree *tree)
{
	static const unsigned filters = 2 * ROUNDS, programs = 4 * ROUNDS;
	bool first = tree->number == 0;
	char text[128];

#define OK(good, what) (snprintf(text, sizeof text, "tree %d: %s", tree->number, what), ok(good, text))
	OK(tree->status == 0, "every program ends well");
	OK(tree->strangers == 0, "each event is of a process of this tree");
	OK(tree->events[SUPERVISOR_PATCHED] == programs + (first ? 1 + HINDERING : 1), "each start is one event");
	OK(tree->events[SUPERVISOR_NOT_PATCHED] == 0 && tree->events[SUPERVISOR_NO_VDSO] == 0, "each is patched");
	OK(tree->events[SUPERVISOR_NATIVE] == (first ? 1 : 0), "the 64-bit program is an event of its tree only");
	OK(tree->events[SUPERVISOR_FILTER_EXTENDED] == filters, "each extended filter is an event");
	OK(tree->events[SUPERVISOR_FILTER_LEFT] == (first ? 0 : 1) && tree->error == (first ? 0 : -EPERM),
	   "a filter is left alone only if an older one of this tree hinders");
	OK(tree->supervisor->patcher.texts.added == (first ? 2 : 1),
	   "only the files of this tree's programs are remembered");
	OK(tree->supervisor->filter_loads.hindered.added == (first ? HINDERING : 1),
	   "only the hindering processes of this tree are remembered");
#undef OK
}

int main(int argc, char **argv)
{
	struct tree trees[TREES] = { { .number = 0, .status = -1 }, { .number = 1, .status = -1 } };
	bool shared = argc > 1 && !strcmp(argv[1], "--shared");

	if (argc > 1 && !strcmp(argv[1], "native"))
		return 0;
	if (argc != 3 + shared)
		return 2;
	for (int i = 0; i < TREES; i++)
		if (pipe(turns[i]))
			give_up("pipe");
	for (int i = 0; i < TREES; i++)
		plant(&trees[i], argv[1 + shared], argv[2 + shared]);
	if (shared)
		trees[1].supervisor = trees[0].supervisor;
	pass_turn(1);
	ok(serve(trees) >= ROUNDS, "both trees are served, in turns");
	for (int i = 0; i < TREES; i++)
		judge(&trees[i]);
	return plan();
}
