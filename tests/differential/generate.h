/* SPDX-License-Identifier: MIT
 *
 * Random sequences of calls. From one seed come two versions of the same calls, for the kernel here and for the guest:
 * the addresses and sizes are the same; each number has the byte order and the constants of its caller.
 */
#ifndef DIFFERENTIAL_GENERATE_H
#define DIFFERENTIAL_GENERATE_H

#include "guests.h"
#include "sequence.h"

/*
 * Fills *sequence from the seed. The guest decides the width of words. If `as_guest`, numbers are written as the guest
 * writes them, else as the kernel here does. For a guest with constants of its own, only options are used whose
 * constants are known for both.
 */
void generate(struct sequence *sequence, uint32_t seed, const struct guest *guest, bool as_guest);

#endif
