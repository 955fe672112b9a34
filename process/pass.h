/* SPDX-License-Identifier: MIT
 * Messages between two related processes, over a UNIX socket: a number, and a descriptor if there is one. unix(7). */
#ifndef PROCESS_PASS_H
#define PROCESS_PASS_H

/* Sends `word`, and `descriptor`, which stays open here, unless it is negative. 0 or -errno; no SIGPIPE. */
int pass_send(int socket, int word, int descriptor);

/*
 * Waits for a message of pass_send(). 0, with *word, and with *descriptor, which is close-on-exec here, or -1 if the
 * message has none; or -errno: -EPIPE, the other end has been closed.
 */
int pass_receive(int socket, int *word, int *descriptor);

#endif
