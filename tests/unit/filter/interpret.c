/* SPDX-License-Identifier: MIT
 *
 * Compares filter/interpret.c with an interpreter of BPF that runs one call at a time, on thousands of random filters.
 */
#include "filter/interpret.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/filter/made.h"
#include "tests/unit/filter/reference.h"

enum { ROUNDS = 16000, SAMPLES = 24 };

static void know(struct filter_call *call, const struct seccomp_data *data, uint32_t known)
{
	memcpy(call->word, data, sizeof call->word);
	call->known = known;
	for (unsigned i = 0; i < FILTER_WORDS; i++)
		if (!(known >> i & 1))
			call->word[i] = some(1 << 30);
}

/* A verdict that filter_interpret() returns must be right, whether all words of a call are known or only some. If all
 * are known, it must return one. */
static void test_answers(void)
{
	int wrong = 0, untold = 0, told = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct made filter;
		struct filter_call call;
		struct seccomp_data data = some_data(some_number());
		uint32_t verdict, known = some(1 << FILTER_WORDS) | (round % 4 ? 3 : 0);

		if (round % 2)
			make_anything(&filter);
		else
			make_rules(&filter, MADE_OF_ARGUMENTS);
		know(&call, &data, ~0U);
		if (filter_interpret(filter.code, filter.length, &call, &verdict))
			untold++;
		else
			wrong += verdict != reference_answer(filter.code, filter.length, &data, NULL);
		know(&call, &data, known);
		if (filter_interpret(filter.code, filter.length, &call, &verdict))
			continue;
		told++;
		for (int i = 0; i < SAMPLES; i++) {
			struct seccomp_data other = some_data(some_number());
			uint32_t *words = (uint32_t *)&other;

			for (unsigned w = 0; w < FILTER_WORDS; w++)
				if (known >> w & 1)
					memcpy(&words[w], (const char *)&data + (size_t)w * 4, 4);
			wrong += verdict != reference_answer(filter.code, filter.length, &other, NULL);
		}
	}
	printf("# %d verdicts of calls known in part\n", told);
	ok(wrong == 0, "filter_interpret() returns the interpreter's verdicts");
	ok(untold == 0, "it returns a verdict for every call of which all words are known");
	ok(told > ROUNDS / 4, "it returns verdicts for many others, too");
}

static void test_bad_filters(void)
{
	static const struct sock_filter bad[][2] = {
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 1), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(struct seccomp_data)), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_MEM, BPF_MEMWORDS), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_STMT(BPF_ST, 1U << 31), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)-1), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 255, 255), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_JUMP(BPF_JMP | 0x50 | BPF_K, 0, 0, 0), BPF_STMT(BPF_RET | BPF_K, ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) },
	};
	struct filter_call call = { .known = ~0U };
	uint32_t verdict;
	int told = 0;

	for (size_t i = 0; i < LENGTH(bad); i++)
		told += !filter_interpret(bad[i], 2, &call, &verdict);
	ok(told == 0, "it returns no verdict for invalid filters");
}

int main(void)
{
	made_begin();
	test_answers();
	test_bad_filters();
	return plan();
}
