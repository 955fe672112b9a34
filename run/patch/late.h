/* SPDX-License-Identifier: MIT
 *
 * Patches a process that has made a multiplexed call: finds which code made the call, patches it, if it is known, so
 * that the next call is direct, and says where the thread can go on so that this call is direct, too. The other threads
 * of the process may run meanwhile. So the order is:
 *
 *	late_open(&late, patcher, pid);
 *	late_look(&late, after);    only reads
 *	late_write_code(&late);     writes code that no thread can reach yet
 *	                            here the caller stops all threads, and checks that none is in late.changed[]
 *	late_write_jumps(&late);    makes the code reachable
 *	late_end(&late);
 *
 * If the patcher has a worker process, late_prepare() replaces late_look() and late_write_code(). For a process whose
 * only thread is stopped, late_patch() replaces late_look(), late_write_code() and late_write_jumps(). So the worker is
 * asked only once.
 *
 * If this process is killed at any point, the kernel reports the call again, or another process finds it in the slot
 * (struct listener_slot), and all steps can be made again.
 */
#ifndef PATCH_LATE_H
#define PATCH_LATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/process.h"
#include "run/patch/sites.h"

struct patcher;

/* Which code made a call. */
enum late_caller {
	LATE_OTHER,       /* unknown code: an `int $0x80` of the program's own */
	LATE_ENTRY,       /* the vDSO's entry, before it was patched */
	LATE_LAST_RESORT, /* the demultiplexer, because the kernel has no such direct call: nothing is left to patch */
	LATE_STUB,        /* glibc's cancellation stub, which may have been patched since */
	LATE_GO,          /* one of Go's stubs, which may have been patched since */
};

/* The addresses of bytes that late_write_jumps() changes. */
struct late_range {
	uint32_t start, end;
};

enum { LATE_CHANGES = 2 /* the vDSO's entry, and the site */ };

struct late {
	enum late_caller caller;
	uint32_t entry;  /* where the thread can go on: see patch_int80_entry() */
	bool is_patched; /* the vDSO was patched before */
	struct late_range changed[LATE_CHANGES];
	unsigned changes; /* how many of changed[] are used; 0: there is nothing to patch */

	struct patcher *patcher;
	struct process target;
	enum site_kind site; /* with LATE_STUB and LATE_GO: the kind of the site that made the call */
	/*
	 * The address of that site, if it is to be patched. 0: no site made the call; or the site has been patched
	 * since; or it stays as it is, because it lies in two pages, and each of its calls is turned.
	 */
	uint32_t site_at;
	bool worker_has_memory; /* the worker has the process' memory open until LATE_STEP_END */
	bool is_written;        /* late_write_jumps() has succeeded */
};

/*
 * The steps that a worker process (patcher->worker) makes for another process, which has more privileges and must not
 * parse the contents of a program's memory itself. late->target.memory is the worker's own descriptor of the memory;
 * the worker has no other access to the program.
 */
enum late_step {
	LATE_STEP_PREPARE,     /* late_prepare(): the first step */
	LATE_STEP_LOOK,        /* instead of LATE_STEP_PREPARE if only a tracer may write: see late_write_as_tracer() */
	LATE_STEP_WRITE_JUMPS, /* late_write_jumps(): after LATE_STEP_PREPARE */
	LATE_STEP_PATCH,       /* late_patch(): instead of LATE_STEP_PREPARE and LATE_STEP_WRITE_JUMPS */
	LATE_STEP_END,         /* late_end(): after LATE_STEP_PREPARE; the worker forgets the process */
};

/* Makes a step in this process, to which late->patcher must belong. Returns what the step's function returns. */
int late_make_step(struct late *late, enum late_step step, uint32_t after);

/*
 * For systems on which only a tracer may write to read-only memory: the tracer calls this after a worker has made
 * LATE_STEP_LOOK. Makes the changes of `step`, which must not be LATE_STEP_END, and returns what that step returns.
 * Reads only the vDSO and the site, and only compares them with known bytes, so that a program's memory can't mislead
 * it.
 */
int late_write_as_tracer(struct late *late, enum late_step step);

/*
 * Opens the process of thread `pid` by process_open(). Returns 0; or -errno, after which late_end() must not be called:
 * process_open()'s errors, or -ENOTSUP, the process has no 32-bit vDSO.
 */
int late_open(struct late *late, struct patcher *patcher, pid_t pid);

/*
 * Finds out what to patch in a process whose thread waits in a call that the instruction before address `after` made.
 * Returns 0 or -errno, one of vdso_look()'s. If there is a worker, call late_prepare() instead.
 */
int late_look(struct late *late, uint32_t after);

/* Return 0 or -errno of memory_write(). */
int late_write_code(struct late *late);
int late_write_jumps(struct late *late);

/*
 * late_prepare() does, in this process or in the worker, what late_look() does, and then, unless late->caller is
 * LATE_LAST_RESORT, what late_write_code() does. Returns 0 or the first -errno. late_patch() also does what
 * late_write_jumps() does, but reports the result of that part only in late->is_written.
 */
int late_prepare(struct late *late, uint32_t after);
int late_patch(struct late *late, uint32_t after);

/* Closes the process, and has the worker close it. */
void late_end(struct late *late);

#endif
