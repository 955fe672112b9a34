/* SPDX-License-Identifier: MIT
 * Compares machine code. */
#ifndef PRELOAD_BYTES_H
#define PRELOAD_BYTES_H

#include "run/preload/preload.h"

static inline bool bytes_same(const void *a, const void *b, size_t n)
{
	const char *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return false;
	return true;
}

/* Returns the address behind an endbr32, which compilers put at the beginning of functions (Intel CET), or `code`. */
static inline char *bytes_behind_endbr(char *code)
{
	static const unsigned char endbr32[] = { 0xf3, 0x0f, 0x1e, 0xfb };

	return bytes_same(code, endbr32, sizeof endbr32) ? code + sizeof endbr32 : code;
}

#endif
