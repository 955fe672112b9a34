/* SPDX-License-Identifier: MIT
 *
 * Tests the refusals of agent/status.h. TAP. */
#include "agent/status.h"
#include "tests/fixtures/tap.h"

#include <string.h>

enum { FIRST_PID = 100, ROUNDS = 3 };

/* True if the last refusals that are remembered are those that main() has added. */
static bool are_whole(const struct agent_status *status)
{
	uint64_t first = status->remembered > AGENT_REFUSALS ? status->remembered - AGENT_REFUSALS : 0;

	for (uint64_t i = first; i < status->remembered; i++) {
		const struct agent_refusal *refusal = agent_status_refusal(status, i);

		if (refusal->pid != FIRST_PID + (int)i || refusal->reason != AGENT_NO_VDSO || !refusal->time ||
		    strcmp(refusal->program, "a?b") != 0)
			return false;
	}
	return true;
}

int main(void)
{
	static struct agent_status status;
	bool whole = true, torn_are_hidden = true;

	for (int i = 0; i < ROUNDS * AGENT_REFUSALS; i++) {
		/* A server that is killed while it writes leaves any bytes in the next refusal. */
		memset((struct agent_refusal *)agent_status_refusal(&status, status.remembered), 0xff,
		       sizeof(struct agent_refusal));
		torn_are_hidden &= are_whole(&status);
		agent_status_add_refusal(&status, FIRST_PID + i, "a\nb", AGENT_NO_VDSO);
		whole &= are_whole(&status);
	}
	ok(whole, "the last refusals are remembered, with printable names");
	ok(torn_are_hidden, "a half-written refusal isn't among them");
	ok_got(status.refused == ROUNDS * AGENT_REFUSALS, (long)status.refused, "all refusals are counted");
	agent_status_add_refusal(&status, FIRST_PID, "c", AGENT_AUDITED);
	ok(status.audited == 1 && status.refused == ROUNDS * AGENT_REFUSALS &&
		   agent_status_refusal(&status, status.remembered - 1)->reason == AGENT_AUDITED,
	   "an audited program is remembered, too, and isn't counted as a refusal");
	return plan();
}
