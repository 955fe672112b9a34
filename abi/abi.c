/* SPDX-License-Identifier: MIT */
#include "abi/abi.h"

#include <stddef.h>
#include <string.h>

/* Calls by their lower-case names, as the rows of the .def files spell them. */
enum {
#define CALL(number, NAME, name, ...) call_##name = (number),
#include "abi/calls.def"
#undef CALL
};

static const struct abi_call calls[] = {
#define CALL(number, NAME, name_, made_by, words, k0, k1, k2, k3, k4, k5)                                              \
	[number] = {                                                                                                   \
		.call = (number),                                                                                      \
		.name = #name_,                                                                                        \
		.maker = call_##made_by,                                                                               \
		.arity = (words),                                                                                      \
		.kind = { ABI_##k0, ABI_##k1, ABI_##k2, ABI_##k3, ABI_##k4, ABI_##k5 },                                \
	},
#include "abi/calls.def"
#undef CALL
};
_Static_assert(sizeof calls / sizeof *calls == SOCKETCALL_CALLS + 1, "calls.def holds calls 1 to SOCKETCALL_CALLS");

/* As many bits as there are calls. */
enum {
	EVERY_CALL = 0
#define CALL(number, ...) | 1 << (number)
#include "abi/calls.def"
#undef CALL
};

/* In each row, exactly the first `words` kinds are not UNUSED. */
#define FILLED(kind, place, words) ((ABI_##kind != ABI_UNUSED) == ((words) > (place)))
#define CALL(number, NAME, name, made_by, words, k0, k1, k2, k3, k4, k5)                                               \
	_Static_assert(FILLED(k0, 0, words) && FILLED(k1, 1, words) && FILLED(k2, 2, words) && FILLED(k3, 3, words) && \
			       FILLED(k4, 4, words) && FILLED(k5, 5, words),                                           \
		       #name ": arity and kinds disagree");
#include "abi/calls.def"
#undef CALL

static const char *const kinds[] = {
#define KIND(NAME, text, type, take) [ABI_##NAME] = (text),
#include "abi/kinds.def"
#undef KIND
};

/* all.def is included to number the architectures, for checks, and for the table. Each ARCH row ends the architecture
 * before it. */
#define NONE ABI_NONE

enum {
#define ARCH(name, ...) arch_##name,
#include "abi/arch/all.def"
	ARCHES
};

/* clang-format off */
/* Checks: each architecture has a NUMBER row for each call, one DOORS row and one CALLER row. */
enum { numbered_first = 0
#define ARCH(name, ...) }; enum { numbered_##name = 0
#define NUMBER(call, ...) | 1 << call_##call
#include "abi/arch/all.def"
};
enum { doors_first = 0
#define ARCH(name, ...) }; enum { doors_##name = 0
#define DOORS(...) + 0x10
#define CALLER(...) + 1
#include "abi/arch/all.def"
};
#define ARCH(name, ...) \
	_Static_assert((int)numbered_##name == (int)EVERY_CALL, \
		       "abi/arch/" #name ".def has a NUMBER row for each call"); \
	_Static_assert(doors_##name == 0x11, "abi/arch/" #name ".def has one DOORS and one CALLER row");
#include "abi/arch/all.def"

static const struct abi_arch arches[ARCHES + 1] = { [ARCHES] = {
#define ARCH(name_, token_, word_, order_) \
	}, [arch_##name_] = { .name = #name_, .token = (token_), .word = (word_), .order = ABI_##order_,
#define DOORS(multiplexed, time64, since) .socketcall = (multiplexed), .recvmmsg_time64 = (time64),
#define CALLER(procmask, pending) .rt_sigprocmask = (procmask),
#define NUMBER(call, number_, since_) .number[call_##call] = (number_), .since[call_##call] = #since_,
#include "abi/arch/all.def"
} };
/* clang-format on */

const struct abi_call *abi_call(int call)
{
	return call >= 1 && call <= SOCKETCALL_CALLS ? &calls[call] : NULL;
}

const char *abi_kind_text(enum abi_kind kind)
{
	return kinds[kind];
}

const struct abi_arch *abi_arch_at(int i)
{
	return i >= 0 && i < ARCHES ? &arches[i] : NULL;
}

const struct abi_arch *abi_arch(const char *name)
{
	for (int i = 0; i < ARCHES; i++)
		if (strcmp(arches[i].name, name) == 0)
			return &arches[i];
	return NULL;
}

int abi_direct(const struct abi_arch *arch, int call)
{
	const struct abi_call *row = abi_call(call);

	if (!row)
		return ABI_NONE;
	if (arch->number[call] != ABI_NONE)
		return arch->number[call];
	return call == call_recvmmsg ? arch->recvmmsg_time64 : arch->number[row->maker];
}
