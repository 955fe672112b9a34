/* SPDX-License-Identifier: MIT
 * For the tests of policy/: reads a policy, and returns the verdict of its filter. */
#ifndef TESTS_UNIT_POLICY_COMMON_H
#define TESTS_UNIT_POLICY_COMMON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/interpret.h"
#include "policy/policy.h"
#include "tests/fixtures/tap.h"

enum { RULES = 1024, ARCH_I386 = 0x40000003, ARCH_X86_64 = (int)0xc000003e };

/* A policy with its memory. Not initialized. */
struct sample {
	struct socketcall_policy policy;
	struct socketcall_policy_rule rules[RULES];
	struct socketcall_policy_error error;
	int result; /* 0, or the error of reading the policy */
};

static inline void sample_families(struct sample *sample, const char *list, uint32_t refused)
{
	memset(&sample->policy, 0, sizeof sample->policy);
	memset(&sample->error, 0, sizeof sample->error);
	sample->policy.rules = sample->rules;
	sample->policy.capacity = RULES;
	sample->result = socketcall_policy_families(&sample->policy, list, strlen(list), refused, &sample->error);
}

static inline void sample_profile(struct sample *sample, const char *json, size_t length, uint64_t capabilities)
{
	const struct socketcall_policy_machine machine = { capabilities, 6, 1 };

	memset(&sample->policy, 0, sizeof sample->policy);
	memset(&sample->error, 0, sizeof sample->error);
	sample->policy.rules = sample->rules;
	sample->policy.capacity = RULES;
	sample->result = socketcall_policy_profile(&sample->policy, json, length, &machine, &sample->error);
}

static inline struct seccomp_data data_of(uint32_t arch, int number, const uint64_t args[6])
{
	struct seccomp_data data = { .nr = number, .arch = arch, .instruction_pointer = 0x1000 };

	memcpy(data.args, args, sizeof data.args);
	return data;
}

/* Returns the filter's verdict; ends the program if the kernel would refuse such a filter. */
static inline uint32_t filter_answer(const struct sock_filter *filter, int length, const struct seccomp_data *data)
{
	struct filter_call call = { .known = (1u << FILTER_WORDS) - 1 };
	uint32_t verdict;

	memcpy(call.word, data, sizeof *data);
	if (length <= 0 || filter_interpret(filter, (unsigned)length, &call, &verdict)) {
		printf("Bail out! a filter of %d instructions can't be interpreted\n", length);
		exit(1);
	}
	return verdict;
}

/* A linear congruential generator: the same numbers everywhere. */
static inline uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static inline uint64_t seed_from(int argc, char **argv)
{
	return argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
}

#endif
