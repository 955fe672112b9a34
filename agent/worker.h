/* SPDX-License-Identifier: MIT
 *
 * A container's memory, and the filters that its programs load, are hostile input. So only workers parse them:
 * processes without capabilities, with no_new_privs, with no descriptors but their socket and /dev/null, and with a
 * seccomp filter that allows little more than to read and write descriptors. For each multiplexed call the server sends
 * a worker one descriptor: the open /proc/PID/mem of the program that makes the call. As long as it is open, that
 * descriptor refers to this program's memory and to nothing else. Where only a tracer may write to read-only memory
 * (proc_mem.force_override=, Linux 6.12), or where the file can't be opened for writing, the worker only reads and
 * compares, and the server, which traces the stopped thread, writes.
 *
 * Reading memory may block for ever, if a file of a FUSE file system is mapped there. So a worker that doesn't answer
 * is killed, and another one is started for the next call.
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

enum { AGENT_WORKERS_DYING = 2 /* while so many killed workers haven't ended, none is started */ };

struct agent_worker {
	void (*hide)(void *owner); /* called in a new worker: unmaps memory that a worker must not reach */
	void *owner;
	int socket;  /* the server's end of the worker's socket; -1: there is no worker */
	int process; /* the worker's pidfd */
	/*
	 * The pidfds of workers that were killed and haven't ended yet, or -1. While all places are taken, no worker is
	 * started, so that a container can't fill the host with processes that can't be killed.
	 */
	int dying[AGENT_WORKERS_DYING];
};

/* The two workers of a container. */
struct agent_workers {
	const struct image *vdso;     /* processes with another vDSO aren't patched */
	struct agent_worker patcher;  /* makes the steps of run/patch/late.h */
	struct agent_worker examiner; /* examines programs' filters */
	bool only_tracer_writes;      /* agent_only_tracer_writes(): the server writes, because the worker can't */
	uint32_t after;               /* `after` of the last first step, for a worker that replaces a killed one */
};

/* Initializes *workers. Starts none: each worker is started when it is first asked. */
void agent_workers_init(struct agent_workers *workers, const struct image *vdso, void (*hide)(void *owner),
			void *owner);

/*
 * Asks the worker `patcher` to make a step of run/patch/late.h, and starts the worker if there is none. It is a
 * patcher_worker, whose context is a struct agent_workers. Returns what the step returned in the worker; -ETIMEDOUT,
 * the worker didn't answer within some seconds, or AGENT_WORKERS_DYING earlier ones haven't ended yet; -EPIPE, the
 * worker has ended, and so have its successors; or -errno of starting a worker.
 */
int agent_workers_make_step(void *workers, struct late *late, int step, uint32_t after);

/*
 * Asks the worker `examiner` to call filter_load_examine(). Returns 0, with load->examined; or the errors of
 * agent_workers_make_step().
 */
int agent_workers_examine(struct agent_workers *workers, struct filter_load *load);

#endif
