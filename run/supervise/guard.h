/* SPDX-License-Identifier: MIT
 *
 * A supervisor beside its tree is two processes, so that the tree is still served if one of them is killed:
 *
 *	server  serves the tree
 *	guard   the server's parent: waits until the server ends, and starts another one if it was killed
 *
 * Both have the tree's listener, or the socket in which it is queued. Both share the struct supervisor, in which the
 * next server finds the call that the last one had received and not answered. The server notices the end of the guard
 * by a pipe: then it becomes the guard itself, and starts another server. All signals are blocked in both, so that
 * before the tree ends only SIGKILL or a crash ends one of them. The tree loses its supervisor only if both are killed
 * at once, or servers go on crashing (guard.c).
 */
#ifndef SUPERVISE_GUARD_H
#define SUPERVISE_GUARD_H

#include <sys/types.h>

struct supervisor;

/*
 * Called by the process that becomes the guard, with all signals blocked. Starts servers, which make the handshake with
 * the program's process `program` through `socket`, and serve its tree. Returns when the tree has ended or the start
 * was refused, in the process that is the guard by then. If no process can be started, the calling process serves.
 */
void guard_tree(struct supervisor *supervisor, int socket, pid_t program);

/* The same without the handshake, for a caller that has the listener already. */
void guard_listener(struct supervisor *supervisor, int listener);

#endif
