/* SPDX-License-Identifier: MIT
 *
 * Reads the sequences of cases.txt.
 */
#ifndef DIFFERENTIAL_CASES_H
#define DIFFERENTIAL_CASES_H

#include "sequence.h"

#include <stdio.h>

struct known_case {
	char name[8], result[24]; /* the kernel's answer, as answer() writes it (compare.h) */
	char what[120];
	struct sequence sequence;
};

/* Reads the next case; returns false at the end. Ends the program if a line can't be parsed. */
bool case_next(FILE *file, struct known_case *next);

#endif
