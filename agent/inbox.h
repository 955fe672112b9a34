/* SPDX-License-Identifier: MIT
 * The socket at which container runtimes hand over listeners. unix(7). */
#ifndef AGENT_INBOX_H
#define AGENT_INBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/message.h"

/*
 * Binds a stream socket to `path` and listens at it. A socket that is there already, and at which nobody listens, is
 * replaced. Whoever may connect is a matter of the mode, which is 0600, and of the folder. The descriptor, which is
 * close-on-exec, or -errno: EADDRINUSE, somebody listens there, or it is no socket; ENAMETOOLONG.
 */
int inbox_open(const char *path);

/*
 * The socket that systemd has passed to this process (sd_listen_fds(3)), or -1: it has passed none; or -EINVAL: what it
 * has passed isn't one listening UNIX stream socket.
 */
int inbox_from_systemd(void);

/* Is the peer of a connection root, or this process' own user? (SO_PEERCRED: who connected.) */
bool inbox_peer_is_trusted(int connection);

/*
 * Receives a state and the listener that comes with it: reads until the peer has ended its side, or the text is
 * complete JSON, for at most `seconds`. Returns the listener's descriptor, which is close-on-exec, with *message;
 * or -errno, with *error filled: all descriptors that came are closed. -ETIMEDOUT; -EMSGSIZE; -EINVAL, the state
 * isn't one or the descriptor isn't a seccomp listener.
 */
int inbox_receive(int connection, int seconds, struct agent_message *message, struct socketcall_policy_error *error);

#endif
