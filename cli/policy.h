/* SPDX-License-Identifier: MIT
 * The options of subcommands that give a policy: --families, --refused, --profile and --allow-io-uring. */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include <getopt.h>
#include <stdbool.h>

#include "policy/policy.h"

/* For a subcommand's table of options. getopt_long() returns these values, which differ from all characters. */
enum { CLI_POLICY_FAMILIES = 0x100, CLI_POLICY_REFUSED, CLI_POLICY_PROFILE, CLI_POLICY_IO_URING };
#define CLI_POLICY_OPTIONS                                                                                             \
	{ "families", required_argument, NULL, CLI_POLICY_FAMILIES },                                                  \
		{ "refused", required_argument, NULL, CLI_POLICY_REFUSED },                                            \
		{ "profile", required_argument, NULL, CLI_POLICY_PROFILE },                                            \
	{                                                                                                              \
		"allow-io-uring", no_argument, NULL, CLI_POLICY_IO_URING                                               \
	}

enum { CLI_POLICIES = 2 /* one of --families, one of --profile */ };

/* Zeroed before the first option. The rules' memory is never freed. */
struct cli_policy {
	const char *families, *refused, *profile;        /* the options' arguments */
	const char *repeated;                            /* an option that was given twice, or a null pointer */
	const struct socketcall_policy_machine *machine; /* for which a profile is read; null: cli_policy_machine() */
	struct socketcall_policy policies[CLI_POLICIES];
	const char *sources[CLI_POLICIES]; /* by policy: "--families", or the name of the profile's file */
	const char *texts[CLI_POLICIES];   /* by policy: the text that was read; the rules' offsets are offsets in it */
	unsigned count;                    /* of policies: 0 where neither --families nor --profile was given */
	struct socketcall_policy_options options;
	bool replaces_socketcall; /* the subcommand says itself what becomes of a profile's rules on socketcall */
};

/* The machine for which profiles are read: the capabilities that a program would have, and the running kernel. */
struct socketcall_policy_machine cli_policy_machine(void);

/*
 * Reads a list of capabilities, as --caps has it: names with or without CAP_, or "all". CLI_OK; or CLI_FAILED,
 * after an error message.
 */
int cli_policy_capabilities(const char *list, uint64_t *capabilities, const char *command);

/*
 * Keeps an option's argument, optarg, in *kept. Each of these options may be given once, because a second one would
 * silently replace the first policy: then cli_policy_read() fails, and names `option`.
 */
void cli_policy_keep(struct cli_policy *policy, const char **kept, const char *option);

/* Takes an option that getopt_long() returned. False if it is none of CLI_POLICY_OPTIONS. */
bool cli_policy_option(struct cli_policy *policy, int option);

/* Reads what the options name. CLI_OK; or CLI_FAILED, after an error message, with its line and column. */
int cli_policy_read(struct cli_policy *policy, const char *command);

/*
 * Compiles the policies with policy->options. Returns the filter, which is never freed, and sets *length to the number
 * of its instructions; or a null pointer, after an error message. A filter of over `most` instructions is an error.
 * `most` is BPF_MAXINSNS, less the length of what is to be joined with the filter.
 */
struct sock_filter *cli_policy_compile(const struct cli_policy *policy, unsigned most, int *length,
				       const char *command);

#endif
