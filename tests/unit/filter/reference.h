/* SPDX-License-Identifier: MIT
 * For the tests of filter/: a second interpreter of BPF, written independently, and the kernel's check of filters. */
#ifndef FILTER_REFERENCE_H
#define FILTER_REFERENCE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/fixtures/tap.h"

#define ALLOW     SECCOMP_RET_ALLOW
#define LOG       SECCOMP_RET_LOG
#define TRAP      SECCOMP_RET_TRAP
#define KILL      SECCOMP_RET_KILL_PROCESS
#define ERROR(e)  (SECCOMP_RET_ERRNO | (e))
#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* True if a condition is true; `op` is BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET. */
bool reference_holds(unsigned op, uint32_t word, uint32_t value);

/* Returns a filter's verdict. Sets *executed to the number of executed instructions; `executed` may be null. */
uint32_t reference_answer(const struct sock_filter *code, unsigned length, const struct seccomp_data *data,
			  unsigned *executed);

/* True if the kernel accepts the filter. A child loads it and exits, which the filter must allow, or kill for. */
bool reference_kernel_accepts(const struct sock_filter *code, unsigned length);

#endif
