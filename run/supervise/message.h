/* SPDX-License-Identifier: MIT
 * The messages that the processes of a start send each other through a socket: the program's process, the supervisor's
 * process and the face. */
#ifndef SUPERVISE_MESSAGE_H
#define SUPERVISE_MESSAGE_H

#include "run/supervise/supervisor.h"

struct message {
	enum message_kind {
		MESSAGE_READY,   /* the step that the receiver waits for has succeeded; a descriptor may be attached */
		MESSAGE_REFUSED, /* that step has failed: `refusal` says why */
		MESSAGE_STARTED, /* supervisor to face: the program's process is `program` */
		MESSAGE_ENDED,   /* supervisor to face: the program has ended with wait status `status` */
	} kind;
	struct supervisor_refusal refusal;
	bool may_trace; /* MESSAGE_READY, supervisor to program: the supervisor may trace the program */
	pid_t program;
	int status;
};

/*
 * Sends a message, with `descriptor` attached unless it is negative. `descriptor` stays open here. Returns 0 or -errno.
 */
int message_send(int socket, struct message message, int descriptor);

/*
 * Waits for a message. *descriptor is set to the attached descriptor, which is close-on-exec, or to -1. If `descriptor`
 * is null, no message may have one (pass_receive()). Returns 0, or -errno: EPIPE, the other end is closed.
 */
int message_receive(int socket, struct message *message, int *descriptor);

/* Like message_receive(), but leaves the message in the socket: pass_peek(). */
int message_peek(int socket, struct message *message, int *descriptor);

#endif
