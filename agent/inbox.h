/* SPDX-License-Identifier: MIT
 * The socket to which container runtimes send listeners. unix(7). */
#ifndef AGENT_INBOX_H
#define AGENT_INBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/message.h"

/*
 * Binds a stream socket to `path` and listens at it. An old socket at which nobody listens is replaced. The socket's
 * mode is 0600; this mode and the folder's decide who may connect. Returns the descriptor, which is close-on-exec and
 * nonblocking; or -errno: -EADDRINUSE, another process listens there, or the file isn't a socket; -ENAMETOOLONG.
 */
int inbox_open(const char *path);

/*
 * The socket that systemd has passed to this process (sd_listen_fds(3)). Returns the descriptor; -1, systemd has passed
 * none; or -EINVAL, it has passed more than one, or one that isn't a listening UNIX stream socket.
 */
int inbox_from_systemd(void);

/* True if the process that connected (SO_PEERCRED) is root's, or of this process' own user. */
bool inbox_peer_is_trusted(int connection);

/*
 * Receives a container's state and its listener: reads until the peer has shut its side down, or until the text is a
 * complete state and a descriptor has come, for at most `seconds`. Returns the listener's descriptor, which is
 * close-on-exec, with *message; or -errno, with *error filled and all received descriptors closed: -ETIMEDOUT;
 * -EMSGSIZE; -ENODATA, nothing came; -EINVAL, the state can't be read, its "fds" doesn't match the descriptors, or the
 * descriptor isn't a seccomp listener.
 */
int inbox_receive(int connection, int seconds, struct agent_message *message, struct socketcall_policy_error *error);

#endif
