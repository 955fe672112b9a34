/* SPDX-License-Identifier: MIT
 * Profiles in the engines' own format: copies the given profile key by key and entry by entry, with the changes. */
#include "cli/oci.h"

#include "abi/calls.h"
#include "cli/cli.h"
#include "policy/cubes.h"
#include "policy/entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_span(const char *from, const char *to)
{
	fwrite(from, 1, (size_t)(to - from), stdout);
}

enum { RULES_MOST = 64 /* in print_joined(): more than the conditions of an entry, each of which may become a rule */ };

/* ---- An entry ---------------------------------------------------------------------------------------------------- */

/*
 * True if the entry allows this call and the policy judges it, so that both must allow it. What an entry refuses needs
 * no judgement of the policy: it stays refused.
 */
static bool is_joined(const struct cli_oci *oci, const struct entry *entry, struct json_string name)
{
	return oci->count && entry->action.verdict == SECCOMP_RET_ALLOW &&
	       (json_is(name, "socket") || json_is(name, "socketpair"));
}

/*
 * Returns how many names stay in the entry. Sets bit (1 << call) of *joined for each name that is joined with the
 * policy.
 */
static unsigned sort_names(const struct cli_oci *oci, const struct json *json, const struct entry *entry,
			   uint32_t *joined)
{
	struct json names = *json;
	unsigned stay = 0;
	bool is_list = *entry->names_at == '[';

	*joined = 0;
	names.at = (size_t)(entry->names_at - json->text);
	if (is_list)
		json_array(&names);
	for (bool once = true; is_list ? json_item(&names) : once; once = false) {
		struct json_string name = json_string(&names);

		if (is_joined(oci, entry, name))
			*joined |= 1u << (json_is(name, "socket") ? SOCKETCALL_SOCKET : SOCKETCALL_SOCKETPAIR);
		else
			stay += !oci_is_door(oci, name);
	}
	return stay;
}

/* Prints the key "names" with the names that stay. */
static void print_names(const struct cli_oci *oci, const struct json *json, const struct entry *entry)
{
	struct json names = *json;
	const char *comma = "";

	names.at = (size_t)(entry->names_at - json->text);
	printf("\"names\": [");
	json_array(&names);
	while (json_item(&names)) {
		struct json_string name = json_string(&names);

		if (is_joined(oci, entry, name) || oci_is_door(oci, name))
			continue;
		printf("%s\"%.*s\"", comma, (int)name.length, name.text);
		comma = ", ";
	}
	putchar(']');
}

/* Prints the entry with the names that stay, and with all its other keys as they are. */
static void print_rest(struct oci_output *output, const struct json *json, const struct entry *entry)
{
	struct json all = *json;
	const char *comma = "";
	struct json_string key;

	all.at = (size_t)(entry->at - json->text);
	printf("%s\n    {", output->has_entry ? "," : "");
	output->has_entry = true;
	json_object(&all);
	while (json_key(&all, &key)) {
		const char *at = json_here(&all);

		json_skip(&all);
		printf("%s", comma);
		if (json_is(key, "names") && *at == '[')
			print_names(output->oci, json, entry);
		else
			print_span(key.text - 1, json->text + all.at);
		comma = ", ";
	}
	putchar('}');
}

/* The keys "includes", "excludes" and "comment" of the entry, each after a comma. The caller frees the text. */
static char *tail_of(const struct json *json, const struct entry *entry)
{
	char *tail = calloc(1, (size_t)(entry->end - entry->at) + 1);
	struct json all = *json;
	struct json_string key;
	size_t length = 0;

	if (!tail)
		return NULL;
	all.at = (size_t)(entry->at - json->text);
	json_object(&all);
	while (json_key(&all, &key)) {
		const char *at = key.text - 1;
		size_t size;

		json_skip(&all);
		if (!json_is(key, "includes") && !json_is(key, "excludes") && !json_is(key, "comment"))
			continue;
		size = (size_t)(json->text + all.at - at);
		tail[length++] = ',';
		memcpy(tail + length, at, size);
		length += size;
	}
	return tail;
}

