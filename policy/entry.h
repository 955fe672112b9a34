/* SPDX-License-Identifier: MIT
 * One entry of a seccomp profile's "syscalls", as it is written: profile.c makes rules of it. */
#ifndef POLICY_ENTRY_H
#define POLICY_ENTRY_H

#include "policy/json.h"
#include "policy/policy.h"

enum { ENTRY_CONDITIONS_MOST = 32, ENTRY_NONE = -1 };

/* An action as it is written, by three keys, which may come in any order. */
struct entry_action {
	const char *at; /* where its word stands, or a null pointer */
	struct json_string word;
	uint32_t verdict;
	int number, named; /* errnoRet and errno, or ENTRY_NONE */
	const char *named_at;
};

/* A condition, and where its argument's index and the value that it is compared with stand. */
struct entry_condition {
	const char *index_at, *value_at;
	struct socketcall_policy_condition condition;
};

/* An entry of "syscalls". */
struct entry {
	const char *at, *end;
	struct entry_action action;
	uint32_t calls;
	bool is_for_machine;
	/* Where the values of "names" or "name" and of "args" stand, or null pointers. */
	const char *names_at, *arguments_at, *arguments_end;
	const char *socketcall_at; /* where socketcall is named, or a null pointer */
	struct entry_condition condition[ENTRY_CONDITIONS_MOST];
	unsigned condition_count;
};

/* These read one value: an action; an errno's number, or null; an errno's name, or null or nothing. */
void entry_read_action(struct json *json, struct entry_action *action);
void entry_read_number(struct json *json, struct entry_action *action);
void entry_read_name(struct json *json, struct entry_action *action);

/* The verdict of an action: SECCOMP_RET_*, SECCOMP_RET_ERRNO with its errno. */
uint32_t entry_verdict(struct json *json, const struct entry_action *action);

/* Does a filter need somebody who answers in its stead to carry this verdict out? */
bool entry_needs_supervisor(uint32_t verdict);

/* Reads an entry, which is for the machine or not. */
void entry_read(struct json *json, const struct socketcall_policy_machine *machine, struct entry *entry);

#endif
