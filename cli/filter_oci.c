/* SPDX-License-Identifier: MIT
 *
 * A policy as a seccomp profile of the OCI's, for runc, crun and others that make a filter of it by libseccomp. The
 * rules of socket calls are written anew, by equality of bits alone, so that they hold for the low 32 bits of ints
 * whatever is above them, and so that their order doesn't matter; all else is taken from the profile.
 */
#include "cli/filter.h"

#include "abi/abi.h"
#include "cli/cli.h"
#include "policy/cubes.h"
#include "policy/entry.h"

#include <stdio.h>
#include <string.h>

enum { CUBES_MOST = 4096, ERRNO_OTHER = 1 /* EPERM */ };

struct output {
	const struct cli_policy *policy;
	socketcall_policy_verdict otherwise; /* the default action */
	bool has_entry;                      /* one has been printed */
	int call;                            /* whose rules are being printed */
};

static const char *action_of(socketcall_policy_verdict verdict)
{
	switch (verdict & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "SCMP_ACT_ALLOW";
	case SECCOMP_RET_LOG:
		return "SCMP_ACT_LOG";
	case SECCOMP_RET_TRAP:
		return "SCMP_ACT_TRAP";
	case SECCOMP_RET_KILL_THREAD:
		return "SCMP_ACT_KILL_THREAD";
	case SECCOMP_RET_KILL_PROCESS:
		return "SCMP_ACT_KILL_PROCESS";
	default:
		return "SCMP_ACT_ERRNO";
	}
}

