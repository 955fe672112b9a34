/* SPDX-License-Identifier: MIT
 *
 * How the twin "served" uses the library: the guest's memory is that of the sequence (sequence.h), and the guest's
 * descriptors are this process' own.
 */
#ifndef DIFFERENTIAL_SERVED_H
#define DIFFERENTIAL_SERVED_H

#include <stdbool.h>
#include <stdint.h>

/* Names of faults for served_start()'s `mutant`, which show that the test can fail. */
#define SERVED_MUTANTS "errno", "byte", "descriptor", "flags", "sigpipe"

/* Prepares for guests of this architecture of abi/arch. `mutant` may be null. Returns false if either is unknown. */
bool served_start(const char *guest, const char *mutant);

/* Serves one call. Returns its result or -errno, with the guest's error numbers. Sets *sigpipes to the number of
 * SIGPIPE signals that the guest has to get. */
int64_t served_call(int call, uint64_t block, uint32_t *sigpipes);

#endif
