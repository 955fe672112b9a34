/* SPDX-License-Identifier: MIT
 *
 * Deals with multiplexed calls that the listener reports (options.socketcall_reported). If the code that made the call
 * is a known stub, it is patched, so that its next call is direct. The call itself is turned: the thread is stopped,
 * and goes on in the patched code, or makes the direct call by the same instruction. No decision depends on what was
 * read from the program's memory, which other threads can change: the filters judge the direct call like any other, and
 * the kernel never makes the multiplexed one.
 *
 * Each step can be repeated. If this process is killed, the call is still reported, or the thread makes it once more,
 * or it was turned already.
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

enum { MULTIPLEXED_REMEMBERED = 64, MULTIPLEXED_NAME = 16 };

/* What a supervisor remembers of reported calls. Must be zero before multiplexed_init() initializes it. */
struct multiplexed {
	struct late late; /* the process whose call is being dealt with */
	struct threads threads;

	/* Programs of which an event has said already that their calls are refused, or let through. */
	struct ring told;
	struct multiplexed_told {
		struct multiplexed_program {
			struct status_identity process;
			char name[MULTIPLEXED_NAME]; /* exec changes it: another program */
		} program;
	} told_entries[MULTIPLEXED_REMEMBERED];

	/* Threads that repeat a call that couldn't be turned, so that judge() decides about it. */
	struct ring unturned;
	struct multiplexed_unturned {
		struct status_identity thread;
	} unturned_entries[MULTIPLEXED_REMEMBERED];
};

void multiplexed_init(struct multiplexed *multiplexed);

/* True if the reported call is a multiplexed one. */
bool is_multiplexed_call(const struct listener_call *call);

/*
 * Deals with a reported multiplexed call. Returns CALL_CONTINUE with options.audit; CALL_REFUSE; or CALL_TURN: this
 * process has attached to the thread and requested its stop. Then the caller must give that answer and call
 * multiplexed_in_stopped().
 */
enum call_answer multiplexed_reported(struct supervisor *supervisor, int listener, const struct listener_call *call);

/*
 * Waits until the thread has stopped, patches the code that made the call, turns the call, and lets the thread go on.
 */
void multiplexed_in_stopped(struct supervisor *supervisor, const struct listener_call *call);

#endif
