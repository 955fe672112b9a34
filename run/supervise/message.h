/* SPDX-License-Identifier: MIT
 * What the processes of a tree's start tell each other through a socket: the program's process, the supervisor's
 * and the face. */
#ifndef SUPERVISE_MESSAGE_H
#define SUPERVISE_MESSAGE_H

#include "run/supervise/supervisor.h"

struct message {
	enum message_kind {
		MESSAGE_READY,   /* what the other end waits for has succeeded; a descriptor may come with it */
		MESSAGE_REFUSED, /* it has failed, for `refusal` */
		MESSAGE_STARTED, /* supervisor to face: the program's process is `program` */
		MESSAGE_ENDED,   /* supervisor to face: it has ended with wait status `status` */
	} kind;
	struct supervisor_refusal refusal;
	bool may_trace; /* with MESSAGE_READY, supervisor to program: the supervisor may trace it */
	pid_t program;
	int status;
};

/* Sends a message, and `descriptor`, which stays open here, unless it is negative. 0 or -errno. */
int message_send(int socket, struct message message, int descriptor);

/*
 * Waits for a message. *descriptor, which is close-on-exec, is -1 when none came with it. 0, or -errno: EPIPE, the
 * other end is closed. With a null pointer none may come: pass_receive().
 */
int message_receive(int socket, struct message *message, int *descriptor);

/* As message_receive(), but the message stays the next one: pass_peek(). */
int message_peek(int socket, struct message *message, int *descriptor);

#endif
