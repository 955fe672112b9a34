/* SPDX-License-Identifier: MIT
 * Keeps a benchmark on one processor. A file that includes this defines _GNU_SOURCE first. */
#ifndef BENCH_PROCESSOR_H
#define BENCH_PROCESSOR_H

#include <sched.h>

static inline void stay_on_one_processor(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof one, &one);
}

#endif
