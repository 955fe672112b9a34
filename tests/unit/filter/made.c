/* SPDX-License-Identifier: MIT */
#include "tests/unit/filter/made.h"

#include "abi/x86.h"
#include "filter/filter.h"
#include "filter/interpret.h"
#include "tests/unit/filter/reference.h"

#include <errno.h>
#include <stdlib.h>

const struct abi_arch *i386(void)
{
	return abi_arch("i386");
}

static uint64_t state;

void made_begin(void)
{
	const char *seed = getenv("SEED");

	state = seed ? strtoull(seed, NULL, 10) : 31431;
}

uint32_t some(uint32_t below)
{
	state = state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(state >> 33) % below;
}

void add(struct made *filter, unsigned op, uint32_t k, unsigned jt, unsigned jf)
{
	if (filter->length == MADE_MOST)
		abort();
	filter->code[filter->length++] =
		(struct sock_filter)BPF_JUMP((unsigned short)op, k, (unsigned char)jt, (unsigned char)jf);
}

static const uint32_t verdicts[] = { ALLOW,
				     ALLOW,
				     ALLOW,
				     LOG,
				     ERROR(EPERM),
				     ERROR(ENOSYS),
				     ERROR(EACCES),
				     TRAP,
				     TRAP | 7,
				     KILL,
				     SECCOMP_RET_KILL_THREAD,
				     SECCOMP_RET_TRACE | 3,
				     SECCOMP_RET_USER_NOTIF };

static uint32_t some_verdict(void)
{
	return verdicts[some(LENGTH(verdicts))];
}

uint32_t some_number(void)
{
	static const uint32_t others[] = { 1, 3, I386_MUNMAP, I386_MMAP2, I386_SET_THREAD_AREA, I386_SECCOMP };
	int call = 1 + (int)some(SOCKETCALL_CALLS);

	switch (some(8)) {
	case 0:
	case 1:
		return (uint32_t)i386()->socketcall;
	case 2:
		return (uint32_t)i386()->rt_sigprocmask;
	case 3:
		return (uint32_t)i386()->recvmmsg_time64;
	case 4:
		return others[some(LENGTH(others))];
	}
	return (uint32_t)abi_direct(i386(), call) + (some(8) == 0);
}

void make_rules(struct made *filter, enum made_of of)
{
	unsigned rules = some(20);

	filter->length = 0;
	if (some(2)) {
		add(filter, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
		add(filter, BPF_JMP | BPF_JEQ | BPF_K, i386()->token, 1, 0);
		add(filter, BPF_RET | BPF_K, some_verdict(), 0, 0);
	}
	while (rules--) {
		uint32_t number = some_number();
		bool is_multiplexed = number == (uint32_t)i386()->socketcall;
		unsigned by_word = (of == MADE_OF_ARGUMENTS || is_multiplexed) && some(3) == 0 ? 2 : 0;

		add(filter, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
		if (some(6) == 0 && (of == MADE_OF_ARGUMENTS || !by_word)) {
			add(filter, BPF_JMP | BPF_JGE | BPF_K, number, 0, 2 + by_word);
			add(filter, BPF_JMP | BPF_JGT | BPF_K, number + some(12), 1 + by_word, 0);
		} else {
			add(filter, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1 + by_word);
		}
		if (by_word) {
			add(filter, BPF_LD | BPF_W | BPF_ABS,
			    FILTER_ARGUMENT(some(3) || of == MADE_OF_CALLS ? 0 : some(6)), 0, 0);
			add(filter, BPF_JMP | (some(2) ? BPF_JEQ : BPF_JGT) | BPF_K, some(22), 0, 1);
		}
		add(filter, BPF_RET | BPF_K, some_verdict(), 0, 0);
	}
	add(filter, BPF_RET | BPF_K, some_verdict(), 0, 0);
}

void make_anything(struct made *filter)
{
	static const unsigned alu[] = {
		BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH
	};
	static const unsigned jumps[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	unsigned length = 2 + some(60);

	filter->length = 0;
	for (unsigned i = 0; i < 4; i++)
		add(filter, BPF_ST, i, 0, 0);
	while (filter->length < length + 4) {
		unsigned room = length + 4 - filter->length, source = some(3) ? BPF_K : BPF_X, op;

		switch (some(12)) {
		case 0:
		case 1:
		case 2:
			add(filter, BPF_LD | BPF_W | BPF_ABS, some(FILTER_WORDS) * 4, 0, 0);
			break;
		case 3:
			add(filter, some(2) ? BPF_LD | BPF_W | BPF_LEN : BPF_LDX | BPF_W | BPF_LEN, 0, 0, 0);
			break;
		case 4:
			add(filter, (some(2) ? BPF_LD : BPF_LDX) | BPF_IMM, some(9), 0, 0);
			break;
		case 5:
			add(filter, (some(2) ? BPF_LD : BPF_LDX) | BPF_MEM, some(4), 0, 0);
			break;
		case 6:
			add(filter, some(2) ? BPF_ST : BPF_STX, some(4), 0, 0);
			break;
		case 7:
			add(filter, BPF_MISC | (some(2) ? BPF_TAX : BPF_TXA), 0, 0, 0);
			break;
		case 8:
			op = alu[some(LENGTH(alu))];
			add(filter, BPF_ALU | op | source, op == BPF_DIV ? 1 + some(9) : some(30), 0, 0);
			break;
		case 9:
			add(filter, BPF_ALU | BPF_NEG, 0, 0, 0);
			break;
		case 10:
			add(filter, BPF_JMP | jumps[some(4)] | source, some(2) ? some(500) : some(9), some(room),
			    some(room));
			break;
		case 11:
			if (some(4))
				add(filter, BPF_JMP | BPF_JA, some(room), 0, 0);
			else
				add(filter, BPF_RET | (some(4) ? BPF_K : BPF_A), some_verdict(), 0, 0);
			break;
		}
	}
	add(filter, BPF_RET | BPF_K, some_verdict(), 0, 0);
}

struct seccomp_data some_data(uint32_t number)
{
	struct seccomp_data data = { .nr = (int)number, .arch = i386()->token, .instruction_pointer = some(1 << 30) };

	for (unsigned i = 0; i < LENGTH(data.args); i++)
		data.args[i] = some(2) ? some(24) : some(5) ? 0 : ~0U;
	return data;
}
