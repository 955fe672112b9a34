/* SPDX-License-Identifier: MIT
 * Messages between two related processes, each with or without a descriptor, over a UNIX socket that keeps message
 * boundaries (SOCK_SEQPACKET). unix(7). */
#ifndef PROCESS_PASS_H
#define PROCESS_PASS_H

#include <stddef.h>

/*
 * Sends a message of `size` bytes, and with it `descriptor` unless that is negative. The descriptor stays open here.
 * Returns 0 or -errno, and never raises SIGPIPE.
 */
int pass_send(int socket, const void *message, size_t size, int descriptor);

/*
 * The same, always by one sendmsg(2), which a filter may refuse. pass_send() uses it only if there is a descriptor;
 * without a descriptor, sendmsg() is faster than what pass_send() does.
 */
int pass_send_by_message(int socket, const void *message, size_t size, int descriptor);

/*
 * Waits for a message of `size` bytes from pass_send(). Returns 0, with the received descriptor, which is
 * close-on-exec, in *descriptor, or -1 there if the message has none; or -errno: -EPIPE, the other end has been closed.
 * If `descriptor` is null, the message must have no descriptor, and is read by read(2): so neither end needs sendmsg(2)
 * or recvmsg(2), which a filter may refuse.
 */
int pass_receive(int socket, void *message, size_t size, int *descriptor);

/*
 * Like pass_receive(), but the message stays in the queue: every process that has this end of the socket can receive it
 * again, with another copy of the descriptor. recv(2), MSG_PEEK. `descriptor` must not be null.
 */
int pass_peek(int socket, void *message, size_t size, int *descriptor);

#endif
