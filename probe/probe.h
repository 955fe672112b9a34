/* SPDX-License-Identifier: MIT
 *
 * probe/ finds out by which doors (probe/doors.def) a process can create sockets in the place where it runs. It tries
 * each family at each door, and each of the twenty calls. A seccomp filter may kill the process that tries, so child
 * processes make the attempts (children.h, attempt.h). Whether a filter or the kernel gave an answer is decided
 * afterwards (judge.h), without further attempts.
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
	/* By row of abi/conversions.def: the conversions into this family. The other rows have no attempts. */
	struct doors_row converted[ABI_CONVERSIONS];
};

/* Whether that row of abi/conversions.def results in sockets of that family. */
bool probe_converts_into(const struct probe_family *family, size_t conversion);

struct probe {
	struct doors_kernel kernel;
	struct doors_answer multiplexed[SOCKETCALL_CALLS + 1]; /* by call */
	struct doors_answer
		direct[SOCKETCALL_CALLS + 1]; /* by call, i386's; DOORS_UNASKED for calls without a direct number */
	struct probe_family *families;        /* the caller's */
	size_t count;
};

/*
 * Makes all attempts for the families in probe->families, and fills in the other members of `probe`. An attempt that
 * has no answer after `patience` milliseconds gets DOORS_SILENT. Trying a family may make the kernel load its module.
 * Returns 0, or -errno; `what` then names the call that failed.
 */
int probe_doors(struct probe *probe, int patience, const char **what);

#endif
