/* SPDX-License-Identifier: MIT
 * What the two places of a supervisor have in common. */
#ifndef SUPERVISE_HANDSHAKE_H
#define SUPERVISE_HANDSHAKE_H

#include "run/supervise/supervisor.h"

/* Fills *refusal; returns -1. `error` is positive. */
int start_refuse(struct supervisor_refusal *refusal, enum supervisor_obstacle obstacle, int error);

/*
 * In the program's process: asks the supervisor at the socket's other end whether it may read and write this process'
 * memory, then loads the filter and hands it the listener. With `natives` 64-bit programs wait at their start as well. 0, or -1
 * with *refusal and no filter loaded.
 */
int start_program(int socket, int natives, struct supervisor_refusal *refusal);

/* In the supervisor: the other end of start_program(), for the program's process `program`. The listener, or -errno. */
int start_supervisor(int socket, pid_t program);

/*
 * Leaves the session, the folder and every descriptor but the `count` of keep[], and standard error unless `silent`. None of
 * keep[] is one of the three standard ones.
 */
void start_leave(const int *keep, unsigned count, int silent);

/*
 * Moves a descriptor that was just made, or is -1, above the three standard ones, which a program may have been started without
 * and is to be. The descriptor, close-on-exec, or -1 with errno.
 */
int start_raise(int descriptor);

/* A pair of connected sockets, neither of them one of the three standard descriptors. 0, or -1 with errno. */
int start_socket_pair(int ends[2]);

#endif
