/* SPDX-License-Identifier: MIT
 * The facts of abi/families.def and abi/conversions.def at run time. */
#ifndef ABI_FAMILIES_H
#define ABI_FAMILIES_H

#include <stdbool.h>
#include <stddef.h>

enum { ABI_FAMILY_MAX = 0xffff }; /* sa_family_t has 16 bits */

struct abi_family {
	const char *name; /* without AF_; a null pointer where abi/families.def has no row of that number */
	int number;
	int type; /* 0 where it isn't known which the family takes */
	int protocol;
	bool pair;  /* has a socketpair */
	bool usual; /* asked for unless told otherwise */
};

/* The families that have a row, by number; a null pointer behind the last. */
const struct abi_family *abi_family_row(size_t i);

/*
 * The family of that text: a name with or without AF_ or PF_, in upper or lower case, or a number of 0 to
 * ABI_FAMILY_MAX, with a row or without. False when it is neither.
 */
bool abi_family(const char *text, struct abi_family *family);

/* Which of socket()'s arguments makes the kernel make a socket of another family. */
enum abi_decides {
	ABI_DECIDES_TYPE,     /* its low four bits (ABI_TYPE_MASK) are those of `type`, whatever the protocol is */
	ABI_DECIDES_PROTOCOL, /* its low 32 bits are `protocol`, and the type is `type` */
};

enum { ABI_TYPE_MASK = 0xf }; /* the kernel's SOCK_TYPE_MASK; the bits above are SOCK_CLOEXEC and SOCK_NONBLOCK */

/* A row of abi/conversions.def. */
struct abi_conversion {
	int from, to; /* numbers of families: the one that is asked for, and the one of the socket */
	enum abi_decides decides;
	int type, protocol; /* such a socket is had with both of these */
	int major, minor;   /* the first Linux that converts */
};

enum {
	ABI_CONVERSIONS = 0
#define CONVERSION(...) +1
#include "abi/conversions.def"
#undef CONVERSION
};

/* The conversions, in the table's order; a null pointer behind the last. */
const struct abi_conversion *abi_conversion_row(size_t i);

#endif
