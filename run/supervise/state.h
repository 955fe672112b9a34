/* SPDX-License-Identifier: MIT
 *
 * What a supervisor remembers from one call or stop to the next, all in one place: one process can hold several
 * supervisors, each of which serves a tree of its own. Not for use by two threads at once.
 */
#ifndef SUPERVISE_STATE_H
#define SUPERVISE_STATE_H

#include "run/patch/patch.h"
#include "run/ring.h"
#include "run/supervise/filter_loads.h"
#include "run/supervise/multiplexed.h"
#include "run/supervise/supervisor.h"

enum { INT80_REPORTED_MOST = 64 };

struct supervisor {
	struct supervisor_options options;
	struct patcher patcher;
	struct filter_loads filter_loads;
	struct multiplexed multiplexed;

	/* Processes whose first turned `int $0x80` was reported. Their later ones aren't. */
	struct ring int80_reported;
	struct int80_reported {
		pid_t process;
	} int80_reported_entries[INT80_REPORTED_MOST];

	enum { PTRACE_UNTRIED, PTRACE_ALLOWED, PTRACE_FORBIDDEN } ptrace; /* supervisor_may_trace()'s answer */
};

/*
 * A supervisor that has seen nothing yet, and is the caller's: supervisor_free(). A null pointer when there is no
 * memory.
 */
struct supervisor *supervisor_new(const struct supervisor_options *options);
void supervisor_free(struct supervisor *supervisor);

/* Calls the options' report(), if there is one. */
void supervisor_tell(struct supervisor *supervisor, struct supervisor_event event);

/* Tells what came of patching the process `pid`. That it had been patched before is not told. */
void supervisor_tell_patched(struct supervisor *supervisor, pid_t pid, const struct patch_result *result);

/* Tells of a process' first multiplexed call by an `int $0x80` of its own that was turned. `thread` is one of its threads. */
void supervisor_tell_int80(struct supervisor *supervisor, pid_t thread);

/*
 * Whether this process may call ptrace(2). An outer seccomp filter may kill whoever does, so this is tried in a
 * child first, once: call this early, while a child can still be had.
 */
bool supervisor_may_trace(struct supervisor *supervisor);

/* Fills *refusal, whose error is -errno; `error` is errno's value. Returns SUPERVISOR_REFUSED. */
enum supervisor_start supervisor_refuse(struct supervisor_refusal *refusal, enum supervisor_obstacle obstacle,
					int error);

#endif
