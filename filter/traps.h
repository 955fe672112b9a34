/* SPDX-License-Identifier: MIT
 * A policy that decides nothing: multiplexed calls are sent back to the program, for whoever traces it. */
#ifndef FILTER_TRAPS_H
#define FILTER_TRAPS_H

#include <linux/filter.h>

#include "abi/abi.h"

enum { FILTER_TRAPS_LENGTH = 8 };

/*
 * Writes a seccomp filter that answers SECCOMP_RET_TRAP to socketcall on `arch` and allows everything else. Of several
 * filters' answers TRAP comes before ERRNO: it is what happens where an outer filter closes the call, unless that one kills
 * (seccomp(2)). Calls from above 4 GiB, which a program of 32 bits can't make, are left alone. Returns its length in
 * instructions.
 */
unsigned short filter_traps(struct sock_filter filter[FILTER_TRAPS_LENGTH], const struct abi_arch *arch);

#endif