static bool is_errno(socketcall_policy_verdict verdict)
{
	return (verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

static const char *name_of(int call)
{
	return call > SOCKETCALL_CALLS ? "recvmmsg_time64" : abi_call(call)->name;
}

static void begin_entry(struct output *output)
{
	printf("%s\n    {\"names\": [", output->has_entry ? "," : "");
	output->has_entry = true;
}

/* The end of the names, and the action. */
static void print_action(socketcall_policy_verdict verdict)
{
	printf("], \"action\": \"%s\"", action_of(verdict));
	if (is_errno(verdict))
		printf(", \"errnoRet\": %u", verdict & SECCOMP_RET_DATA);
}

/* An answer that isn't the default action: a rule with that has no effect. */
static socketcall_policy_verdict closed(const struct output *output)
{
	return output->otherwise == SOCKETCALL_POLICY_CLOSED ? SECCOMP_RET_ERRNO | ERRNO_OTHER
							     : SOCKETCALL_POLICY_CLOSED;
}

/* What is closed, whatever its arguments are: first, so that libseccomp's rules for socketcall give way to it. */
static void print_closed(struct output *output)
{
	begin_entry(output);
	printf("\"socketcall\"%s", output->policy->options.io_uring
					   ? ""
					   : ", \"io_uring_setup\", \"io_uring_enter\", \"io_uring_register\"");
	print_action(closed(output));
	putchar('}');
}

static void print_cube(void *context, const struct policy_cube *cube)
{
	struct output *output = context;
	bool has_condition = false;

	begin_entry(output);
	printf("\"%s\"", name_of(output->call));
	print_action(cube->verdict);
	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++) {
		if (!cube->mask[i])
			continue;
		printf("%s\n      {\"index\": %u, \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": %llu, \"valueTwo\": %llu}",
		       has_condition ? "," : ", \"args\": [", i, (unsigned long long)cube->mask[i],
		       (unsigned long long)cube->value[i]);
		has_condition = true;
	}
	printf("%s}", has_condition ? "]" : "");
}

static int print_sockets(struct output *output)
{
	for (int call = 1; call <= SOCKETCALL_POLICY_RECVMMSG_TIME64; call++) {
		output->call = call;
		if (policy_cubes(output->policy->policies, output->policy->count, call, output->otherwise, CUBES_MOST,
				 print_cube, output) < 0)
			return cli_fail("filter", "the rules on %s take more than %d rules of a profile", name_of(call),
					CUBES_MOST);
	}
	return CLI_OK;
}

/* Is the call one whose rules are written anew? */
static bool is_ours(const struct output *output, struct json_string name)
{
	for (int call = 1; call <= SOCKETCALL_POLICY_RECVMMSG_TIME64; call++)
		if (json_is(name, name_of(call)))
			return true;
	if (json_is(name, "socketcall"))
		return true;
	return !output->policy->options.io_uring &&
	       (json_is(name, "io_uring_setup") || json_is(name, "io_uring_enter") ||
		json_is(name, "io_uring_register"));
}

/* An entry of the profile without the calls whose rules are written anew. */
static void print_entry(struct output *output, const struct json *json, const struct entry *entry)
{
	struct json names = *json;
	bool is_first = true, is_list = *entry->names_at == '[';

	names.at = (size_t)(entry->names_at - json->text);
	if (is_list)
		json_array(&names);
	while (is_list ? json_item(&names) : is_first) {
		struct json_string name = json_string(&names);

		if (!is_ours(output, name)) {
			if (is_first)
				begin_entry(output);
			printf("%s\"%.*s\"", is_first ? "" : ", ", (int)name.length, name.text);
			is_first = false;
		} else if (!is_list) {
			return;
		}
	}
	if (is_first)
		return;
	printf("], \"action\": \"%.*s\"", (int)entry->action.word.length, entry->action.word.text);
	if (entry->action.number >= 0 || entry->action.named >= 0)
		printf(", \"errnoRet\": %d", entry->action.named >= 0 ? entry->action.named : entry->action.number);
	if (entry->condition_count)
		printf(", \"args\": %.*s", (int)(entry->arguments_end - entry->arguments_at), entry->arguments_at);
	putchar('}');
}

/* What the profile says beside its rules, and isn't written anew. */
static void print_keys(const char *text)
{
	static const char *const kept[] = { "flags", "listenerPath", "listenerMetadata", NULL };
	struct socketcall_policy_error error;
	struct json json;
	struct json_string key;
	uint32_t seen = 0;

	json_begin(&json, text, strlen(text), &error);
	json_object(&json);
	while (json_key(&json, &key)) {
		const char *at = json_here(&json);

		json_skip(&json);
		if (json_which(&json, key, kept, &seen) >= 0)
			printf("  \"%.*s\": %.*s,\n", (int)key.length, key.text, (int)(json.text + json.at - at), at);
	}
}

/* The profile's rules of other calls. */
static void print_entries(struct output *output, const char *text)
{
	const struct socketcall_policy_machine machine = cli_policy_machine();
	struct socketcall_policy_error error;
	struct json json;
	struct json_string key;
	struct entry entry;

	json_begin(&json, text, strlen(text), &error);
	json_object(&json);
	while (json_key(&json, &key)) {
		if (!json_is(key, "syscalls")) {
			json_skip(&json);
			continue;
		}
		if (json_null(&json))
			continue;
		for (json_array(&json); json_item(&json);) {
			entry_read(&json, &machine, &entry);
			if (!json.failed && entry.is_for_machine)
				print_entry(output, &json, &entry);
		}
	}
}

int filter_print_oci(const struct cli_filter *filter)
{
	const struct cli_policy *policy = filter->policy;
	struct output output = { .policy = policy, .otherwise = SECCOMP_RET_ALLOW };
	const char *profile = policy->profile ? policy->texts[policy->count - 1] : NULL;

	if (profile)
		output.otherwise = policy->policies[policy->count - 1].otherwise;
	printf("{\n  \"defaultAction\": \"%s\",\n", action_of(output.otherwise));
	if (is_errno(output.otherwise))
		printf("  \"defaultErrnoRet\": %u,\n", output.otherwise & SECCOMP_RET_DATA);
	puts("  \"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"],");
	if (profile)
		print_keys(profile);
	printf("  \"syscalls\": [");
	print_closed(&output);
	if (print_sockets(&output))
		return CLI_FAILED;
	if (profile)
		print_entries(&output, profile);
	puts("\n  ]\n}");
	return CLI_OK;
}
