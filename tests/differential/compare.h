/* SPDX-License-Identifier: MIT
 *
 * Translates what the kernel did into the guest's layout and constants, and compares what the library did with it.
 */
#ifndef DIFFERENTIAL_COMPARE_H
#define DIFFERENTIAL_COMPARE_H

#include "guests.h"
#include "sequence.h"

#include <stdio.h>

/* The effects that a call should have for the guest. A byte isn't compared if its `unsure` isn't 0. */
struct expected {
	struct step step;
	uint8_t unsure[SEEN];
	/* The index in `memory` of the nanoseconds that recvmmsg wrote back to its timeout, or -1. Their value depends
	 * on chance, so they are only checked to differ from their bytes before the call, time_was. */
	int time_left;
	unsigned time_size;
	uint8_t time_was[8];
};

/* Fills *expected from what the kernel did (`seen`). `kernel` and `served` are the two versions of the call. */
void expect(const struct guest *guest, const struct call *kernel, const struct step *seen, const struct call *served,
	    struct expected *expected);

enum difference {
	SAME,
	ANSWER_DIFFERS, /* both failed, and left the same state: later calls can still be compared */
	STATE_DIFFERS,  /* later calls can't be compared */
};
enum difference difference_of(const struct expected *expected, const struct step *served);

enum { NAME_MAX_BYTES = 200 };

/* Writes a name for the difference: all differences of a kind have the same. */
void difference_name(const struct guest *guest, const struct call *kernel, const struct expected *expected,
		     const struct step *served, char *name);

/* Prints a call and its results; if `all`, also the bytes of memory, descriptors and signals that differ. */
void show(FILE *to, const struct guest *guest, const struct call *call, const struct expected *expected,
	  const struct step *served, bool all);

/* Returns a result as text: "n" for a positive number, "0", or "-ENAME". The result has the guest's error numbers. The
 * buffer has at least 32 bytes. */
const char *answer(const struct guest *guest, int64_t result, char *buffer);

#endif
