/* SPDX-License-Identifier: MIT */
#include "agent/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/confine.h"
#include "process/child.h"
#include "process/pass.h"
#include "run/patch/patch.h"
#include "run/supervise/surroundings.h"

enum { PATIENCE = 5000 /* milliseconds */ };

/* What is asked, with the memory's descriptor at LATE_STEP_LOOK, and what is answered. */
struct message {
	int step, result;
	uint32_t after;
	struct late late; /* its pointer and its descriptor are each process' own */
};

/* ---- The worker -------------------------------------------------------------------------------------------------- */

static void make_step(struct message *message, int descriptor, int *memory, struct patcher *patcher)
{
	if (message->step == LATE_STEP_LOOK) {
		if (*memory >= 0)
			close(*memory);
		*memory = descriptor;
	} else if (descriptor >= 0) {
		close(descriptor);
	}
	message->late.patcher = patcher;
	message->late.target.memory = *memory;
	message->result = *memory < 0 ? -EBADF : late_make_step(&message->late, message->step, message->after);
	if (message->step == LATE_STEP_END && *memory >= 0) {
		close(*memory);
		*memory = -1;
	}
}

/* What the worker works with, in memory that no other process has. A null pointer when there is none. */
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

static _Noreturn void work(const struct agent_worker *worker, int socket)
{
	static struct message message;
	struct patcher *patcher = own_patcher(worker->vdso);
	int memory = -1, descriptor;

	leave_surroundings(&socket, 1, &(struct supervisor_options){ .report = NULL });
	if (!patcher)
		_exit(1);
	worker->hide(worker->owner);
	if (agent_confine_worker())
		_exit(1);
	while (!pass_receive(socket, &message, sizeof message, &descriptor)) {
		make_step(&message, descriptor, &memory, patcher);
		if (pass_send(socket, &message, sizeof message, -1))
			break;
	}
	_exit(0);
}

/* ---- Who asks it ------------------------------------------------------------------------------------------------- */

void agent_worker_end(struct agent_worker *worker)
{
	if (worker->socket < 0)
		return;
	close(worker->socket);
	worker->socket = -1;
	/* It isn't waited for: it may be in a state in which it can't be killed. serve_all() reaps it. */
	kill(worker->pid, SIGKILL);
}

static int start(struct agent_worker *worker)
{
	int ends[2];

	if (worker->socket >= 0)
		return 0;
	if (socket_pair_above_standard(ends))
		return -errno;
	worker->pid = fork();
	if (worker->pid == 0)
		work(worker, ends[1]);
	close(ends[1]);
	if (worker->pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	worker->socket = ends[0];
	return 0;
}

static int receive(const struct agent_worker *worker, struct message *message)
{
	struct pollfd readable = { .fd = worker->socket, .events = POLLIN };
	int ready, none, r;

	do
		ready = poll(&readable, 1, PATIENCE);
	while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return -ETIMEDOUT;
	r = pass_receive(worker->socket, message, sizeof *message, &none);
	if (none >= 0)
		close(none);
	return r;
}

/* Takes over what the step found out. The worker is believed nothing that is about this process itself. */
static void take_over(struct late *late, const struct late *found)
{
	late->caller = found->caller;
	late->entry = found->entry;
	late->is_patched = found->is_patched;
	late->changes = found->changes <= LATE_CHANGES ? found->changes : 0;
	memcpy(late->changed, found->changed, sizeof late->changed);
	late->site = found->site;
	late->site_at = found->site_at;
}

int agent_worker_make_step(void *context, struct late *late, int step, uint32_t after)
{
	struct agent_worker *worker = context;
	struct message message = { .step = step, .after = after, .late = *late };
	int r = step == LATE_STEP_LOOK ? start(worker) : worker->socket < 0 ? -EPIPE : 0;

	if (r)
		return r;
	message.late.patcher = NULL;
	r = pass_send(worker->socket, &message, sizeof message, step == LATE_STEP_LOOK ? late->target.memory : -1);
	if (!r)
		r = receive(worker, &message);
	if (r) {
		worker->lost++;
		agent_worker_end(worker);
		return r;
	}
	if (!message.result)
		take_over(late, &message.late);
	return message.result;
}
