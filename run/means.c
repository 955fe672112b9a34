/* SPDX-License-Identifier: MIT
 * The functions by which the strategy acts, outside of its unit test. */
#include "run/strategy.h"
#include "run/supervise/confine.h"

#include <unistd.h>

static enum supervisor_start start_way(enum strategy_way way, const struct supervisor_options *options, int *status,
				       struct supervisor_refusal *refusal)
{
	switch (way) {
	case STRATEGY_BESIDE:
		return supervisor_beside(options, refusal);
	case STRATEGY_ABOVE:
		return supervisor_above(options, status, refusal);
	case STRATEGY_PTRACE:
		/* A confinement closes socketcall, so an `int $0x80` of a program's own works only if it is trapped. */
		return supervisor_by_ptrace(options->confinement != NULL, options, status, refusal);
	case STRATEGY_INT80:
		return supervisor_by_ptrace(true, options, status, refusal);
	case STRATEGY_PRELOAD:
	case STRATEGY_NOTHING:
		break; /* these ways have no supervisor to start */
	}
	return SUPERVISOR_BECOME_PROGRAM;
}

static bool is_process_1(void)
{
	return getpid() == 1;
}

const struct strategy_means strategy_means = {
	.start = start_way,
	.witness = witness_ask,
	.witness_int80 = witness_ask_int80,
	.try_doors = witness_try_doors,
	.set_preload = preload_set,
	.preload_replaces_text = preload_replaces_text,
	.is_process_1 = is_process_1,
	.confine = confine_program,
};
