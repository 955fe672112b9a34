/* SPDX-License-Identifier: MIT
 * Loading a seccomp filter into the calling thread. */
#ifndef FILTER_LOAD_H
#define FILTER_LOAD_H

#include <linux/filter.h>

/*
 * Loads `filter` of `length` instructions. no_new_privs is set only when the kernel demands it, which it does of a caller
 * without CAP_SYS_ADMIN in its user namespace. 0 or -errno of prctl(2) or seccomp(2).
 */
int filter_load(struct sock_filter *filter, unsigned short length);

#endif
