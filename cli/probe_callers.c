/* SPDX-License-Identifier: MIT */
#include "cli/probe.h"

#include <stdio.h>

/* Appends the names of the calls that are refused, or "every call". Calls that weren't tried don't count. */
static void append_refused(char text[PROBE_TEXT_ROOM], enum doors_door door, const struct doors_answer *answers)
{
	const char *comma = "";
	bool all = true;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		all &= answers[call].how == DOORS_UNASKED || !doors_call_through(door, call, &answers[call]);
	for (int call = 1; !all && call <= SOCKETCALL_CALLS; call++)
		if (answers[call].how != DOORS_UNASKED && !doors_call_through(door, call, &answers[call])) {
			probe_append(text, "%s%s", comma, abi_call(call)->name);
			comma = ", ";
		}
	if (all)
		probe_append(text, "every call");
}

void probe_print_callers(const struct cli_probe *report)
{
	const struct probe *p = &report->probe;
	char refused[PROBE_TEXT_ROOM] = "", direct[PROBE_TEXT_ROOM] = "";

	putchar('\n');
	if (doors_there(DOORS_SOCKETCALL, &p->kernel) == DOORS_NO) {
		probe_say(0, "32-bit x86 programs do not run here: the kernel has no entry for them.");
		return;
	}
	if (probe_multiplexed_works(p)) {
		probe_say(0, "32-bit programs that use socketcall(2) work here.");
		return;
	}
	if (report->served) {
		probe_say(0, "32-bit programs that use socketcall(2) work here: it refuses every call, but their calls "
			     "are made directly for them, by 'socketcall agent' or 'socketcall run'.");
		return;
	}
	append_refused(refused, DOORS_SOCKETCALL, p->multiplexed);
	append_refused(direct, DOORS_I386, p->direct);
	if (probe_direct_works(p))
		probe_say(0,
			  "32-bit programs that use socketcall(2) do not work here: it refuses %s. The direct calls "
			  "are open, so 'socketcall run -- PROGRAM' helps.",
			  refused);
	else
		probe_say(0,
			  "32-bit programs that use socketcall(2) do not work here: it refuses %s. 'socketcall run' "
			  "does not help, because these direct calls are refused as well: %s.",
			  refused, direct);
}