/* Reads the entry as a policy on one call: what it allows is allowed, all else is refused. Returns 0 or -errno. */
static int read_alone(const struct cli_oci *oci, const struct entry *entry, const char *call,
		      struct socketcall_policy *policy)
{
	static const char format[] = "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\",\"syscalls\":[{\"names\":[\"%s\"],"
				     "\"action\":\"SCMP_ACT_ALLOW\"%s%.*s}]}";
	bool has_conditions = entry->condition_count > 0;
	int length = has_conditions ? (int)(entry->arguments_end - entry->arguments_at) : 0;
	size_t room = sizeof format + strlen(call) + sizeof ",\"args\":" + (size_t)length;
	char *text = malloc(room);
	struct socketcall_policy_error error;
	int r;

	if (!text)
		return -ENOMEM;
	r = snprintf(text, room, format, call, has_conditions ? ",\"args\":" : "", length,
		     has_conditions ? entry->arguments_at : "");
	r = socketcall_policy_profile(policy, text, (size_t)r, &oci->machine, &error);
	free(text);
	return r;
}

static void print_allowed(void *context, const struct policy_cube *cube)
{
	if (cube->verdict == SECCOMP_RET_ALLOW)
		oci_print_cube(context, cube);
}

/* Prints what both the entry and the policy allow of a call. The rest gets the default action. */
static int print_joined(struct oci_output *output, const struct json *json, const struct entry *entry, int call)
{
	const char *name = call == SOCKETCALL_SOCKET ? "socket" : "socketpair";
	struct socketcall_policy_rule rules[RULES_MOST];
	struct socketcall_policy both[] = { output->oci->policies[0], { .rules = rules, .capacity = RULES_MOST } };
	char *tail = tail_of(json, entry);
	int r = tail ? read_alone(output->oci, entry, name, &both[1]) : -ENOMEM;

	output->names = call == SOCKETCALL_SOCKET ? "\"socket\"" : "\"socketpair\"";
	output->tail = tail;
	if (!r)
		r = policy_cubes(both, 2, call, SECCOMP_RET_KILL_PROCESS, OCI_CUBES_MOST, print_allowed, output);
	output->tail = NULL;
	free(tail);
	return r < 0 ? cli_fail(output->oci->command, "cannot combine the rule on %s with --families", name) : CLI_OK;
}

static int print_entry(struct oci_output *output, const struct json *json, const struct entry *entry)
{
	uint32_t joined;
	unsigned stay = sort_names(output->oci, json, entry, &joined);
	int status = CLI_OK;

	if (stay)
		print_rest(output, json, entry);
	for (int call = SOCKETCALL_SOCKET; !status && call <= SOCKETCALL_SOCKETPAIR; call++) {
		if (joined >> call & 1)
			status = print_joined(output, json, entry, call);
	}
	return status;
}

/* ---- The profile ------------------------------------------------------------------------------------------------- */

/* True for a key that is written anew. */
static bool is_rewritten(struct json_string key)
{
	static const char *const keys[] = { "syscalls", "flags", "listenerPath", "listenerMetadata", NULL };

	for (int i = 0; keys[i]; i++)
		if (json_is(key, keys[i]))
			return true;
	return false;
}

static int print_entries(struct oci_output *output, struct json *syscalls)
{
	struct entry entry;

	if (!syscalls->text || json_null(syscalls))
		return CLI_OK;
	for (json_array(syscalls); json_item(syscalls);) {
		entry_read(syscalls, &output->oci->machine, &entry);
		if (!syscalls->failed && print_entry(output, syscalls, &entry))
			return CLI_FAILED;
	}
	return CLI_OK;
}

int cli_oci_print_docker(const struct cli_oci *oci)
{
	struct oci_output output = { .oci = oci };
	struct json json, syscalls = { .text = NULL };
	struct socketcall_policy_error error;
	struct json_string key;

	json_begin(&json, oci->profile, strlen(oci->profile), &error);
	json_object(&json);
	puts("{");
	while (json_key(&json, &key)) {
		const char *at = key.text - 1;

		if (json_is(key, "syscalls"))
			syscalls = json;
		json_skip(&json);
		if (is_rewritten(key))
			continue;
		printf("  ");
		print_span(at, json.text + json.at);
		puts(",");
	}
	oci_print_listener(oci);
	printf("  \"syscalls\": [");
	oci_print_doors(&output);
	if (print_entries(&output, &syscalls))
		return CLI_FAILED;
	puts("\n  ]\n}");
	return CLI_OK;
}
