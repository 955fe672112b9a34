/* SPDX-License-Identifier: MIT
 *
 * How a conformance program makes its calls. A program is compiled once, and is linked with one of entry/NAME.c, which
 * decides the entry. The program knows nothing else about the system that it runs on.
 */
#ifndef CONFORMANCE_ENTRY_H
#define CONFORMANCE_ENTRY_H

#include "abi/calls.h"

typedef unsigned long word;

/* Makes call `call` with the words of `block`; returns the result, or -errno. Memory behind the call's own words isn't
 * read. */
long sc(int call, const word *block);

struct entry {
	const char *name;
	int block; /* 1: the kernel or the server reads the block itself, so the facts of the entry are stated */
	int libc;  /* 1: a libc's functions make the calls: it may read arguments itself, and calls can be cancelled */
};
extern const struct entry entry;

#define ENTRY_BLOCK 1
#define ENTRY_LIBC  1

/* SC(BIND, fd, &address, sizeof address): makes a call with up to six words, pointers or integers; the other words are
 * 0. */
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
