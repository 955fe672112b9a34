/* SPDX-License-Identifier: MIT
 *
 * A process that has made a multiplexed call: which code made it, what has to be patched so that the next one is
 * direct, and where the thread can go on so that this one is. The process' other threads may run meanwhile, so:
 *
 *	late_open(&late, patcher, pid);
 *	late_look(&late, after);    reads only
 *	late_write_code(&late);     nobody executes what this writes to yet
 *	                            here the caller stops all threads; if none is in late.changed[] …
 *	late_write_jumps(&late);    … this
 *	late_end(&late);
 *
 * Where the patcher has a worker, late_prepare() takes the place of late_look() and late_write_code(); and for a
 * process whose only thread is stopped, late_patch() that of all three: so the worker is asked once.
 *
 * Whoever does this may be killed anywhere in between. The call is then reported once more, and it can all be done
 * again.
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
	LATE_OTHER, /* code that isn't known: an `int $0x80` of the program's own */
	LATE_ENTRY, /* the vDSO's entry, before it was patched */
	LATE_LAST,  /* the demultiplexer's last resort, because the direct call isn't there: there is no other way */
	LATE_STUB,  /* glibc's cancellation stub, patched by now or not */
	LATE_GO,    /* one of Go's stubs, patched by now or not */
};

/* Bytes that are changed. */
struct late_range {
	uint32_t start, end;
};

enum { LATE_CHANGES = 2 /* the vDSO's entry, and the site */ };

struct late {
	enum late_caller caller;
	uint32_t entry;  /* where the thread can go on, as patch_int80_entry()'s result */
	bool is_patched; /* the vDSO was patched before */
	struct late_range changed[LATE_CHANGES];
	unsigned changes; /* so many of them; 0: there is nothing to patch */

	struct patcher *patcher;
	struct process target;
	enum site_kind site; /* with LATE_STUB and LATE_GO: the site, … */
	uint32_t site_at;    /* … and its address; 0: there is none that is to be patched */
	bool is_held;        /* the worker has the process' memory */
	bool is_written;     /* all changes are made */
};

/*
 * The steps, for a process that makes them for another one, which may not look at what lies in a program's memory
 * itself: patcher->worker. late->target.memory is the worker's own descriptor of the memory, and nothing else of the
 * process is used.
 */
enum late_step {
	LATE_STEP_PREPARE,     /* the first one */
	LATE_STEP_LOOK,        /* the same, and nothing is written: late_write_as_tracer() is for that */
	LATE_STEP_WRITE_JUMPS, /* behind LATE_STEP_PREPARE */
	LATE_STEP_PATCH,       /* both; the only one */
	LATE_STEP_END,         /* behind LATE_STEP_PREPARE: the worker forgets the process */
};

/* Makes a step here. As the step's function. late->patcher is this process'. */
int late_make_step(struct late *late, enum late_step step, uint32_t after);

/*
 * Where only the process' tracer may write to its read-only memory: in the tracer, behind LATE_STEP_LOOK in a worker,
 * makes the changes that are left of `step`, which isn't LATE_STEP_END, and returns as that step does. Of the memory it
 * reads the vDSO and the site, compares them with the known ones, and follows nothing in them.
 */
int late_write_as_tracer(struct late *late, enum late_step step);

/*
 * Opens the process of thread `pid`, as process_open(). 0; or -errno, and late_end() must not be called: those of
 * process_open(), or -ENOTSUP, there is no 32-bit vDSO.
 */
int late_open(struct late *late, struct patcher *patcher, pid_t pid);

/*
 * Looks at the process, whose thread waits in a call that was made before address `after`. 0 or -errno, those of
 * patch_process(). Where there is a worker, late_prepare() is to be called.
 */
int late_look(struct late *late, uint32_t after);

/* 0 or -errno of memory_write(). */
int late_write_code(struct late *late);
int late_write_jumps(struct late *late);

/*
 * late_look() and, but with LATE_LAST, late_write_code(): here or by the worker. The first error. late_patch() calls
 * late_write_jumps() as well, with late->is_written.
 */
int late_prepare(struct late *late, uint32_t after);
int late_patch(struct late *late, uint32_t after);

void late_end(struct late *late);

#endif
