/* SPDX-License-Identifier: MIT */
#include "server/guest.h"

/* The indexes of the rows of the tables below. */
enum {
#define ERRNO(name, value) error_##name,
#include "abi/errno/generic.def"
#undef ERRNO
	ERRORS
};
enum {
#define SIGSET(bytes)
#define TYPE(name, value)
#define OPTION(name, value) option_##name,
#include "abi/options/generic.def"
#undef TYPE
#undef OPTION
	OPTIONS
};
enum {
#define TYPE(name, value) type_##name,
#define OPTION(name, value)
#include "abi/options/generic.def"
#undef SIGSET
#undef TYPE
#undef OPTION
	TYPES
};
enum {
#define ARCH(name, ...) arch_##name,
#include "abi/arch/all.def"
	ARCHES
};

#define NONE (-1)
#define IS_HERE(token, word)                                                                                           \
	(((uint32_t)(token)&0x7fffffff) == (uint32_t)socketcall_native_token && (word) == (int)socketcall_native_word)
enum {
	HERE = 0
#define ARCH(name, token, word, order) +(IS_HERE(token, word) ? arch_##name : 0)
#include "abi/arch/all.def"
};
#define ARCH(name, token, word, order) +IS_HERE(token, word)
_Static_assert(0
#include "abi/arch/all.def"
		       == 1,
	       "one architecture is the one that this is compiled for");

/* clang-format off */
struct numbers {
	unsigned short errors[ERRORS], options[OPTIONS];
	unsigned types[TYPES];
};
static const struct numbers numbers[ARCHES + 1] = { [ARCHES] = {
#define ARCH(name, ...) }, [arch_##name] = {
#define ERRNO(name, value) .errors[error_##name] = (value),
#define OPTION(name, value) .options[option_##name] = (value),
#define TYPE(name, value) .types[type_##name] = (value),
#include "abi/arch/all.def"
} };

static const struct numbers here = {
#define ERRNO(name, value) .errors[error_##name] = socketcall_errno_##name,
#include "abi/errno/generic.def"
#undef ERRNO
#define SIGSET(bytes)
#define OPTION(name, value) .options[option_##name] = socketcall_option_##name,
#define TYPE(name, value) .types[type_##name] = socketcall_type_##name,
#include "abi/options/generic.def"
#undef SIGSET
#undef OPTION
#undef TYPE
};

/* For each architecture, how many of its numbers differ from those of here. */
enum { other_numbers_first = 0
#define ARCH(name, ...) }; enum { other_numbers_##name = 0
#define ERRNO(name, value) + ((int)(value) != (int)socketcall_errno_##name)
#define TYPE(name, value) + ((int)(value) != (int)socketcall_type_##name)
#include "abi/arch/all.def"
};
enum { other_options_first = 0
#define ARCH(name, ...) }; enum { other_options_##name = 0
#define OPTION(name, value) + ((int)(value) != (int)socketcall_option_##name)
#include "abi/arch/all.def"
};

/* Checks: each architecture has one STRUCTURES row, and a row for each number. A missing row would be 0 in the
 * tables. */
