/* SPDX-License-Identifier: MIT
 * Confines processes by a policy. The policy of a tree applies to the supervisor's processes, too: otherwise a program
 * that gains control of one of them could create sockets that the policy refuses to the tree. */
#ifndef SUPERVISE_CONFINE_H
#define SUPERVISE_CONFINE_H

#include "run/supervise/supervisor.h"

#include <linux/filter.h>
#include <stdbool.h>

/*
 * Sets no_new_privs and loads the confinement's filter. Neither can be undone, and both are inherited by children.
 * Returns 0, or -errno of prctl(2): then the filter isn't loaded, but no_new_privs may be set. If `confinement` is
 * null, returns 0 and does nothing.
 */
int confine_program(const struct supervisor_confinement *confinement);

/*
 * The same for the supervisor's processes, which also become not dumpable (PR_SET_DUMPABLE), so that a process without
 * CAP_SYS_PTRACE can neither trace them nor access their memory. Call it before the program starts. Returns as
 * confine_program().
 */
int confine_self(const struct supervisor_confinement *confinement);

/* True if confined processes can't pass a listener to each other. False if `confinement` is null. */
static inline bool confine_forbids_passing(const struct supervisor_confinement *confinement)
{
	return confinement && confinement->forbids_passing;
}

/*
 * Appends the confinement's filter to `filter`, which holds `length` instructions and has space for BPF_MAXINSNS, so
 * that one load loads both; and sets no_new_privs. Returns the joined length, or -errno of filter_join() or prctl(2).
 * If `confinement` is null, does nothing and returns `length`.
 */
int confine_filter(const struct supervisor_confinement *confinement, struct sock_filter *filter, int length);

#endif
