/* SPDX-License-Identifier: MIT
 * Reads one entry of a seccomp profile's "syscalls" as it is written. profile.c makes rules of it. */
#ifndef POLICY_ENTRY_H
#define POLICY_ENTRY_H

#include "policy/json.h"
#include "policy/policy.h"

enum { ENTRY_CONDITIONS_MOST = 32, ENTRY_NONE = -1 };

/* An action as it is written: the values of the keys action, errnoRet and errno, which may come in any order. */
struct entry_action {
	const char *at;          /* where the value of action stands; null: it hasn't been read */
	struct json_string word; /* this value, "SCMP_ACT_ERRNO" */
	uint32_t verdict;        /* what the word means, without an errno; entry_verdict() adds that */
	int number, named;       /* the values of errnoRet and errno, both as numbers; or ENTRY_NONE */
	const char *named_at;    /* where the value of errno stands */
};

/* A condition, and where its index and its value stand in the text. */
struct entry_condition {
	const char *index_at, *value_at;
	struct socketcall_policy_condition condition;
};

/* An entry of "syscalls". */
struct entry {
	const char *at, *end; /* where the entry begins, and the first byte behind it */
	struct entry_action action;
	uint32_t calls;      /* a bit for each socket call that it names */
	bool is_for_machine; /* the machine meets "includes" and "excludes" */
	/* Where the values of "names" or "name" and of "args" stand; null: they haven't been read. */
	const char *names_at, *arguments_at, *arguments_end;
	const char *socketcall_at; /* where socketcall is named, or null */
	struct entry_condition condition[ENTRY_CONDITIONS_MOST];
	unsigned condition_count;
};

/* Each reads the value of one key: of "action"; of "errnoRet", a number or null; of "errno", a name, "" or null. */
void entry_read_action(struct json *json, struct entry_action *action);
void entry_read_number(struct json *json, struct entry_action *action);
void entry_read_name(struct json *json, struct entry_action *action);

/* Returns the action's verdict, SECCOMP_RET_ERRNO with its errno. Fails if errnoRet and errno contradict each other. */
uint32_t entry_verdict(struct json *json, const struct entry_action *action);

/* True for SECCOMP_RET_USER_NOTIF and SECCOMP_RET_TRACE: the kernel asks another process for the answer. */
bool entry_needs_supervisor(uint32_t verdict);

/* Reads an entry. entry->is_for_machine says whether the machine meets its conditions. */
void entry_read(struct json *json, const struct socketcall_policy_machine *machine, struct entry *entry);

#endif
