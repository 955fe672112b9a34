/* SPDX-License-Identifier: MIT
 *
 * filter/interpret.c and filter/equalize.c, held against an interpreter of BPF that is written here, and against the kernel, which
 * checks every filter that it is to load. Thousands of made-up filters, the same ones each time; SEED=N for others.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter/equalize.h"
#include "filter/reports.h"
#include "filter/interpret.h"

enum { FILTER_MOST = 400, ROUNDS = 4000, SAMPLES = 24, LOADED = 300 };
#define ALLOW     SECCOMP_RET_ALLOW
#define LOG       SECCOMP_RET_LOG
#define TRAP      SECCOMP_RET_TRAP
#define KILL      SECCOMP_RET_KILL_PROCESS
#define ERROR(e)  (SECCOMP_RET_ERRNO | (e))
#define START     (SECCOMP_RET_TRACE | 1)
#define LOAD      (SECCOMP_RET_TRACE | 2)
#define NATIVE    (SECCOMP_RET_TRACE | 3)
#define LENGTH(a) (sizeof(a) / sizeof *(a))

struct filter {
	struct sock_filter code[FILTER_MOST];
	unsigned length;
};

static const struct abi_arch *i386;
static const struct filter_memory_check ask = { .words = { (uint32_t)-1, 0, 8 }, .at = { 0, 2, 3 } };
static int tests;

static void ok(int good, const char *what)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
}

/* ---- An interpreter ---------------------------------------------------------------------------------------------- */

static uint32_t interpret(const struct sock_filter *code, unsigned length, const struct seccomp_data *data)
{
	uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = { 0 };

	for (unsigned at = 0; at < length; at++) {
		const struct sock_filter *f = &code[at];
		uint32_t k = f->code & BPF_X && BPF_CLASS(f->code) >= BPF_ALU ? x : f->k;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f->k, sizeof a);
			break;
		case BPF_LD | BPF_W | BPF_LEN:
			a = sizeof *data;
			break;
		case BPF_LDX | BPF_W | BPF_LEN:
			x = sizeof *data;
			break;
		case BPF_LD | BPF_IMM:
			a = k;
			break;
		case BPF_LDX | BPF_IMM:
			x = k;
			break;
		case BPF_LD | BPF_MEM:
			a = memory[k];
			break;
		case BPF_LDX | BPF_MEM:
			x = memory[k];
			break;
		case BPF_ST:
			memory[k] = a;
			break;
		case BPF_STX:
			memory[k] = x;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_MISC | BPF_TXA:
			a = x;
			break;
		case BPF_ALU | BPF_NEG:
			a = 0 - a;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_RET | BPF_A:
			return a;
		case BPF_JMP | BPF_JA:
			at += f->k;
			break;
		default:
			if (BPF_CLASS(f->code) == BPF_JMP) {
				int is = BPF_OP(f->code) == BPF_JEQ   ? a == k
					 : BPF_OP(f->code) == BPF_JGT ? a > k
					 : BPF_OP(f->code) == BPF_JGE ? a >= k
								      : (a & k) != 0;
				at += is ? f->jt : f->jf;
				break;
			}
			switch (BPF_OP(f->code)) {
			case BPF_ADD:
				a += k;
				break;
			case BPF_SUB:
				a -= k;
				break;
			case BPF_MUL:
				a *= k;
				break;
			case BPF_DIV:
				if (!k)
					return 0;
				a /= k;
				break;
			case BPF_AND:
				a &= k;
				break;
			case BPF_OR:
				a |= k;
				break;
			case BPF_XOR:
				a ^= k;
				break;
			case BPF_LSH:
				a <<= k & 31;
				break;
			case BPF_RSH:
				a >>= k & 31;
				break;
			default:
				abort();
			}
		}
	}
	abort();
}

/* ---- Filters ------------------------------------------------------------------------------------------------------- */

static uint64_t state;

