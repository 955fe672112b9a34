/* SPDX-License-Identifier: MIT
 *
 * Random sequences of calls. The same seed makes the same calls for the kernel here and for a guest that writes numbers
 * differently: at the same addresses, of the same sizes, each number in the order and with the constants of its
 * caller.
 */
#ifndef DIFFERENTIAL_GENERATE_H
#define DIFFERENTIAL_GENERATE_H

#include "guests.h"
#include "sequence.h"

/*
 * Fills *sequence with what the seed stands for. `guest` says how wide words are; `as_guest` whether numbers are
 * written as that guest does or as the kernel here does. A guest with constants of its own is given only such options
 * as are known by name.
 */
void generate(struct sequence *sequence, uint32_t seed, const struct guest *guest, bool as_guest);

#endif
