/* SPDX-License-Identifier: MIT
 * A filter that turns multiplexed calls into SIGSYS, for the tracer of the program. */
#ifndef FILTER_TRAPS_H
#define FILTER_TRAPS_H

#include <linux/filter.h>

#include "abi/abi.h"

enum { FILTER_TRAPS_LENGTH = 8 };

/*
 * Writes a seccomp filter that answers socketcall on `arch` with SECCOMP_RET_TRAP and FILTER_MARKER, and allows
 * everything else. If several filters answer a call, TRAP takes precedence over ERRNO (seccomp(2)): so the tracer
 * sees the call even if an outer filter closes it with an errno, but not if one kills. Calls from code above 4
 * GiB are allowed: no 32-bit program makes them. `arch` must have a multiplexed entry. Returns the filter's
 * length in instructions, FILTER_TRAPS_LENGTH, or -errno as build_end().
 */
int filter_traps(struct sock_filter filter[FILTER_TRAPS_LENGTH], const struct abi_arch *arch);

#endif
