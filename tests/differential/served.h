/* SPDX-License-Identifier: MIT
 *
 * The library as the twin that is compared with the kernel uses it: the guest's memory is the sequence's (sequence.h),
 * and its descriptors are this process's own.
 */
#ifndef DIFFERENTIAL_SERVED_H
#define DIFFERENTIAL_SERVED_H

#include <stdbool.h>
#include <stdint.h>

/* How a server may be made wrong, so that the test can be seen to fail: served_start()'s `mutant`. */
#define SERVED_MUTANTS "errno", "byte", "descriptor", "flags", "sigpipe"

/* For guests of that row of abi/arch. False where there is no such guest or mutant (null: none). */
bool served_start(const char *guest, const char *mutant);

/* Serves one call; its result or -errno, by the guest's numbers. *sigpipes counts the signals that are due. */
int64_t served_call(int call, uint64_t block, uint32_t *sigpipes);

#endif
