/* SPDX-License-Identifier: MIT
 * Which of the strategy's ways can be used where this process stands, and which one `run` takes: each is tried, on the
 * witness. */
#ifndef RUN_DOCTOR_H
#define RUN_DOCTOR_H

#include "run/strategy.h"

/* What the witness said, and -errno if it can't tell (witness_ask_why()). */
struct doctor_answer {
	enum witness_answer answer;
	int error;
};

struct doctor_finding {
	struct doctor_answer bare;  /* as things are */
	struct witness_doors doors; /* the same, call by call */

	/* For each way that has a supervisor, whether it could be started, … */
	struct doctor_trial {
		bool started;
		struct doctor_answer served;       /* … if so, what the witness said there; of STRATEGY_INT80, the one
						    * that makes the call by an `int $0x80` of its own, … */
		struct supervisor_outcome outcome; /* … and what had come of patching it; … */
		struct supervisor_refusal refusal; /* … else why not */
	} trials[STRATEGY_SUPERVISED];

	enum preload_outcome preload;
	bool preload_replaces_text;

	/* What strategy_start() does when nothing is asked for but a program. */
	struct doctor_run {
		bool known; /* else it ended without having said anything */
		struct strategy_result result;
		struct doctor_answer served; /* what the witness says as the program */
	} run;
};

/*
 * Tries all ways, each in a child process, one after another; nothing of them stays. A way that ends without having
 * said how is refused as SUPERVISOR_NO_PROCESS.
 */
void doctor_examine(struct doctor_finding *finding);

/*
 * Whether socket calls of 32-bit programs work here, as things are or by `run`, as far as that could be tried: perhaps
 * not all calls (strategy_refused_calls()), and by the preload not in all programs.
 */
bool doctor_is_able(const struct doctor_finding *finding);

#endif
