/* SPDX-License-Identifier: MIT
 *
 * What the kernel did, in the words of the guest; and how what was served differs from that.
 */
#ifndef DIFFERENTIAL_COMPARE_H
#define DIFFERENTIAL_COMPARE_H

#include "guests.h"
#include "sequence.h"

#include <stdio.h>

/* What a guest should have seen. A byte isn't judged where `unsure` isn't 0. */
struct expected {
	struct step step;
	uint8_t unsure[SEEN];
	/* Where the kernel wrote how much of recvmmsg's time is left, of which the nanoseconds can only be said to have
	 * been written (from `was`); or -1. */
	int time_left;
	unsigned time_size;
	uint8_t time_was[8];
};

/* Both calls are made from the same seed: as the kernel here was asked, and as the guest asked. */
void expect(const struct guest *guest, const struct call *kernel, const struct step *seen, const struct call *served,
	    struct expected *expected);

enum difference {
	SAME,
	ANSWER_DIFFERS, /* both failed, and nothing else differs that lasts: the sequence may go on */
	STATE_DIFFERS,
};
enum difference differs(const struct expected *expected, const struct step *served);

enum { NAME_MAX_BYTES = 200 };

/* A name for the difference, which others of its kind share. */
void difference_name(const struct guest *guest, const struct call *kernel, const struct expected *expected,
		     const struct step *served, char *name);

/* Prints a call and what it came to; with what differs in memory, if `all`. */
void show(FILE *to, const struct guest *guest, const struct call *call, const struct expected *expected,
	  const struct step *served, bool all);

/* A result in words, of 32 bytes at most: "n", "0" or an error, whose numbers are the guest's own. */
const char *answer(const struct guest *guest, int64_t result, char *buffer);

#endif
