/* SPDX-License-Identifier: MIT
 * Attempts in child processes, many at a time, each with a time limit. */
#ifndef PROBE_CHILDREN_H
#define PROBE_CHILDREN_H

#include <stddef.h>

#include "probe/attempt.h"

/*
 * Makes each of `count` attempts in a child of its own, and fills in its answer: DOORS_SILENT if there is none after
 * `patience` milliseconds. Needs no descriptor and no signal. The caller's signal dispositions stay as they are, and
 * SIGCHLD may be ignored. Children that cannot be killed are left behind. Returns 0; or -errno, with the name of the
 * call that failed in `what`, if there was no memory, or no child at all could be started or waited for.
 */
int children_run(struct attempt *attempts, size_t count, int patience, const char **what);

#endif
