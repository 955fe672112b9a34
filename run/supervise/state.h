/* SPDX-License-Identifier: MIT
 *
 * What a supervisor remembers between calls or stops, in one struct, so that a process can hold several supervisors,
 * each of which serves a tree. Two threads must not use one supervisor at the same time.
 *
 * The struct lies in memory that all of the supervisor's processes share. The process that serves may be killed at any
 * instruction; the next one reads here what the killed one was doing (supervisor_recover()).
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

enum { INT80_TOLD_MOST = 64, CHILDREN_AT_ONCE = 64 };

struct supervisor {
	struct supervisor_options options;
	struct patcher patcher;
	struct filter_loads filter_loads;
	struct multiplexed multiplexed;

	bool int80_trapped; /* by ptrace: a filter traps multiplexed calls (int80.h) */

	/* Processes that have had their SUPERVISOR_INT80_TURNED event. */
	struct ring int80_told;
	struct int80_told {
		struct status_identity process;
	} int80_told_entries[INT80_TOLD_MOST];

	/* The received call that isn't answered yet, and how many processes were killed while they dealt with it. */
	struct listener_slot received;
	unsigned kills;
	unsigned crashes;       /* how many serving processes have crashed since the last answer (guard.c) */
	unsigned long answered; /* how many calls were answered so far */

	/* The state of the handshake (handshake.h), for the process that continues it after a kill. */
	bool handshake_tried;    /* a process has begun it */
	bool handshake_answered; /* the supervisor is ready; the program's process may have its filter already */
	bool may_trace_program;  /* what that process is told: struct message, may_trace */
	int confine_error;       /* 0, or -errno of confine_self() */

	/* Above: the number of the program's process, written by the kernel when the process is created. */
	pid_t program;
	/*
	 * Above: the kernel writes the results of waitid() here. waitid() reports the end of a child once, so if the
	 * supervisor is killed right after it, the program's wait status can be read here only.
	 */
	siginfo_t children[CHILDREN_AT_ONCE];

	unsigned stop_waiting; /* how the serving process waits for a thread's stop: enum remote_waiting */

	enum { PTRACE_UNTRIED, PTRACE_ALLOWED, PTRACE_FORBIDDEN } ptrace; /* what supervisor_may_trace() found out */
};

/* Creates a supervisor, which the caller frees by supervisor_free(). Returns a null pointer if there is no memory. */
struct supervisor *supervisor_new(const struct supervisor_options *options);
void supervisor_free(struct supervisor *supervisor);

/*
 * To be called when the serving process was killed, by the process that serves next. Drops entries that the killed
 * process had written only in part.
 */
void supervisor_recover(struct supervisor *supervisor);

/* Calls the options' on_event(), unless it is null. */
void supervisor_tell(struct supervisor *supervisor, struct supervisor_event event);

/* Tells SUPERVISOR_TREE_ENDED. */
void supervisor_tell_ended(struct supervisor *supervisor);

/* Tells the result of patching process `pid`, except PATCH_ALREADY. */
void supervisor_tell_patched(struct supervisor *supervisor, pid_t pid, const struct patch_result *result);

/* Tells SUPERVISOR_INT80_TURNED once for each process. `thread` is any thread of the process. */
void supervisor_tell_int80(struct supervisor *supervisor, pid_t thread);

/*
 * True if this process may call ptrace(2). An outer seccomp filter may kill the caller of ptrace(2), so the first call
 * of this function tries it in a child. Call this early, while a child can still be created.
 */
bool supervisor_may_trace(struct supervisor *supervisor);

/*
 * True if a refused start should be tried again, because its supervisor was killed before the program was started.
 * Counts *attempts, which must be 0 at first, and returns false after a few.
 */
bool supervisor_should_retry(const struct supervisor_refusal *refusal, unsigned *attempts);

/* Fills *refusal. `error` is a positive errno value, and refusal->error becomes -error. Returns SUPERVISOR_REFUSED. */
enum supervisor_start supervisor_refuse(struct supervisor_refusal *refusal, enum supervisor_obstacle obstacle,
					int error);

#endif
