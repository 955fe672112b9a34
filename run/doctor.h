/* SPDX-License-Identifier: MIT
 * Finds out which of the strategy's ways work in this environment, and which one `run` takes. Each way is tried with
 * the witness as the program. */
#ifndef RUN_DOCTOR_H
#define RUN_DOCTOR_H

#include "run/strategy.h"

/* What the witness answered, with -errno if it can't tell (witness_ask_why()). */
struct doctor_answer {
	enum witness_answer answer;
	int error;
};

struct doctor_finding {
	struct doctor_answer bare;  /* without `run` */
	struct witness_doors doors; /* which calls filters allow without `run` */

	/* The trial of each way that has a supervisor. */
	struct doctor_trial {
		bool started;
		struct doctor_answer served;       /* if started: what the witness answered; for STRATEGY_INT80 the
						    * witness that makes its call by an `int $0x80` of its own */
		struct supervisor_outcome outcome; /* if started: the result of patching the witness */
		struct supervisor_refusal refusal; /* if not started: the reason */
	} trials[STRATEGY_SUPERVISED];

	enum preload_outcome preload; /* preload_locate() */
	bool preload_replaces_text;   /* preload_replaces_text() */

	/* What strategy_start() does without any option. */
	struct doctor_run {
		bool known; /* false: the child ended without a result */
		struct strategy_result result;
		struct doctor_answer served; /* what the witness answers as the program */
	} run;
};

/*
 * Tries all ways, one after another, each in a child process, so that this process isn't changed. If such a child ends
 * without a result, the way is refused with SUPERVISOR_NO_PROCESS.
 */
void doctor_examine(struct doctor_finding *finding);

/*
 * True if socket calls of 32-bit programs work here, without `run` or with it, as far as could be tried. Some calls may
 * be refused nevertheless (strategy_refused_calls()), and the preload doesn't serve all programs.
 */
bool doctor_calls_work(const struct doctor_finding *finding);

#endif
