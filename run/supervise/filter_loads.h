/* SPDX-License-Identifier: MIT
 *
 * Extends seccomp filters that programs of the tree load themselves. Such a filter sees the direct calls of a patched
 * program, and may refuse them although it would allow the multiplexed ones. If so, instructions are put before it
 * (filter/equalize.h) that answer direct calls as the filter answers multiplexed ones.
 *
 * The program's copy of the filter isn't changed. Instead the thread is stopped in the call that loads the filter, and
 * made to map memory, to load the extended filter from there and to unmap the memory; then it goes on with the result
 * of that load. If the kernel refuses the extended filter, the thread is made to load the program's own filter, so that
 * the program sees only errors of its own load. Loads that the supervisor makes carry FILTER_MARKER in an argument that
 * the kernel ignores, because otherwise our filter would report them again.
 */
#ifndef SUPERVISE_FILTER_LOADS_H
#define SUPERVISE_FILTER_LOADS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/listener.h"
#include "process/process.h"
#include "process/remote.h"
#include "process/status.h"
#include "run/ring.h"
#include "run/supervise/answer.h"

struct supervisor;

enum { FILTER_LOADS_HINDERED = 64, FILTER_LOADS_IN_64_BIT_MODE = 64 };

/* A 32-bit program's struct sock_fprog (the kernel's struct compat_sock_fprog), followed by the instructions. */
struct filter_program {
	uint16_t length, unused;
	uint32_t filter; /* the address of `code`, in the program's memory */
	struct sock_filter code[BPF_MAXINSNS];
};

/* A thread that is loading a filter. */
struct filter_load {
	struct process process;
	uint32_t number, words[REMOTE_WORDS]; /* its system call's number, seccomp() or prctl(), and arguments */
	struct filter_program own;
	/* What filter_load_examine() finds out about `own`. */
	struct filter_examined {
		struct filter_program extended;
		/* 1: `extended` must be loaded instead; 0: `own` can stay; -E2BIG: `extended` is too long */
		int result;
		uint32_t size;  /* the used size of `extended`, in bytes */
		bool hinders;   /* once loaded, it kills or notifies on calls that the supervisor makes in the thread */
		bool traps;     /* it traps them: the kernel kills a thread that blocks or ignores SIGSYS */
		bool may_unmap; /* with the filter loaded, munmap() returns, if only with an error */
	} examined;
};

/* Fills load->examined from load->own alone. */
void filter_load_examine(struct filter_load *load);

/* What a supervisor remembers of filter loads. Must be zero before filter_loads_init() initializes it. */
struct filter_loads {
	struct filter_load load; /* the load that is being dealt with */

	/*
	 * Processes whose filters may hinder calls that the supervisor makes in them: is_hindered() in filter_loads.c.
	 */
	struct ring hindered;
	struct hindered {
		struct status_identity process;
		unsigned filters_before; /* how many filters it had before it loaded the hindering one */
		bool traps_only;         /* it only traps: hinders where SIGSYS is blocked or ignored */
	} hindered_entries[FILTER_LOADS_HINDERED];

	/*
	 * Threads that were in 64-bit mode when they were stopped, so that no calls could be made in them. They repeat
	 * their load, which is reported again, and then must be let through, or it would be reported for ever.
	 */
	struct ring in_64_bit_mode;
	struct in_64_bit_mode {
		struct status_identity thread;
	} in_64_bit_mode_entries[FILTER_LOADS_IN_64_BIT_MODE];
};

void filter_loads_init(struct filter_loads *loads);

/* To be called when the process that used this was killed: drops entries that were written only in part. */
void filter_loads_recover(struct filter_loads *loads);

/*
 * Deals with a reported call by which a 32-bit program loads a filter. Returns CALL_CONTINUE; or CALL_REPEAT: this
 * process has attached to the thread and requested its stop. Then the caller must give that answer and call
 * filter_load_in_stopped().
 */
enum call_answer filter_load_reported(struct supervisor *supervisor, int listener, const struct listener_call *call);

/* Waits until the thread has stopped, makes it load the filter, and lets it go on. */
void filter_load_in_stopped(struct supervisor *supervisor, const struct listener_call *call);

/*
 * The same for thread `pid`, which is traced and has stopped at PTRACE_EVENT_SECCOMP because of its load. Returns true
 * if the filter must be extended, whether that succeeded or not: then the thread runs already, or has ended. Returns
 * false if the thread is still stopped; the caller must let it make its call unchanged.
 */
bool filter_load_traced(struct supervisor *supervisor, pid_t pid);

#endif