static uint32_t some(uint32_t below)
{
	state = state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(state >> 33) % below;
}

static void add(struct filter *filter, unsigned op, uint32_t k, unsigned jt, unsigned jf)
{
	if (filter->length == FILTER_MOST)
		abort();
	filter->code[filter->length++] =
		(struct sock_filter)BPF_JUMP((unsigned short)op, k, (unsigned char)jt, (unsigned char)jf);
}

#define WORD(i) (offsetof(struct seccomp_data, args) + (i) * sizeof(uint64_t))

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

/* A number that matters here, or one near it. */
static uint32_t some_number(void)
{
	static const uint32_t others[] = { 1, 3, 91, 192, 243, 354 };
	int call = 1 + (int)some(SOCKETCALL_CALLS);

	switch (some(8)) {
	case 0:
	case 1:
		return (uint32_t)i386->socketcall;
	case 2:
		return (uint32_t)i386->rt_sigprocmask;
	case 3:
		return (uint32_t)i386->recvmmsg_time64;
	case 4:
		return others[some(LENGTH(others))];
	}
	return (uint32_t)abi_direct(i386, call) + (some(8) == 0);
}

/* As people write them: number by number, a range or an argument here and there. */
static void make_rules(struct filter *filter, int arguments)
{
	unsigned rules = some(20);

	filter->length = 0;
	if (some(2)) {
		add(filter, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
		add(filter, BPF_JMP | BPF_JEQ | BPF_K, i386->token, 1, 0);
		add(filter, BPF_RET | BPF_K, some_verdict(), 0, 0);
	}
	while (rules--) {
		uint32_t number = some_number();
		unsigned by_word = (unsigned)arguments && some(3) == 0 ? 2 : 0;

		add(filter, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
		if (some(6) == 0) {
			add(filter, BPF_JMP | BPF_JGE | BPF_K, number, 0, 2 + by_word);
			add(filter, BPF_JMP | BPF_JGT | BPF_K, number + some(12), 1 + by_word, 0);
		} else {
			add(filter, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1 + by_word);
		}
		if (by_word) {
			add(filter, BPF_LD | BPF_W | BPF_ABS, WORD(some(3) ? 0 : some(6)), 0, 0);
			add(filter, BPF_JMP | (some(2) ? BPF_JEQ : BPF_JGT) | BPF_K, some(22), 0, 1);
		}
		add(filter, BPF_RET | BPF_K, some_verdict(), 0, 0);
	}
	add(filter, BPF_RET | BPF_K, some_verdict(), 0, 0);
}

/* As nobody writes them: anything that the kernel takes. */
static void make_anything(struct filter *filter)
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

static struct seccomp_data some_data(uint32_t number)
{
	struct seccomp_data data = { .nr = (int)number, .arch = i386->token, .instruction_pointer = some(1 << 30) };

	for (unsigned i = 0; i < LENGTH(data.args); i++)
		data.args[i] = some(2) ? some(24) : some(5) ? 0 : ~0U;
	return data;
}

/* ---- verdict.c ------------------------------------------------------------------------------------------------------- */

static void know(struct filter_call *call, const struct seccomp_data *data, uint32_t known)
{
	memcpy(call->word, data, sizeof call->word);
	call->known = known;
	for (unsigned i = 0; i < FILTER_WORDS; i++)
		if (!(known >> i & 1))
			call->word[i] = some(1 << 30);
}

/* All that is told of a filter, for calls of which all is known or something, must be so; and of the former all is told. */
static void test_verdicts(void)
{
	int wrong = 0, untold = 0, told = 0;

	for (int round = 0; round < ROUNDS * 4; round++) {
		struct filter filter;
		struct filter_call call;
		struct seccomp_data data = some_data(some_number());
		uint32_t verdict, known = some(1 << FILTER_WORDS) | (round % 4 ? 3 : 0);

		if (round % 2)
			make_anything(&filter);
		else
			make_rules(&filter, 1);
		know(&call, &data, ~0U);
		if (filter_interpret(filter.code, filter.length, &call, &verdict))
			untold++;
		else
			wrong += verdict != interpret(filter.code, filter.length, &data);
		know(&call, &data, known);
		if (filter_interpret(filter.code, filter.length, &call, &verdict))
			continue;
		told++;
		for (int i = 0; i < SAMPLES; i++) {
			struct seccomp_data other = some_data(some_number());
			uint32_t *words = (uint32_t *)&other;

			for (unsigned w = 0; w < FILTER_WORDS; w++)
				if (known >> w & 1)
					memcpy(&words[w], (const char *)&data + w * 4, 4);
			wrong += verdict != interpret(filter.code, filter.length, &other);
		}
	}
	printf("# %d verdicts of calls known in part\n", told);
	ok(wrong == 0, "what filter_interpret() tells is what an interpreter says");
	ok(untold == 0, "it tells it of every call of which all is known");
	ok(told > ROUNDS, "and of many others");
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
	ok(told == 0, "of what is no filter it tells nothing");
}

/* ---- alike.c ----------------------------------------------------------------------------------------------------------- */

static int lets_through(uint32_t verdict)
{
	return (verdict & SECCOMP_RET_ACTION_FULL) == ALLOW || (verdict & SECCOMP_RET_ACTION_FULL) == LOG;
}

/* Whether the filter's verdict of such calls seems not to depend on their words, beginning with `first` unless that is 0. */
static int constant(const struct filter *filter, uint32_t number, uint32_t first, uint32_t *verdict)
{
	for (int i = 0; i < SAMPLES; i++) {
		struct seccomp_data data = some_data(number);
		uint32_t now;

		if (first)
			data.args[0] = first;
		now = interpret(filter->code, filter->length, &data);
		if (i && now != *verdict)
			return 0;
		*verdict = now;
	}
	return 1;
}

static int wide(const struct seccomp_data *data, const struct abi_call *call, const struct abi_call *narrow)
{
	for (unsigned i = narrow->arity; i < call->arity; i++)
		if (data->args[i])
			return 1;
	return 0;
}

/* Whether `verdict` is what a direct call may be answered because of the filter's verdict of `call`. */
static int stems_from(uint32_t verdict, uint32_t direct, const struct filter *filter, int call)
{
	uint32_t multiplexed;

	if (!constant(filter, (uint32_t)i386->socketcall, (uint32_t)call, &multiplexed))
		return 0;
	switch (multiplexed & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ERRNO:
		return verdict == multiplexed;
	case SECCOMP_RET_TRAP:
		return verdict == ERROR(ENOSYS);
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		direct &= SECCOMP_RET_ACTION_FULL;
		return verdict == ERROR(ENOSYS) && direct != SECCOMP_RET_TRACE && direct != SECCOMP_RET_USER_NOTIF;
	}
	return 0;
}

/* What a longer filter says differently must be for a reason. */
static int reasonable(const struct filter *own, const struct seccomp_data *data, uint32_t before, uint32_t after)
{
	uint32_t direct;

	if (data->arch != i386->token)
		return 0;
	/* Even if it was logged. */
	if (data->nr == i386->rt_sigprocmask)
		return after == ALLOW && data->args[0] == ~0U && data->args[2] == 0 && data->args[3] == 8;
	if (lets_through(before) || !constant(own, (uint32_t)data->nr, 0, &direct))
		return 0;
	if (data->nr == i386->recvmmsg_time64)
		return stems_from(after, direct, own, SOCKETCALL_RECVMMSG);
	for (int i = 1; i <= SOCKETCALL_CALLS; i++) {
		const struct abi_call *call = abi_call(i);

		if (i386->number[i] == data->nr && stems_from(after, direct, own, i))
			return 1;
		if (i386->number[i] == ABI_NONE && i386->number[call->maker] == data->nr &&
		    !wide(data, abi_call(call->maker), call) && stems_from(after, direct, own, i))
			return 1;
	}
	return 0;
}

static struct filter lengthen(const struct filter *own, unsigned *front)
{
	struct filter longer = { .length = 0 };

	*front = (unsigned)filter_equalize(own->code, own->length, i386, &ask, longer.code);
	memcpy(longer.code + *front, own->code, own->length * sizeof *own->code);
	longer.length = *front + own->length;
	return longer;
}

static void test_alike(void)
{
	int wrong = 0, changed = 0, missed = 0, opened = 0, longest = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct filter own, longer;
		unsigned front;

		if (round % 8 == 0)
			make_anything(&own);
		else
			make_rules(&own, round % 2);
		longer = lengthen(&own, &front);
		longest = (int)front > longest ? (int)front : longest;
		for (int i = 0; i < 4 * SAMPLES; i++) {
			struct seccomp_data data = some_data(some_number());
			uint32_t before, after, other;

			if (some(16) == 0)
				data.arch = AUDIT_ARCH_X86_64;
			before = interpret(own.code, own.length, &data);
			after = interpret(longer.code, longer.length, &data);
			if (before != after) {
				changed++;
				opened += lets_through(after);
				wrong += !reasonable(&own, &data, before, after);
			}
			/* Where no verdict depends on a word, none may be overlooked. */
			for (int call = 1; round % 8 && round % 2 == 0 && call <= SOCKETCALL_CALLS; call++)
				missed += data.arch == i386->token && i386->number[call] == data.nr &&
					  before == after && !lets_through(before) &&
					  constant(&own, (uint32_t)i386->socketcall, (uint32_t)call, &other) &&
					  lets_through(other);
		}
	}
	printf("# %d answers changed, %d to let through; at most %d instructions\n", changed, opened, longest);
	ok(wrong == 0, "a direct call is answered otherwise only as its multiplexed one is");
	ok(missed == 0, "and is let through wherever that is");
	ok(changed > 1000 && opened > 1000, "which happens often enough to be seen");
	ok(longest <= FILTER_EQUALIZE_LENGTH && longest > 40, "what is put before a filter has room");
}

/* Sandboxes as they are. */
static void test_known(void)
{
	static const struct {
		const char *what;
		uint32_t direct, multiplexed, ask_verdict;
		uint32_t to_direct, to_ask;
		int changed;
	} cases[] = {
		{ "socketcall alone, as Chromium's", TRAP, ALLOW, ALLOW, ALLOW, ALLOW, 1 },
		{ "both doors, as libseccomp's", ALLOW, ALLOW, ALLOW, ALLOW, ALLOW, 0 },
		{ "direct calls alone", ALLOW, KILL, ALLOW, ALLOW, ALLOW, 0 },
		{ "neither, killed", KILL, KILL, KILL, KILL, KILL, 0 },
		{ "socketcall an error, else killed, as OpenSSH's", KILL, ERROR(EACCES), KILL, ERROR(EACCES), KILL, 1 },
		{ "stricter with socketcall", ERROR(EPERM), KILL, ALLOW, ERROR(EPERM), ALLOW, 0 },
		{ "both trapped", TRAP, TRAP, TRAP, ERROR(ENOSYS), TRAP, 1 },
		{ "both traced", START, LOAD, ALLOW, START, ALLOW, 0 },
		{ "socketcall traced", KILL, LOAD, ALLOW, ERROR(ENOSYS), ALLOW, 1 },
		{ "no rt_sigprocmask", ALLOW, ALLOW, KILL, ALLOW, ALLOW, 1 },
		{ "no rt_sigprocmask and no sockets", KILL, KILL, ERROR(EPERM), KILL, ERROR(EPERM), 0 },
	};
	char what[128];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct filter own = { .length = 0 }, longer;
		struct seccomp_data asked = { .nr = i386->rt_sigprocmask,
					      .arch = i386->token,
					      .args = { ~0U, 4, 0, 8 } };
		struct seccomp_data masking = asked;
		unsigned front;
		int good = 1;

		masking.args[0] = 1;
		add(&own, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
		add(&own, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)i386->socketcall, 0, 1);
		add(&own, BPF_RET | BPF_K, cases[i].multiplexed, 0, 0);
		add(&own, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)i386->rt_sigprocmask, 0, 1);
		add(&own, BPF_RET | BPF_K, cases[i].ask_verdict, 0, 0);
		add(&own, BPF_RET | BPF_K, cases[i].direct, 0, 0);
		longer = lengthen(&own, &front);
		good &= !!front == cases[i].changed;
		for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
			struct seccomp_data data = some_data((uint32_t)abi_direct(i386, call));

			good &= interpret(longer.code, longer.length, &data) == cases[i].to_direct;
		}
		good &= interpret(longer.code, longer.length, &asked) == cases[i].to_ask;
		good &= interpret(longer.code, longer.length, &masking) == cases[i].ask_verdict;
		snprintf(what, sizeof what, "%s", cases[i].what);
		ok(good, what);
	}
}

