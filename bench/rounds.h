/* SPDX-License-Identifier: MIT
 * How the benchmarks measure: they time things in interleaved rounds, and print the median of the rounds' ratios. */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 601 };

/* ns */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof sorted);
	qsort(sorted, ROUNDS, sizeof *sorted, by_value);
	return sorted[ROUNDS / 2];
}

/* Prints the ratio of two things' times, and whether it is at most `target`. If `target` is 0, or if COUNTED is in the
 * environment (then now() counts instructions), prints only the ratio. */
static void ratio(const char *text, const double *thing, const double *other, double target)
{
	double ratios[ROUNDS], r;

	for (int i = 0; i < ROUNDS; i++)
		ratios[i] = thing[i] / other[i];
	r = median(ratios);
	printf("%-66s %.3f", text, r);
	if (target > 0 && !getenv("COUNTED"))
		printf("  (wanted: at most %.2f)%s", target, r <= target ? "" : "  MISSED");
	putchar('\n');
}

#endif
