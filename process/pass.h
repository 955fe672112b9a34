/* SPDX-License-Identifier: MIT
 * Messages between two related processes, over a UNIX socket that keeps their bounds (SOCK_SEQPACKET), each with a
 * descriptor if there is one. unix(7). */
#ifndef PROCESS_PASS_H
#define PROCESS_PASS_H

#include <stddef.h>

/*
 * Sends a message of `size` bytes, and `descriptor`, which stays open here, unless it is negative. 0 or -errno; no
 * SIGPIPE.
 */
int pass_send(int socket, const void *message, size_t size, int descriptor);

/* The same, always by one sendmsg(2), which a filter may refuse; without a descriptor it is the faster way. */
int pass_send_by_message(int socket, const void *message, size_t size, int descriptor);

/*
 * Waits for a message of `size` bytes that pass_send() sent. 0, with *descriptor, which is close-on-exec here, or -1 if
 * the message has none; or -errno: -EPIPE, the other end has been closed. With a null pointer the message must have no
 * descriptor, and neither end needs sendmsg(2) or recvmsg(2), which a filter may refuse.
 */
int pass_receive(int socket, void *message, size_t size, int *descriptor);

/*
 * As pass_receive(), but the message stays the next one: whoever has this end of the socket can receive it again, with
 * a descriptor of its own. unix(7), MSG_PEEK.
 */
int pass_peek(int socket, void *message, size_t size, int *descriptor);

#endif
