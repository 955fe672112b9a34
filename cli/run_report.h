/* SPDX-License-Identifier: MIT
 * `run --verbose`: the supervisor prints a line for each program, and a summary when the tree has ended. */
#ifndef CLI_RUN_REPORT_H
#define CLI_RUN_REPORT_H

#include "run/ring.h"
#include "run/supervise/supervisor.h"

#include <stdbool.h>

enum { RUN_REPORT_NAME = 32, RUN_REPORT_TOLD = 64 };

/* What was printed. It is in shared memory, so that a server that replaces a killed one continues it. */
struct run_report {
	/*
	 * Set just before the program is started. Earlier events are those of the witness (run/witness), which `run`
	 * starts to try a mechanism, and are not printed.
	 */
	volatile bool started;
	bool ended;   /* the summary was written */
	bool writing; /* a server is writing a line, or was killed while it did */

	unsigned patched, left_alone, native; /* for the summary: how many programs were each of these */

	/* The 64-bit programs that were printed last. A program may make the call that reports it again and again. */
	struct run_report_told {
		struct run_report_key {
			pid_t pid;
			char name[RUN_REPORT_NAME];
		} key;
	} told[RUN_REPORT_TOLD];
	struct ring ring;
};

/* A new report; a null pointer when there is no memory. */
struct run_report *run_report_new(void);

/*
 * In the supervisor's process: prints the event as one line, by one write(). The line is dropped if standard error
 * can't take it now.
 */
void run_report_event(struct run_report *report, const struct supervisor_event *event);

#endif
