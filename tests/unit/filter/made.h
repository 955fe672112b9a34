/* SPDX-License-Identifier: MIT
 * Random filters and calls: the same ones in each run, or others with SEED=N in the environment. */
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

/* The architecture that the filters are about. */
const struct abi_arch *i386(void);

/* Appends an instruction. */
void add(struct made *filter, unsigned op, uint32_t k, unsigned jt, unsigned jf);

/* What a filter compares, besides the number. */
enum made_of {
	MADE_OF_CALLS,     /* which call a multiplexed one is */
	MADE_OF_ARGUMENTS, /* any arguments */
};

/* Makes a filter as people write them: number by number, some ranges, and conditions on arguments. */
void make_rules(struct made *filter, enum made_of of);

/* Makes a filter of random instructions that the kernel accepts. */
void make_anything(struct made *filter);

/* The number of a system call that matters to equalize.c, or one near it. */
uint32_t some_number(void);

/* Makes a call of i386 with small arguments, many of them 0. */
struct seccomp_data some_data(uint32_t number);

#endif
