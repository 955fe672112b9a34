/* SPDX-License-Identifier: MIT
 *
 * What a supervisor remembers from one call or stop to the next, all in one place: one process can hold several
 * supervisors, each of which serves a tree of its own. Not for use by two threads at once.
 *
 * It lies in memory that the supervisor's processes share: when the one that serves is killed, at whatever moment, the
 * next one reads there what it was doing (supervisor_recover()).
 */
#ifndef SUPERVISE_STATE_H
#define SUPERVISE_STATE_H

#include "process/listener.h"
#include "process/status.h"
#include "run/patch/patch.h"
#include "run/ring.h"
#include "run/supervise/filter_loads.h"
#include "run/supervise/multiplexed.h"
#include "run/supervise/supervisor.h"

#include <signal.h>

enum { INT80_REPORTED_MOST = 64, CHILDREN_AT_ONCE = 64 };

struct supervisor {
	struct supervisor_options options;
	struct patcher patcher;
	struct filter_loads filter_loads;
	struct multiplexed multiplexed;

	/* Processes whose first turned `int $0x80` was reported. Their later ones aren't. */
	struct ring int80_reported;
	struct int80_reported {
		struct status_identity process;
	} int80_reported_entries[INT80_REPORTED_MOST];

	/* The call that is being dealt with, and how many processes that dealt with it were killed. */
	struct listener_slot received;
	unsigned kills;
	unsigned crashes;       /* so many processes that served have crashed since a call was answered (guard.c) */
	unsigned long answered; /* so many calls were, so far */

	/* The handshake (handshake.h), from one process that holds it to the next. */
	bool handshake_tried;    /* a process began it */
	bool handshake_answered; /* the program's process may load its filter, or has done so */
	bool may_trace_program;  /* what it said then: struct message's may_trace */
	int unconfined;          /* -errno of confine_self(), if it was called and failed */

	/* Above: the number of the program's process, as soon as there is one. */
	pid_t program;
	/* Above: what waitid() told last of children, written by the kernel: a child that was reaped isn't told
	 * again. */
	siginfo_t children[CHILDREN_AT_ONCE];

	unsigned waiting; /* how whoever serves waits for a thread's stop: enum remote_waiting */

	enum { PTRACE_UNTRIED, PTRACE_ALLOWED, PTRACE_FORBIDDEN } ptrace; /* supervisor_may_trace()'s answer */
};

/*
 * A supervisor that has seen nothing yet, and is the caller's: supervisor_free(). A null pointer when there is no
 * memory.
 */
struct supervisor *supervisor_new(const struct supervisor_options *options);
void supervisor_free(struct supervisor *supervisor);

/*
 * To be called by the process that serves from now on, when the one that served was killed. What that one had only half
 * noted is forgotten.
 */
void supervisor_recover(struct supervisor *supervisor);

/* Calls the options' report(), if there is one. */
void supervisor_tell(struct supervisor *supervisor, struct supervisor_event event);

/* Tells that the tree has ended. */
void supervisor_tell_ended(struct supervisor *supervisor);

/* Tells what came of patching the process `pid`. That it had been patched before is not told. */
void supervisor_tell_patched(struct supervisor *supervisor, pid_t pid, const struct patch_result *result);

/* Tells of a process' first multiplexed call by an `int $0x80` of its own that was turned. `thread` is one of its
 * threads. */
void supervisor_tell_int80(struct supervisor *supervisor, pid_t thread);

/*
 * Whether this process may call ptrace(2). An outer seccomp filter may kill whoever does, so this is tried in a
 * child first, once: call this early, while a child can still be had.
 */
bool supervisor_may_trace(struct supervisor *supervisor);

/*
 * Whether a start that was refused is to be tried again: its supervisor was killed before the program was started, and
 * *attempts, which counts up from 0, are not too many.
 */
bool supervisor_may_try_again(const struct supervisor_refusal *refusal, unsigned *attempts);

/* Fills *refusal, whose error is -errno; `error` is errno's value. Returns SUPERVISOR_REFUSED. */
enum supervisor_start supervisor_refuse(struct supervisor_refusal *refusal, enum supervisor_obstacle obstacle,
					int error);

#endif
