/* SPDX-License-Identifier: MIT
 * Attempts in child processes, many at a time, none of them waited for without end. */
#ifndef PROBE_CHILDREN_H
#define PROBE_CHILDREN_H

#include <stddef.h>

#include "probe/attempt.h"

/*
 * Makes each of `count` attempts in a child of its own and fills in its answer: DOORS_SILENT after `patience`
 * milliseconds. Needs no descriptor and no signal; the caller's dispositions stay as they are, SIGCHLD may be ignored.
 * Children that couldn't be killed are left behind. Returns 0, or -errno of what failed, with its name in `what`, when
 * there was no memory, or not a single child could be started or waited for.
 */
int children_run(struct attempt *attempts, size_t count, int patience, const char **what);

#endif
