/* SPDX-License-Identifier: MIT
 *
 * Reads a seccomp profile: OCI's (runtime-spec, config-linux.md, "Seccomp"), or Docker's and Podman's, whose rules can
 * also have conditions on the machine (moby, profiles/seccomp; containers/common, pkg/seccomp). The rules mean what
 * runc and crun make of them with libseccomp.
 */
#include <errno.h>
#include <stdio.h>

#include "policy/entry.h"
#include "policy/order.h"
#include "policy/rule.h"

struct profile {
	struct json json;
	struct socketcall_policy *policy;
	struct entry_action otherwise;
	int result; /* -E2BIG if there is no room for the rules */
	/* The place that place_of() returned last, and its offset: lines and columns are counted from there. */
	size_t known_offset;
	struct socketcall_policy_place known;
	bool is_for_i386;
	const char *architectures_at;
};

/*
 * True if the argument can have this value. An int has 32 bits; a profile may extend it to 64 by zeros or by its sign.
 */
static bool is_value_of(const struct socketcall_policy_condition *condition, int call)
{
	uint32_t low = (uint32_t)condition->value, high = (uint32_t)(condition->value >> 32);

	return policy_is_whole(call, condition->argument) || high == 0 || (high == UINT32_MAX && low >> 31);
}

static void check_condition(struct json *json, const struct entry_condition *condition, int call)
{
	if (condition->condition.argument >= policy_arity(call))
		json_expected(json, condition->index_at, "an argument that the call has");
	else if (!is_value_of(&condition->condition, call))
		json_expected(json, condition->value_at, "a value of 32 bits for an int");
}

/* Returns the place of an entry. Counts from the entry before, so that a profile of many entries isn't read again from
 * its beginning for each. */
static struct socketcall_policy_place place_of(struct profile *profile, const struct entry *entry)
{
	size_t offset = (size_t)(entry->at - profile->json.text);
	struct socketcall_policy_place *known = &profile->known,
				       further = policy_place(profile->json.text + profile->known_offset,
							      offset - profile->known_offset);

	known->column = further.line > 1 ? further.column : known->column + further.column - 1;
	known->line += further.line - 1;
	profile->known_offset = offset;
	return *known;
}

/* Adds a rule with the `count` conditions from `condition` on, for some of the entry's calls. */
static void add(struct profile *profile, const struct entry *entry, uint32_t calls,
		const struct entry_condition *condition, unsigned count)
{
	struct json *json = &profile->json;
	struct socketcall_policy_place place = place_of(profile, entry);
	struct socketcall_policy_rule other, rule = {
		.calls = calls,
		.verdict = entry_verdict(json, &entry->action),
		.line = place.line,
		.column = place.column,
		.offset = (unsigned)(entry->at - json->text),
		.length = (unsigned)(entry->end - entry->at),
	};
	char what[96];

	/* libseccomp sorts conditions by argument. A condition with mask 0 always holds, so it is left out. */
	for (unsigned argument = 0; argument < SOCKETCALL_WORDS; argument++)
		for (unsigned i = 0; i < count; i++)
			if (condition[i].condition.argument == argument && condition[i].condition.mask)
				rule.condition[rule.condition_count++] = condition[i].condition;
	switch (json->failed ? 0 : policy_insert(profile->policy, &rule, &other)) {
	case -E2BIG:
		profile->result = -E2BIG;
		snprintf(what, sizeof what, "no more than %u rules of socket calls", profile->policy->capacity);
		json_expected(json, entry->at, what);
		break;
	case -EEXIST:
		snprintf(what, sizeof what, "the action of the rule at %u:%u, which has the same conditions",
			 other.line, other.column);
		json_expected(json, entry->at, what);
		break;
	}
}

/* True if two conditions are on the same argument. runc and crun then make one rule of each condition. */
static bool has_alternatives(const struct entry *entry)
{
	unsigned arguments = 0;

	for (unsigned i = 0; i < entry->condition_count; i++) {
		unsigned bit = 1u << entry->condition[i].condition.argument;

		if (arguments & bit)
			return true;
		arguments |= bit;
	}
	return false;
}

static void add_entry(struct profile *profile, const struct entry *entry)
{
	struct json *json = &profile->json;
	struct socketcall_policy *policy = profile->policy;
	uint32_t verdict = entry_verdict(json, &entry->action);
	bool is_split = has_alternatives(entry);

	if (json->failed || !entry->is_for_machine)
		return;
	if (entry->socketcall_at && !policy->socketcall_rule.line)
		policy->socketcall_rule = policy_place(json->text, (size_t)(entry->socketcall_at - json->text));
	if (!entry->calls)
		return;
	if (entry_needs_supervisor(verdict))
		json_expected(json, entry->action.word.text, "an action that needs no supervisor, for a socket call");
	/* libseccomp refuses a rule whose action is the default action, so the runtimes leave such rules out. */
	if (verdict == policy->otherwise)
		return;
	if (!entry->condition_count) {
		add(profile, entry, entry->calls, NULL, 0);
		return;
	}
	for (int call = 1; call <= SOCKETCALL_POLICY_RECVMMSG_TIME64; call++) {
		if (!(entry->calls >> call & 1))
			continue;
		for (unsigned i = 0; i < entry->condition_count; i++)
			check_condition(json, &entry->condition[i], call);
		for (unsigned i = 0; is_split && i < entry->condition_count; i++)
			add(profile, entry, 1u << call, &entry->condition[i], 1);
		if (!is_split)
			add(profile, entry, 1u << call, entry->condition, entry->condition_count);
	}
}

