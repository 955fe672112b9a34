/* SPDX-License-Identifier: MIT
 * Places of a block, and stacks to make its call on: shared by the programs that try many of them. */
#ifndef ORACLE_PLACES_H
#define ORACLE_PLACES_H

#include "samples.h"

/* The place of a call's block, and the stack on which raw_call_on() makes the call. */
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
