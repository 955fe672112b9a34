/* SPDX-License-Identifier: MIT
 * The face of a tree that has its supervisor above: the process that whoever started `run` sees in the place of the
 * program. It passes signals on to the program, and stops, goes on and ends as the program does. If the supervisor is
 * killed, it serves the tree in its place. */
#ifndef SUPERVISE_FACE_H
#define SUPERVISE_FACE_H

#include <stdbool.h>

#include "run/supervise/supervisor.h"

struct face {
	struct supervisor *state; /* which the supervisor has in shared memory */
	int to_supervisor;        /* the socket; closed, and -1, once the supervisor has ended */
	int signals;              /* a signalfd for all signals, which are blocked */
	bool by_ptrace;           /* the supervisor has no listener that it could pass */
	int gate;     /* a pipe: the program's process starts the program when it has got a byte; -1 afterwards */
	int listener; /* by listener, for when the supervisor is killed; else -1 */
	pid_t supervisor, program;
	int status; /* the program's wait status, … */
	bool ended; /* … once it has ended */
};

/*
 * In the process that becomes the face, with `state`, `to_supervisor`, `signals`, `by_ptrace`, `gate` and `supervisor`
 * set.
 * SUPERVISOR_PROGRAM_ENDED with *status; or SUPERVISOR_REFUSED with *refusal, and the supervisor and the program's
 * process are gone, and the program wasn't started.
 */
enum supervisor_start face_wait(struct face *face, int *status, struct supervisor_refusal *refusal);

#endif