/* One call is let through and its maker isn't: by the words that tell them apart, where there are any. */
static void test_narrow(void)
{
	struct filter own = { .length = 0 }, longer;
	struct seccomp_data data = { .nr = i386->number[SOCKETCALL_RECVFROM],
				     .arch = i386->token,
				     .args = { 3, 4, 5, 0, 0, 0 } };
	struct seccomp_data with_address = data;
	unsigned front;

	with_address.args[4] = 64;
	add(&own, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(&own, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)i386->socketcall, 0, 3);
	add(&own, BPF_LD | BPF_W | BPF_ABS, WORD(0), 0, 0);
	add(&own, BPF_JMP | BPF_JEQ | BPF_K, SOCKETCALL_RECV, 0, 1);
	add(&own, BPF_RET | BPF_K, ALLOW, 0, 0);
	add(&own, BPF_RET | BPF_K, ERROR(EPERM), 0, 0);
	longer = lengthen(&own, &front);
	ok(interpret(longer.code, longer.length, &data) == ALLOW,
	   "recv alone is let through: as recvfrom without an address");
	ok(interpret(longer.code, longer.length, &with_address) == ERROR(EPERM), "but not recvfrom with one");
}

/* ---- The kernel ----------------------------------------------------------------------------------------------------------- */

static int loads(const struct sock_filter *code, unsigned length)
{
	struct sock_fprog program = { .len = (unsigned short)length, .filter = (struct sock_filter *)code };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
			_exit(1);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return !WIFEXITED(status) || WEXITSTATUS(status) != 1;
}

