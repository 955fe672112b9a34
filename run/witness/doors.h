/* SPDX-License-Identifier: MIT
 * Finds out which doors are open for the socket calls of 32-bit programs here: the multiplexed call (socketcall), and
 * the direct call that `run` makes instead. A seccomp filter may close one or both, for some calls or all. */
#ifndef WITNESS_DOORS_H
#define WITNESS_DOORS_H

#include "abi/calls.h"

#include <stdbool.h>
#include <stdint.h>

/* What a filter does with a call: refuses it or not, and how. */
struct witness_refusal {
	bool refused;
	int error; /* -errno; 0: the filter kills or traps the caller, or returns 0, or its listener doesn't answer */
};

struct witness_doors {
	bool were_tried; /* false: the kernel has no 32-bit entry, or no child could be created; then all is zero */
	/* By call. A call without a direct number has the result of its maker's direct call. */
	struct witness_refusal multiplexed[SOCKETCALL_CALLS + 1], direct[SOCKETCALL_CALLS + 1];
	/*
	 * A bit for each family whose direct socket() is refused. 0 if all families' are refused (see `direct`), or if
	 * the multiplexed socket() is refused.
	 */
	uint64_t refused_families;
};

/*
 * Makes each call by each door in child processes. The calls have no effect, because their arguments are invalid: a
 * block that can't be read, an invalid descriptor or an invalid type. The kernel's error for these is known, so any
 * other result comes from a filter. After a filter has killed two children at a door, it is assumed to kill for all
 * later calls at that door.
 */
void witness_try_doors(struct witness_doors *doors);

/* True if at least one multiplexed call is open; if all are. */
bool witness_some_multiplexed_open(const struct witness_doors *doors);
bool witness_all_multiplexed_open(const struct witness_doors *doors);

/* The same for the direct calls. */
bool witness_some_direct_open(const struct witness_doors *doors);
bool witness_all_direct_open(const struct witness_doors *doors);

/* True if some call is open as a multiplexed call, but closed as a direct one: then patching would break it. */
bool witness_patching_loses(const struct witness_doors *doors);

#endif
