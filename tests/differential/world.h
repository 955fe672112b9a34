/* SPDX-License-Identifier: MIT
 *
 * The descriptors that every sequence starts with, and the state of a descriptor.
 */
#ifndef DIFFERENTIAL_WORLD_H
#define DIFFERENTIAL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * For a process in a network namespace of its own. Brings lo up, and opens descriptors 3 to 33: sockets of each family,
 * bound, connected, listening, with queued bytes, descriptors and errors, and some files. If `user`, then becomes an
 * ordinary user. If something fails, prints a message and ends the process with status 99.
 */
void world_make(bool user);

/* Returns a hash of a descriptor's flags and, of a socket, its names, options and queued bytes. */
uint64_t world_state_of(int fd);

#endif
