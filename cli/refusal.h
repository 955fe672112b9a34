/* SPDX-License-Identifier: MIT
 * Why a tree can't be supervised, in words. */
#ifndef CLI_REFUSAL_H
#define CLI_REFUSAL_H

#include "run/supervise/supervisor.h"

struct refusal_text {
	char text[256];
};

/* In one phrase, with the system's word for the error: "cannot trace a child process (Operation not permitted)". */
struct refusal_text refusal_describe(const struct supervisor_refusal *refusal);

struct refusal_advice {
	const char *why;
	char change[160]; /* what would change that */
};

/*
 * Says why, and what the user can change. It looks at settings of this machine and this process, so call it where the
 * refusal happened.
 */
struct refusal_advice refusal_advise(const struct supervisor_refusal *refusal);

#endif
