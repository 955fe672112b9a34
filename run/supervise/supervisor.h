/* SPDX-License-Identifier: MIT
 *
 * run/supervise: runs a program tree whose 32-bit programs are patched at their start. The supervisor is a process that is
 * told of each start, by a seccomp listener or by ptrace. This header has what starts one; where it stands is a choice between
 * the three functions below. */
#ifndef SUPERVISE_SUPERVISOR_H
#define SUPERVISE_SUPERVISOR_H

#include <stdbool.h>
#include <sys/types.h>

/* Something that the supervisor has done, or found that it can't do, for one process. */
enum supervisor_event_kind {
	SUPERVISOR_PATCHED,         /* the program's vDSO was patched, and `stubs` and `go` stubs of its libraries and text */
	SUPERVISOR_NOT_PATCHED,     /* it couldn't be patched, for `error`: as struct patch_result's */
	SUPERVISOR_NO_VDSO,         /* it has no 32-bit vDSO: the kernel gave it none (vdso32=0) */
	SUPERVISOR_NATIVE,          /* it is a 64-bit program, which makes no multiplexed calls */
	SUPERVISOR_FILTER_EXTENDED, /* it loaded a filter of its own, which now answers direct calls like multiplexed ones */
	SUPERVISOR_FILTER_LEFT,     /* it loaded a filter of its own, which couldn't be extended, for `error` */
	SUPERVISOR_INT80_TURNED,    /* its first `int $0x80` that made a multiplexed call was turned into a direct call */
};

struct supervisor_event {
	enum supervisor_event_kind kind;
	pid_t pid;
	int error; /* -errno */
	unsigned stubs, go;
};

/* Called in the supervisor, whose standard error is kept for it. */
typedef void supervisor_report(void *context, const struct supervisor_event *event);

struct supervisor_options {
	supervisor_report *report; /* null: nothing is reported, and 64-bit programs don't wait for the supervisor */
	void *context;             /* for report(), in the supervisor's process: a copy of the caller's memory */
};

/* Why a tree can't be supervised. */
struct supervisor_refusal {
	enum supervisor_obstacle {
		SUPERVISOR_NO_PROCESS,  /* the processes that it takes can't be started or can't talk to each other */
		SUPERVISOR_NO_MEMORY,   /* a program's memory may not be read and written */
		SUPERVISOR_NO_LISTENER, /* a seccomp filter with a listener can't be loaded */
		SUPERVISOR_NO_TRACING,  /* a child may not be traced */
		SUPERVISOR_NO_FILTER,   /* a seccomp filter can't be loaded */
	} obstacle;
	int error; /* errno's value */
};

/* Which process a start function returned in, and what that process is to do. */
enum supervisor_start {
	SUPERVISOR_BECOME_PROGRAM, /* in the program's process: exec the program now */
	SUPERVISOR_PROGRAM_ENDED,  /* in the calling process: the program has ended, and its wait status is known */
	SUPERVISOR_REFUSED,        /* in the calling process, which is as it was before: the refusal says why */
};

/*
 * Beside: the calling process is to become the program, with its parent, process group, terminal and every signal as they
 * are; the supervisor is a process in a session of its own that nobody waits for. Needs to be allowed the memory of
 * processes that aren't its descendants. Never SUPERVISOR_PROGRAM_ENDED.
 */
enum supervisor_start supervisor_beside(const struct supervisor_options *options, struct supervisor_refusal *refusal);

/*
 * Above: the program becomes a child of the supervisor, which is a child of the calling process; that one forwards signals,
 * and stops, goes on and ends as the program does. The supervisor adopts and reaps orphans, and serves until none is left. For
 * process 1, and where Yama allows descendants only. *status is written with SUPERVISOR_PROGRAM_ENDED.
 */
enum supervisor_start supervisor_above(const struct supervisor_options *options, int *status,
				       struct supervisor_refusal *refusal);

/*
 * As supervisor_above(), but by ptrace(2): every process of the tree is traced and is patched when it execs. Its libraries
 * aren't mapped then: glibc's cancellation stub is reached in static programs only. Programs of the tree can't trace each
 * other. With `int80`, a filter sends every other multiplexed call by an `int $0x80` of a program's own back to it with
 * SIGSYS, where it is turned into a call of the vDSO's entry (run/supervise/int80.h). Another filter, if it can be loaded, stops
 * programs when they load filters of their own (run/supervise/filter_loads.h).
 */
enum supervisor_start supervisor_by_ptrace(bool int80, const struct supervisor_options *options, int *status,
					   struct supervisor_refusal *refusal);

#endif