/* Reads a list of architectures. Returns whether i386 is one of them. */
static bool read_architectures(struct json *json)
{
	bool has_i386 = false;

	if (json_null(json))
		return false;
	for (json_array(json); json_item(json);)
		has_i386 = json_is(json_string(json), "SCMP_ARCH_X86") || has_i386;
	return has_i386;
}

/* Reads Docker's and Podman's form, a list of machines' architectures, each with others that its kernel runs. Returns
 * whether i386 is listed for x86-64. */
static bool read_architecture_map(struct json *json)
{
	static const char *const keys[] = { "architecture", "subArchitectures", NULL };
	bool has_i386 = false;

	if (json_null(json))
		return false;
	for (json_array(json); json_item(json);) {
		bool is_x86_64 = false, has_sub = false;
		struct json_string key;
		uint32_t seen = 0;

		json_object(json);
		while (json_key(json, &key))
			switch (json_which(json, key, keys, &seen)) {
			case 0:
				is_x86_64 = json_is(json_string(json), "SCMP_ARCH_X86_64");
				break;
			case 1:
				has_sub = read_architectures(json);
				break;
			default:
				json_skip(json);
			}
		has_i386 = has_i386 || (is_x86_64 && has_sub);
	}
	return has_i386;
}

/* Reads all but the rules, since "defaultAction" may stand behind them. Sets *syscalls to a reader that stands at the
 * rules, if there are any. */
static void read_frame(struct profile *profile, struct json *syscalls)
{
	static const char *const keys[] = {
		"defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "syscalls", NULL
	};
	struct json *json = &profile->json;
	struct json_string key;
	uint32_t seen = 0;
	const char *begin = json_here(json);

	json_object(json);
	while (json_key(json, &key))
		switch (json_which(json, key, keys, &seen)) {
		case 0:
			entry_read_action(json, &profile->otherwise);
			break;
		case 1:
			entry_read_number(json, &profile->otherwise);
			break;
		case 2:
			entry_read_name(json, &profile->otherwise);
			break;
		case 3:
			profile->architectures_at = json_here(json);
			profile->is_for_i386 = read_architectures(json) || profile->is_for_i386;
			break;
		case 4:
			profile->architectures_at = json_here(json);
			profile->is_for_i386 = read_architecture_map(json) || profile->is_for_i386;
			break;
		case 5:
			*syscalls = *json;
			json_skip(json);
			break;
		default:
			json_skip(json);
		}
	json_end(json);
	if (!profile->otherwise.at)
		json_expected(json, begin, "a profile with a defaultAction");
	if (!profile->architectures_at)
		profile->architectures_at = begin;
}

int socketcall_policy_profile(struct socketcall_policy *policy, const char *text, size_t length,
			      const struct socketcall_policy_machine *machine, struct socketcall_policy_error *error)
{
	struct profile profile = {
		.policy = policy,
		.otherwise = { .number = ENTRY_NONE, .named = ENTRY_NONE },
		.known = { 1, 1 },
	};
	struct json *json = &profile.json, syscalls = { .text = NULL };
	struct entry entry;

	policy->count = 0;
	policy->calls = POLICY_ALL_CALLS;
	policy->otherwise = SECCOMP_RET_KILL_PROCESS;
	policy->socketcall_rule.line = 0;
	policy->without_i386.line = 0;
	json_begin(json, text, length, error);
	read_frame(&profile, &syscalls);
	policy->otherwise = entry_verdict(json, &profile.otherwise);
	if (!json->failed && entry_needs_supervisor(policy->otherwise))
		json_expected(json, profile.otherwise.word.text, "a default action that needs no supervisor");
	if (json->failed)
		return -EINVAL;
	if (!profile.is_for_i386)
		policy->without_i386 = policy_place(text, (size_t)(profile.architectures_at - text));
	if (!syscalls.text)
		return 0;
	*json = syscalls;
	if (json_null(json))
		return 0;
	for (json_array(json); json_item(json);) {
		entry_read(json, machine, &entry);
		if (!json->failed)
			add_entry(&profile, &entry);
	}
	if (profile.result)
		return profile.result;
	return json->failed ? -EINVAL : 0;
}
