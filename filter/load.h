/* SPDX-License-Identifier: MIT
 * Loading a seccomp filter into the calling thread. */
#ifndef FILTER_LOAD_H
#define FILTER_LOAD_H

#include <linux/filter.h>

/*
 * Loads `filter`, of `length` instructions, and returns 0 or the -errno of prctl(2): EINVAL, the kernel doesn't
 * accept this filter. A negative `length`, the -errno of the function that should have written the filter, is
 * returned as it is. no_new_privs is set only if the kernel demands it, which it does of a caller without
 * CAP_SYS_ADMIN in its user namespace.
 *
 * listener_load() (process/listener.h) loads a filter with a listener, for which the kernel has other rules.
 */
int filter_load(struct sock_filter *filter, int length);

#endif
