/* SPDX-License-Identifier: MIT
 * Where a block may lie, and the stack that its call is made on: shared by the programs that try many. */
#ifndef ORACLE_PLACES_H
#define ORACLE_PLACES_H

#include "samples.h"

/* Where a call's block is to lie, and the stack that raw_call_on() makes the call on. */
struct place {
	char *block;
	void *stack;
};

MAYBE_UNUSED static void try_place(int call, const struct place *place, uint32_t flags, const char *sentence)
{
	struct sample s;

	sample_begin(&s, call, "entry");
	memcpy(place->block, s.words, 4 * words_of[call]);
	sample_end(&s, raw_call_on(place->stack, (uint32_t)call, place->block, flags), "%s", sentence);
}

#endif
