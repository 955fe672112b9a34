/* SPDX-License-Identifier: MIT
 * What socketcall_policy_compile() does, with a note of each instruction's purpose, for a disassembly. */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "policy/policy.h"

/* The doors that a filter tells apart. */
enum policy_door {
	POLICY_DOOR_ANY, /* not told apart yet, or shared by several */
	POLICY_DOOR_X86_64,
	POLICY_DOOR_I386,
	POLICY_DOOR_SOCKETCALL,
	POLICY_DOOR_X32,
	POLICY_DOOR_IO_URING,
	POLICY_DOOR_UNKNOWN, /* an architecture that x86-64 kernels don't have */
};

/* What an instruction is there for. */
struct policy_origin {
	unsigned char door; /* enum policy_door */
	unsigned char call; /* 1 to SOCKETCALL_POLICY_RECVMMSG_TIME64, or 0 */
	short policy, rule; /* or -1 */
};

/* As socketcall_policy_compile(). `origins` is null, or has `capacity` elements, which are filled. */
int policy_compile(const struct socketcall_policy *policies, unsigned count,
		   const struct socketcall_policy_options *options, struct sock_filter *filter, unsigned capacity,
		   struct policy_origin *origins);

#endif
