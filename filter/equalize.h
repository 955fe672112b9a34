/* SPDX-License-Identifier: MIT
 * A program's own seccomp filter, made to answer the direct calls like the multiplexed ones that they are made of. */
#ifndef FILTER_EQUALIZE_H
#define FILTER_EQUALIZE_H

#include <linux/filter.h>

#include "abi/abi.h"

enum { FILTER_EQUALIZE_MOST = 128 };

/* How a demultiplexer asks whether memory can be read: words of rt_sigprocmask by which it does nothing else. */
struct filter_question {
	uint32_t words[3];
	unsigned char at[3]; /* which arguments the words are, from 0 on */
};

/*
 * What has to come before `filter`, `length` instructions that a program on `arch` is about to load, when the program's
 * multiplexed calls are made directly behind its back: instructions that answer direct calls in its stead, and go on at the
 * filter's first instruction with everything else. A direct call that the filter refuses, whatever its arguments, is answered
 *   - as the filter answers the multiplexed call, where it lets that through or refuses it by an errno;
 *   - ENOSYS, where it has that one trapped, traced or reported: the demultiplexer then makes the multiplexed call after all.
 * Both answers must not depend on anything but the number and the call. Where one does, or the filter is stricter with the
 * multiplexed call, or lets the direct one through, its own word stands; so it does where it has both traced or reported, since
 * of the multiplexed one, where an older filter refuses that, nobody would hear. Where a multiplexed call is let through, so
 * is what `ask` says, unless the filter is known to let that through.
 *
 * Nothing is let through that the filter's author didn't let through by the other door. seccomp(2); Linux 5.9 to 6.18's
 * kernel/seccomp.c for the instructions that there are.
 *
 * Returns how many instructions were written to front[], 0 when nothing has to come before it.
 */
unsigned filter_equalize(const struct sock_filter *filter, unsigned length, const struct abi_arch *arch,
		      const struct filter_question *ask, struct sock_filter front[FILTER_EQUALIZE_MOST]);

#endif
