/* SPDX-License-Identifier: MIT
 * Serving a tree by its listener: each program that starts is patched while its call waits, and then let go on. */
#ifndef SUPERVISE_BY_LISTENER_H
#define SUPERVISE_BY_LISTENER_H

#include <stdbool.h>

struct supervisor;

/*
 * Deals with the next waiting call and answers it. To be called when the listener is readable; the call may be gone
 * by then.
 */
void serve_next(struct supervisor *supervisor, int listener);

/*
 * To be called by the process that serves from now on, when the one that served was killed: deals with the call that
 * it had received and not answered.
 */
void serve_received(struct supervisor *supervisor, int listener);

/*
 * Calls serve_received(), and serves until no process has the listener's filter any more: true; or until the other end
 * of the pipe `guard` is closed: false. With -1 there is no such pipe. Reaps every child of this process meanwhile.
 */
bool serve_all(struct supervisor *supervisor, int listener, int guard);

#endif
