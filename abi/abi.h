/* SPDX-License-Identifier: MIT
 *
 * abi/ states the facts that all other rooms need, each once, as rows of tables: the calls (calls.def), their arguments
 * (kinds.def), the numbers and constants of every architecture (arch/), the socket families (families.def). It does
 * nothing.
 *
 * This header has them at run time, for all architectures, on any host; native.h at compile time, for the one that is
 * being compiled for; families.h the families.
 */
#ifndef ABI_ABI_H
#define ABI_ABI_H

#include <stdint.h>

#include "abi/calls.h"

enum { ABI_NONE = -1 }; /* "this architecture has no such number" */

enum abi_kind {
#define KIND(NAME, text, type, take) ABI_##NAME,
#include "abi/kinds.def"
#undef KIND
};

enum abi_order { ABI_LITTLE, ABI_BIG };

struct abi_call {
	int call;
	const char *name;
	int maker; /* the call that makes this one where it has no direct number */
	unsigned arity;
	enum abi_kind kind[SOCKETCALL_WORDS];
};

struct abi_arch {
	const char *name;
	uint32_t token; /* AUDIT_ARCH_* */
	unsigned word;  /* bytes of one word of the block */
	enum abi_order order;
	int socketcall;      /* number of the multiplexed entry, or ABI_NONE */
	int rt_sigprocmask;  /* number */
	int recvmmsg_time64; /* number of recvmmsg with 64-bit times where words have 32, or ABI_NONE */
	/* By call: direct numbers, ABI_NONE where a call has none of its own, and the version of Linux that brought
	 * each. */
	int number[SOCKETCALL_CALLS + 1];
	const char *since[SOCKETCALL_CALLS + 1];
};

/* The row of a call, or a null pointer when `call` is not 1 to SOCKETCALL_CALLS. */
const struct abi_call *abi_call(int call);

/* What an argument kind is called in tables. */
const char *abi_kind_text(enum abi_kind kind);

/* The architecture of that name ("i386"), or a null pointer. */
const struct abi_arch *abi_arch(const char *name);

/* The architectures one by one, `i` from 0; a null pointer after the last. */
const struct abi_arch *abi_arch_at(int i);

/*
 * The number that makes `call` directly on `arch`: its own, or else its maker's, of recvmmsg the one with 64-bit times;
 * ABI_NONE when there is neither, or the call is out of range.
 */
int abi_direct(const struct abi_arch *arch, int call);

#endif
