/* SPDX-License-Identifier: MIT
 *
 * Multiplexed calls that are reported by the listener (options.socketcall_reported). The code that made the call
 * is patched, if it is known, so that the next one is direct; the call itself is turned: the thread is stopped,
 * and goes on in the patched code, or makes the direct call by the same instruction. Nothing that was read from
 * memory decides anything: the direct call is judged by the filters as any other, and a multiplexed one is never
 * let through.
 *
 * Each step can be made again: if this process is killed, the call is either still reported, or the thread makes
 * it once more, or it was turned already.
 */
#ifndef SUPERVISE_MULTIPLEXED_H
#define SUPERVISE_MULTIPLEXED_H

#include <stdbool.h>

#include "process/listener.h"
#include "process/status.h"
#include "process/threads.h"
#include "run/patch/late.h"
#include "run/ring.h"
#include "run/supervise/answer.h"

struct supervisor;

enum { MULTIPLEXED_REFUSED_MOST = 64, MULTIPLEXED_NAME = 16 };

/* What is remembered of reported calls. Zeroed, and then initialized by multiplexed_init(). */
struct multiplexed {
	struct late late; /* the process whose call is dealt with */
	struct threads threads;

	/* Programs of which it was told that their calls are refused, or let through. */
	struct ring refused;
	struct multiplexed_refused {
		struct multiplexed_program {
			struct status_identity process;
			char name[MULTIPLEXED_NAME]; /* which an exec changes */
		} program;
	} refused_entries[MULTIPLEXED_REFUSED_MOST];

	/* Threads that make a call once more which couldn't be turned. */
	struct ring unturned;
	struct multiplexed_unturned {
		struct status_identity thread;
	} unturned_entries[MULTIPLEXED_REFUSED_MOST];
};

void multiplexed_init(struct multiplexed *multiplexed);

/* Whether a reported call is a multiplexed one. */
bool multiplexed_is(const struct listener_call *call);

/*
 * Deals with a reported multiplexed call. CALL_REFUSE; or CALL_TURN: the thread was attached to and has been asked to
 * stop. The caller must give that answer, and then call multiplexed_in_stopped().
 */
enum call_answer multiplexed_reported(struct supervisor *supervisor, int listener, const struct listener_call *call);

/* Waits until the thread has stopped, patches what made the call, has it made directly, and lets the thread go. */
void multiplexed_in_stopped(struct supervisor *supervisor, const struct listener_call *call);

#endif
