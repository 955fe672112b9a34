/* SPDX-License-Identifier: MIT
 * The facts of abi/families.def at run time. */
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

#endif
