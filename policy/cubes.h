/* SPDX-License-Identifier: MIT
 * A policy as rules whose order doesn't matter: for formats that have another order, or compare only bits. */
#ifndef POLICY_CUBES_H
#define POLICY_CUBES_H

#include "policy/policy.h"

/*
 * All calls with these arguments get the verdict: (argument[i] & mask[i]) == value[i]. A mask of 0 is any argument.
 * Of an int only the low 32 bits are in the mask.
 */
struct policy_cube {
	uint64_t mask[SOCKETCALL_WORDS], value[SOCKETCALL_WORDS];
	socketcall_policy_verdict verdict;
};

/*
 * Divides the calls of `call`, on x86-64, into cubes that don't overlap, and calls take() with each whose verdict isn't
 * `other`. Returns how many cubes there are with all verdicts; -E2BIG if there are more than `most`.
 */
int policy_cubes(const struct socketcall_policy *policies, unsigned count, int call, socketcall_policy_verdict other,
		 unsigned most, void (*take)(void *context, const struct policy_cube *cube), void *context);

#endif
