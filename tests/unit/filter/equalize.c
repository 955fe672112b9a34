/* SPDX-License-Identifier: MIT
 *
 * Tests filter/equalize.c with thousands of random filters: an interpreter of BPF compares the verdicts of the longer
 * filter for direct calls with those of the program's own filter for multiplexed calls; and the kernel checks some.
 */
#include "filter/equalize.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter.h"
#include "tests/unit/filter/made.h"
#include "tests/unit/filter/reference.h"

enum { ROUNDS = 4000, SAMPLES = 24, LOADED = 300 };

static const struct filter_memory_check check = { .words = { (uint32_t)-1, 0, 8 }, .at = { 0, 2, 3 } };

static bool lets_through(uint32_t verdict)
{
	return (verdict & SECCOMP_RET_ACTION_FULL) == ALLOW || (verdict & SECCOMP_RET_ACTION_FULL) == LOG;
}

/* True if the verdict for such calls doesn't seem to depend on their words; the first word is `first` unless it is
 * 0. */
static bool is_constant(const struct made *filter, uint32_t number, uint32_t first, uint32_t *verdict)
{
	for (int i = 0; i < SAMPLES; i++) {
		struct seccomp_data data = some_data(number);
		uint32_t now;

		if (first)
			data.args[0] = first;
		now = reference_answer(filter->code, filter->length, &data, NULL);
		if (i && now != *verdict)
			return false;
		*verdict = now;
	}
	return true;
}

/* True if a word that only the wider call has isn't 0. */
static bool is_wide(const struct seccomp_data *data, const struct abi_call *call, const struct abi_call *narrow)
{
	for (unsigned i = narrow->arity; i < call->arity; i++)
		if (data->args[i])
			return true;
	return false;
}

/* True if a direct call may get `verdict`, given the program's filter's verdict for the multiplexed `call`. */
static bool stems_from(uint32_t verdict, uint32_t direct, const struct made *filter, int call)
{
	uint32_t multiplexed;

	if (!is_constant(filter, (uint32_t)i386()->socketcall, (uint32_t)call, &multiplexed))
		return false;
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
	return false;
}

/* Each different verdict of the longer filter must have a reason. */
static bool has_reason(const struct made *own, const struct seccomp_data *data, uint32_t before, uint32_t after)
{
	uint32_t direct;

	if (data->arch != i386()->token || data->nr == ABI_NONE)
		return false;
	/* The memory check becomes ALLOW even if the filter logs it. */
	if (data->nr == i386()->rt_sigprocmask)
		return after == ALLOW && data->args[0] == ~0U && data->args[2] == 0 && data->args[3] == 8;
	if (lets_through(before) || !is_constant(own, (uint32_t)data->nr, 0, &direct))
		return false;
	if (data->nr == i386()->recvmmsg_time64)
		return stems_from(after, direct, own, SOCKETCALL_RECVMMSG);
	for (int i = 1; i <= SOCKETCALL_CALLS; i++) {
		const struct abi_call *call = abi_call(i);

		if (i386()->number[i] == data->nr && stems_from(after, direct, own, i))
			return true;
		if (i386()->number[i] == ABI_NONE && i386()->number[call->maker] == data->nr &&
		    !is_wide(data, abi_call(call->maker), call) && stems_from(after, direct, own, i))
			return true;
	}
	return false;
}

/* ---- Filters that compare only numbers and calls: the exact verdict is known ------------------------------ */

static uint32_t answer_to(const struct made *own, int number, int first)
{
	struct seccomp_data data = { .nr = number, .arch = i386()->token, .args = { (unsigned)first } };

	return reference_answer(own->code, own->length, &data, NULL);
}

/* True if a tracer or a listener decides. */
static bool defers_to_process(uint32_t verdict)
{
	verdict &= SECCOMP_RET_ACTION_FULL;
	return verdict == SECCOMP_RET_TRACE || verdict == SECCOMP_RET_USER_NOTIF;
}

static uint32_t equalized(const struct made *own, uint32_t direct, int call)
{
	uint32_t multiplexed = answer_to(own, i386()->socketcall, call);
	uint32_t action = multiplexed & SECCOMP_RET_ACTION_FULL;

	if (lets_through(direct) || (defers_to_process(direct) && defers_to_process(multiplexed)))
		return direct;
	if (lets_through(multiplexed) || action == SECCOMP_RET_ERRNO)
		return multiplexed;
	return action == SECCOMP_RET_TRAP || defers_to_process(multiplexed) ? ERROR(ENOSYS) : direct;
}

