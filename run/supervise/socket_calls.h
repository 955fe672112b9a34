/* SPDX-License-Identifier: MIT
 * Asks the options' judge() about each socket that a program of the tree is about to create; filter/sockets.h reports
 * these calls. */
#ifndef SUPERVISE_SOCKET_CALLS_H
#define SUPERVISE_SOCKET_CALLS_H

#include <stdbool.h>

#include "process/listener.h"
#include "run/supervise/answer.h"

struct supervisor;

/* True if the reported call is a direct socket() or socketpair(). */
bool is_socket_call(const struct listener_call *call);

/*
 * Asks judge() about the reported call. Returns CALL_CONTINUE; CALL_ANSWERED; or CALL_MARK: this process has attached
 * to the thread and requested its stop. Then the caller must give that answer and call socket_call_in_stopped().
 */
enum call_answer socket_call_reported(struct supervisor *supervisor, int listener, const struct listener_call *call);

/*
 * Waits until the thread has stopped, puts options.socket_mark into an unused argument of its call, and lets it go on.
 * The thread repeats the call, which isn't reported again because of the mark; the filters judge it.
 */
void socket_call_in_stopped(struct supervisor *supervisor, const struct listener_call *call);

#endif
