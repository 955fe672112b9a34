/* SPDX-License-Identifier: MIT */
#include "filter/equalize.h"

#include "filter/interpret.h"

#include <errno.h>
#include <stddef.h>

enum { TO_FILTER = BPF_JMP | BPF_JA }; /* its distance is known when all is written */

/* What is being written, and for what. */
struct alike {
	const struct sock_filter *filter;
	unsigned length;
	const struct abi_arch *arch;
	struct sock_filter *front;
	unsigned written;
	int opened; /* some socket call is let through, for all that is known */
};

/* A verdict, if there is one. */
struct maybe {
	int is;
	uint32_t verdict;
};

static uint32_t action_of(uint32_t verdict)
{
	return verdict & SECCOMP_RET_ACTION_FULL;
}

static int lets_through(uint32_t verdict)
{
	return action_of(verdict) == SECCOMP_RET_ALLOW || action_of(verdict) == SECCOMP_RET_LOG;
}

/* The filter's verdict of system call `number`, with `call` as its first argument unless that is 0. */
static struct maybe ask_filter(const struct alike *alike, uint32_t number, uint32_t call)
{
	struct filter_call asked = filter_call32(number, alike->arch->token);
	struct maybe maybe = { 0 };

	if (call)
		filter_call_know(&asked, FILTER_ARGUMENT(0), call);
	maybe.is = !filter_interpret(alike->filter, alike->length, &asked, &maybe.verdict);
	return maybe;
}

/* Whether it is asked elsewhere. Such a verdict of a multiplexed call is never heard of where an older filter refuses that. */
static int asks(uint32_t verdict)
{
	return action_of(verdict) == SECCOMP_RET_TRACE || action_of(verdict) == SECCOMP_RET_USER_NOTIF;
}

/* What a direct call is to be answered whose own verdict is `direct`; nothing, where that stands. */
static struct maybe answer_of(const struct alike *alike, struct maybe direct, int call)
{
	struct maybe multiplexed = ask_filter(alike, (uint32_t)alike->arch->socketcall, (uint32_t)call);

	if (!multiplexed.is || !direct.is || lets_through(direct.verdict))
		return (struct maybe){ 0 };
	if (asks(multiplexed.verdict) && asks(direct.verdict))
		return (struct maybe){ 0 };
	switch (action_of(multiplexed.verdict)) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ERRNO:
		break;
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		multiplexed.verdict = SECCOMP_RET_ERRNO | ENOSYS;
		break;
	default:
		return (struct maybe){ 0 };
	}
	multiplexed.is = multiplexed.verdict != direct.verdict;
	return multiplexed;
}

static int same(struct maybe one, struct maybe other)
{
	return one.is == other.is && (!one.is || one.verdict == other.verdict);
}

static void put(struct alike *alike, uint16_t code, uint32_t k)
{
	alike->front[alike->written++] = (struct sock_filter)BPF_STMT(code, k);
}

/* What follows up to `end` is for a call whose loaded word is `value`. */
static unsigned write_if(struct alike *alike, uint32_t value)
{
	put(alike, BPF_JMP | BPF_JEQ | BPF_K, value);
	return alike->written - 1;
}

static void write_end(struct alike *alike, unsigned condition)
{
	alike->front[condition].jf = (unsigned char)(alike->written - condition - 1);
}

static void write_answer(struct alike *alike, struct maybe answer)
{
	if (answer.is)
		put(alike, BPF_RET | BPF_K, answer.verdict);
	else
		put(alike, TO_FILTER, 0);
}

/*
 * Number `number` makes `call`, and with its last words zero also the narrower call `narrow`, unless that is null. Where the
 * answers differ, a call that could be either gets the more permissive one: it is the same call.
 */
static void write_number(struct alike *alike, int number, const struct abi_call *call, const struct abi_call *narrow)
{
	struct maybe direct = ask_filter(alike, (uint32_t)number, 0), answer = answer_of(alike, direct, call->call),
		     either = answer;
	unsigned conditions[SOCKETCALL_WORDS], count = 0, this;

	if (narrow) {
		struct maybe other = answer_of(alike, direct, narrow->call);

		if (!either.is || (other.is && lets_through(other.verdict)))
			either = other;
	}
	alike->opened |= !direct.is || lets_through(direct.verdict) || (either.is && lets_through(either.verdict));
	if (!answer.is && !either.is)
		return;
	this = write_if(alike, (uint32_t)number);
	if (!same(either, answer)) {
		for (unsigned i = narrow->arity; i < call->arity; i++) {
			put(alike, BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(i));
			conditions[count++] = write_if(alike, 0);
		}
		write_answer(alike, either);
		while (count)
			write_end(alike, conditions[--count]);
	}
	write_answer(alike, answer);
	write_end(alike, this);
}

/* A demultiplexer's question is let through where there may be a call that it is asked for. */
static void write_ask(struct alike *alike, const struct filter_memory_check *ask)
{
	struct filter_call asked = filter_call32((uint32_t)alike->arch->rt_sigprocmask, alike->arch->token);
	unsigned conditions[sizeof ask->at], this;
	uint32_t verdict;

	for (unsigned i = 0; i < sizeof ask->at; i++)
		filter_call_know(&asked, FILTER_ARGUMENT(ask->at[i]), ask->words[i]);
	if (!filter_interpret(alike->filter, alike->length, &asked, &verdict) && lets_through(verdict))
		return;
	this = write_if(alike, (uint32_t)alike->arch->rt_sigprocmask);
	for (unsigned i = 0; i < sizeof ask->at; i++) {
		put(alike, BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(ask->at[i]));
		conditions[i] = write_if(alike, ask->words[i]);
	}
	put(alike, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	for (unsigned i = 0; i < sizeof ask->at; i++)
		write_end(alike, conditions[i]);
	put(alike, TO_FILTER, 0);
	write_end(alike, this);
}

static void write_calls(struct alike *alike)
{
	const struct abi_arch *arch = alike->arch;

	for (int i = 1; i <= SOCKETCALL_CALLS; i++) {
		const struct abi_call *call = abi_call(i), *narrow = NULL;

		if (arch->number[i] == ABI_NONE)
			continue;
		for (int j = 1; j <= SOCKETCALL_CALLS; j++)
			if (arch->number[j] == ABI_NONE && abi_call(j)->maker == i)
				narrow = abi_call(j);
		write_number(alike, arch->number[i], call, narrow);
	}
	if (arch->recvmmsg_time64 != ABI_NONE)
		write_number(alike, arch->recvmmsg_time64, abi_call(SOCKETCALL_RECVMMSG), NULL);
}

unsigned filter_equalize(const struct sock_filter *filter, unsigned length, const struct abi_arch *arch,
			 const struct filter_memory_check *ask, struct sock_filter front[FILTER_EQUALIZE_LENGTH])
{
	struct alike alike = { .filter = filter, .length = length, .arch = arch, .front = front };
	unsigned other_arch, before;

	put(&alike, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	other_arch = write_if(&alike, arch->token);
	put(&alike, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	before = alike.written;
	write_calls(&alike);
	if (alike.opened)
		write_ask(&alike, ask);
	if (alike.written == before)
		return 0;
	write_end(&alike, other_arch);
	/* A filter begins with an accumulator of 0. */
	for (unsigned i = 0; i < alike.written; i++)
		if (front[i].code == TO_FILTER)
			front[i].k = alike.written - i - 1;
	put(&alike, BPF_LD | BPF_IMM, 0);
	return alike.written;
}
