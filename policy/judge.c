/* SPDX-License-Identifier: MIT
 * Answers for one system call by policies. compile.c writes filters with the same answers; the tests compare them. */
#include "policy/rule.h"

enum { NO_RULE = -1 };

static bool matches(const struct policy_candidate *candidate, int call, unsigned word, const uint64_t *argument)
{
	const struct socketcall_policy_rule *rule = candidate->rule;

	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++) {
		bool whole = word == sizeof(uint64_t) && policy_is_whole(call, i);

		if (candidate->zero >> i & 1 && (whole ? argument[i] : (uint32_t)argument[i]))
			return false;
	}
	for (unsigned i = 0; i < rule->condition_count; i++) {
		struct socketcall_policy_condition condition = rule->condition[i];
		uint64_t value = argument[condition.argument];

		switch (policy_test(&condition, call, word)) {
		case POLICY_NEVER:
			return false;
		case POLICY_ALWAYS:
			continue;
		case POLICY_LOW:
			value = (uint32_t)value;
			break;
		case POLICY_WHOLE:
			break;
		}
		if (!policy_holds(&condition, value))
			return false;
	}
	return true;
}

static struct socketcall_policy_answer judge(const struct socketcall_policy *policy, const struct policy_calls *calls,
					     unsigned word, const uint64_t *argument)
{
	struct socketcall_policy_answer answer = { .verdict = SECCOMP_RET_ALLOW, .policy = 0, .rule = NO_RULE };
	struct policy_candidate candidate;

	if (!(policy->calls & (calls->own | calls->made)))
		return answer;
	answer.verdict = policy->otherwise;
	for (unsigned place = 0; policy_next(policy, calls, &place, &candidate);)
		if (matches(&candidate, calls->call, word, argument)) {
			answer.verdict = candidate.rule->verdict;
			answer.rule = (int)(candidate.rule - policy->rules);
			break;
		}
	return answer;
}

struct socketcall_policy_answer socketcall_policy_explain(const struct socketcall_policy *policies, unsigned count,
							  const struct socketcall_policy_options *options,
							  const struct seccomp_data *data)
{
	const struct abi_arch *arch32 = abi_arch("i386"), *arch64 = abi_arch("x86_64"),
			      *arch = data->arch == arch32->token ? arch32 : arch64;
	struct socketcall_policy_answer closed = { SOCKETCALL_POLICY_CLOSED, NO_RULE, NO_RULE },
					result = { SECCOMP_RET_ALLOW, NO_RULE, NO_RULE };
	uint32_t number = (uint32_t)data->nr;
	struct policy_calls calls;
	uint64_t argument[SOCKETCALL_WORDS];

	if (data->arch != arch->token || (arch == arch64 && number & POLICY_X32_BIT))
		return closed;
	if (number >= POLICY_URING_SETUP && number <= POLICY_URING_REGISTER)
		return options->io_uring ? result : closed;
	if (arch == arch32 && number == (uint32_t)arch32->socketcall) {
		closed.verdict = options->socketcall ? options->socketcall : SOCKETCALL_POLICY_CLOSED;
		return closed;
	}
	calls = policy_calls_of(arch, (int)number);
	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++)
		argument[i] = data->args[i];
	for (unsigned i = 0; i < count && calls.call; i++) {
		struct socketcall_policy_answer answer = judge(&policies[i], &calls, arch->word, argument);

		answer.policy = (int)i;
		if (answer.verdict != SECCOMP_RET_ALLOW && answer.verdict != SECCOMP_RET_LOG)
			return answer;
		if (answer.verdict == SECCOMP_RET_LOG || (result.verdict == SECCOMP_RET_ALLOW && answer.rule >= 0))
			result = answer;
	}
	return result;
}

socketcall_policy_verdict socketcall_policy_judge(const struct socketcall_policy *policies, unsigned count,
						  const struct socketcall_policy_options *options,
						  const struct seccomp_data *data)
{
	return socketcall_policy_explain(policies, count, options, data).verdict;
}
