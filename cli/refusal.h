/* SPDX-License-Identifier: MIT
 * Why a tree can't be supervised, in words. */
#ifndef CLI_REFUSAL_H
#define CLI_REFUSAL_H

#include "run/supervise/supervisor.h"

struct refusal_text {
	char text[256];
};

/* Says in one phrase what failed, with strerror()'s text: "cannot trace a child process (Operation not permitted)". */
struct refusal_text refusal_describe(const struct supervisor_refusal *refusal);

struct refusal_advice {
	const char *why;
	char change[160]; /* what would change that */
};

/*
 * Says why it failed, and what the user can change. This function reads settings of the machine and of this process, so
 * call it in the sandbox in which it failed.
 */
struct refusal_advice refusal_advise(const struct supervisor_refusal *refusal);

#endif
