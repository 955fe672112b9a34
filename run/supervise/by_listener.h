/* SPDX-License-Identifier: MIT
 * Serving a tree by its listener: each program that starts is patched while its call waits, and then let go on. */
#ifndef SUPERVISE_BY_LISTENER_H
#define SUPERVISE_BY_LISTENER_H

struct supervisor;

/*
 * Deals with the next waiting call and answers it. To be called when the listener is readable; the call may be gone
 * by then.
 */
void serve_next(struct supervisor *supervisor, int listener);

/* Serves until no process has the listener's filter any more. Reaps every child of this process meanwhile. */
void serve_all(struct supervisor *supervisor, int listener);

#endif
