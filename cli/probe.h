/* SPDX-License-Identifier: MIT
 * The ways in which `socketcall probe` shows what was found. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include <stdbool.h>

#include "probe/probe.h"

struct cli_probe {
	struct probe probe;
	bool *wanted_closed; /* by family: named by --closed; or a null pointer */
	int patience;        /* seconds */
};

/* "socket", "accept4": calls that 32-bit programs make, at the multiplexed entry or directly. */
bool probe_multiplexed_works(const struct probe *probe);
bool probe_direct_works(const struct probe *probe);

/* Every door of the family, and of its socketpair, came to the same. */
bool probe_agree(const struct probe_family *family);

/* Every door of the family, and of its socketpair, is closed. */
bool probe_is_closed(const struct probe_family *family);

/* "ALG", or the number of a family without a name, in `room`. */
enum { PROBE_NAME_ROOM = 24 };
const char *probe_family_name(const struct abi_family *family, char room[PROBE_NAME_ROOM]);

/* "EPERM"; in `room` if it has no name. */
const char *probe_error_name(int error, char room[PROBE_NAME_ROOM]);

/* "native" as the matrix and the JSON say; "the native call" as sentences do; what to do where it is open. */
struct probe_door_text {
	const char *name, *text, *advice;
};
extern const struct probe_door_text probe_door_text[DOORS_COUNT];

/* The matrix, and what it means. */
void probe_print_text(const struct cli_probe *report, bool colour);

/* All of it as one object. */
void probe_print_json(const struct cli_probe *report);

#endif
