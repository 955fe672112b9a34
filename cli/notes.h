/* SPDX-License-Identifier: MIT
 *
 * The notes of a strategy's result as text. `run` prints them when it starts a tree; `doctor` prints those that `run`
 * would print. */
#ifndef CLI_NOTES_H
#define CLI_NOTES_H

#include <stdbool.h>

#include "run/strategy.h"

enum { NOTES_ROOM = 1024 };

/* One note, without a newline at its end. */
void notes_describe(enum strategy_note note, const struct strategy_result *result, char text[NOTES_ROOM]);

/* Lists the direct calls that filters refuse; or, if there is none, the families for which they refuse socket(). */
void notes_describe_direct(const struct witness_doors *doors, char text[NOTES_ROOM]);

/* True for a note that `run` prints only with --verbose: it says how programs are served, and nothing is amiss. */
bool notes_is_detail(enum strategy_note note);

/* Says why 32-bit programs, which this text calls "they", don't work under a supervisor that was started. */
const char *notes_unpatched(const struct supervisor_outcome *outcome);

#endif