enum { rows_first = 0
#define ARCH(name, ...) }; enum { rows_##name = 0
#define STRUCTURES(...) + 0x10000
#define ERRNO(...) + 1
#define OPTION(...) + 1
#define TYPE(...) + 1
#include "abi/arch/all.def"
};
#define ARCH(name, ...) \
	_Static_assert((int)rows_##name / 0x10000 == 1, "abi/arch/" #name ".def has one STRUCTURES row"); \
	_Static_assert((int)rows_##name % 0x10000 == (int)ERRORS + (int)OPTIONS + (int)TYPES, \
		       "abi/arch/" #name ".def has the rows of one file of errno/ and of one of options/");
#include "abi/arch/all.def"

/* How many bits of an address count; 0: all of them. */
enum { bits_first = 0
#define ARCH(name, ...) }; enum { bits_##name = 0
#define ADDRESSES(bits) + (bits)
#include "abi/arch/all.def"
};
#define LAST_ADDRESS(bits, word) \
	((bits) ? (UINT64_C(1) << (bits)) - 1 : (word) == 4 ? (uint64_t)UINT32_MAX : UINT64_MAX)

enum { LITTLE = SOCKETCALL_LITTLE, BIG = SOCKETCALL_BIG,
	HERE_ORDER = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? SOCKETCALL_BIG : SOCKETCALL_LITTLE };
static const struct socketcall_arch arches[ARCHES + 1] = { [ARCHES] = {
#define ARCH(name_, token, word_, order_) }, [arch_##name_] = { .name = #name_, .number = arch_##name_, \
	.here = IS_HERE(token, word_), .same_numbers = !other_numbers_##name_, .same_options = !other_options_##name_, \
	.compat = (word_) == 4 && !(bits_##name_) && (int)(order_) == (int)HERE_ORDER && !other_numbers_##name_ && \
		  !other_options_##name_, .guest = { word_, (enum socketcall_order)order_ }, \
	 .last_address = LAST_ADDRESS(bits_##name_, word_),
#define STRUCTURES(align, seconds_, fraction_, timespec) \
	.alignment = (align), .seconds = (seconds_), .fraction = (fraction_), .timeout = (timespec),
#include "abi/arch/all.def"
} };
/* clang-format on */

const struct socketcall_arch *socketcall_arch_at(int i)
{
	return i >= 0 && i < ARCHES ? &arches[i] : NULL;
}

static bool same_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct socketcall_arch *socketcall_arch(const char *name)
{
	for (int i = 0; i < ARCHES; i++)
		if (same_text(arches[i].name, name))
			return &arches[i];
	return NULL;
}

const struct socketcall_arch *socketcall_arch_here(void)
{
	return &arches[HERE];
}

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

uint32_t socketcall_errno_out(const struct socketcall_arch *arch, uint32_t number)
{
	const unsigned short *theirs = numbers[arch->number].errors;

	for (int i = 0; i < ERRORS; i++)
		if (here.errors[i] == number)
			return theirs[i];
	return number;
}

long socketcall_error_out(const struct socketcall_arch *arch, long result)
{
	if (result >= 0 || result <= SOCKETCALL_WOULD_BLOCK || result == SOCKETCALL_RESTART)
		return result;
	return -(long)socketcall_errno_out(arch, (uint32_t)-result);
}

/* ---- Types ------------------------------------------------------------------------------------------------------- */

static const unsigned type_flags[] = { type_SOCK_NONBLOCK, type_SOCK_CLOEXEC };
static const unsigned type_kinds[] = { type_SOCK_STREAM, type_SOCK_DGRAM };

/* A flag that no architecture has, so that the kernel answers EINVAL. */
enum { UNKNOWN_FLAG = 0x10 };

static unsigned renumber_type(unsigned type, const unsigned *from, const unsigned *to)
{
	unsigned kind = type & TYPE_MASK, flags = type & ~(unsigned)TYPE_MASK, out = kind;

	for (int i = 0; i < 2; i++)
		if (kind == from[type_kinds[i]])
			out = to[type_kinds[i]];
	for (int i = 0; i < 2; i++)
		if (flags & from[type_flags[i]]) {
			flags &= ~from[type_flags[i]];
			out |= to[type_flags[i]];
		}
	return flags ? out | UNKNOWN_FLAG : out;
}

int socketcall_type_in(const struct socketcall_arch *arch, int type)
{
	return (int)renumber_type((unsigned)type, numbers[arch->number].types, here.types);
}

uint32_t socketcall_type_out(const struct socketcall_arch *arch, uint32_t type)
{
	return renumber_type(type, here.types, numbers[arch->number].types);
}

/* ---- Options and control messages -------------------------------------------------------------------------------- */

/* A number that is neither an option nor a control message on any architecture. */
enum { NO_OPTION = 0x7fff };

static int renumber_option(int number, const unsigned short *from, const unsigned short *to)
{
	for (int i = 0; i < OPTIONS; i++)
		if (i != option_SOL_SOCKET && from[i] == number)
			return to[i];
	return NO_OPTION;
}

/* On some architectures SOL_SOCKET's number is another level's: swap the two, so that neither level is lost. */
static void renumber_level(int *level, int from, int to)
{
	*level = *level == from ? to : *level == to ? from : *level;
}

void socketcall_option_in(const struct socketcall_arch *arch, int *level, int *option)
{
	const struct numbers *theirs = &numbers[arch->number];

	if (arch->same_options)
		return;
	renumber_level(level, theirs->options[option_SOL_SOCKET], here.options[option_SOL_SOCKET]);
	if (*level == here.options[option_SOL_SOCKET])
		*option = renumber_option(*option, theirs->options, here.options);
}

/* True for control messages that have the same number on every architecture. */
static bool has_one_number(int type)
{
	return type >= SCM_RIGHTS && type <= SCM_PIDFD;
}

void socketcall_control_in(const struct socketcall_arch *arch, int *level, int *type)
{
	const struct numbers *theirs = &numbers[arch->number];

	if (arch->same_options)
		return;
	renumber_level(level, theirs->options[option_SOL_SOCKET], here.options[option_SOL_SOCKET]);
	if (*level == here.options[option_SOL_SOCKET] && !has_one_number(*type))
		*type = renumber_option(*type, theirs->options, here.options);
}

void socketcall_control_out(const struct socketcall_arch *arch, int *level, int *type)
{
	const struct numbers *theirs = &numbers[arch->number];

	if (arch->same_options)
		return;
	renumber_level(level, here.options[option_SOL_SOCKET], theirs->options[option_SOL_SOCKET]);
	if (*level == theirs->options[option_SOL_SOCKET] && !has_one_number(*type))
		*type = renumber_option(*type, here.options, theirs->options);
}

uint32_t socketcall_sol_socket_out(const struct socketcall_arch *arch)
{
	return numbers[arch->number].options[option_SOL_SOCKET];
}
