/* SPDX-License-Identifier: MIT
 *
 * The system calls that a supervisor's processes can't do without. If an outer seccomp filter refuses one of them,
 * these processes would wait for ever, or try again for ever, or take the error for the end of the tree. So each is
 * tried before anything is started, with the arguments that decide whether a filter lets it through. */
#ifndef SUPERVISE_NEEDED_H
#define SUPERVISE_NEEDED_H

#include "run/supervise/supervisor.h"

/* Who makes the calls. */
enum needed_by {
	NEEDED_BESIDE = 1,    /* supervisor_beside() */
	NEEDED_ABOVE = 2,     /* supervisor_above() */
	NEEDED_BY_PTRACE = 4, /* supervisor_by_ptrace() */
	NEEDED_BY_AGENT = 8,  /* guard_listener(), and what is above it */
};

/*
 * Tries, in a child, what `by` needs. 0, or -1 with *refusal, whose `call` says which one is refused. An outer filter
 * may kill for a call: that is a refusal with EPERM.
 */
int needed_try(enum needed_by by, struct supervisor_refusal *refusal);

/* The name of the system call that a refusal's `call` stands for. */
const char *needed_name(unsigned call);

#endif
