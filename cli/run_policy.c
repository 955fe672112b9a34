/* SPDX-License-Identifier: MIT */
#include "cli/run_policy.h"

#include "abi/abi.h"
#include "cli/cli.h"
#include "filter/reports.h"
#include "filter/sockets.h"
#include "process/proc.h"
#include "process/status.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool run_policy_option(struct run_policy *policy, int option)
{
	if (option == CLI_RUN_LOG)
		cli_policy_keep(&policy->policy, &policy->log_name, "--log");
	else if (option == CLI_RUN_LEARN)
		cli_policy_keep(&policy->policy, &policy->learn_name, "--learn");
	else
		return cli_policy_option(&policy->policy, option);
	return true;
}

static int open_files(struct run_policy *policy, struct supervisor_options *supervision)
{
	int r = policy->log_name ? run_log_open(&policy->log, policy->log_name) : 0;

	if (r)
		return cli_fail("run", "--log: %s: %s", policy->log_name, strerror(-r));
	if (policy->log_name)
		policy->keep[supervision->keep_count++] = policy->log.fd;
	r = policy->learn_name ? run_learn_open(&policy->learn, policy->learn_name) : 0;
	if (r)
		return cli_fail("run", "--learn: %s: %s", policy->learn_name,
				r == -EINVAL ? "not a regular file" : strerror(-r));
	if (policy->learn_name)
		policy->keep[supervision->keep_count++] = policy->learn.fd;
	supervision->keep = policy->keep;
	return CLI_OK;
}

/* Does the policy allow x86-64's sendmsg() or recvmsg() with these flags? Its other arguments aren't known here. */
static bool allows(const struct run_policy *policy, int call, int flags)
{
	const struct abi_arch *arch = abi_arch("x86_64");
	const struct seccomp_data data = {
		.nr = arch->number[call],
		.arch = arch->token,
		.args = { [2] = (unsigned)flags },
	};

	return socketcall_policy_judge(policy->policy.policies, policy->policy.count, &policy->policy.options, &data) ==
	       SECCOMP_RET_ALLOW;
}

int run_policy_prepare(struct run_policy *policy, struct supervisor_options *supervision, supervisor_judge *judge)
{
	if (policy->learn_name && !strcmp(policy->learn_name, "-"))
		return cli_fail("run", "--learn rewrites its file again and again, so it cannot be standard output");
	if (policy->learn_name && (policy->policy.families || policy->policy.profile))
		return cli_fail("run", "--learn refuses nothing, so it excludes --families and --profile");
	if (cli_policy_read(&policy->policy, "run"))
		return CLI_FAILED;
	if (policy->policy.count) {
		/* The supervisor's own filters are joined with it. */
		policy->confinement.filter = cli_policy_compile(
			&policy->policy, BPF_MAXINSNS - FILTER_REPORTS_LENGTH - FILTER_SOCKETS_LENGTH,
			&policy->confinement.length, "run");
		if (!policy->confinement.filter)
			return CLI_FAILED;
		/* The calls that process/pass.c makes. */
		policy->confinement.forbids_passing = !allows(policy, SOCKETCALL_SENDMSG, MSG_NOSIGNAL) ||
						      !allows(policy, SOCKETCALL_RECVMSG, MSG_CMSG_CLOEXEC) ||
						      !allows(policy, SOCKETCALL_RECVMSG, MSG_CMSG_CLOEXEC | MSG_PEEK);
		supervision->confinement = &policy->confinement;
	} else {
		policy->policy.options.socketcall = SECCOMP_RET_ALLOW; /* nothing is refused */
	}
	if (policy->log_name || policy->learn_name)
		supervision->judge = judge;
	if (open_files(policy, supervision))
		return CLI_FAILED;
	if (policy->policy.options.io_uring)
		cli_fail("run",
			 "--allow-io-uring: io_uring can create sockets of any family, so none is refused for certain");
	if (policy->learn_name)
		cli_fail("run", "--learn: no socket is refused, and socketcall stays open");
	return CLI_OK;
}

/* ---- In the supervisor's process --------------------------------------------------------------------------------- */

/* The path of the thread's program in path[], or a null pointer if it can't be read. */
static const char *program_of(pid_t pid, char path[PATH_MAX])
{
	return pid && !proc_read_link(pid, "exe", path, PATH_MAX) ? path : NULL;
}

static bool write_log(const struct run_policy *policy, pid_t pid, const struct seccomp_data *call,
		      const struct socketcall_policy_answer *answer)
{
	char path[PATH_MAX];
	struct run_log_entry entry = {
		.pid = pid ? status_process(pid) : 0,
		.program = program_of(pid, path),
		.call = call,
		.verdict = answer->verdict,
	};

	if (answer->rule >= 0) {
		const struct socketcall_policy_rule *rule =
			&policy->policy.policies[answer->policy].rules[answer->rule];

		entry.rule = policy->policy.texts[answer->policy] + rule->offset;
		entry.rule_length = rule->length;
	}
	return run_log_write(&policy->log, &entry);
}

static void learn(struct run_policy *policy, pid_t pid, const struct seccomp_data *call)
{
	char path[PATH_MAX];
	const char *program;

	if (!run_log_is_multiplexed(call)) {
		run_learn_socket(&policy->learn, call);
		return;
	}
	program = program_of(pid, path);
	run_learn_program(&policy->learn, program ? program : "?");
}

uint32_t run_policy_judge(struct run_policy *policy, pid_t pid, const struct seccomp_data *call)
{
	struct socketcall_policy_answer answer =
		socketcall_policy_explain(policy->policy.policies, policy->policy.count, &policy->policy.options, call);

	if (policy->learn_name)
		learn(policy, pid, call);
	/* A socket that can't be logged isn't allowed. socket(2) documents ENOBUFS, so programs expect that error. */
	if (policy->log_name && !write_log(policy, pid, call, &answer) && answer.verdict == SECCOMP_RET_ALLOW)
		return SECCOMP_RET_ERRNO | ENOBUFS;
	return answer.verdict;
}
