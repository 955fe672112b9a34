/* SPDX-License-Identifier: MIT
 * A filter that refuses nothing. It notifies a supervisor of the direct calls by which sockets are made. */
#ifndef FILTER_SOCKETS_H
#define FILTER_SOCKETS_H

#include <linux/filter.h>
#include <stdint.h>

enum { FILTER_SOCKETS_LENGTH = 13 };

/*
 * Writes a seccomp filter that answers socket and socketpair of x86-64 and of i386 with SECCOMP_RET_USER_NOTIF unless
 * their fifth argument (FILTER_MARKER_ARGUMENT), which the kernel ignores, is `marker`: so the supervisor can have such
 * a call made once more, and judged by the filter that follows this one (filter_join()). A program that guesses the
 * marker isn't reported, but judged. Everything else is allowed. Returns the filter's length in instructions,
 * FILTER_SOCKETS_LENGTH, or -errno as build_end().
 */
int filter_sockets(struct sock_filter filter[FILTER_SOCKETS_LENGTH], uint32_t marker);

#endif
