/* SPDX-License-Identifier: MIT
 *
 * The sequences of cases.txt.
 */
#ifndef DIFFERENTIAL_CASES_H
#define DIFFERENTIAL_CASES_H

#include "sequence.h"

#include <stdio.h>

struct known_case {
	char name[8], result[24]; /* what the kernel answers, as difference_name() says it */
	char what[120];
	struct sequence sequence;
};

/* Reads the next one. False: there is none. Ends the program where a line isn't understood. */
bool case_next(FILE *file, struct known_case *next);

#endif
