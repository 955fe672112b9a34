/* SPDX-License-Identifier: MIT
 * What a strategy's result is to tell, in words: `run` says it when it starts a tree, `doctor` when it tried to. */
#ifndef CLI_NOTES_H
#define CLI_NOTES_H

#include <stdbool.h>

#include "run/strategy.h"

enum { NOTES_ROOM = 1024 };

/* One note, without a newline at its end. */
void notes_describe(enum strategy_note note, const struct strategy_result *result, char text[NOTES_ROOM]);

/* The direct calls that are refused, or, if none is, the families that socket() is refused for, as above. */
void notes_describe_direct(const struct witness_doors *doors, char text[NOTES_ROOM]);

/* Whether that note only matters to somebody who wants to know how programs are served. */
bool notes_is_detail(enum strategy_note note);

/* Why a program that was started under a supervisor isn't patched, in a few words. */
const char *notes_unpatched(const struct supervisor_outcome *outcome);

#endif
