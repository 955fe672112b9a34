/* SPDX-License-Identifier: MIT
 * A policy with one rule: the multiplexed entry is closed. */
#ifndef FILTER_CLOSED_H
#define FILTER_CLOSED_H

#include <linux/filter.h>

#include "abi/abi.h"

enum { FILTER_CLOSED_LENGTH = 6 };

/*
 * Writes a seccomp filter that answers `error` (a positive errno) to socketcall on `arch` whatever its arguments, and allows
 * everything else: what Docker 29.4.2's profile did, with ENOSYS. Nothing is said about the direct calls. Returns its length in instructions.
 */
unsigned short filter_closed(struct sock_filter filter[FILTER_CLOSED_LENGTH], const struct abi_arch *arch, int error);

#endif
