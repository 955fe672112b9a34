/* SPDX-License-Identifier: MIT */
#include "policy/rule.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What the kernel takes from a word (abi/kinds.def). */
enum take {
	TAKE_SIGNED,   /* the low 32 bits, as an int */
	TAKE_UNSIGNED, /* the low 32 bits, as an unsigned */
	TAKE_WHOLE,    /* the whole word: a pointer or a size */
};
static const enum take takes[] = {
#define KIND(NAME, text, type, take) [ABI_##NAME] = TAKE_##take,
#include "abi/kinds.def"
#undef KIND
};

static const struct abi_call *row_of(int call)
{
	return abi_call(call == SOCKETCALL_POLICY_RECVMMSG_TIME64 ? SOCKETCALL_RECVMMSG : call);
}

bool policy_is_whole(int call, unsigned argument)
{
	return takes[row_of(call)->kind[argument]] == TAKE_WHOLE;
}

unsigned policy_arity(int call)
{
	return row_of(call)->arity;
}

struct policy_calls policy_calls_of(const struct abi_arch *arch, int number)
{
	struct policy_calls calls = { .call = 0 };

	if (number == arch->recvmmsg_time64 && number != ABI_NONE)
		calls.call = SOCKETCALL_POLICY_RECVMMSG_TIME64;
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (arch->number[call] == number && number != ABI_NONE)
			calls.call = call;
	if (!calls.call)
		return calls;
	calls.own = 1u << calls.call;
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (arch->socketcall != ABI_NONE && arch->number[call] == ABI_NONE &&
		    abi_call(call)->maker == calls.call)
			calls.made |= 1u << call;
	return calls;
}

bool policy_next(const struct socketcall_policy *policy, const struct policy_calls *calls, unsigned *place,
		 struct policy_candidate *candidate)
{
	/* Rules about calls that become this one (accept becomes accept4) come first: they are about the special case
	 * in which the words that those calls lack are 0. */
	for (; *place < 2 * policy->count; ++*place) {
		const struct socketcall_policy_rule *rule = &policy->rules[*place % policy->count];
		bool made = *place < policy->count;
		uint32_t common = rule->calls & (made ? calls->made : calls->own);

		if (!common)
			continue;
		++*place;
		candidate->rule = rule;
		candidate->made = made;
		candidate->zero = 0;
		if (made)
			for (unsigned i = policy_arity(__builtin_ctz(common)); i < policy_arity(calls->call); i++)
				candidate->zero |= 1u << i;
		return true;
	}
	return false;
}

enum policy_test policy_test(struct socketcall_policy_condition *condition, int call, unsigned word)
{
	bool whole = policy_is_whole(call, condition->argument);

	if (whole && word == sizeof(uint64_t))
		return POLICY_WHOLE;
	condition->mask &= POLICY_MASK_INT;
	if (!whole)
		condition->value &= POLICY_MASK_INT;
	if (condition->value <= POLICY_MASK_INT)
		return POLICY_LOW;
	/* On i386 a size or a pointer has 32 bits, so every one is less than this value. */
	switch ((enum socketcall_policy_comparison)condition->comparison) {
	case SOCKETCALL_POLICY_NOT_EQUAL:
	case SOCKETCALL_POLICY_LESS:
	case SOCKETCALL_POLICY_AT_MOST:
		return POLICY_ALWAYS;
	case SOCKETCALL_POLICY_EQUAL:
	case SOCKETCALL_POLICY_GREATER:
	case SOCKETCALL_POLICY_AT_LEAST:
		break;
	}
	return POLICY_NEVER;
}

bool policy_holds(const struct socketcall_policy_condition *condition, uint64_t argument)
{
	argument &= condition->mask;
	switch ((enum socketcall_policy_comparison)condition->comparison) {
	case SOCKETCALL_POLICY_EQUAL:
		return argument == condition->value;
	case SOCKETCALL_POLICY_NOT_EQUAL:
		return argument != condition->value;
	case SOCKETCALL_POLICY_LESS:
		return argument < condition->value;
	case SOCKETCALL_POLICY_AT_MOST:
		return argument <= condition->value;
	case SOCKETCALL_POLICY_GREATER:
		return argument > condition->value;
	case SOCKETCALL_POLICY_AT_LEAST:
		return argument >= condition->value;
	}
	return false;
}

struct socketcall_policy_rule *policy_add(struct socketcall_policy *policy)
{
	struct socketcall_policy_rule *rule;

	if (policy->count == policy->capacity)
		return NULL;
	rule = &policy->rules[policy->count++];
	memset(rule, 0, sizeof *rule);
	return rule;
}

struct socketcall_policy_place policy_place(const char *text, size_t offset)
{
	struct socketcall_policy_place place = { 1, 1 };

	for (size_t i = 0; i < offset; i++) {
		place.column++;
		if (text[i] == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return place;
}

int policy_fail(struct socketcall_policy_error *error, const char *text, size_t offset, const char *format, ...)
{
	va_list arguments;

	error->place = policy_place(text, offset);
	va_start(arguments, format);
	vsnprintf(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

struct policy_quoted policy_quoted(const char *text, size_t length)
{
	static const char dots[] = "...";
	struct policy_quoted quoted = { "" };
	size_t room = sizeof quoted.text - sizeof dots, n = length < room ? length : room;

	for (size_t i = 0; i < n; i++)
		quoted.text[i] = (char)(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
	if (length > room)
		memcpy(quoted.text + n, dots, sizeof dots);
	return quoted;
}
