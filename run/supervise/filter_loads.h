/* SPDX-License-Identifier: MIT
 *
 * Programs that load seccomp filters of their own. Such a filter sees the direct calls that a patched program
 * makes, and may refuse them although it lets the multiplexed calls through. So a filter for which this is true is
 * extended: instructions come before it (filter/equalize.h) that answer direct calls as the filter answers
 * multiplexed ones.
 *
 * The filter isn't changed where it lies in the program's memory. The thread is stopped in the call that loads it,
 * and is made to map memory, to load the extended filter from there and to unmap the memory; then it goes on with
 * the load's result. Where the kernel refuses the extended filter, the program's own is loaded in the same way, so
 * that every error is that of the program's own load. The supervisor's loads have a marker in an argument that the
 * kernel ignores (FILTER_MARKER), so that they aren't reported in turn.
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
	uint32_t filter; /* the address of `code` in the program's memory */
	struct sock_filter code[BPF_MAXINSNS];
};

/* A thread that is loading a filter. */
struct filter_load {
	struct process process;
	uint32_t number, words[REMOTE_WORDS]; /* its system call, seccomp() or prctl(), and the arguments */
	struct filter_program own;
	/* What filter_load_examine() finds out about `own`. */
	struct filter_examined {
		struct filter_program extended;
		/* 1: `extended` is to be loaded instead; 0: it needn't be; -E2BIG: there is no room left for it */
		int result;
		uint32_t size;  /* of what is used of `extended`, in bytes */
		bool hinders;   /* it kills or notifies at the supervisor's own calls, once it is loaded */
		bool traps;     /* it traps them. In a thread that blocks or ignores SIGSYS, a trap kills */
		bool may_unmap; /* the memory that was mapped for it can be unmapped, or that gives an error */
	} examined;
};

/* Looks at load->own, and at nothing else, and fills load->examined. */
void filter_load_examine(struct filter_load *load);

/* What is remembered of filter loads. Zeroed, and then initialized by filter_loads_init(). */
struct filter_loads {
	struct filter_load load; /* the one that is dealt with */

	/* Processes whose filters may hinder the supervisor's calls: see filter_loads.c, is_hindered(). */
	struct ring hindered;
	struct hindered {
		struct status_identity process;
		unsigned filters_before; /* how many filters it had before the one that hinders */
		bool traps_only;         /* … which hinders only where SIGSYS can't be delivered */
	} hindered_entries[FILTER_LOADS_HINDERED];

	/*
	 * Threads in 64-bit mode, whose next reported load is to be let through: it is the one that they were made
	 * to repeat.
	 */
	struct ring in_64_bit_mode;
	struct in_64_bit_mode {
		struct status_identity thread;
	} in_64_bit_mode_entries[FILTER_LOADS_IN_64_BIT_MODE];
};

void filter_loads_init(struct filter_loads *loads);

/* As patcher_recover(): to be called when the process that used this was killed. */
void filter_loads_recover(struct filter_loads *loads);

/*
 * Deals with a reported call by which a 32-bit program loads a filter. With CALL_REPEAT the thread was attached to
 * and has been asked to stop: the caller must give that answer, and then call filter_load_in_stopped().
 */
enum call_answer filter_load_reported(struct supervisor *supervisor, int listener, const struct listener_call *call);

/* Waits until the thread has stopped, has the filter loaded in it, and lets it go. */
void filter_load_in_stopped(struct supervisor *supervisor, const struct listener_call *call);

/*
 * Deals with the load of a filter by thread `pid`, which is traced and has stopped at PTRACE_EVENT_SECCOMP because
 * of it. True when the filter was extended: then the thread runs on already, or it is gone. False: it is still
 * stopped, and its call is to be made as it is.
 */
bool filter_load_traced(struct supervisor *supervisor, pid_t pid);

#endif
