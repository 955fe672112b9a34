/* SPDX-License-Identifier: MIT */
#include "cli/oci.h"

#include "abi/abi.h"
#include "cli/cli.h"
#include "filter/filter.h"
#include "policy/cubes.h"
#include "policy/entry.h"

#include <stdio.h>
#include <string.h>

enum { ERRNO_OTHER = 13 /* EACCES */ };

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
	case SECCOMP_RET_USER_NOTIF:
		return "SCMP_ACT_NOTIFY";
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

void oci_begin_entry(struct oci_output *output)
{
	printf("%s\n    {\"names\": [", output->has_entry ? "," : "");
	output->has_entry = true;
}

void oci_print_action(socketcall_policy_verdict verdict)
{
	printf("], \"action\": \"%s\"", action_of(verdict));
	if (is_errno(verdict))
		printf(", \"errnoRet\": %u", verdict & SECCOMP_RET_DATA);
}

/* ---- The doors --------------------------------------------------------------------------------------------------- */

/*
 * The verdict that closes a door. It must differ from the default action: runtimes drop a rule whose action is the
 * default, and libseccomp then lets those calls through socketcall that have rules of their own. It isn't EPERM either,
 * because that is the default action of engines that don't know defaultErrnoRet, such as Docker 20.10.
 */
static socketcall_policy_verdict closing_verdict(const struct cli_oci *oci)
{
	return oci->otherwise == SOCKETCALL_POLICY_CLOSED ? SECCOMP_RET_ERRNO | ERRNO_OTHER : SOCKETCALL_POLICY_CLOSED;
}

static void print_door(struct oci_output *output, const char *names, socketcall_policy_verdict verdict)
{
	oci_begin_entry(output);
	printf("%s", names);
	oci_print_action(verdict);
	putchar('}');
}

/*
 * The rules on loads of filters by the call `name`. A call for which all of `conditions` hold is reported: it loads a
 * filter at a pointer below 4 GiB, as every 32-bit program does, and isn't marked as the agent's own (FILTER_MARKER).
 * `others` are the negated conditions. The rules that allow all other calls must not overlap with the reporting one,
 * because libseccomp doesn't document which of two matching rules it takes.
 */
static void print_loads(struct oci_output *output, const char *name, const char *const *conditions,
			const char *const *others, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		oci_begin_entry(output);
		printf("\"%s\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [", name);
		for (unsigned j = 0; j < i; j++)
			printf("%s, ", conditions[j]);
		printf("%s]}", others[i]);
	}
	oci_begin_entry(output);
	printf("\"%s\"], \"action\": \"SCMP_ACT_NOTIFY\", \"args\": [", name);
	for (unsigned i = 0; i < count; i++)
		printf("%s%s", i ? ", " : "", conditions[i]);
	printf("]}");
}

/* A condition on an argument. */
#define CONDITION(index, op, value) "{\"index\": " #index ", \"op\": \"SCMP_CMP_" #op "\", \"value\": " #value "}"

static void print_all_loads(struct oci_output *output)
{
	/* seccomp(SECCOMP_SET_MODE_FILTER = 1, flags, pointer), prctl(PR_SET_SECCOMP = 22, SECCOMP_MODE_FILTER =
	 * 2, pointer). The marker, 0x5343, is the fifth argument. */
	static const char *const seccomp[] = { CONDITION(0, EQ, 1), CONDITION(2, LE, 4294967295),
					       CONDITION(4, NE, 21315) };
	static const char *const no_seccomp[] = { CONDITION(0, NE, 1), CONDITION(2, GT, 4294967295),
						  CONDITION(4, EQ, 21315) };
	static const char *const prctl[] = { CONDITION(0, EQ, 22), CONDITION(1, EQ, 2), CONDITION(2, LE, 4294967295),
					     CONDITION(4, NE, 21315) };
	static const char *const no_prctl[] = { CONDITION(0, NE, 22), CONDITION(1, NE, 2), CONDITION(2, GT, 4294967295),
						CONDITION(4, EQ, 21315) };
	_Static_assert(FILTER_MARKER == 21315 && FILTER_MARKER_ARGUMENT == 4, "the numbers above");

	print_loads(output, "seccomp", seccomp, no_seccomp, sizeof seccomp / sizeof *seccomp);
	print_loads(output, "prctl", prctl, no_prctl, sizeof prctl / sizeof *prctl);
}

static const char *const rings[] = { "io_uring_setup", "io_uring_enter", "io_uring_register" };

void oci_print_doors(struct oci_output *output)
{
	const struct cli_oci *oci = output->oci;

	print_door(output, "\"socketcall\"", oci->listener ? SECCOMP_RET_USER_NOTIF : closing_verdict(oci));
	if (!oci->io_uring)
		print_door(output, "\"io_uring_setup\", \"io_uring_enter\", \"io_uring_register\"",
			   closing_verdict(oci));
	if (oci->filter_loads)
		print_all_loads(output);
}

