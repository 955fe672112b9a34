/* SPDX-License-Identifier: MIT */
#include "filter/interpret.h"

#include <errno.h>
#include <stdbool.h>

enum {
	WAYS_MOST = 64,       /* ways that wait to be followed at one time; in real filters there are only a few */
	STEPS_MOST = 1 << 16, /* instructions that are executed on all ways together */
};

struct value {
	uint32_t word;
	bool known;
};

/* One way through the filter: the next instruction, and the registers and the memory there. */
struct way {
	unsigned at;
	struct value a, x, memory[BPF_MEMWORDS];
};

struct runs {
	struct way waiting[WAYS_MOST];
	unsigned count;
	uint32_t verdict; /* the same on all ways that have been followed to their end, if `found` */
	bool found;
};

void filter_call_know(struct filter_call *call, unsigned offset, uint32_t value)
{
	call->word[offset / sizeof value] = value;
	call->known |= 1U << offset / sizeof value;
}

struct filter_call filter_call32(uint32_t number, uint32_t arch)
{
	struct filter_call call = { .known = 0 };

	filter_call_know(&call, FILTER_NUMBER, number);
	filter_call_know(&call, FILTER_ARCH, arch);
	filter_call_know(&call, FILTER_CALLER_HIGH, 0);
	for (unsigned i = 0; i < FILTER_ARGUMENTS; i++)
		filter_call_know(&call, FILTER_ARGUMENT_HIGH(i), 0);
	return call;
}

/* The arithmetic that seccomp(2) accepts. A division by 0 ends the filter with the answer 0: *ended. */
static int calculate(uint16_t code, struct value *a, struct value operand, bool *ended)
{
	bool known = a->known && (operand.known || BPF_OP(code) == BPF_NEG);
	uint32_t k = operand.word;

	if (BPF_OP(code) == BPF_DIV && !operand.known)
		return -EAGAIN; /* it might end here */
	switch (BPF_OP(code)) {
	case BPF_ADD:
		a->word += k;
		break;
	case BPF_SUB:
		a->word -= k;
		break;
	case BPF_MUL:
		a->word *= k;
		break;
	case BPF_DIV:
		*ended = !k;
		if (k)
			a->word /= k;
		break;
	case BPF_AND:
		a->word &= k;
		known = known || (operand.known && !k);
		break;
	case BPF_OR:
		a->word |= k;
		break;
	case BPF_XOR:
		a->word ^= k;
		break;
	case BPF_LSH:
		a->word <<= k & 31;
		break;
	case BPF_RSH:
		a->word >>= k & 31;
		break;
	case BPF_NEG:
		a->word = -a->word;
		break;
	default:
		return -EAGAIN;
	}
	a->known = known;
	return 0;
}

static bool holds(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	default:
		return (a & k) != 0;
	}
}

/* If the condition depends on an unknown word, both ways are followed: one now, the other one later. */
static int jump(struct runs *runs, struct way *way, const struct sock_filter *op, struct value operand)
{
	if (BPF_OP(op->code) == BPF_JA) {
		way->at += op->k;
		return 0;
	}
	if (BPF_OP(op->code) > BPF_JSET)
		return -EAGAIN;
	if (way->a.known && operand.known) {
		way->at += holds(op->code, way->a.word, operand.word) ? op->jt : op->jf;
		return 0;
	}
	if (runs->count == WAYS_MOST)
		return -EAGAIN;
	runs->waiting[runs->count] = *way;
	runs->waiting[runs->count++].at += op->jf;
	way->at += op->jt;
	return 0;
}

static int read_word(const struct sock_filter *op, const struct way *way, const struct filter_call *call,
		     struct value *to)
{
	uint32_t word = op->k / sizeof(uint32_t);

	switch (op->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (op->k % sizeof(uint32_t) || word >= FILTER_WORDS)
			return -EAGAIN;
		*to = (struct value){ call->word[word], call->known >> word & 1 };
		return 0;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
		*to = (struct value){ sizeof(struct seccomp_data), true };
		return 0;
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
		*to = (struct value){ op->k, true };
		return 0;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		if (op->k >= BPF_MEMWORDS)
			return -EAGAIN;
		*to = way->memory[op->k];
		return 0;
	}
	return -EAGAIN;
}

static int answer(struct runs *runs, struct value verdict)
{
	if (!verdict.known || (runs->found && runs->verdict != verdict.word))
		return -EAGAIN;
	runs->verdict = verdict.word;
	runs->found = true;
	return 0;
}

/* Executes one instruction. *ended becomes true if the way has its verdict. */
static int step(struct runs *runs, struct way *way, const struct sock_filter *op, const struct filter_call *call,
		bool *ended)
{
	struct value operand = BPF_SRC(op->code) == BPF_X ? way->x : (struct value){ op->k, true };
	int r;

	switch (BPF_CLASS(op->code)) {
	case BPF_LD:
		return read_word(op, way, call, &way->a);
	case BPF_LDX:
		return read_word(op, way, call, &way->x);
	case BPF_ST:
	case BPF_STX:
		if (op->k >= BPF_MEMWORDS)
			return -EAGAIN;
		way->memory[op->k] = BPF_CLASS(op->code) == BPF_ST ? way->a : way->x;
		return 0;
	case BPF_ALU:
		r = calculate(op->code, &way->a, operand, ended);
		return r || !*ended ? r : answer(runs, (struct value){ 0, true });
	case BPF_JMP:
		return jump(runs, way, op, operand);
	case BPF_RET:
		*ended = true;
		return answer(runs, BPF_RVAL(op->code) == BPF_A ? way->a : (struct value){ op->k, true });
	}
	if (BPF_MISCOP(op->code) == BPF_TAX)
		way->x = way->a;
	else
		way->a = way->x;
	return 0;
}

int filter_interpret(const struct sock_filter *filter, unsigned length, const struct filter_call *call,
		     uint32_t *verdict)
{
	/* The accumulator and the index begin with 0. So does the memory; but no filter may read it unwritten. */
	struct runs runs;
	unsigned steps = 0;

	runs.verdict = 0;
	runs.found = false;
	runs.count = 1;
	runs.waiting[0] = (struct way){ .a.known = true, .x.known = true };
	while (runs.count) {
		struct way way = runs.waiting[--runs.count];
		bool ended = false;

		while (!ended) {
			int r = -EAGAIN;

			if (way.at < length && steps++ < STEPS_MOST) {
				const struct sock_filter *op = &filter[way.at++];

				r = step(&runs, &way, op, call, &ended);
			}
			if (r)
				return r;
		}
	}
	*verdict = runs.verdict;
	return 0;
}
