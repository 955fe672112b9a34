/* SPDX-License-Identifier: MIT
 *
 * The one thing that a conformance program knows of what it runs on. A program is compiled once; which entry it makes
 * its calls by is decided when it is linked with one of entry/NAME.c.
 */
#ifndef CONFORMANCE_ENTRY_H
#define CONFORMANCE_ENTRY_H

#include "abi/calls.h"

typedef unsigned long word;

/* Makes call `call` with the words of `block`; the result, or -errno. Only the call's own words need be there. */
long sc(int call, const word *block);

struct entry {
	const char *name;
	int block; /* whatever judges the call sees the block itself: the facts of the entry hold */
	int libc;  /* a libc's wrappers: it may look at arguments itself, and threads may be cancelled in calls */
};
extern const struct entry entry;

#define ENTRY_BLOCK 1
#define ENTRY_LIBC  1

/* SC(BIND, fd, &address, sizeof address): up to six words, pointers and integers as they are; the rest is zero. */
#define SC_0(...)                      0
#define SC_1(a)                        (word)(a)
#define SC_2(a, ...)                   (word)(a), SC_1(__VA_ARGS__)
#define SC_3(a, ...)                   (word)(a), SC_2(__VA_ARGS__)
#define SC_4(a, ...)                   (word)(a), SC_3(__VA_ARGS__)
#define SC_5(a, ...)                   (word)(a), SC_4(__VA_ARGS__)
#define SC_6(a, ...)                   (word)(a), SC_5(__VA_ARGS__)
#define SC_N(a, b, c, d, e, f, n, ...) SC_##n
#define SC_WORDS(...)                  SC_N(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)(__VA_ARGS__)
#define SC(...)                        SC_MADE(__VA_ARGS__)
#define SC_MADE(NAME, ...)             sc(SOCKETCALL_##NAME, (const word[SOCKETCALL_WORDS]){ SC_WORDS(__VA_ARGS__) })

#endif
