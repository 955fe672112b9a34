/* SPDX-License-Identifier: MIT
 *
 * Writes seccomp profiles for container runtimes, in JSON: `socketcall filter --format oci` and `socketcall
 * profile`. The rules of socket calls are written anew, by equality of bits alone, so that they hold for the low
 * 32 bits of ints whatever is above them, and so that their order doesn't matter; all else is taken from a profile
 * that is given.
 */
#ifndef CLI_OCI_H
#define CLI_OCI_H

#include <stdbool.h>

#include "policy/policy.h"

/* What is written. */
struct cli_oci {
	const char *command; /* the subcommand, for messages */
	const struct socketcall_policy *policies;
	unsigned count;
	socketcall_policy_verdict otherwise; /* the default action */
	const char *profile;                 /* the given profile's text, or null */
	/* What the given profile's conditions, "includes" and "excludes", are compared with. */
	struct socketcall_policy_machine machine;
	/* The path of the agent's socket, to which socketcall is reported, and the profile's listenerMetadata. Null:
	 * socketcall is refused. */
	const char *listener, *metadata;
	const char *flag;  /* of the filter: SECCOMP_FILTER_FLAG_…; or null */
	bool io_uring;     /* its calls are left to the given profile, and not refused */
	bool filter_loads; /* loads of filters by programs with 32-bit pointers are reported as well */
};

/* Prints the profile as runtimes take it, with nothing that depends on a machine. CLI_OK or CLI_FAILED. */
int cli_oci_print(const struct cli_oci *oci);

/*
 * The same in the engines' own format, Docker's and Podman's. There must be a given profile. Its rules that depend on a
 * machine stay as they are, and so do all keys but those that are written anew. If `count` isn't 0, a call of socket or
 * socketpair must be allowed by policies[0] and by the profile's own rules.
 */
int cli_oci_print_docker(const struct cli_oci *oci);

/* ---- For these two ----------------------------------------------------------------------------------------------- */

struct json;
struct policy_cube;
struct json_string;

enum { OCI_CUBES_MOST = 4096 /* rules for one call */ };

struct oci_output {
	const struct cli_oci *oci;
	bool has_entry;    /* one has been printed */
	const char *names; /* of the entries that are being printed, as JSON; … */
	const char *tail;  /* … and further keys of each, with commas before them, or null */
};

void oci_begin_entry(struct oci_output *output);

/* The end of an entry's names, and its action. */
void oci_print_action(socketcall_policy_verdict verdict);

/* The rules of socketcall, io_uring and of loads of filters. They come first. */
void oci_print_doors(struct oci_output *output);

/* The profile's "listenerPath", "listenerMetadata" and "flags", each line with a comma behind. */
void oci_print_listener(const struct cli_oci *oci);

/* True for a call that oci_print_doors() prints rules for. */
bool oci_is_door(const struct cli_oci *oci, struct json_string name);

/* Prints an entry with output->names and the cube's verdict and conditions. `output` is a struct oci_output. */
void oci_print_cube(void *output, const struct policy_cube *cube);

#endif
