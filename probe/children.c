/* SPDX-License-Identifier: MIT */
#include "probe/children.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	RUNNING_MAX = 128, /* children at a time */
	BUSY_MAX = 8,      /* children younger than LATE ms: more of them would delay each other on a slow machine */
	LATE = 50,
	START_PATIENCE = 2000, /* ms, for a fork that fails with EAGAIN while no child of ours is running */
	KILL_PATIENCE = 200,   /* ms, for a child to die of SIGKILL before it is left behind */
};

struct child {
	struct attempt *attempt;
	struct attempt_slot *slot;
	pid_t pid; /* 0: none is running */
	int64_t started;
	int64_t killed; /* when SIGKILL was sent to it, or 0 */
};

struct nursery {
	struct child children[RUNNING_MAX];
	struct attempt_slot *slots; /* one for each attempt */
	int patience;
	int running;
};

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * (int64_t)1000 + t.tv_nsec / 1000000;
}

static void nap(void)
{
	static const struct timespec short_while = { .tv_nsec = 200000 };

	if (nanosleep(&short_while, NULL))
		sched_yield();
}

/*
 * Starts a child without an exit signal. Such a child waits to be collected, by __WALL, even where SIGCHLD is ignored.
 * This is not process/child.h's child_quiet(), because it has to work in any sandbox: a filter may refuse one way to
 * fork and allow another, or answer 0 to the parent without creating a child.
 */
static pid_t start(struct child *child)
{
	struct clone_args quiet = { 0 };
	pid_t parent = getpid();

	child->slot->parent = parent;
	for (int way = 0; way < 3; way++) {
		long pid = way == 0   ? syscall(SYS_clone, 0, 0, 0, 0, 0)
			   : way == 1 ? syscall(SYS_clone3, &quiet, sizeof quiet)
				      : syscall(SYS_fork);

		if (pid == 0 && getpid() != parent)
			attempt_make(child->attempt, child->slot);
		if (pid > 0 || (pid < 0 && (errno == EAGAIN || errno == ENOMEM)))
			return (pid_t)pid;
		if (pid == 0)
			errno = ENOSYS;
	}
	return -1;
}

/*
 * For a child that has ended. True if it ended in a step other than the attempt itself: another child then has to leave
 * that step out, and the slot is prepared for that child.
 */
static bool must_start_over(struct attempt_slot *slot)
{
	enum attempt_step step = slot->step;

	if (step == ATTEMPT_STARTS || step == ATTEMPT_TRIES || step == ATTEMPT_ENDS || slot->skip & 1u << step)
		return false;
	slot->skip |= 1u << step;
	slot->step = ATTEMPT_STARTS;
	return true;
}

/* Stores the attempt's answer: the one that the child has left in its slot, or else `how` and `value`. */
static void answer(struct child *child, enum doors_how how, int value)
{
	struct attempt_slot *slot = child->slot;

	child->attempt->answer.where = slot->answer.where;
	if (slot->step == ATTEMPT_ENDS) {
		how = slot->answer.how;
		value = slot->answer.value;
	}
	child->attempt->answer.how = how;
	child->attempt->answer.value = value;
}

/* The child has ended with that status; -1 if somebody else collected it. */
static void ended(struct child *child, int status)
{
	int number = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (number == SIGSYS)
		answer(child, DOORS_KILLED, number);
	else if (number == SIGSEGV)
		answer(child, DOORS_FAULTED, number);
	else
		answer(child, DOORS_DIED, number);
}

/* The child has ended: frees its place, or starts another child for the same attempt. */
static void settle(struct nursery *nursery, struct child *child)
{
	if (must_start_over(child->slot)) {
		child->killed = 0;
		child->started = now();
		child->pid = start(child);
		if (child->pid > 0)
			return;
		answer(child, DOORS_DIED, 0);
	}
	child->pid = 0;
	nursery->running--;
}

static void stop(struct child *child, int64_t time)
{
	kill(child->pid, SIGKILL);
	child->killed = time;
}

