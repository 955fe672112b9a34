/* SPDX-License-Identifier: MIT
 * Makes a program's own filter answer direct socket calls as it answers the multiplexed calls that they replace. */
#ifndef FILTER_EQUALIZE_H
#define FILTER_EQUALIZE_H

#include <linux/filter.h>
#include <stdint.h>

#include "abi/abi.h"

enum {
	FILTER_MEMORY_CHECK_WORDS = 3,
	/*
	 * At most: 3 instructions at the beginning and 1 at the end. For each call, 2 that compare the number and
	 * answer; if it has no number of its own, another answer, and 2 for each word by which it differs from its
	 * maker. 2 for recvmmsg's other number. For the memory check, 2, and 2 for each word.
	 */
	FILTER_EQUALIZE_LENGTH =
		SOCKETCALL_CALLS * (1 + 2 * SOCKETCALL_WORDS) + 2 + (2 + 2 * FILTER_MEMORY_CHECK_WORDS) + 3 + 1,
};

/*
 * The call of rt_sigprocmask by which a demultiplexer checks whether a block of arguments can be read
 * (run/demux/ask.h). With these words the call has no other effect, so a filter may always allow it.
 */
struct filter_memory_check {
	uint32_t words[FILTER_MEMORY_CHECK_WORDS];
	unsigned char at[FILTER_MEMORY_CHECK_WORDS]; /* which arguments the words are, from 0 on */
};

/*
 * A program on `arch` is about to load `filter`, of `length` instructions. The program makes multiplexed calls; a
 * demultiplexer replaces each by a direct call, of which the filter's author may not have thought. This function
 * writes to front[] the instructions that must come before the filter. They answer some direct calls in the
 * filter's place, and continue at the filter's first instruction with everything else. They answer a direct call
 * only if the filter refuses it whatever its arguments are:
 *
 *   multiplexed call         the direct call is answered with
 *   ALLOW, LOG or ERRNO      the same
 *   TRAP                     ERRNO and ENOSYS, so that the demultiplexer makes the multiplexed call after all
 *   TRACE or USER_NOTIF      ERRNO and ENOSYS, as above; but if the filter's answer to the direct call is TRACE or
 *                            USER_NOTIF, too, that stands: where an older filter refuses the multiplexed call, the
 *                            tracer or the listener would not see it
 *   KILL_*                   the filter's own answer
 *   depends on arguments     the filter's own answer
 *
 * If at least one socket call may be allowed, the call `check` is allowed, too. Nothing is allowed that the
 * filter doesn't allow by the multiplexed call. The instructions are those of seccomp(2), as in kernel/seccomp.c
 * of Linux 5.9 to 6.18.
 *
 * Returns how many instructions were written, or 0 if nothing has to come before the filter, or -E2BIG if
 * FILTER_EQUALIZE_LENGTH instructions are not enough.
 */
int filter_equalize(const struct sock_filter *filter, unsigned length, const struct abi_arch *arch,
		    const struct filter_memory_check *check, struct sock_filter front[FILTER_EQUALIZE_LENGTH]);

#endif
