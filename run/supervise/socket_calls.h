/* SPDX-License-Identifier: MIT
 * Sockets that programs of the tree make, if each is reported (filter/sockets.h) and judged by the options' judge(). */
#ifndef SUPERVISE_SOCKET_CALLS_H
#define SUPERVISE_SOCKET_CALLS_H

#include <stdbool.h>

#include "process/listener.h"
#include "run/supervise/answer.h"

struct supervisor;

/* Whether the reported call is a direct socket() or socketpair(). */
bool socket_call_is(const struct listener_call *call);

/* Has the reported call judged, and returns how it is to be answered. */
enum call_answer socket_call_reported(struct supervisor *supervisor, int listener, const struct listener_call *call);

#endif
