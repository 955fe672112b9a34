/* SPDX-License-Identifier: MIT
 * Turns a policy into rules of which only one can match a call, so that their order doesn't matter: for formats whose
 * rules are tried in another order, or can only compare masked bits. */
#ifndef POLICY_CUBES_H
#define POLICY_CUBES_H

#include "policy/policy.h"

/*
 * The calls for which (argument[i] & mask[i]) == value[i] for each i get the verdict. Mask 0 means any argument. The
 * mask of an int has only the low 32 bits.
 */
struct policy_cube {
	uint64_t mask[SOCKETCALL_WORDS], value[SOCKETCALL_WORDS];
	socketcall_policy_verdict verdict;
};

/*
 * Divides all argument values of `call`, on x86-64, into cubes that don't overlap, and calls take() for each cube whose
 * verdict isn't `other`. Returns the number of all cubes; -E2BIG if there are more than `most`.
 */
int policy_cubes(const struct socketcall_policy *policies, unsigned count, int call, socketcall_policy_verdict other,
		 unsigned most, void (*take)(void *context, const struct policy_cube *cube), void *context);

#endif
