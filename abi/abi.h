/* SPDX-License-Identifier: MIT
 *
 * abi/ states the facts that all other rooms need, each once, as rows of tables: the calls (calls.def), the kinds of
 * their arguments (kinds.def), the numbers and constants of every architecture (arch/), the socket families
 * (families.def). Nothing is done here.
 *
 * This header offers the facts about all architectures at run time, on any host. native.h offers those about the
 * architecture that the code is compiled for, at compile time. families.h has the families.
 */
#ifndef ABI_ABI_H
#define ABI_ABI_H

#include <stdint.h>

#include "abi/calls.h"

enum { ABI_NONE = -1 }; /* in place of a number: this architecture has no such system call */

enum abi_kind {
#define KIND(NAME, text, type, take) ABI_##NAME,
#include "abi/kinds.def"
#undef KIND
};

enum abi_order { ABI_LITTLE, ABI_BIG };

struct abi_call {
	int call;
	const char *name;
	int maker; /* the call that does the same, for architectures on which this one has no direct number */
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
	/* By call: its direct number, or ABI_NONE; and the first version of Linux that has the direct call. */
	int number[SOCKETCALL_CALLS + 1];
	const char *since[SOCKETCALL_CALLS + 1];
};

/* The row of a call, or a null pointer when `call` is not 1 to SOCKETCALL_CALLS. */
const struct abi_call *abi_call(int call);

/* The name of an argument kind, for people. */
const char *abi_kind_text(enum abi_kind kind);

/* The architecture of that name ("i386"), or a null pointer. */
const struct abi_arch *abi_arch(const char *name);

/* The architectures one by one, `i` from 0; a null pointer after the last. */
const struct abi_arch *abi_arch_at(int i);

/*
 * The number of the system call that makes `call` directly on `arch`: the call's own; if there is none, its maker's,
 * and for recvmmsg the number of the variant with 64-bit times. ABI_NONE if there is no such number either, or if
 * `call` is not 1 to SOCKETCALL_CALLS.
 */
int abi_direct(const struct abi_arch *arch, int call);

#endif
