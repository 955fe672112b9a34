/* SPDX-License-Identifier: MIT
 * The facts of abi/families.def and abi/conversions.def at run time. */
#ifndef ABI_FAMILIES_H
#define ABI_FAMILIES_H

#include <stdbool.h>
#include <stddef.h>

enum { ABI_FAMILY_MAX = 0xffff }; /* sa_family_t has 16 bits */

struct abi_family {
	const char *name; /* without AF_; a null pointer if abi/families.def has no row of that number */
	int number;
	int type; /* a type that the family accepts; 0 if none is known */
	int protocol;
	bool pair;  /* has a socketpair */
	bool usual; /* `socketcall probe` tries it by default */
};

/* The families that have a row, by number, `i` from 0; a null pointer after the last. */
const struct abi_family *abi_family_row(size_t i);

/*
 * Reads a family: a name with or without AF_ or PF_, in upper or lower case, or a number of 0 to ABI_FAMILY_MAX, which
 * needs no row. Returns false if the text is neither.
 */
bool abi_family(const char *text, struct abi_family *family);

/* Which of socket()'s arguments makes the kernel create a socket of another family. */
enum abi_decides {
	ABI_DECIDES_TYPE,     /* its low four bits (ABI_TYPE_MASK) are those of `type`, whatever the protocol is */
	ABI_DECIDES_PROTOCOL, /* its low 32 bits are `protocol`, and the type is `type` */
};

enum { ABI_TYPE_MASK = 0xf }; /* the kernel's SOCK_TYPE_MASK; the bits above are SOCK_CLOEXEC and SOCK_NONBLOCK */

/* A row of abi/conversions.def. */
struct abi_conversion {
	int from, to; /* numbers of families: the one that is named, and the socket's */
	enum abi_decides decides;
	int type, protocol; /* arguments that create such a socket */
	int major, minor;   /* the first Linux that converts */
};

enum {
	ABI_CONVERSIONS = 0
#define CONVERSION(...) +1
#include "abi/conversions.def"
#undef CONVERSION
};

/* The conversions, in the table's order, `i` from 0; a null pointer after the last. */
const struct abi_conversion *abi_conversion_row(size_t i);

#endif
