/* SPDX-License-Identifier: MIT
 * policy_compile() is socketcall_policy_compile(), and also tells what each instruction is for. `socketcall filter
 * --format text` prints that beside the instructions. */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "policy/policy.h"

/* The doors that a filter tells apart. */
enum policy_door {
	POLICY_DOOR_ANY,        /* the instruction serves several doors */
	POLICY_DOOR_X86_64,     /* x86-64's direct calls */
	POLICY_DOOR_I386,       /* i386's direct calls */
	POLICY_DOOR_SOCKETCALL, /* i386's socketcall */
	POLICY_DOOR_X32,
	POLICY_DOOR_IO_URING,
	POLICY_DOOR_UNKNOWN, /* architectures that x86-64 kernels don't have */
};

/* What an instruction is for. */
struct policy_origin {
	unsigned char door; /* enum policy_door */
	unsigned char call; /* 1 to SOCKETCALL_POLICY_RECVMMSG_TIME64; 0: it isn't for a single call */
	short policy, rule; /* indexes; -1: it isn't for a single policy, or a single rule */
};

/* `origins` is null, or has `capacity` elements. One element is filled for each instruction of the filter. */
int policy_compile(const struct socketcall_policy *policies, unsigned count,
		   const struct socketcall_policy_options *options, struct sock_filter *filter, unsigned capacity,
		   struct policy_origin *origins);

#endif
