/* SPDX-License-Identifier: MIT
 *
 * What every sequence begins with, and what can be seen of a socket from outside.
 */
#ifndef DIFFERENTIAL_WORLD_H
#define DIFFERENTIAL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * In a network namespace of its own: brings lo up, and opens 3 to 33: sockets of each family, bound, connected,
 * listening, with bytes, descriptors and errors waiting, and some files. As an ordinary user, if `user`. Where
 * something can't be had, says so and ends the process.
 */
void world_make(bool user);

/* A number for what a descriptor is like: its flags, its socket's names, options, and what is to be read from it. */
uint64_t world_state_of(int fd);

#endif