/* For system call `number`, which makes `call`, and also a narrower call if its last words are 0. */
static uint32_t wanted_of(const struct made *own, int number, int call, bool may_be_narrow)
{
	uint32_t direct = answer_to(own, number, 0), answer = equalized(own, direct, call);

	for (int i = 1; may_be_narrow && i <= SOCKETCALL_CALLS; i++) {
		uint32_t narrow;

		if (i386()->number[i] != ABI_NONE || abi_call(i)->maker != call)
			continue;
		narrow = equalized(own, direct, i);
		if (answer == direct || (narrow != direct && lets_through(narrow)))
			answer = narrow;
	}
	return answer;
}

static bool is_check(const struct seccomp_data *data)
{
	return data->nr == i386()->rt_sigprocmask && (uint32_t)data->args[0] == ~0U && !data->args[2] &&
	       data->args[3] == 8;
}

/* True if the longer filter is expected to allow some direct call. */
static bool is_opened(const struct made *own)
{
	bool opened = lets_through(wanted_of(own, i386()->recvmmsg_time64, SOCKETCALL_RECVMMSG, false));

	for (int i = 1; i <= SOCKETCALL_CALLS; i++)
		if (i386()->number[i] != ABI_NONE)
			opened |= lets_through(wanted_of(own, i386()->number[i], i, true));
	return opened;
}

static uint32_t wanted(const struct made *own, const struct seccomp_data *data)
{
	uint32_t before = reference_answer(own->code, own->length, data, NULL);

	if (data->arch != i386()->token)
		return before;
	if (data->nr == i386()->recvmmsg_time64)
		return wanted_of(own, data->nr, SOCKETCALL_RECVMMSG, false);
	if (is_check(data))
		return is_opened(own) && !lets_through(before) ? ALLOW : before;
	for (int i = 1; i <= SOCKETCALL_CALLS; i++) {
		bool narrow = false;

		if (i386()->number[i] == ABI_NONE || i386()->number[i] != data->nr)
			continue;
		for (int j = 1; j <= SOCKETCALL_CALLS; j++)
			if (i386()->number[j] == ABI_NONE && abi_call(j)->maker == i)
				narrow = !is_wide(data, abi_call(i), abi_call(j));
		return wanted_of(own, data->nr, i, narrow);
	}
	return before;
}

static struct made lengthen(const struct made *own, unsigned *front)
{
	struct made longer = { .length = 0 };

	*front = (unsigned)filter_equalize(own->code, own->length, i386(), &check, longer.code);
	memcpy(longer.code + *front, own->code, own->length * sizeof *own->code);
	longer.length = *front + own->length;
	return longer;
}

static void test_random(void)
{
	int wrong = 0, inexact = 0, changed = 0, opened = 0, longest = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct made own, longer;
		unsigned front;

		if (round % 8 == 0)
			make_anything(&own);
		else
			make_rules(&own, round % 2 ? MADE_OF_ARGUMENTS : MADE_OF_CALLS);
		longer = lengthen(&own, &front);
		longest = (int)front > longest ? (int)front : longest;
		for (int i = 0; i < 4 * SAMPLES; i++) {
			struct seccomp_data data = some_data(some_number());
			uint32_t before, after;

			if (some(16) == 0)
				data.arch = AUDIT_ARCH_X86_64;
			if (some(16) == 0)
				data.nr = ABI_NONE;
			if (data.nr == i386()->rt_sigprocmask && some(2)) {
				data.args[0] = ~0U;
				data.args[2] = 0;
				data.args[3] = 8;
			}
			before = reference_answer(own.code, own.length, &data, NULL);
			after = reference_answer(longer.code, longer.length, &data, NULL);
			if (before != after) {
				changed++;
				opened += lets_through(after);
				wrong += !has_reason(&own, &data, before, after);
			}
			if (round % 8 && round % 2 == 0)
				inexact += after != wanted(&own, &data);
		}
	}
	printf("# %d answers changed, %d to let through; at most %d instructions\n", changed, opened, longest);
	ok(wrong == 0, "if the verdict for a direct call changes, it is that of the multiplexed call");
	ok(inexact == 0, "for filters that compare only numbers and calls, the verdict is exactly the expected one");
	ok(changed > 1000 && opened > 1000, "verdicts changed often enough for this test");
	ok(longest <= FILTER_EQUALIZE_LENGTH && longest > 40, "FILTER_EQUALIZE_LENGTH is enough");
}

