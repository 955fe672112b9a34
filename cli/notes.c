/* SPDX-License-Identifier: MIT */
#include "cli/notes.h"

#include "abi/abi.h"
#include "abi/families.h"
#include "cli/refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append(char text[NOTES_ROOM], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(char text[NOTES_ROOM], const char *format, ...)
{
	size_t n = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + n, NOTES_ROOM - n, format, arguments);
	va_end(arguments);
}

const char *notes_unpatched(const struct supervisor_outcome *outcome)
{
	if (!outcome->known)
		return "the supervisor does not see them start";
	switch (outcome->kind) {
	case SUPERVISOR_NO_VDSO:
		return "they have no vDSO";
	case SUPERVISOR_NOT_PATCHED:
		return outcome->error == -ENOTSUP ? "their vDSO has an unknown form" : strerror(-outcome->error);
	case SUPERVISOR_PATCHED:
	case SUPERVISOR_PATCHED_LATE:
		return "the direct call fails as well";
	case SUPERVISOR_NATIVE:
	case SUPERVISOR_FILTER_EXTENDED:
	case SUPERVISOR_FILTER_LEFT:
	case SUPERVISOR_INT80_TURNED:
	case SUPERVISOR_TREE_ENDED:
	case SUPERVISOR_MULTIPLEXED:
	case SUPERVISOR_CALL_UNKNOWN:
		break;
	}
	return "?";
}

/* A bit (1 << call) for each call. */
static const uint32_t all_calls = (UINT32_C(2) << SOCKETCALL_CALLS) - 2;

/*
 * Appends the calls that have a bit in `calls`, and the error of the first: "connect, accept4 (Operation not
 * permitted)", or "all calls (…)".
 */
static void append_calls(char text[NOTES_ROOM], uint32_t calls, const struct witness_refusal *refusals)
{
	const char *comma = "";
	int first = 0;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		if (!(calls >> call & 1))
			continue;
		first = first ? first : call;
		if (calls != all_calls)
			append(text, "%s%s", comma, abi_call(call)->name);
		comma = ", ";
	}
	if (calls == all_calls)
		append(text, "all calls");
	append(text, " (%s)", refusals[first].error ? strerror(-refusals[first].error) : "Bad system call");
}

/* Appends these calls, which are refused directly; or, if there is none, the families that are. */
static void append_direct(char text[NOTES_ROOM], const struct witness_doors *doors, uint32_t calls)
{
	const struct abi_family *family;
	const char *comma = "";

	if (calls) {
		append_calls(text, calls, doors->direct);
		return;
	}
	append(text, "socket of");
	for (size_t i = 0; (family = abi_family_row(i)); i++)
		if (doors->refused_families >> family->number & 1) {
			append(text, "%s AF_%s", comma, family->name);
			comma = ",";
		}
}

void notes_describe_direct(const struct witness_doors *doors, char text[NOTES_ROOM])
{
	uint32_t calls = 0;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (doors->direct[call].refused)
			calls |= UINT32_C(1) << call;
	*text = '\0';
	append_direct(text, doors, calls);
}

static void describe_direct_refused(const struct witness_doors *doors, char text[NOTES_ROOM])
{
	uint32_t calls = 0;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (doors->direct[call].refused && !doors->multiplexed[call].refused)
			calls |= UINT32_C(1) << call;
	append(text, "direct calls are refused here, and multiplexed ones work: ");
	append_direct(text, doors, calls);
	append(text, ": nothing is patched");
}

static void describe_refused(const struct strategy_result *result, char text[NOTES_ROOM])
{
	bool nothing = result->way == STRATEGY_NOTHING && !witness_some_direct_open(&result->doors);

	append(text, nothing || result->way != STRATEGY_NOTHING
			     ? "filters refuse these calls both by socketcall and directly, which run cannot change: "
			     : "filters refuse some calls by socketcall, and others directly: ");
	append_calls(text, strategy_refused_calls(result),
		     result->way == STRATEGY_NOTHING ? result->doors.multiplexed : result->doors.direct);
}

static void describe_preload_left(char text[NOTES_ROOM], const char *why)
{
	append(text, "%s: only the preload is left, for dynamic 32-bit programs that keep their environment", why);
}

bool notes_is_detail(enum strategy_note note)
{
	switch (note) {
	case STRATEGY_WORKS_ALREADY:
	case STRATEGY_TRACED:
	case STRATEGY_DIRECT_REFUSED:
		return true;
	case STRATEGY_INT80_MISSED:
	case STRATEGY_UNPATCHABLE:
	case STRATEGY_PRELOAD_LEFT:
	case STRATEGY_THREADS_MISSED:
	case STRATEGY_NUMBER_TAKEN:
	case STRATEGY_INIT_MISSED:
	case STRATEGY_CALLS_REFUSED:
		return false;
	}
	return false;
}

void notes_describe(enum strategy_note note, const struct strategy_result *result, char text[NOTES_ROOM])
{
	const struct supervisor_refusal *refusal = strategy_why_not_patched(result);
	struct refusal_text why = { "" };
	char unpatched[128];

	if (note == STRATEGY_INT80_MISSED)
		refusal = result->refused[STRATEGY_INT80] ? &result->refusals[STRATEGY_INT80] : NULL;
	if (refusal)
		why = refusal_describe(refusal);
	else
		snprintf(why.text, sizeof why.text, "an outer filter kills the caller, which outranks a trap");
	*text = '\0';
	switch (note) {
	case STRATEGY_INT80_MISSED:
		append(text, "--trap: %s: programs that make system calls by an int $0x80 of their own are not reached",
		       why.text);
		break;
	case STRATEGY_WORKS_ALREADY:
		append(text, "%s, and socketcall already works here: nothing to do", why.text);
		break;
	case STRATEGY_TRACED:
		append(text, "%s: programs are followed by ptrace", why.text);
		break;
	case STRATEGY_UNPATCHABLE:
		snprintf(unpatched, sizeof unpatched, "cannot patch 32-bit programs here (%s)",
			 notes_unpatched(&result->outcome));
		describe_preload_left(text, unpatched);
		break;
	case STRATEGY_PRELOAD_LEFT:
		describe_preload_left(text, why.text);
		break;
	case STRATEGY_THREADS_MISSED:
		append(text,
		       "memory cannot be made executable here: multi-threaded dynamic programs with glibc 2.41 or "
		       "later are not reached");
		break;
	case STRATEGY_DIRECT_REFUSED:
		describe_direct_refused(&result->doors, text);
		break;
	case STRATEGY_NUMBER_TAKEN:
		append(text, "%s: run is process 1 here, and the program is its child",
		       result->way == STRATEGY_INT80 ? "--trap" : why.text);
		break;
	case STRATEGY_INIT_MISSED:
		append(text, "--init: no supervisor is started here, so only the program itself can reap orphans");
		break;
	case STRATEGY_CALLS_REFUSED:
		describe_refused(result, text);
		break;
	}
}
