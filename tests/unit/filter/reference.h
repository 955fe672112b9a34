/* SPDX-License-Identifier: MIT
 * What the tests of filter/ share: an interpreter of BPF, written on its own, and the kernel, which checks every
 * filter it loads. */
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

/* Whether a condition holds; `op` is BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET. */
bool reference_holds(unsigned op, uint32_t word, uint32_t value);

/* What a filter answers. *executed becomes the number of instructions that were executed; it may be null. */
uint32_t reference_answer(const struct sock_filter *code, unsigned length, const struct seccomp_data *data,
			  unsigned *executed);

/* Whether the kernel accepts the filter. A child loads it and ends, which the filter must allow, or kill for. */
bool reference_kernel_accepts(const struct sock_filter *code, unsigned length);

#endif