/* Looks at one child. Returns 1 if something has changed, 0 if not, or -errno. */
static int look(struct nursery *nursery, struct child *child)
{
	int64_t time = now();
	int status;
	pid_t pid = waitpid(child->pid, &status, WNOHANG | __WALL);

	if (pid < 0 && errno == EINTR)
		return 0;
	if (pid < 0 && errno != ECHILD)
		return -errno;
	if (pid) {
		if (!child->killed)
			ended(child, pid < 0 ? -1 : status);
		settle(nursery, child);
		return 1;
	}
	if (child->killed && time - child->killed > KILL_PATIENCE) {
		settle(nursery, child);
		return 1;
	}
	if (child->killed)
		return 0;
	/*
	 * A child may also hang in its exit, after it has stored its answer. kill() itself may be fatal under some
	 * filters, so it is used only after the timeout.
	 */
	if (time - child->started > nursery->patience) {
		answer(child, DOORS_SILENT, 0);
		stop(child, time);
	}
	return 0;
}

static int look_after_all(struct nursery *nursery)
{
	int changed = 0;

	for (int i = 0; i < RUNNING_MAX; i++) {
		int r = nursery->children[i].pid ? look(nursery, &nursery->children[i]) : 0;

		if (r < 0)
			return r;
		changed += r;
	}
	return changed;
}

/* A place for a new child; NULL if all are taken, or too many children are young. */
static struct child *free_place(struct nursery *nursery)
{
	int64_t time = now();
	struct child *found = NULL;
	int busy = 0;

	for (int i = 0; i < RUNNING_MAX; i++) {
		struct child *child = &nursery->children[i];

		if (!child->pid)
			found = child;
		else if (time - child->started < LATE)
			busy++;
	}
	return busy < BUSY_MAX ? found : NULL;
}

/* Starts as many attempts as there are free places. Returns how many; -errno if none runs and none can be started. */
static int start_some(struct nursery *nursery, struct attempt *attempts, size_t first, size_t count)
{
	int started = 0;

	for (size_t i = first; i < count; i++) {
		struct child *child = free_place(nursery);

		if (!child)
			return started;
		*child = (struct child){ .attempt = &attempts[i], .slot = &nursery->slots[i], .started = now() };
		child->pid = start(child);
		if (child->pid < 0) {
			child->pid = 0;
			return nursery->running || started ? started : -errno;
		}
		nursery->running++;
		started++;
	}
	return started;
}

static int run(struct nursery *nursery, struct attempt *attempts, size_t count, const char **what)
{
	int64_t refused = 0;
	size_t next = 0;

	while (next < count || nursery->running) {
		int started = start_some(nursery, attempts, next, count);
		int changed;

		if (started < 0 && started != -EAGAIN) {
			*what = "fork";
			return started;
		}
		if (started < 0) {
			refused = refused ? refused : now();
			if (now() - refused > START_PATIENCE) {
				*what = "fork";
				return started;
			}
		} else if (started) {
			refused = 0;
			next += (size_t)started;
		}
		changed = look_after_all(nursery);
		if (changed < 0) {
			*what = "wait4";
			return changed;
		}
		if (started <= 0 && !changed)
			nap();
	}
	return 0;
}

int children_run(struct attempt *attempts, size_t count, int patience, const char **what)
{
	struct nursery *nursery = calloc(1, sizeof *nursery);
	size_t size = count * sizeof *nursery->slots;
	int r = -ENOMEM;

	*what = "memory";
	if (!nursery)
		return r;
	nursery->patience = patience;
	nursery->slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (nursery->slots == MAP_FAILED) {
		r = -errno;
	} else {
		r = run(nursery, attempts, count, what);
		for (int i = 0; i < RUNNING_MAX; i++)
			if (nursery->children[i].pid > 0)
				kill(nursery->children[i].pid, SIGKILL);
		munmap(nursery->slots, size);
	}
	free(nursery);
	return r;
}
