/* SPDX-License-Identifier: MIT
 * The options of `socketcall run` that give a policy, a log or --learn, and the judge of a tree's reported calls. */
#ifndef CLI_RUN_POLICY_H
#define CLI_RUN_POLICY_H

#include "cli/policy.h"
#include "cli/run_learn.h"
#include "cli/run_log.h"
#include "run/supervise/supervisor.h"

enum { CLI_RUN_LOG = 0x200, CLI_RUN_LEARN };
#define CLI_RUN_POLICY_OPTIONS                                                                                         \
	CLI_POLICY_OPTIONS, { "log", required_argument, NULL, CLI_RUN_LOG },                                           \
	{                                                                                                              \
		"learn", required_argument, NULL, CLI_RUN_LEARN                                                        \
	}

/* Zeroed before the first option. */
struct run_policy {
	struct cli_policy policy;
	const char *log_name, *learn_name; /* the options' arguments */
	struct run_log log;
	struct run_learn learn;
	struct supervisor_confinement confinement;
	int keep[2]; /* the descriptors of the files of --log and --learn, which the supervisor keeps open */
};

/* Takes an option that getopt_long() returned. False if it is none of CLI_RUN_POLICY_OPTIONS. */
bool run_policy_option(struct run_policy *policy, int option);

/*
 * Reads the policy, opens the files, and sets the members of *supervision that depend on these. CLI_OK; or CLI_FAILED,
 * after an error message.
 */
int run_policy_prepare(struct run_policy *policy, struct supervisor_options *supervision, supervisor_judge *judge);

/* A supervisor_judge, called in the supervisor's process: logs the call, notes it for --learn, returns the verdict. */
uint32_t run_policy_judge(struct run_policy *policy, pid_t pid, const struct seccomp_data *call);

#endif
