/* SPDX-License-Identifier: MIT
 * The face of a tree whose supervisor is above: the process that the parent of `run` sees instead of the program. It
 * forwards signals to the program, and stops, continues and ends as the program does. If the supervisor is killed, the
 * face becomes the ancestor of the tree, and serves it instead. */
#ifndef SUPERVISE_FACE_H
#define SUPERVISE_FACE_H

#include <stdbool.h>

#include "run/supervise/supervisor.h"

struct face {
	struct supervisor *state; /* the supervisor's, in shared memory */
	int to_supervisor;        /* the socket; -1 after the supervisor has ended */
	int signals;              /* a signalfd for all signals, which are blocked */
	bool by_ptrace;           /* the supervisor uses ptrace, and passes no listener */
	int gate;                 /* a pipe: its byte lets the program's process start the program; -1 afterwards */
	int listener;             /* a copy of the listener, to serve if the supervisor is killed; -1: none */
	pid_t supervisor, program;
	int status; /* the program's wait status; valid if `ended` */
	bool ended; /* the program has ended */
};

/*
 * Called by the process that becomes the face, with `state`, `to_supervisor`, `signals`, `by_ptrace`, `gate` and
 * `supervisor` set. Returns SUPERVISOR_PROGRAM_ENDED with *status; or SUPERVISOR_REFUSED with *refusal: then the
 * program wasn't started, and the supervisor and the program's process have ended.
 */
enum supervisor_start face_wait(struct face *face, int *status, struct supervisor_refusal *refusal);

#endif
