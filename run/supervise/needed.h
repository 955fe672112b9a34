/* SPDX-License-Identifier: MIT
 * Tries the system calls that a supervisor's processes can't do without. If an outer seccomp filter refused one of them
 * later, these processes would wait for ever, retry for ever, or take the error for the end of the tree. So each call
 * is tried before anything is started, with the arguments by which a filter decides. */
#ifndef SUPERVISE_NEEDED_H
#define SUPERVISE_NEEDED_H

#include "run/supervise/supervisor.h"

/* Which supervisor makes the calls: bits. */
enum needed_by {
	NEEDED_BESIDE = 1,    /* supervisor_beside() */
	NEEDED_ABOVE = 2,     /* supervisor_above() */
	NEEDED_BY_PTRACE = 4, /* supervisor_by_ptrace() */
	NEEDED_BY_AGENT = 8,  /* guard_listener(), and the agent's processes */
};

/*
 * Tries the calls that `by` needs, in a child, because an outer filter may kill the caller of one. Returns 0, or -1
 * with *refusal, whose `call` is the refused call; if the filter killed the child, the error is EPERM.
 */
int needed_try(enum needed_by by, struct supervisor_refusal *refusal);

/* The name of the system call that a refusal's `call` stands for. */
const char *needed_name(unsigned call);

#endif
