/* SPDX-License-Identifier: MIT
 *
 * probe/ finds out by which doors (probe/doors.def) a process gets sockets where it runs: it asks for each family at
 * each door, and makes each of the twenty calls. A seccomp filter may kill who asks, so each attempt is made by a child
 * process (children.h, attempt.h). What the answers say, and whether a filter or the kernel gave them, is worked out
 * afterwards (judge.h), without asking anything.
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include <stddef.h>

#include "abi/abi.h"
#include "abi/families.h"
#include "probe/judge.h"

struct probe_family {
	struct abi_family family;      /* in */
	struct doors_row socket, pair; /* out */
	/* By row of abi/conversions.def: what the kernel converts into the family. Nothing was asked of the others. */
	struct doors_row converted[ABI_CONVERSIONS];
};

/* Whether the row of conversions gives sockets of that family. */
bool probe_converts_into(const struct probe_family *family, size_t conversion);

struct probe {
	struct doors_kernel kernel;
	struct doors_answer multiplexed[SOCKETCALL_CALLS + 1]; /* by call */
	struct doors_answer
		direct[SOCKETCALL_CALLS + 1]; /* by call, i386's; unasked for calls without a number of their own */
	struct probe_family *families;        /* the caller's */
	size_t count;
};

/*
 * Fills in what `probe` has besides the families themselves. Each answer is waited for `patience` milliseconds. Asking
 * for a family may make the kernel load its module. Returns 0, or -errno of what failed, with its name in `what`.
 */
int probe_doors(struct probe *probe, int patience, const char **what);

#endif
