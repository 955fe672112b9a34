/* SPDX-License-Identifier: MIT
 * A filter that refuses the multiplexed entry. */
#ifndef FILTER_CLOSED_H
#define FILTER_CLOSED_H

#include <linux/filter.h>

#include "abi/abi.h"

enum { FILTER_CLOSED_LENGTH = 6 };

/*
 * Writes a seccomp filter that answers socketcall on `arch`, whatever its arguments are, with `error` (a positive
 * errno), and allows everything else, the direct calls included. This is what Docker 29.4.2's profile did to
 * socketcall, with ENOSYS. `arch` must have a multiplexed entry. Returns the filter's length in instructions,
 * FILTER_CLOSED_LENGTH, or -errno as build_end().
 */
int filter_closed(struct sock_filter filter[FILTER_CLOSED_LENGTH], const struct abi_arch *arch, int error);

#endif
