/* SPDX-License-Identifier: MIT
 *
 * A container's memory, and the filters that its programs load, are hostile input. So they are looked at by
 * processes of their own, workers, which have no capabilities, no descriptors but their socket and /dev/null, no
 * new privileges, and a seccomp filter that leaves them what it needs to read and write descriptors. For each
 * multiplexed call a worker is handed one: the open /proc/PID/mem of the program that makes the call, which refers
 * to that program's memory and to nothing else for as long as it is open. Where the kernel lets only a tracer write to
 * read-only memory (proc_mem.force_override=, Linux 6.12), or nobody opens that file for writing, the worker reads and
 * compares, and the process that traces the stopped thread writes.
 *
 * A worker that doesn't answer is killed, and another is started at the next call: reading memory may block for ever
 * where a file of a FUSE file system is mapped.
 */
#ifndef AGENT_WORKER_H
#define AGENT_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "run/patch/image.h"
#include "run/patch/late.h"

struct filter_load;

enum { AGENT_WORKERS_LEFT = 2 };

struct agent_worker {
	void (*hide)(void *owner); /* called in the worker: unmaps what the worker isn't to reach */
	void *owner;
	int socket;  /* -1: there is no worker */
	int process; /* the worker's pidfd */
	/*
	 * The pidfds of workers that were killed and haven't ended yet, or -1. When there are so many, none is started,
	 * so that a container can't fill the host with processes that can't be killed.
	 */
	int left[AGENT_WORKERS_LEFT];
};

/* The two workers of a container. Zeroed, and then initialized by agent_workers_init(). */
struct agent_workers {
	const struct image *vdso; /* the only one that is patched */
	struct agent_worker patcher, examiner;
	bool only_tracer_writes; /* a worker can't write to read-only memory: its owner, who traces, does */
	uint32_t after;          /* the argument of the last step that was a first one */
};

void agent_workers_init(struct agent_workers *workers, const struct image *vdso, void (*hide)(void *owner),
			void *owner);

/*
 * Has a step of run/patch/late.h made: a patcher_worker, whose context is a struct agent_workers. Starts the
 * worker where there is none. Returns what the step returned there; -ETIMEDOUT, the worker didn't answer within
 * some seconds, or AGENT_WORKERS_LEFT earlier ones haven't ended yet; -EPIPE, it has ended; or -errno of starting it.
 */
int agent_workers_make_step(void *workers, struct late *late, int step, uint32_t after);

/* Has a filter examined, as filter_load_examine() does. 0, or the errors of agent_workers_make_step(). */
int agent_workers_examine(struct agent_workers *workers, struct filter_load *load);

#endif
