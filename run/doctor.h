/* SPDX-License-Identifier: MIT
 * Which of the strategy's ways can be used where this process stands: each is tried, on the witness. */
#ifndef RUN_DOCTOR_H
#define RUN_DOCTOR_H

#include "run/strategy.h"

struct doctor_finding {
	enum witness_answer bare; /* what the witness says as things are */

	/* For each way that has a supervisor, whether it could be started, … */
	struct doctor_trial {
		bool started;
		enum witness_answer served;        /* … if so, what the witness said there (witness_ask(), but of
						    * STRATEGY_INT80 witness_ask_int80()), … */
		struct supervisor_refusal refusal; /* … else why not */
	} trials[STRATEGY_SUPERVISED];

	enum preload_outcome preload;
	bool preload_replaces_text;
};

/*
 * Tries all ways, each in a child process, one after another; nothing of them stays. A way that ends without having
 * said how is refused as SUPERVISOR_NO_PROCESS.
 */
void doctor_examine(struct doctor_finding *finding);

#endif
