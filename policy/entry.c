/* SPDX-License-Identifier: MIT
 * Reads one entry of a seccomp profile's "syscalls". */
#include "policy/entry.h"

#include <stdio.h>
#include <string.h>

#include "abi/abi.h"
#include "policy/rule.h"
#include "policy/words.h"

enum {
	ERRNO_MOST = 4095, /* MAX_ERRNO: the kernel returns no higher error for SECCOMP_RET_ERRNO */
	ERRNO_DEFAULT = 1, /* EPERM, which runc and crun use if the profile has no errnoRet */
};

/* A word, and the number that it stands for. */
struct word {
	const char *name;
	uint32_t value;
};

static const struct word actions[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
};

/* SCMP_CMP_MASKED_EQ: read_condition() turns it into SOCKETCALL_POLICY_EQUAL with a mask. */
enum { MASKED_EQUAL = SOCKETCALL_POLICY_AT_LEAST + 1 };
static const struct word operators[] = {
	{ "SCMP_CMP_EQ", SOCKETCALL_POLICY_EQUAL },   { "SCMP_CMP_NE", SOCKETCALL_POLICY_NOT_EQUAL },
	{ "SCMP_CMP_LT", SOCKETCALL_POLICY_LESS },    { "SCMP_CMP_LE", SOCKETCALL_POLICY_AT_MOST },
	{ "SCMP_CMP_GT", SOCKETCALL_POLICY_GREATER }, { "SCMP_CMP_GE", SOCKETCALL_POLICY_AT_LEAST },
	{ "SCMP_CMP_MASKED_EQ", MASKED_EQUAL },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Reads a string that has to be one of `words`, and returns its value; 0 after a mistake. */
static uint32_t read_word(struct json *json, const struct word *words, size_t count, const char *what,
			  struct json_string *read)
{
	const char *at = json_here(json);

	*read = json_string(json);
	for (size_t i = 0; i < count; i++)
		if (json_is(*read, words[i].name))
			return words[i].value;
	json_expected(json, read->length ? read->text : at, what);
	return 0;
}

/* Returns the string as a word; an empty word if it has lower case, since container engines compare names exactly. */
static struct policy_word upper_word(struct json_string string)
{
	for (size_t i = 0; i < string.length; i++)
		if (string.text[i] >= 'a' && string.text[i] <= 'z')
			return (struct policy_word){ string.text, 0 };
	return (struct policy_word){ string.text, string.length };
}

void entry_read_action(struct json *json, struct entry_action *action)
{
	action->at = json_here(json);
	action->verdict = read_word(json, actions, COUNT(actions), "an action such as SCMP_ACT_ALLOW", &action->word);
}

void entry_read_number(struct json *json, struct entry_action *action)
{
	if (!json_null(json))
		action->number = (int)json_number(json, ERRNO_MOST);
}

void entry_read_name(struct json *json, struct entry_action *action)
{
	struct json_string name;

	if (json_null(json))
		return;
	action->named_at = json_here(json);
	name = json_string(json);
	if (!name.length)
		return;
	action->named = policy_errno(upper_word(name));
	if (action->named < 0)
		json_expected(json, name.text, "an error such as EPERM");
}

uint32_t entry_verdict(struct json *json, const struct entry_action *action)
{
	int error = action->named >= 0 ? action->named : action->number;

	if (action->named >= 0 && action->number >= 0 && action->named != action->number)
		json_expected(json, action->named_at, "the same error as the number beside it says");
	if (action->verdict != SECCOMP_RET_ERRNO)
		return action->verdict;
	return SECCOMP_RET_ERRNO | (uint32_t)(error >= 0 ? error : ERRNO_DEFAULT);
}

bool entry_needs_supervisor(uint32_t verdict)
{
	return verdict == SECCOMP_RET_USER_NOTIF || verdict == SECCOMP_RET_TRACE;
}

static void read_call(struct json *json, struct entry *entry)
{
	const char *at = json_here(json);
	struct json_string name = json_string(json);

	if (json_is(name, "socketcall"))
		entry->socketcall_at = at;
	if (json_is(name, "recvmmsg_time64"))
		entry->calls |= 1u << SOCKETCALL_POLICY_RECVMMSG_TIME64;
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (json_is(name, abi_call(call)->name))
			entry->calls |= 1u << call;
}

static void read_condition(struct json *json, struct entry *entry)
{
	static const char *const keys[] = { "index", "value", "valueTwo", "op", NULL };
	struct entry_condition *read = &entry->condition[entry->condition_count];
	struct socketcall_policy_condition *condition = &read->condition;
	const char *at = json_here(json), *value_at = at, *value_two_at = at;
	struct json_string key, word;
	uint32_t seen = 0, operation = SOCKETCALL_POLICY_EQUAL;
	uint64_t value = 0, value_two = 0;

	if (entry->condition_count == ENTRY_CONDITIONS_MOST) {
		json_expected(json, at, "no more than 32 conditions of a rule");
		return;
	}
	*read = (struct entry_condition){ .index_at = at };
	json_object(json);
	while (json_key(json, &key))
		switch (json_which(json, key, keys, &seen)) {
		case 0:
			read->index_at = json_here(json);
			condition->argument = (unsigned char)json_number(json, SOCKETCALL_WORDS - 1);
			break;
		case 1:
			value_at = json_here(json);
			value = json_number(json, UINT64_MAX);
			break;
		case 2:
			value_two_at = json_here(json);
			if (!json_null(json))
				value_two = json_number(json, UINT64_MAX);
			break;
		case 3:
			operation =
				read_word(json, operators, COUNT(operators), "an operator such as SCMP_CMP_EQ", &word);
			break;
		default:
			json_skip(json);
		}
	if ((seen & 1) == 0 || (seen & 2) == 0 || (seen & 8) == 0)
		json_expected(json, at, "a condition with index, value and op");
	read->value_at = operation == MASKED_EQUAL ? value_two_at : value_at;
	condition->mask = operation == MASKED_EQUAL ? value : UINT64_MAX;
	condition->value = operation == MASKED_EQUAL ? value_two & value : value;
	condition->comparison = (unsigned char)(operation == MASKED_EQUAL ? SOCKETCALL_POLICY_EQUAL : operation);
	entry->condition_count++;
}

/* Reads a kernel version such as "5.8". Returns whether the machine's kernel is that version or later. */
static bool read_kernel(struct json *json, const struct socketcall_policy_machine *machine)
{
	const char *at = json_here(json);
	struct json_string text = json_string(json);
	const char *dot = memchr(text.text, '.', text.length);
	long major, minor;

	if (!text.length)
		return true;
	major = policy_number((struct policy_word){ text.text, dot ? (size_t)(dot - text.text) : 0 }, 9999);
	minor = dot ? policy_number((struct policy_word){ dot + 1, (size_t)(text.text + text.length - dot - 1) }, 9999)
		    : ENTRY_NONE;
	if (major < 0 || minor < 0)
		json_expected(json, at + 1, "a version such as 5.8");
	return (long)machine->kernel_major > major ||
	       ((long)machine->kernel_major == major && (long)machine->kernel_minor >= minor);
}

/*
 * Reads "includes" or "excludes", conditions on the machine. *is_for_machine becomes false if the machine lacks what is
 * included (one of the architectures, each capability, the kernel's version), or has what is excluded.
 */
static void read_machine(struct json *json, const struct socketcall_policy_machine *machine, bool is_included,
			 bool *is_for_machine)
{
	static const char *const keys[] = { "arches", "caps", "minKernel", NULL };
	struct json_string key, text;
	uint32_t seen = 0;
	bool is_arch = false, has_arches = false;

	if (json_null(json))
		return;
	json_object(json);
	while (json_key(json, &key)) {
		int found = json_which(json, key, keys, &seen);

		if (found == ENTRY_NONE || json_null(json)) {
			if (found == ENTRY_NONE)
				json_skip(json);
			continue;
		}
		if (found == 2) {
			bool is_new = read_kernel(json, machine);

			*is_for_machine = *is_for_machine && is_new == is_included;
			continue;
		}
		json_array(json);
		while (json_item(json)) {
			int capability;

			json_here(json);
			text = json_string(json);
			if (found == 0) {
				has_arches = true;
				is_arch = is_arch || json_is(text, "amd64");
				continue;
			}
			capability = policy_capability(upper_word(text));
			if (capability < 0 || strncmp(text.text, "CAP_", 4) != 0)
				json_expected(json, text.text, "a capability such as CAP_NET_RAW");
			else if ((machine->capabilities >> capability & 1) != is_included)
				*is_for_machine = false;
		}
	}
	if (has_arches && is_arch != is_included)
		*is_for_machine = false;
}

void entry_read(struct json *json, const struct socketcall_policy_machine *machine, struct entry *entry)
{
	static const char *const keys[] = { "names", "name",     "action",   "errnoRet", "errno",
					    "args",  "includes", "excludes", NULL };
	struct json_string key;
	uint32_t seen = 0;

	*entry = (struct entry){ .at = json_here(json),
				 .action = { .number = ENTRY_NONE, .named = ENTRY_NONE },
				 .is_for_machine = true };
	json_object(json);
	while (json_key(json, &key))
		switch (json_which(json, key, keys, &seen)) {
		case 0:
			if (json_null(json))
				break;
			entry->names_at = json_here(json);
			for (json_array(json); json_item(json);)
				read_call(json, entry);
			break;
		case 1:
			entry->names_at = json_here(json);
			read_call(json, entry);
			break;
		case 2:
			entry_read_action(json, &entry->action);
			break;
		case 3:
			entry_read_number(json, &entry->action);
			break;
		case 4:
			entry_read_name(json, &entry->action);
			break;
		case 5:
			if (json_null(json))
				break;
			entry->arguments_at = json_here(json);
			for (json_array(json); json_item(json);)
				read_condition(json, entry);
			entry->arguments_end = json->text + json->at;
			break;
		case 6:
			read_machine(json, machine, true, &entry->is_for_machine);
			break;
		case 7:
			read_machine(json, machine, false, &entry->is_for_machine);
			break;
		default:
			json_skip(json);
		}
	entry->end = json->text + json->at;
	if (!entry->names_at || !entry->action.at)
		json_expected(json, entry->at, "an entry with names and an action");
}
