/* SPDX-License-Identifier: MIT
 * A filter as text for people. */
#include "cli/filter.h"

#include "abi/abi.h"
#include "cli/cli.h"
#include "filter/filter.h"
#include "policy/words.h"

#include <stdio.h>
#include <string.h>

static const char *const doors[] = {
	[POLICY_DOOR_ANY] = "",
	[POLICY_DOOR_X86_64] = "x86-64",
	[POLICY_DOOR_I386] = "i386",
	[POLICY_DOOR_SOCKETCALL] = "socketcall",
	[POLICY_DOOR_X32] = "x32",
	[POLICY_DOOR_IO_URING] = "io_uring",
	[POLICY_DOOR_UNKNOWN] = "other architectures",
};

const char *filter_verdict_text(uint32_t verdict, char room[FILTER_TEXT_ROOM])
{
	static const struct {
		uint32_t action;
		const char *name;
	} actions[] = {
		{ SECCOMP_RET_KILL_PROCESS, "KILL_PROCESS" },
		{ SECCOMP_RET_KILL_THREAD, "KILL_THREAD" },
		{ SECCOMP_RET_TRAP, "TRAP" },
		{ SECCOMP_RET_USER_NOTIF, "USER_NOTIF" },
		{ SECCOMP_RET_LOG, "LOG" },
		{ SECCOMP_RET_ALLOW, "ALLOW" },
	};
	const char *error = policy_errno_name((int)(verdict & SECCOMP_RET_DATA));

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (actions[i].action == (verdict & SECCOMP_RET_ACTION_FULL))
			return actions[i].name;
	if (error)
		snprintf(room, FILTER_TEXT_ROOM, "ERRNO(%s)", error);
	else
		snprintf(room, FILTER_TEXT_ROOM, "ERRNO(%u)", verdict & SECCOMP_RET_DATA);
	return room;
}

/* The name of the word of struct seccomp_data at this offset. */
static const char *word_text(uint32_t offset, char room[FILTER_TEXT_ROOM])
{
	if (offset == FILTER_NUMBER)
		return "nr";
	if (offset == FILTER_ARCH)
		return "arch";
	for (unsigned i = 0; i < FILTER_ARGUMENTS; i++)
		if (offset == FILTER_ARGUMENT(i) || offset == FILTER_ARGUMENT_HIGH(i))
			snprintf(room, FILTER_TEXT_ROOM, "args[%u]%s", i, offset == FILTER_ARGUMENT(i) ? "" : ".high");
	return room;
}

static const char *comparison_text(uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return "==";
	case BPF_JGT:
		return ">";
	case BPF_JGE:
		return ">=";
	default:
		return "&";
	}
}

const char *filter_instruction_text(const struct sock_filter *op, int at, char room[FILTER_LINE_ROOM])
{
	char word[FILTER_TEXT_ROOM] = "";
	int then = at + 1 + op->jt, otherwise = at + 1 + op->jf;

	switch (BPF_CLASS(op->code)) {
	case BPF_LD:
		snprintf(room, FILTER_LINE_ROOM, "A = %s", word_text(op->k, word));
		break;
	case BPF_ALU:
		snprintf(room, FILTER_LINE_ROOM, "A &= %#x", op->k);
		break;
	case BPF_RET:
		snprintf(room, FILTER_LINE_ROOM, "return %s", filter_verdict_text(op->k, word));
		break;
	default:
		if (BPF_OP(op->code) == BPF_JA)
			snprintf(room, FILTER_LINE_ROOM, "goto %d", at + 1 + (int)op->k);
		else if (!op->jf)
			snprintf(room, FILTER_LINE_ROOM, "if A %s %#x goto %d", comparison_text(op->code), op->k, then);
		else if (!op->jt)
			snprintf(room, FILTER_LINE_ROOM, "if not A %s %#x goto %d", comparison_text(op->code), op->k,
				 otherwise);
		else
			snprintf(room, FILTER_LINE_ROOM, "if A %s %#x goto %d else %d", comparison_text(op->code),
				 op->k, then, otherwise);
	}
	return room;
}

/* Appends the rule's text on one line: blanks are joined, and a long text is cut. */
static void add_rule_text(const char *text, unsigned length, char *room, size_t size)
{
	static const char dots[] = "...";
	size_t n = strlen(room);
	bool is_blank = false;
	unsigned i;

	for (i = 0; i < length && n + sizeof dots < size; i++) {
		char c = text[i];

		if (c >= 0 && c <= ' ' && is_blank)
			continue;
		is_blank = c >= 0 && c <= ' ';
		room[n++] = (char)(is_blank ? ' ' : c > '~' || c < 0 ? '?' : c);
	}
	if (i < length)
		memcpy(room + n, dots, sizeof dots);
	else
		room[n] = '\0';
}

const char *filter_origin_text(const struct cli_filter *filter, int at, char room[FILTER_ORIGIN_ROOM])
{
	enum { RULE_MOST = 160 };
	const struct policy_origin *origin = &filter->origins[at];
	const char *call = origin->call > SOCKETCALL_CALLS ? "recvmmsg_time64"
			   : origin->call                  ? abi_call(origin->call)->name
							   : "";
	const struct socketcall_policy_rule *rule;
	size_t n;

	n = (size_t)snprintf(room, FILTER_ORIGIN_ROOM, "%s%s%s", doors[origin->door], *call ? " " : "", call);
	if (origin->policy < 0)
		return room;
	if (origin->rule < 0) {
		snprintf(room + n, FILTER_ORIGIN_ROOM - n, ": otherwise (%s)", filter->policy->sources[origin->policy]);
		return room;
	}
	rule = &filter->policy->policies[origin->policy].rules[origin->rule];
	if (!rule->length) {
		/* socketcall_policy_families() adds such a rule for a conversion into a family that isn't listed. */
		snprintf(room + n, FILTER_ORIGIN_ROOM - n,
			 ": the kernel creates a socket of another family, which %s does not name",
			 filter->policy->sources[origin->policy]);
		return room;
	}
	snprintf(room + n, FILTER_ORIGIN_ROOM - n, ": %s:%u:%u: ", filter->policy->sources[origin->policy], rule->line,
		 rule->column);
	add_rule_text(filter->policy->texts[origin->policy] + rule->offset, rule->length, room,
		      n + RULE_MOST < FILTER_ORIGIN_ROOM ? n + RULE_MOST : FILTER_ORIGIN_ROOM);
	return room;
}

int filter_print_text(const struct cli_filter *filter)
{
	char line[FILTER_LINE_ROOM], origin[FILTER_ORIGIN_ROOM];

	for (int i = 0; i < filter->length; i++) {
		const char *why = filter_origin_text(filter, i, origin);

		if (*why)
			printf("%4d: %-36s; %s\n", i, filter_instruction_text(&filter->filter[i], i, line), why);
		else
			printf("%4d: %s\n", i, filter_instruction_text(&filter->filter[i], i, line));
	}
	return CLI_OK;
}
