/* SPDX-License-Identifier: MIT
 * Which of `run`'s mechanisms can be used where this process stands: each is tried, on the witness. */
#ifndef RUN_DOCTOR_H
#define RUN_DOCTOR_H

#include "run/supervise/supervisor.h"

enum doctor_way { DOCTOR_BESIDE, DOCTOR_ABOVE, DOCTOR_TRACE, DOCTOR_TRAP, DOCTOR_WAYS };

struct doctor_finding {
	int bare;                                  /* witness_ask() as things are: does a multiplexed call work? */
	struct doctor_trial {                      /* for each way, */
		int started;                       /* whether the supervisor could be started, … */
		int served;                        /* … and if so, what witness_ask() said there, of DOCTOR_TRAP
						    * witness_ask_int80(), … */
		struct supervisor_refusal refusal; /* … else why not */
	} trial[DOCTOR_WAYS];
};

/*
 * Tries all ways, each in a child process, one after another; nothing of them stays. A way that ends without having said
 * how is refused as SUPERVISOR_NO_PROCESS.
 */
void doctor_examine(struct doctor_finding *finding);

#endif
