/* SPDX-License-Identifier: MIT
 * Serves a tree by its listener: a program is patched while its reported call waits, and then the call is answered. */
#ifndef SUPERVISE_BY_LISTENER_H
#define SUPERVISE_BY_LISTENER_H

#include <stdbool.h>

struct supervisor;

/*
 * Receives the next reported call, deals with it and answers it. Call it when the listener is readable; it does nothing
 * if the call was withdrawn meanwhile.
 */
void serve_next(struct supervisor *supervisor, int listener);

/*
 * To be called when the serving process was killed, by the process that serves next: deals with the call that the
 * killed process had received and not answered.
 */
void serve_received(struct supervisor *supervisor, int listener);

/*
 * Calls serve_received(), and then serves. Returns true when no process has the listener's filter any more, or false
 * when the other end of the pipe `guard` is closed; -1 is no pipe. Reaps all children of this process.
 */
bool serve_all(struct supervisor *supervisor, int listener, int guard);

#endif
