/* SPDX-License-Identifier: MIT
 * What the program's process and the supervisor tell each other while they start: a number, and a descriptor if there is one. */
#ifndef PROCESS_PASS_H
#define PROCESS_PASS_H

/* Sends `word`, and `descriptor` (which stays open here) unless it is negative. 0 or -errno. */
int pass_send(int socket, int word, int descriptor);

/*
 * Receives what pass_send() sent: *word, and the descriptor, close-on-exec, or -1 when there came none. 0, or -errno: -EPIPE
 * when the other end is closed. unix(7).
 */
int pass_receive(int socket, int *word, int *descriptor);

#endif
