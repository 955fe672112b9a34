/* SPDX-License-Identifier: MIT
 * What a seccomp filter answers, as far as that can be told from some of a call's words. */
#ifndef FILTER_INTERPRET_H
#define FILTER_INTERPRET_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

enum { VERDICT_WORDS = sizeof(struct seccomp_data) / sizeof(uint32_t) };

/* A call as a filter sees it, in words of 32 bits; bit i of `known` says that word[i] is. */
struct verdict_call {
	uint32_t word[VERDICT_WORDS];
	uint32_t known;
};

/* Where argument `i`, from 0 on, begins in struct seccomp_data: its low word. x86 is little-endian. */
#define VERDICT_ARGUMENT(i) (offsetof(struct seccomp_data, args) + (i) * sizeof(uint64_t))

/* A call of which a number and an AUDIT_ARCH_* of 32 bits are known, and so that nothing is above its 32-bit words. */
struct verdict_call verdict_call32(uint32_t number, uint32_t arch);

/* The word of struct seccomp_data that begins at that byte. */
void verdict_know(struct verdict_call *call, unsigned byte, uint32_t value);

/*
 * Runs `filter`, of `length` instructions, in every way that the unknown words leave open. 0 and *verdict (SECCOMP_RET_*
 * with its data), when that is the same in all of them; or -EAGAIN: it depends, or it would take too long to tell, or this is
 * no filter that seccomp(2) takes.
 */
int verdict_of(const struct sock_filter *filter, unsigned length, const struct verdict_call *call, uint32_t *verdict);

#endif
