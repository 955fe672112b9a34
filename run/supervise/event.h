/* SPDX-License-Identifier: MIT
 * Telling of what was done for a program, where somebody wants to be told. */
#ifndef SUPERVISE_EVENT_H
#define SUPERVISE_EVENT_H

#include "run/patch/patch.h"
#include "run/supervise/supervisor.h"

/* Calls options->report(), if there is one. */
void event_tell(const struct supervisor_options *options, struct supervisor_event event);

/* Tells of what came of patching the process `pid`; of one that had been patched before, nothing. */
void event_tell_patch(const struct supervisor_options *options, pid_t pid, const struct patch_result *result);

#endif
