/* SPDX-License-Identifier: MIT */
#include "run/supervise/event.h"

void event_tell(const struct supervisor_options *options, struct supervisor_event event)
{
	if (options->report)
		options->report(options->context, &event);
}

void event_tell_patch(const struct supervisor_options *options, pid_t pid, const struct patch_result *result)
{
	struct supervisor_event event = {
		.kind = SUPERVISOR_PATCHED,
		.pid = pid,
		.error = result->error,
		.stubs = result->stubs,
		.go = result->go,
	};

	if (result->already)
		return;
	if (result->no_vdso)
		event.kind = SUPERVISOR_NO_VDSO;
	else if (result->error)
		event.kind = SUPERVISOR_NOT_PATCHED;
	event_tell(options, event);
}
