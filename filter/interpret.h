/* SPDX-License-Identifier: MIT
 * What a seccomp filter answers to a call of which only some words are known. */
#ifndef FILTER_INTERPRET_H
#define FILTER_INTERPRET_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>

#include "filter/filter.h"

enum { FILTER_WORDS = sizeof(struct seccomp_data) / sizeof(uint32_t) };

/* A call as a filter sees it: struct seccomp_data in words of 32 bits. word[i] is known if bit i of `known` is set. */
struct filter_call {
	uint32_t word[FILTER_WORDS];
	uint32_t known;
};

/*
 * A call from 32-bit code, of which the system-call number and the architecture (`arch`, an AUDIT_ARCH_*) are
 * known. Such a call's arguments and instruction pointer have 32 bits, so their high words are known to be 0.
 * Their low words are not known.
 */
struct filter_call filter_call32(uint32_t number, uint32_t arch);

/* Makes the word at `offset` in struct seccomp_data (FILTER_NUMBER, FILTER_ARGUMENT(0), ...) known to be `value`. */
void filter_call_know(struct filter_call *call, unsigned offset, uint32_t value);

/*
 * Runs `filter`, of `length` instructions, with every value that the unknown words may have: where a jump depends
 * on an unknown word, both ways are followed. Returns 0 and stores the answer (SECCOMP_RET_*, with its data) in
 * *verdict if it is the same in all cases. Returns -EAGAIN if the answer depends on unknown words, if there are
 * too many cases to follow, or if the kernel would not accept this filter.
 */
int filter_interpret(const struct sock_filter *filter, unsigned length, const struct filter_call *call,
		     uint32_t *verdict);

#endif