/* Filters like those of real sandboxes. */
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
		{ "both traced", SECCOMP_RET_TRACE | 1, SECCOMP_RET_TRACE | 2, ALLOW, SECCOMP_RET_TRACE | 1, ALLOW, 0 },
		{ "socketcall traced", KILL, SECCOMP_RET_TRACE | 2, ALLOW, ERROR(ENOSYS), ALLOW, 1 },
		{ "no rt_sigprocmask", ALLOW, ALLOW, KILL, ALLOW, ALLOW, 1 },
		{ "no rt_sigprocmask and no sockets", KILL, KILL, ERROR(EPERM), KILL, ERROR(EPERM), 0 },
	};
	char what[128];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct made own = { .length = 0 }, longer;
		struct seccomp_data asked = { .nr = i386()->rt_sigprocmask,
					      .arch = i386()->token,
					      .args = { ~0U, 4, 0, 8 } };
		struct seccomp_data masking = asked;
		unsigned front;
		int good = 1;

		masking.args[0] = 1;
		add(&own, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
		add(&own, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)i386()->socketcall, 0, 1);
		add(&own, BPF_RET | BPF_K, cases[i].multiplexed, 0, 0);
		add(&own, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)i386()->rt_sigprocmask, 0, 1);
		add(&own, BPF_RET | BPF_K, cases[i].ask_verdict, 0, 0);
		add(&own, BPF_RET | BPF_K, cases[i].direct, 0, 0);
		longer = lengthen(&own, &front);
		good &= !!front == cases[i].changed;
		for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
			struct seccomp_data data = some_data((uint32_t)abi_direct(i386(), call));

			good &= reference_answer(longer.code, longer.length, &data, NULL) == cases[i].to_direct;
		}
		good &= reference_answer(longer.code, longer.length, &asked, NULL) == cases[i].to_ask;
		good &= reference_answer(longer.code, longer.length, &masking, NULL) == cases[i].ask_verdict;
		snprintf(what, sizeof what, "%s", cases[i].what);
		ok(good, "%s", what);
	}
}

/* A filter allows a narrow call (recv) and not the call that makes it (recvfrom): the words decide, if they differ. */
static void test_narrow(void)
{
	struct made own = { .length = 0 }, longer;
	struct seccomp_data data = { .nr = i386()->number[SOCKETCALL_RECVFROM],
				     .arch = i386()->token,
				     .args = { 3, 4, 5, 0, 0, 0 } };
	struct seccomp_data with_address = data;
	unsigned front;

	with_address.args[4] = 64;
	add(&own, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(&own, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)i386()->socketcall, 0, 4);
	add(&own, BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(0), 0, 0);
	add(&own, BPF_JMP | BPF_JEQ | BPF_K, SOCKETCALL_RECV, 1, 0);
	add(&own, BPF_JMP | BPF_JEQ | BPF_K, SOCKETCALL_SENDMSG, 0, 1);
	add(&own, BPF_RET | BPF_K, ALLOW, 0, 0);
	add(&own, BPF_RET | BPF_K, ERROR(EPERM), 0, 0);
	longer = lengthen(&own, &front);
	ok(reference_answer(longer.code, longer.length, &data, NULL) == ALLOW,
	   "a filter allows recv only: recvfrom without an address is allowed");
	ok(reference_answer(longer.code, longer.length, &with_address, NULL) == ERROR(EPERM),
	   "if a filter allows recv only, recvfrom with an address isn't allowed");
	/* The address is the last word that the filter read. */
	with_address.args[4] = (unsigned)i386()->number[SOCKETCALL_SENDMSG];
	ok(reference_answer(longer.code, longer.length, &with_address, NULL) == ERROR(EPERM),
	   "recvfrom isn't allowed if the address equals the number of an allowed call");
}

/* A filter that allows the memory check by its words needs no instructions before it. */
static void test_check_allowed(void)
{
	struct made own = { .length = 0 }, longer;
	unsigned front;

	add(&own, BPF_LD | BPF_W | BPF_ABS, FILTER_NUMBER, 0, 0);
	add(&own, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)i386()->rt_sigprocmask, 0, 3);
	add(&own, BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(0), 0, 0);
	add(&own, BPF_JMP | BPF_JEQ | BPF_K, ~0U, 1, 0);
	add(&own, BPF_RET | BPF_K, KILL, 0, 0);
	add(&own, BPF_RET | BPF_K, ALLOW, 0, 0);
	longer = lengthen(&own, &front);
	ok(front == 0 && longer.length == own.length,
	   "a filter that allows the memory check and the calls stays as it is");
}

static void test_kernel(void)
{
	int refused = 0;

	for (int i = 0; i < LOADED; i++) {
		/* Allow x86-64's calls, so that the child that loads the filter can exit. */
		static const struct sock_filter native[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 1, 0),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
			BPF_STMT(BPF_LD | BPF_IMM, 0),
		};
		struct made own, rules, longer;
		unsigned front;

		make_rules(&rules, MADE_OF_ARGUMENTS);
		memcpy(own.code, native, sizeof native);
		memcpy(own.code + LENGTH(native), rules.code, rules.length * sizeof *rules.code);
		own.length = (unsigned)LENGTH(native) + rules.length;
		longer = lengthen(&own, &front);
		refused += !reference_kernel_accepts(longer.code, longer.length);
	}
	ok(refused == 0, "the kernel accepts every longer filter");
}

int main(void)
{
	made_begin();
	test_random();
	test_known();
	test_narrow();
	test_check_allowed();
	test_kernel();
	return plan();
}
