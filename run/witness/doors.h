/* SPDX-License-Identifier: MIT
 * By which door a program's socket calls come to the kernel here, as things are: multiplexed, by socketcall, or by the
 * direct call that `run` would make instead. A seccomp filter may close either, or both, for some calls or for all. */
#ifndef WITNESS_DOORS_H
#define WITNESS_DOORS_H

#include "abi/calls.h"

#include <stdbool.h>
#include <stdint.h>

/* How a filter answers a call that it doesn't let through. */
struct witness_refusal {
	bool refused;
	int error; /* -errno; 0: it kills or traps the caller, says 0 for a call that wasn't made, or doesn't answer */
};

struct witness_doors {
	bool there; /* the kernel has a 32-bit entry, and it could be tried; else all that follows is zero */
	/* By call, as the multiplexed call and as the direct one that stands in for it (ABI_NONE: another call's). */
	struct witness_refusal multiplexed[SOCKETCALL_CALLS + 1], direct[SOCKETCALL_CALLS + 1];
	/* A bit for each family whose direct socket() is refused, though others' isn't, nor the multiplexed one. */
	uint64_t families;
};

/*
 * Makes each call by each door from children of this process, so that nothing comes of it: with a block that can't be
 * read, a descriptor or a type that isn't one. The kernel's answer to that is known, so every other one is a filter's.
 * A filter that kills is asked twice at each door, and then taken to do so for all calls that come after.
 */
void witness_try_doors(struct witness_doors *doors);

/* Whether some multiplexed call comes to the kernel, and whether all of them do. */
bool witness_some_multiplexed(const struct witness_doors *doors);
bool witness_all_multiplexed(const struct witness_doors *doors);

/* The same of the direct calls. */
bool witness_some_direct(const struct witness_doors *doors);
bool witness_all_direct(const struct witness_doors *doors);

/* Whether a call works multiplexed that wouldn't work directly: patching would take it from the programs. */
bool witness_patching_loses(const struct witness_doors *doors);

#endif
