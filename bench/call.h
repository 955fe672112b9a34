/* SPDX-License-Identifier: MIT
 * Makes a call by a given entry, in a loop that does nothing else. All benchmarks use this loop, so their times are
 * comparable. */
#ifndef BENCH_CALL_H
#define BENCH_CALL_H

#include "bench/rounds.h"

enum { CALLS = 200, LISTEN = 4, DIRECT_LISTEN = 363 };

typedef long enter(void);

static inline __attribute__((always_inline)) long call2(enter *entry, long number, long a, long b)
{
	long result;

	__asm__ volatile("call *%1" : "=a"(result) : "r"(entry), "0"(number), "b"(a), "c"(b) : "memory", "cc");
	return result;
}

/* ns of one call */
static double time_calls(enter *entry, long number, long a, long b)
{
	double start = now();

	for (int i = 0; i < CALLS; i++)
		call2(entry, number, a, b);
	return (now() - start) / CALLS;
}

#endif
