/* SPDX-License-Identifier: MIT
 * What the files of policy/ share: which rules hold for a system call, and what a condition compares. */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include "abi/abi.h"
#include "policy/policy.h"

enum { POLICY_MASK_INT = 0xffffffff, POLICY_X32_BIT = 0x40000000 /* in the numbers of x32's calls */ };

/* io_uring's calls, which have these numbers on all architectures. */
enum { POLICY_URING_SETUP = 425, POLICY_URING_ENTER = 426, POLICY_URING_REGISTER = 427 };

/* The calls that a direct system call can be, as bits. */
struct policy_calls {
	uint32_t own; /* the call whose number it is */
	/*
	 * The calls that i386 has no number for, which a multiplexed call becomes: accept, send and recv become
	 * accept4, sendto and recvfrom with zeros for the words that they lack.
	 */
	uint32_t made;
	int call; /* the call whose number it is; 0: it is no socket call */
};
struct policy_calls policy_calls_of(const struct abi_arch *arch, int number);

/* All calls, as bits. */
#define POLICY_ALL_CALLS (((1u << (SOCKETCALL_CALLS + 1)) - 2) | 1u << SOCKETCALL_POLICY_RECVMMSG_TIME64)

/* One rule that holds for a system call if its conditions do. */
struct policy_candidate {
	const struct socketcall_policy_rule *rule;
	bool made; /* the rule is on a call of policy_calls.made; then the words of `zero`, bits, must be 0, too */
	unsigned zero;
};

/*
 * The rules of a policy that may hold for the calls, in the order in which they are asked: begins with *place = 0, and
 * returns false after the last.
 */
bool policy_next(const struct socketcall_policy *policy, const struct policy_calls *calls, unsigned *place,
		 struct policy_candidate *candidate);

/* Whether the kernel takes this argument of the call as a whole register, a pointer or a size, and not as an int. */
bool policy_is_whole(int call, unsigned argument);

/* How many arguments the call has. */
unsigned policy_arity(int call);

/* What has to be compared at a door for a condition. */
enum policy_test {
	POLICY_NEVER,
	POLICY_ALWAYS,
	POLICY_LOW,  /* `mask` and `value` have 32 bits, and so has the argument */
	POLICY_WHOLE /* 64 bits */
};

/*
 * Says what a condition on an argument of `call` compares, for a machine with words of `word` bytes, and sets its mask
 * and its value to that.
 */
enum policy_test policy_test(struct socketcall_policy_condition *condition, int call, unsigned word);

/* Does the condition hold for this argument? */
bool policy_holds(const struct socketcall_policy_condition *condition, uint64_t argument);

/* Adds a rule behind the others and returns it, with all of it 0; a null pointer if there is no room. */
struct socketcall_policy_rule *policy_add(struct socketcall_policy *policy);

/*
 * The end of a function that reads a text: fills *error and returns -EINVAL. The place is that of the byte at `offset`.
 */
int policy_fail(struct socketcall_policy_error *error, const char *text, size_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A part of a text for an error message: cut if it is long, and printable. */
struct policy_quoted {
	char text[48];
};
struct policy_quoted policy_quoted(const char *text, size_t length);

/* The line and the column, from 1, of the byte at `offset`. */
struct socketcall_policy_place policy_place(const char *text, size_t offset);

#endif
