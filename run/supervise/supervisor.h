/* SPDX-License-Identifier: MIT
 *
 * Running a program tree whose 32-bit programs are patched at their start: the supervisor, and where it stands. */
#ifndef SUPERVISE_SUPERVISOR_H
#define SUPERVISE_SUPERVISOR_H

#include <sys/types.h>

/* Called in the supervisor, whose standard error is kept for it, with what came of each program's start. */
struct patch_result;
typedef void supervisor_report(pid_t pid, const struct patch_result *result);

/* Why a tree can't be supervised. */
struct supervisor_refusal {
	enum {
		SUPERVISOR_NO_PROCESS,  /* the processes that it takes can't be started or can't talk to each other */
		SUPERVISOR_NO_MEMORY,   /* a program's memory may not be read and written */
		SUPERVISOR_NO_LISTENER, /* a seccomp filter with a listener can't be loaded */
		SUPERVISOR_NO_TRACING,  /* a child may not be traced */
		SUPERVISOR_NO_FILTER,   /* a seccomp filter can't be loaded */
	} obstacle;
	int error; /* errno's value */
};

/*
 * Beside: the calling process is to become the program, with its parent, process group, terminal and every signal as they
 * are; the supervisor is a process in a session of its own that nobody waits for. Needs to be allowed the memory of
 * processes that aren't its descendants. 0: exec the program now. -1: as it was before, *refusal says why.
 */
int supervisor_beside(supervisor_report *report, struct supervisor_refusal *refusal);

/*
 * Above: the program becomes a child of the supervisor, which is a child of the calling process; that one forwards signals,
 * and stops, goes on and ends as the program does. The supervisor adopts and reaps orphans, and serves until none is left. For
 * process 1, and where Yama allows descendants only.
 *   0  in the program's process: exec the program now
 *   1  in the calling process when the program has ended, with its wait status
 *  -1  in the calling process, as it was before: *refusal says why
 */
int supervisor_above(supervisor_report *report, int *status, struct supervisor_refusal *refusal);

/*
 * As supervisor_above(), but by ptrace(2): every process of the tree is traced and is patched when it execs. Its libraries
 * aren't mapped then: glibc's cancellation stub is reached in static programs only. Programs of the tree can't trace each
 * other. With `traps`, a filter sends every other multiplexed call by an `int $0x80` of a program's own back to it with
 * SIGSYS, where it is turned into a call of the vDSO's entry (run/supervise/int80.h). Another filter, if it can be loaded, stops
 * programs when they load filters of their own (run/supervise/filter_loads.h).
 */
int supervisor_trace(int traps, supervisor_report *report, int *status, struct supervisor_refusal *refusal);

#endif