bool oci_is_door(const struct cli_oci *oci, struct json_string name)
{
	for (unsigned i = 0; !oci->io_uring && i < sizeof rings / sizeof *rings; i++)
		if (json_is(name, rings[i]))
			return true;
	if (oci->filter_loads && (json_is(name, "seccomp") || json_is(name, "prctl")))
		return true;
	return json_is(name, "socketcall");
}

/* Prints the text as a JSON string. */
static void print_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if ((unsigned char)*text < ' ')
			printf("\\u%04x", (unsigned char)*text);
		else
			printf("%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
	}
	putchar('"');
}

void oci_print_listener(const struct cli_oci *oci)
{
	if (oci->listener) {
		printf("  \"listenerPath\": ");
		print_string(oci->listener);
		puts(",");
	}
	if (oci->metadata) {
		printf("  \"listenerMetadata\": ");
		print_string(oci->metadata);
		puts(",");
	}
	if (oci->flag)
		printf("  \"flags\": [\"%s\"],\n", oci->flag);
}

/* ---- Socket calls ------------------------------------------------------------------------------------------------ */

void oci_print_cube(void *context, const struct policy_cube *cube)
{
	struct oci_output *output = context;
	const char *comma = ", \"args\": [";
	bool has_condition = false;

	oci_begin_entry(output);
	printf("%s", output->names);
	oci_print_action(cube->verdict);
	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++) {
		if (!cube->mask[i])
			continue;
		printf("%s\n      {\"index\": %u, \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": %llu, \"valueTwo\": %llu}",
		       comma, i, (unsigned long long)cube->mask[i], (unsigned long long)cube->value[i]);
		comma = ",";
		has_condition = true;
	}
	printf("%s%s}", has_condition ? "]" : "", output->tail ? output->tail : "");
}

static void print_no_cube(void *unused, const struct policy_cube *cube)
{
	(void)unused;
	(void)cube;
}

/* Fails if a call needs too many rules. Called before anything is printed. */
static int check_sockets(const struct cli_oci *oci)
{
	for (int call = 1; call <= SOCKETCALL_POLICY_RECVMMSG_TIME64; call++) {
		int cubes = policy_cubes(oci->policies, oci->count, call, oci->otherwise, OCI_CUBES_MOST, print_no_cube,
					 NULL);

		if (cubes < 0)
			return cli_fail(oci->command, "the rules on %s need more than %d rules in a profile",
					name_of(call), OCI_CUBES_MOST);
	}
	return CLI_OK;
}

static void print_sockets(struct oci_output *output)
{
	const struct cli_oci *oci = output->oci;
	char name[32];

	for (int call = 1; call <= SOCKETCALL_POLICY_RECVMMSG_TIME64; call++) {
		snprintf(name, sizeof name, "\"%s\"", name_of(call));
		output->names = name;
		policy_cubes(oci->policies, oci->count, call, oci->otherwise, OCI_CUBES_MOST, oci_print_cube, output);
	}
}

/* ---- The given profile's other rules ----------------------------------------------------------------------------- */

/* True for a call whose rules are written anew. */
static bool is_ours(const struct oci_output *output, struct json_string name)
{
	for (int call = 1; call <= SOCKETCALL_POLICY_RECVMMSG_TIME64; call++)
		if (json_is(name, name_of(call)))
			return true;
	return oci_is_door(output->oci, name);
}

/* Prints an entry of the profile without the calls whose rules are written anew; nothing, if it has no other call. */
static void print_entry(struct oci_output *output, const struct json *json, const struct entry *entry)
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
				oci_begin_entry(output);
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

/* Prints the keys of the profile that are kept, besides its rules. */
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

/* Prints the profile's rules on other calls than those that are written anew. */
static void print_entries(struct oci_output *output, const char *text)
{
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
			entry_read(&json, &output->oci->machine, &entry);
			if (!json.failed && entry.is_for_machine)
				print_entry(output, &json, &entry);
		}
	}
}

int cli_oci_print(const struct cli_oci *oci)
{
	struct oci_output output = { .oci = oci };

	if (check_sockets(oci))
		return CLI_FAILED;
	printf("{\n  \"defaultAction\": \"%s\",\n", action_of(oci->otherwise));
	if (is_errno(oci->otherwise))
		printf("  \"defaultErrnoRet\": %u,\n", oci->otherwise & SECCOMP_RET_DATA);
	puts("  \"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"],");
	if (oci->listener || oci->flag)
		oci_print_listener(oci);
	else if (oci->profile)
		print_keys(oci->profile);
	printf("  \"syscalls\": [");
	oci_print_doors(&output);
	print_sockets(&output);
	if (oci->profile)
		print_entries(&output, oci->profile);
	puts("\n  ]\n}");
	return CLI_OK;
}
