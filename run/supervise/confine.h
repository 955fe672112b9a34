/* SPDX-License-Identifier: MIT
 * The supervisor's own processes are inside the policy that it sets up for a tree: whoever gets hold of one of them can
 * make no socket that the tree couldn't make. */
#ifndef SUPERVISE_CONFINE_H
#define SUPERVISE_CONFINE_H

#include "run/supervise/supervisor.h"

#include <linux/filter.h>
#include <stdbool.h>

/*
 * Confines the calling process, for good: no_new_privs and the confinement's filter, which all of its children inherit.
 * 0; or -errno of prctl(2), and nothing but no_new_privs is set. With a null pointer nothing is done.
 */
int confine_program(const struct supervisor_confinement *confinement);

/*
 * The same for a process of the supervisor's own, which also becomes not dumpable (PR_SET_DUMPABLE): processes without
 * CAP_SYS_PTRACE can neither trace it nor reach its memory. To be called before the program starts. Returns as
 * confine_program().
 */
int confine_self(const struct supervisor_confinement *confinement);

/* Whether a listener can't be passed by processes that are confined. With a null pointer it can. */
static inline bool confine_hinders_passing(const struct supervisor_confinement *confinement)
{
	return confinement && confinement->no_passing;
}

/*
 * Puts the confinement's filter behind `filter`, which holds `length` instructions and has room for BPF_MAXINSNS, so
 * that both are loaded at once; and sets no_new_privs. Returns the length of the whole, or -errno: filter_join()'s, or
 * prctl(2)'s. With a null pointer nothing is done, and `length` is returned.
 */
int confine_filter(const struct supervisor_confinement *confinement, struct sock_filter *filter, int length);

#endif
