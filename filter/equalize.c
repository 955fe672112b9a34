/* SPDX-License-Identifier: MIT */
#include "filter/equalize.h"

#include "filter/build.h"
#include "filter/filter.h"
#include "filter/interpret.h"

#include <errno.h>
#include <stdbool.h>

/* The instructions that are being written, and the filter before which they go. */
struct equalizer {
	const struct sock_filter *filter; /* the program's, of `length` instructions */
	unsigned length;
	const struct abi_arch *arch;
	struct build front;
	struct build_note notes[FILTER_EQUALIZE_LENGTH];
	struct build_label to_filter; /* where the front ends, and the program's filter begins */
	bool needed;                  /* the front answers at least one call */
	bool opened;                  /* some socket call is allowed, or may be */
};

/* The filter's answer to a call, if it is known: it doesn't depend on words that are unknown. */
struct answer {
	bool known;
	uint32_t verdict;
};

static uint32_t action_of(uint32_t verdict)
{
	return verdict & SECCOMP_RET_ACTION_FULL;
}

static bool allows(uint32_t verdict)
{
	return action_of(verdict) == SECCOMP_RET_ALLOW || action_of(verdict) == SECCOMP_RET_LOG;
}

/* The answer of the program's filter to system call `number`. If `call` isn't 0, it is the first argument. */
static struct answer ask_filter(const struct equalizer *equalizer, uint32_t number, uint32_t call)
{
	struct filter_call asked = filter_call32(number, equalizer->arch->token);
	struct answer answer = { .known = false };

	if (call)
		filter_call_know(&asked, FILTER_ARGUMENT(0), call);
	answer.known = !filter_interpret(equalizer->filter, equalizer->length, &asked, &answer.verdict);
	return answer;
}

/* True if a tracer or a listener decides. They don't see a multiplexed call that an older filter refuses. */
static bool defers_to_process(uint32_t verdict)
{
	return action_of(verdict) == SECCOMP_RET_TRACE || action_of(verdict) == SECCOMP_RET_USER_NOTIF;
}

/* The answer that a direct call for `call` must get, unless the filter's own answer, `direct`, is right. */
static struct answer answer_of(const struct equalizer *equalizer, struct answer direct, int call)
{
	struct answer answer = ask_filter(equalizer, (uint32_t)equalizer->arch->socketcall, (uint32_t)call);

	if (!answer.known || !direct.known || allows(direct.verdict))
		return (struct answer){ .known = false };
	if (defers_to_process(answer.verdict) && defers_to_process(direct.verdict))
		return (struct answer){ .known = false };
	switch (action_of(answer.verdict)) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ERRNO:
		break;
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		answer.verdict = SECCOMP_RET_ERRNO | ENOSYS;
		break;
	default: /* KILL_*, or an action that this kernel may not know: unknown actions kill, too (seccomp(2)) */
		return (struct answer){ .known = false };
	}
	answer.known = answer.verdict != direct.verdict;
	return answer;
}

static bool is_same(struct answer one, struct answer other)
{
	return one.known == other.known && (!one.known || one.verdict == other.verdict);
}

static void write_answer(struct equalizer *equalizer, struct answer answer)
{
	if (answer.known)
		build_return(&equalizer->front, answer.verdict);
	else
		build_jump(&equalizer->front, equalizer->to_filter);
}

/*
 * System call `number` makes `call`, and also the narrower call `narrow` (null: there is none) if its last words
 * are 0. Where the answers to these differ, a call that could be either gets the more permissive one, since it
 * has the same effect.
 *
 * The accumulator holds the system call's number. If that is another number, the accumulator still holds it afterwards.
 */
static void write_number(struct equalizer *equalizer, int number, const struct abi_call *call,
			 const struct abi_call *narrow)
{
	struct answer direct = ask_filter(equalizer, (uint32_t)number, 0);
	struct answer answer = answer_of(equalizer, direct, call->call), either = answer;
	struct build *front = &equalizer->front;
	struct build_label other_number = build_label(front), wide = build_label(front);

	if (narrow) {
		struct answer other = answer_of(equalizer, direct, narrow->call);

		if (!either.known || (other.known && allows(other.verdict)))
			either = other;
	}
	equalizer->opened |= !direct.known || allows(direct.verdict) || (either.known && allows(either.verdict));
	if (!answer.known && !either.known)
		return;
	equalizer->needed = true;
	build_jump_unless_equal(front, (uint32_t)number, other_number);
	if (!is_same(either, answer)) {
		for (unsigned i = narrow->arity; i < call->arity; i++) {
			build_read(front, FILTER_ARGUMENT(i));
			build_jump_unless_equal(front, 0, wide);
		}
		write_answer(equalizer, either);
	}
	build_here(front, wide);
	write_answer(equalizer, answer);
	build_here(front, other_number);
}

/*
 * Writes the last answer, which allows the call by which the demultiplexer checks memory. The accumulator holds the
 * number.
 */
static void write_check(struct equalizer *equalizer, const struct filter_memory_check *check)
{
	struct filter_call call = filter_call32((uint32_t)equalizer->arch->rt_sigprocmask, equalizer->arch->token);
	struct build *front = &equalizer->front;
	uint32_t verdict;

	for (unsigned i = 0; i < FILTER_MEMORY_CHECK_WORDS; i++)
		filter_call_know(&call, FILTER_ARGUMENT(check->at[i]), check->words[i]);
	if (!filter_interpret(equalizer->filter, equalizer->length, &call, &verdict) && allows(verdict))
		return;
	equalizer->needed = true;
	build_jump_unless_equal(front, (uint32_t)equalizer->arch->rt_sigprocmask, equalizer->to_filter);
	for (unsigned i = 0; i < FILTER_MEMORY_CHECK_WORDS; i++) {
		build_read(front, FILTER_ARGUMENT(check->at[i]));
		build_jump_unless_equal(front, check->words[i], equalizer->to_filter);
	}
	build_return(front, SECCOMP_RET_ALLOW);
}

static void write_calls(struct equalizer *equalizer)
{
	const struct abi_arch *arch = equalizer->arch;

	for (int i = 1; i <= SOCKETCALL_CALLS; i++) {
		const struct abi_call *call = abi_call(i), *narrow = NULL;

		if (arch->number[i] == ABI_NONE)
			continue;
		for (int j = 1; j <= SOCKETCALL_CALLS; j++)
			if (arch->number[j] == ABI_NONE && abi_call(j)->maker == i)
				narrow = abi_call(j);
		write_number(equalizer, arch->number[i], call, narrow);
	}
	if (arch->recvmmsg_time64 != ABI_NONE)
		write_number(equalizer, arch->recvmmsg_time64, abi_call(SOCKETCALL_RECVMMSG), NULL);
}

int filter_equalize(const struct sock_filter *filter, unsigned length, const struct abi_arch *arch,
		    const struct filter_memory_check *check, struct sock_filter front[FILTER_EQUALIZE_LENGTH])
{
	struct equalizer equalizer = { .filter = filter, .length = length, .arch = arch };
	struct build *b = &equalizer.front;

	build_begin(b, front, equalizer.notes, FILTER_EQUALIZE_LENGTH);
	equalizer.to_filter = build_label(b);
	build_read(b, FILTER_ARCH);
	build_jump_unless_equal(b, arch->token, equalizer.to_filter);
	build_read(b, FILTER_NUMBER);
	write_calls(&equalizer);
	if (equalizer.opened)
		write_check(&equalizer, check);
	if (!equalizer.needed)
		return 0;
	build_here(b, equalizer.to_filter);
	build_set(b, 0); /* a filter begins with an accumulator of 0 */
	return build_end(b);
}
