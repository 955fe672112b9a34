/* SPDX-License-Identifier: MIT */
#include "agent/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/confine.h"
#include "process/pass.h"
#include "run/patch/patch.h"
#include "run/supervise/filter_loads.h"
#include "run/supervise/surroundings.h"

enum {
	PATIENCE = 5,       /* seconds that a worker may take to answer */
	END_PATIENCE = 500, /* milliseconds to wait for a killed worker to end */
	WORKERS_MOST = 8,   /* attempts to make one step, each with a new worker if the last one has ended */
};

/*
 * The request to the worker `patcher`, and its answer. The request for a program's first step comes with the descriptor
 * of the program's memory.
 */
struct step_message {
	int step, result; /* late_make_step()'s */
	uint32_t after;   /* late_make_step()'s */
	struct late late; /* without its pointer and its descriptor, which have a meaning only in their own process */
};

/* ---- In a worker ------------------------------------------------------------------------------------------------- */

/* A worker's own patcher, in memory that no other process shares; or a null pointer, if there is no memory. */
static struct patcher *own_patcher(const struct image *vdso)
{
	struct patcher *patcher =
		mmap(NULL, sizeof *patcher, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (patcher == MAP_FAILED || patcher_init(patcher))
		return NULL;
	*patcher->image = *vdso;
	patcher->image_is_given = true;
	return patcher;
}

static void confine(const struct agent_worker *worker, int socket)
{
	leave_surroundings(&socket, 1, &(struct supervisor_options){ .on_event = NULL });
	worker->hide(worker->owner);
	if (agent_confine_worker())
		_exit(1);
}

static bool is_first(int step)
{
	return step == LATE_STEP_LOOK || step == LATE_STEP_PREPARE || step == LATE_STEP_PATCH;
}

static bool is_last(int step)
{
	return step == LATE_STEP_PATCH || step == LATE_STEP_END;
}

/*
 * Makes the step that a message asks for, and replaces the message by the answer. `descriptor` came with the message,
 * or is -1. *memory is the program's memory, which stays open from the program's first step to its last.
 */
static void make_step_here(struct step_message *message, int descriptor, int *memory, struct patcher *patcher)
{
	if (is_first(message->step)) {
		if (*memory >= 0)
			close(*memory);
		*memory = descriptor;
	} else if (descriptor >= 0) {
		close(descriptor);
	}
	message->late.patcher = patcher;
	message->late.target.memory = *memory;
	message->result =
		*memory < 0 ? -EBADF : late_make_step(&message->late, (enum late_step)message->step, message->after);
	if (is_last(message->step) && *memory >= 0) {
		close(*memory);
		*memory = -1;
	}
}

static _Noreturn void run_patcher(const struct agent_workers *workers, int socket)
{
	static struct step_message message;
	struct patcher *patcher = own_patcher(workers->vdso);
	int memory = -1, descriptor;

	if (!patcher)
		_exit(1);
	confine(&workers->patcher, socket);
	while (!pass_receive(socket, &message, sizeof message, &descriptor)) {
		make_step_here(&message, descriptor, &memory, patcher);
		if (pass_send_by_message(socket, &message, sizeof message, -1))
			break;
	}
	_exit(0);
}

static _Noreturn void run_examiner(const struct agent_workers *workers, int socket)
{
	static struct filter_load load; /* load.process isn't used in a worker */
	int descriptor;

	confine(&workers->examiner, socket);
	while (!pass_receive(socket, &load, sizeof load, &descriptor)) {
		if (descriptor >= 0)
			close(descriptor);
		filter_load_examine(&load);
		if (pass_send_by_message(socket, &load, sizeof load, -1))
			break;
	}
	_exit(0);
}

/* ---- In the server ----------------------------------------------------------------------------------------------- */

void agent_workers_init(struct agent_workers *workers, const struct image *vdso, void (*hide)(void *owner), void *owner)
{
	struct agent_worker none = { .hide = hide, .owner = owner, .socket = -1 };

	for (unsigned i = 0; i < AGENT_WORKERS_DYING; i++)
		none.dying[i] = -1;

	*workers = (struct agent_workers){ .vdso = vdso, .patcher = none, .examiner = none };
}

/* True if the process of this pidfd ends within that time. */
static bool ends_within(int process, int milliseconds)
{
	return poll(&(struct pollfd){ .fd = process, .events = POLLIN }, 1, milliseconds) == 1;
}

/* A free place in worker->dying; or a null pointer, if AGENT_WORKERS_DYING killed workers haven't ended. */
static int *free_place(struct agent_worker *worker)
{
	int *place = NULL;

	for (unsigned i = 0; i < AGENT_WORKERS_DYING; i++) {
		if (worker->dying[i] >= 0 && ends_within(worker->dying[i], 0)) {
			close(worker->dying[i]);
			worker->dying[i] = -1;
		}
		if (worker->dying[i] < 0)
			place = &worker->dying[i];
	}
	return place;
}

/* Starts the worker, if there is none. Returns 0 or -errno. */
static int start_worker(struct agent_workers *workers, struct agent_worker *worker)
{
	static const struct timeval patience = { .tv_sec = PATIENCE };
	int ends[2];
	pid_t pid;

	if (worker->socket >= 0)
		return 0;
	if (!free_place(worker))
		return -ETIMEDOUT;
	if (socket_pair_above_standard(ends))
		return -errno;
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	pid = fork();
	if (pid == 0) {
		if (worker == &workers->patcher)
			run_patcher(workers, ends[1]);
		run_examiner(workers, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	worker->process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (worker->process < 0) {
		kill(pid, SIGKILL); /* the PID is still the child's, because serve_all() hasn't reaped it yet */
		close(ends[0]);
		return -EAGAIN;
	}
	worker->socket = ends[0];
	return 0;
}

/*
 * Kills the worker. Waits only END_PATIENCE for its end, because it may be in a state in which SIGKILL has no effect.
 * It is killed by its pidfd, because serve_all() may have reaped it already: then its PID may be another process'.
 */
static void end_worker(struct agent_worker *worker)
{
	int *place;

	close(worker->socket);
	worker->socket = -1;
	syscall(SYS_pidfd_send_signal, worker->process, SIGKILL, NULL, 0);
	ends_within(worker->process, END_PATIENCE);
	place = free_place(worker);
	if (place)
		*place = worker->process;
	else
		close(worker->process); /* doesn't happen: start_worker() has found a free place */
}

static int receive(const struct agent_worker *worker, void *message, size_t size)
{
	int descriptor, r = pass_receive(worker->socket, message, size, &descriptor);

	if (descriptor >= 0)
		close(descriptor);
	return r == -EAGAIN ? -ETIMEDOUT : r; /* SO_RCVTIMEO */
}

/* Sends the message, and overwrites it with the answer. Ends the worker if that fails. */
static int ask(struct agent_worker *worker, void *message, size_t size, int descriptor)
{
	int r = worker->socket < 0 ? -EPIPE : pass_send_by_message(worker->socket, message, size, descriptor);

	if (!r)
		r = receive(worker, message, size);
	if (r && worker->socket >= 0)
		end_worker(worker);
	return r == -ECONNRESET ? -EPIPE : r; /* ECONNRESET: the worker ended before it read the message */
}

/*
 * Takes over the step's findings. A container may control the worker. So pointers and descriptors aren't taken from its
 * answer, and `changes` is checked, since it is an array's length.
 */
static void take_over(struct late *late, const struct late *found)
{
	late->caller = found->caller;
	late->entry = found->entry;
	late->is_patched = found->is_patched;
	late->changes = found->changes <= LATE_CHANGES ? found->changes : 0;
	memcpy(late->changed, found->changed, sizeof late->changed);
	late->site = found->site;
	late->site_at = found->site_at;
	late->is_written = found->is_written;
}

/* Asks the running worker to make a step. Returns 0 with the step's result in *result; or -errno of asking. */
static int ask_for_step(struct agent_workers *workers, struct late *late, int step, uint32_t after, int *result)
{
	struct step_message message = { .step = step, .after = after, .late = *late };
	int r;

	message.late.patcher = NULL;
	r = ask(&workers->patcher, &message, sizeof message, is_first(step) ? late->target.memory : -1);
	if (r)
		return r;
	*result = message.result;
	if (!message.result)
		take_over(late, &message.late);
	return 0;
}

/* Like ask_for_step(), but starts a worker if there is none. A new worker has to prepare before a later step. */
static int try_step(struct agent_workers *workers, struct late *late, int step, uint32_t after, int *result)
{
	bool is_new = workers->patcher.socket < 0;
	int r = start_worker(workers, &workers->patcher);

	if (r)
		return r;
	if (is_first(step))
		workers->after = after;
	else if (is_new)
		r = ask_for_step(workers, late, LATE_STEP_PREPARE, workers->after, result);
	/* If a new worker couldn't prepare, that result is the step's. */
	if (r || (!is_first(step) && is_new && *result))
		return r;
	return ask_for_step(workers, late, step, after, result);
}

/* Asks the worker to make the step, or a new worker if the first one is killed meanwhile. */
static int make_step_in_worker(struct agent_workers *workers, struct late *late, int step, uint32_t after)
{
	int result = 0, r = -EPIPE;

	if (step == LATE_STEP_END && workers->patcher.socket < 0)
		return 0;
	/* Only -EPIPE is tried again. A worker that doesn't answer isn't replaced: the next one would block, too. */
	for (unsigned i = 0; r == -EPIPE && i < WORKERS_MOST; i++)
		r = try_step(workers, late, step, after, &result);
	return r ? r : result;
}

int agent_workers_make_step(void *context, struct late *late, int step, uint32_t after)
{
	struct agent_workers *workers = context;
	int r = 0;

	if (step == LATE_STEP_END || !(workers->only_tracer_writes || late->target.is_read_only))
		return make_step_in_worker(workers, late, step, after);
	if (is_first(step))
		r = make_step_in_worker(workers, late, LATE_STEP_LOOK, after);
	if (!r)
		r = late_write_as_tracer(late, (enum late_step)step);
	if (step == LATE_STEP_PATCH)
		make_step_in_worker(workers, late, LATE_STEP_END, 0);
	return r;
}

int agent_workers_examine(struct agent_workers *workers, struct filter_load *load)
{
	static struct filter_load message; /* too large for the stack; a container's server has one thread */
	struct filter_examined *examined = &message.examined;
	int r = -EPIPE;

	for (unsigned i = 0; r == -EPIPE && i < WORKERS_MOST; i++) {
		r = start_worker(workers, &workers->examiner);
		message = *load;
		if (!r)
			r = ask(&workers->examiner, &message, sizeof message, -1);
	}
	if (r)
		return r;
	/* Only the sizes need a check: the instructions go to the program itself, which may load any filter anyway. */
	if (examined->result > 0 &&
	    (examined->size > sizeof examined->extended || examined->extended.length > BPF_MAXINSNS))
		return -EPIPE;
	load->examined = *examined;
	return 0;
}
