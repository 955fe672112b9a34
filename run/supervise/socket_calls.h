/* SPDX-License-Identifier: MIT
 * Sockets that programs of the tree make, if each is reported (filter/sockets.h) and judged by the options'
 * judge(). */
#ifndef SUPERVISE_SOCKET_CALLS_H
#define SUPERVISE_SOCKET_CALLS_H

#include <stdbool.h>

#include "process/listener.h"
#include "run/supervise/answer.h"

struct supervisor;

/* Whether the reported call is a direct socket() or socketpair(). */
bool socket_call_is(const struct listener_call *call);

/*
 * Has the reported call judged, and returns how it is to be answered: not by CALL_TURN or CALL_REPEAT. With
 * CALL_MARK the thread was attached to and has been asked to stop: the caller must give that answer, and then call
 * socket_call_in_stopped().
 */
enum call_answer socket_call_reported(struct supervisor *supervisor, int listener, const struct listener_call *call);

/*
 * Waits until the thread has stopped, marks the call that it makes once more with options.socket_mark, so that it
 * isn't reported, and lets it go.
 */
void socket_call_in_stopped(struct supervisor *supervisor, const struct listener_call *call);

#endif
