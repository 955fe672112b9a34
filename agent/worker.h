/* SPDX-License-Identifier: MIT
 *
 * A container's memory is hostile input. So it is looked at and written by a process of its own, the worker, which
 * has no capabilities, no descriptors but its socket and /dev/null, no new privileges, and a seccomp filter that
 * leaves it what it needs to read and write descriptors that it is handed. For each call it is handed one: the
 * open /proc/PID/mem of the program that makes the call, which refers to that program's memory and to nothing else
 * for as long as it is open.
 *
 * A worker that doesn't answer is killed, and another is started at the next call: reading memory may block for
 * ever where a file of a FUSE file system is mapped.
 */
#ifndef AGENT_WORKER_H
#define AGENT_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "run/patch/image.h"
#include "run/patch/late.h"

struct agent_worker {
	const struct image *vdso;  /* the only one that is patched */
	void (*hide)(void *owner); /* called in the worker: unmaps what the worker isn't to reach */
	void *owner;
	int socket; /* -1: there is no worker */
	pid_t pid;
	uint64_t lost; /* so many workers didn't answer, or ended */
};

/*
 * Makes a step of run/patch/late.h: a patcher_worker. Starts a worker where there is none. Returns what the step
 * returned there; -ETIMEDOUT, the worker didn't answer within some seconds; -EPIPE, it has ended; or -errno of
 * starting it.
 */
int agent_worker_make_step(void *worker, struct late *late, int step, uint32_t after);

/* Ends the worker, if there is one. */
void agent_worker_end(struct agent_worker *worker);

#endif