static void test_kernel(void)
{
	struct sock_filter reports[FILTER_REPORTS_LENGTH];
	int refused = 0;

	for (int i = 0; i < LOADED; i++) {
		/* This machine's own calls are let through, so that what is loaded can end. */
		static const struct sock_filter native[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 1, 0),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
			BPF_STMT(BPF_LD | BPF_IMM, 0),
		};
		struct filter own, rules, longer;
		unsigned front;

		make_rules(&rules, 1);
		memcpy(own.code, native, sizeof native);
		memcpy(own.code + LENGTH(native), rules.code, rules.length * sizeof *rules.code);
		own.length = (unsigned)LENGTH(native) + rules.length;
		longer = lengthen(&own, &front);
		refused += !loads(longer.code, longer.length);
	}
	ok(refused == 0, "the kernel takes every longer filter");
	ok(loads(reports, filter_reports(reports, (struct filter_reported){ ALLOW, ALLOW, ALLOW })),
	   "and that of reports.c");
	ok(loads(reports, filter_reports(reports, (struct filter_reported){ ALLOW, ALLOW, LOG })),
	   "also with the reports of 64-bit programs");
}

/* ---- reports.c ------------------------------------------------------------------------------------------------------------- */

static void test_reports(void)
{
	static const struct {
		const char *what;
		struct seccomp_data data;
		uint32_t verdict;
	} calls[] = {
		{ "set_thread_area", { .nr = 243, .arch = AUDIT_ARCH_I386 }, START },
		{ "another architecture's", { .nr = 243, .arch = AUDIT_ARCH_X86_64 }, ALLOW },
		{ "seccomp(SET_MODE_FILTER)", { .nr = 354, .arch = AUDIT_ARCH_I386, .args = { 1, 0, 4 } }, LOAD },
		{ "seccomp(SET_MODE_FILTER), not to be",
		  { .nr = 354, .arch = AUDIT_ARCH_I386, .args = { 1, 0, 4, 0, 0x5343 } },
		  ALLOW },
		{ "seccomp(GET_ACTION_AVAIL)", { .nr = 354, .arch = AUDIT_ARCH_I386, .args = { 2, 0, 4 } }, ALLOW },
		{ "prctl(PR_SET_SECCOMP)", { .nr = 172, .arch = AUDIT_ARCH_I386, .args = { 22, 2, 4 } }, LOAD },
		{ "prctl(PR_SET_SECCOMP), not to be",
		  { .nr = 172, .arch = AUDIT_ARCH_I386, .args = { 22, 2, 4, 0, 0x5343 } },
		  ALLOW },
		{ "prctl(PR_SET_SECCOMP), strict", { .nr = 172, .arch = AUDIT_ARCH_I386, .args = { 22, 1 } }, ALLOW },
		{ "another prctl()", { .nr = 172, .arch = AUDIT_ARCH_I386, .args = { 15, 2, 4 } }, ALLOW },
		{ "x86_64's prctl()", { .nr = 157, .arch = AUDIT_ARCH_X86_64, .args = { 22, 2, 4 } }, ALLOW },
		{ "x86_64's arch_prctl(ARCH_SET_FS)",
		  { .nr = 158, .arch = AUDIT_ARCH_X86_64, .args = { 0x1002, 4 } },
		  NATIVE },
		{ "another arch_prctl()", { .nr = 158, .arch = AUDIT_ARCH_X86_64, .args = { 0x1001, 4 } }, ALLOW },
		{ "i386's 158", { .nr = 158, .arch = AUDIT_ARCH_I386, .args = { 0x1002, 4 } }, ALLOW },
		{ "x32's arch_prctl(ARCH_SET_FS)",
		  { .nr = 0x40000000 | 158, .arch = AUDIT_ARCH_X86_64, .args = { 0x1002, 4 } },
		  ALLOW },
		{ "a socket call", { .nr = 102, .arch = AUDIT_ARCH_I386, .args = { 1, 2 } }, ALLOW },
	};
	char what[96];

	for (int natives = 0; natives < 2; natives++) {
		struct sock_filter reports[FILTER_REPORTS_LENGTH];
		unsigned length = (unsigned)filter_reports(reports, (struct filter_reported){ START, LOAD, natives ? NATIVE : ALLOW });

		for (size_t i = 0; i < LENGTH(calls); i++) {
			uint32_t verdict = !natives && calls[i].verdict == NATIVE ? ALLOW : calls[i].verdict;

			snprintf(what, sizeof what, "%s: %s%s", calls[i].what,
				 verdict == ALLOW ? "let through" : "reported",
				 natives ? ", with the reports of 64-bit programs" : "");
			ok(interpret(reports, length, &calls[i].data) == verdict, what);
		}
	}
}

int main(void)
{
	const char *seed = getenv("SEED");

	state = seed ? strtoull(seed, NULL, 10) : 31431;
	i386 = abi_arch("i386");
	test_verdicts();
	test_bad_filters();
	test_alike();
	test_known();
	test_narrow();
	test_kernel();
	test_reports();
	printf("1..%d\n", tests);
	return 0;
}
