/* SPDX-License-Identifier: MIT
 *
 * A supervisor that stands beside its tree is two processes, so that the tree is served on if one of them is killed:
 *
 *	server  serves the tree
 *	guard   its parent, waits until the server ends, and starts another one if that was killed
 *
 * Both have the tree's listener, or the socket in which it is queued, and the struct supervisor, in which the next
 * server finds the call that the last one had received. The server sees by a pipe that the guard has ended: then it
 * becomes the guard itself, and starts a server. All signals are blocked in both, so that nothing but SIGKILL ends one
 * of them before the tree has ended; only both at once leave the tree without a supervisor.
 */
#ifndef SUPERVISE_GUARD_H
#define SUPERVISE_GUARD_H

#include <sys/types.h>

struct supervisor;

/*
 * In the process that becomes the guard, with all signals blocked: has the handshake made, by `socket`, with the
 * program's process `program`, and its tree served. Returns when the tree has ended or the start was refused, in
 * whichever process is the guard by then. Where no process can be started the calling one serves.
 */
void guard_tree(struct supervisor *supervisor, int socket, pid_t program);

/* The same for processes whose listener the caller has already. */
void guard_listener(struct supervisor *supervisor, int listener);

#endif
