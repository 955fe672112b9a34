/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "guests.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* The kinds of constants of abi/arch. */
enum { ARCHES = 64, CONSTANTS = 128 };
enum kind { IS_OPTION, IS_TYPE, IS_ERRNO };

static const struct guest_row {
	const char *name;
	unsigned word;
	bool big;
	unsigned microseconds;
} rows[] = {
#define ARCH(name, token, word, order)                                                                                 \
	{                                                                                                              \
#name, word, order,
#define STRUCTURES(align, seconds, fraction, timespec)                                                                 \
	fraction                                                                                                       \
	}                                                                                                              \
	,
#define BIG    true
#define LITTLE false
#include "abi/arch/all.def"
};

/* The constants of all architectures, in the order of abi/arch/all.def; a row without a name begins each. */
static const struct constant {
	enum kind kind;
	const char *name; /* null: the next architecture begins here */
	int value;
} constants[] = {
#define ARCH(...)           { IS_OPTION, 0, 0 },
#define ERRNO(name, value)  { IS_ERRNO, #name, value },
#define OPTION(name, value) { IS_OPTION, #name, value },
#define TYPE(name, value)   { IS_TYPE, #name, value },
#include "abi/arch/all.def"
};

static const struct constant *constants_of(const char *arch)
{
	const struct constant *at = constants;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++, at++) {
		while (at->name)
			at++;
		if (!strcmp(rows[i].name, arch))
			return at + 1;
	}
	return NULL;
}

static const struct constant *end_of_constants(const struct constant *at)
{
	while (at < constants + sizeof constants / sizeof *constants && at->name)
		at++;
	return at;
}

/* Finds the name of i386's constant with this value (x86_64 has the same constants), and returns the value that the
 * guest's constant of that name has; or `otherwise`, if there is none. */
static int translated(const struct guest *guest, enum kind kind, int value, int otherwise)
{
	const struct constant *theirs = constants_of(guest->name), *end = end_of_constants(theirs);

	for (const struct constant *ours = constants_of("i386"); ours->name; ours++) {
		if (ours->kind != kind || ours->value != value || !strcmp(ours->name, "SOL_SOCKET"))
			continue;
		for (const struct constant *it = theirs; it < end; it++)
			if (it->kind == kind && !strcmp(it->name, ours->name))
				return it->value;
	}
	return otherwise;
}

static int level_socket(const struct guest *guest)
{
	const struct constant *it = constants_of(guest->name);

	while (strcmp(it->name, "SOL_SOCKET"))
		it++;
	return it->value;
}

const struct guest *guest_named(const char *name)
{
	static struct guest guest; /* a process has only one guest */

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].name, name))
			continue;
		guest = (struct guest){ rows[i].name, rows[i].word, rows[i].microseconds,
					rows[i].big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__), false };
		guest.own_constants = translated(&guest, IS_ERRNO, ENOTSOCK, 0) != ENOTSOCK ||
				      level_socket(&guest) != SOL_SOCKET ||
				      translated(&guest, IS_OPTION, SO_PASSCRED, 0) != SO_PASSCRED;
		return &guest;
	}
	return NULL;
}

int guest_level(const struct guest *guest, int level)
{
	return level == SOL_SOCKET ? level_socket(guest) : level;
}

int guest_option(const struct guest *guest, int level, int option)
{
	return level == SOL_SOCKET ? translated(guest, IS_OPTION, option, option) : option;
}

bool guest_knows_option(const struct guest *guest, int option)
{
	return translated(guest, IS_OPTION, option, -1) != -1;
}

int guest_type(const struct guest *guest, int type)
{
	int flags = 0;

	if (type < 0)
		return type;
	if (type & SOCK_NONBLOCK)
		flags |= translated(guest, IS_TYPE, SOCK_NONBLOCK, 0);
	if (type & SOCK_CLOEXEC)
		flags |= translated(guest, IS_TYPE, SOCK_CLOEXEC, 0);
	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	return translated(guest, IS_TYPE, type, type) | flags;
}

int guest_errno(const struct guest *guest, int number)
{
	return translated(guest, IS_ERRNO, number, number);
}
