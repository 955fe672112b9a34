/* SPDX-License-Identifier: MIT
 * A small 32-bit program, run to see for itself. */
#ifndef WITNESS_WITNESS_H
#define WITNESS_WITNESS_H

/*
 * Whether a 32-bit program that this process starts can make a multiplexed socket call: 1, it can, the call being open or made
 * directly for it; 0, it can't; -errno when that can't be told: 32-bit programs aren't run here, or none can be started.
 */
int witness_ask(void);

/* The same of a program that makes the call by an `int $0x80` of its own. */
int witness_ask_int80(void);

#endif
