/* SPDX-License-Identifier: MIT
 *
 * Writes seccomp profiles for container runtimes, in JSON: `socketcall filter --format oci` and `socketcall
 * profile`. The rules on socket calls are written anew (policy/cubes.h): their conditions compare masked bits for
 * equality, so an int is judged by its low 32 bits whatever the high ones are; and no two of them match the same call,
 * so their order doesn't matter. All else is copied from a given profile, if there is one.
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
	const char *flag;  /* the name of a flag for loading the filter, SECCOMP_FILTER_FLAG_…; or null */
	bool io_uring;     /* io_uring's calls are left to the given profile; else they are refused */
	bool filter_loads; /* loads of filters by programs with 32-bit pointers are reported as well */
};

/*
 * Prints the profile as runtimes read it: without "includes" and "excludes", since only the given profile's rules that
 * are for oci->machine are copied. Returns CLI_OK or CLI_FAILED.
 */
int cli_oci_print(const struct cli_oci *oci);

/*
 * The same in the engines' own format, Docker's and Podman's. There must be a given profile. Its rules that depend on a
 * machine stay as they are, and so do all keys but those that are written anew. If `count` isn't 0, a call of socket or
 * socketpair must be allowed by policies[0] and by the profile's own rules.
 */
int cli_oci_print_docker(const struct cli_oci *oci);

/* ---- For oci.c and oci_docker.c alone ---------------------------------------------------------------------------- */

struct json;
struct policy_cube;
struct json_string;

enum { OCI_CUBES_MOST = 4096 /* rules for one call */ };

struct oci_output {
	const struct cli_oci *oci;
	bool has_entry;    /* an entry has been printed, so the next one needs a comma before it */
	const char *names; /* for oci_print_cube(): what the entry's list of names contains, as JSON */
	const char *tail;  /* for oci_print_cube(): more keys of the entry, each with a comma before it; or null */
};

/* Prints the beginning of an entry, up to the bracket that opens its list of names. */
void oci_begin_entry(struct oci_output *output);

/* Prints the end of an entry's list of names, and its action. */
void oci_print_action(socketcall_policy_verdict verdict);

/* Prints the entries on socketcall, io_uring and loads of filters. They come first. */
void oci_print_doors(struct oci_output *output);

/* Prints the keys "listenerPath", "listenerMetadata" and "flags" that `oci` asks for, each with a comma behind it. */
void oci_print_listener(const struct cli_oci *oci);

/* True for a call that oci_print_doors() prints rules for. */
bool oci_is_door(const struct cli_oci *oci, struct json_string name);

/* Prints an entry with output->names and the cube's verdict and conditions. `output` is a struct oci_output. */
void oci_print_cube(void *output, const struct policy_cube *cube);

#endif
