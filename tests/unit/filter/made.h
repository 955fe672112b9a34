/* SPDX-License-Identifier: MIT
 * Made-up filters and calls: the same ones each time, or others with SEED=N in the environment. */
#ifndef FILTER_MADE_H
#define FILTER_MADE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>

#include "abi/abi.h"

enum { MADE_MOST = 400 };

struct made {
	struct sock_filter code[MADE_MOST];
	unsigned length;
};

void made_begin(void);

/* A number from 0 to `below` - 1. */
uint32_t some(uint32_t below);

/* The architecture that all this is about. */
const struct abi_arch *i386(void);

/* One instruction more. */
void add(struct made *filter, unsigned op, uint32_t k, unsigned jt, unsigned jf);

/* What a filter looks at besides the number. */
enum made_of {
	MADE_OF_CALLS,     /* which call a multiplexed one is */
	MADE_OF_ARGUMENTS, /* any arguments */
};

/* A filter as people write them: number by number, a range here and there, and conditions on arguments. */
void make_rules(struct made *filter, enum made_of of);

/* A filter as nobody writes it: any instructions that the kernel takes. */
void make_anything(struct made *filter);

/* The number of a system call that matters to equalize.c, or one near it. */
uint32_t some_number(void);

/* A call of i386 with small arguments, many of them 0. */
struct seccomp_data some_data(uint32_t number);

#endif
