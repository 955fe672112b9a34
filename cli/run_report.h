/* SPDX-License-Identifier: MIT
 * `run --verbose`: a line for each program, from the supervisor, and one of all of them when the tree has ended. */
#ifndef CLI_RUN_REPORT_H
#define CLI_RUN_REPORT_H

#include "run/ring.h"
#include "run/supervise/supervisor.h"

#include <stdbool.h>

enum { RUN_REPORT_NAME = 32, RUN_REPORT_TOLD = 64 };

/* What was told. It lies in memory that processes share, so that a supervisor's successor goes on with it. */
struct run_report {
	/*
	 * Set when the program is about to be started. Before, it is the witness of `run` itself (run/witness) that the
	 * supervisor sees, and nothing of that is told.
	 */
	volatile bool started;
	bool ended; /* the summary was written */

	unsigned patched, left_alone, native; /* how many programs were told of as that */

	/* The 64-bit programs that were told of last: one may make the call that reports it any number of times. */
	struct run_report_told {
		struct run_report_key {
			pid_t pid;
			char name[RUN_REPORT_NAME];
		} key;
	} told[RUN_REPORT_TOLD];
	struct ring ring;
};

/* A report that has told nothing yet. A null pointer when there is no memory. */
struct run_report *run_report_new(void);

/* In the supervisor: tells of the event in one line, in one write, unless nobody reads standard error at the moment. */
void run_report_event(struct run_report *report, const struct supervisor_event *event);

#endif
