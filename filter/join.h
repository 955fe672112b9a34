/* SPDX-License-Identifier: MIT
 * Two seccomp filters become one: what the first allows, the second decides. */
#ifndef FILTER_JOIN_H
#define FILTER_JOIN_H

#include <linux/filter.h>

/*
 * Appends `second`, of `second_length` instructions, to `filter`, which has `length` instructions and room for
 * `capacity`. Each return of SECCOMP_RET_ALLOW in `filter` becomes a jump to the first instruction of `second`;
 * its other answers stay, and `second` isn't executed for them. Returns the length of the whole, or -E2BIG where it
 * exceeds `capacity` or what the kernel accepts (BPF_MAXINSNS). A negative length, the -errno of the function that
 * should have written that filter, is returned as it is.
 *
 * Unlike two filters that are loaded one after the other, the joined filter lets `filter` answer with
 * SECCOMP_RET_USER_NOTIF a call that `second` answers with an errno: of two loaded filters the kernel takes the
 * errno (seccomp(2)).
 */
int filter_join(struct sock_filter *filter, int length, unsigned capacity, const struct sock_filter *second,
		int second_length);

#endif
