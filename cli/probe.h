/* SPDX-License-Identifier: MIT
 * The ways in which `socketcall probe` shows what was found. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include <stdbool.h>

#include "probe/probe.h"

struct cli_probe {
	struct probe probe;
	bool *wanted_closed; /* for each of probe.families: --closed names it. Null while there is no family */
	bool missing_ok;     /* --missing-ok */
	int patience;        /* --wait, in seconds */
	bool served;         /* multiplexed calls are refused, but `run` or the agent makes those of 32-bit programs */
};

/* True if no filter refuses any of the calls that 32-bit programs make, by socketcall or directly. */
bool probe_multiplexed_works(const struct probe *probe);
bool probe_direct_works(const struct probe *probe);

/* True if every multiplexed call is refused. */
bool probe_multiplexed_refused(const struct probe *probe);

/*
 * True if all doors of the family have the same outcome, also those by which the kernel converts another family into
 * it, and if all doors of its socketpair have the same outcome.
 */
bool probe_agree(const struct probe_family *family);

/*
 * True if every door of the family, of its socketpair, and of the conversions into the family is closed. With
 * `missing_ok` a door may also be open to a family that this kernel doesn't have.
 */
bool probe_is_closed(const struct probe_family *family, bool missing_ok);

/* Writes to `room`, and returns, the arguments that the row of abi/conversions.def is for: "AF_INET with type 10". */
enum { PROBE_CONVERSION_ROOM = 64 };
const char *probe_conversion_text(size_t conversion, char room[PROBE_CONVERSION_ROOM]);

/* Returns the name of the family that these arguments name: "INET". */
const char *probe_conversion_name(size_t conversion);

/* Prints for each family that --closed names whether it is closed, or which doors aren't. */
void probe_print_closed(const struct cli_probe *report);

/* Prints whether 32-bit programs that use socketcall(2) work, and whether `run` helps. */
void probe_print_callers(const struct cli_probe *report);

/* Returns the name of a state in the matrix; a null pointer for a state whose cells show an errno. */
const char *probe_state_text(enum doors_state state);

/* Prints a paragraph: breaks it at blanks, and begins the lines after the first with `indent` blanks. */
enum { PROBE_TEXT_ROOM = 4096 };
void probe_say(int indent, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends to a text. What has no room is cut off. */
void probe_append(char text[PROBE_TEXT_ROOM], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Returns "ALG"; or writes to `room`, and returns, the number of a family that has no name. */
enum { PROBE_NAME_ROOM = 24 };
const char *probe_family_name(const struct abi_family *family, char room[PROBE_NAME_ROOM]);

/* Returns "EPERM"; or writes to `room`, and returns, "errno N" for an error that has no name. */
const char *probe_error_name(int error, char room[PROBE_NAME_ROOM]);

/* The words for a door: its row of probe/doors.def. */
struct probe_door_text {
	const char *name;   /* in the matrix and in JSON: "native" */
	const char *text;   /* in sentences: "the native call" */
	const char *advice; /* how to close it */
};
extern const struct probe_door_text probe_door_text[DOORS_COUNT];

/* Prints the matrix, and sentences that say what it means. */
void probe_print_text(const struct cli_probe *report, bool colour);

/* Prints everything as one JSON object. */
void probe_print_json(const struct cli_probe *report);

#endif
