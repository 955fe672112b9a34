/* SPDX-License-Identifier: MIT
 * What the files of policy/ share: which rules hold for a system call, and what a condition compares. */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include "abi/abi.h"
#include "policy/policy.h"

enum { POLICY_MASK_INT = 0xffffffff, POLICY_X32_BIT = 0x40000000 /* in the numbers of x32's calls */ };

/* io_uring's calls, which have these numbers on all architectures. */
enum { POLICY_URING_SETUP = 425, POLICY_URING_ENTER = 426, POLICY_URING_REGISTER = 427 };

/* The calls, as bits, whose rules judge a direct system call. */
struct policy_calls {
	uint32_t own; /* the call that has the number */
	/*
	 * The calls that socketcall turns into `own` because i386 has no number for them: accept, send and recv become
	 * accept4, sendto and recvfrom, with zeros for the words that they lack.
	 */
	uint32_t made;
	int call; /* the same call, not as a bit; 0: the number isn't a socket call's */
};
struct policy_calls policy_calls_of(const struct abi_arch *arch, int number);

/* All calls, as bits. */
#define POLICY_ALL_CALLS (((1u << (SOCKETCALL_CALLS + 1)) - 2) | 1u << SOCKETCALL_POLICY_RECVMMSG_TIME64)

/* A rule that decides about a system call if its conditions hold. */
struct policy_candidate {
	const struct socketcall_policy_rule *rule;
	bool made;     /* the rule is about a call of policy_calls.made */
	unsigned zero; /* if `made`: a bit for each word that must be 0, because that call doesn't have it */
};

/*
 * Goes through the rules that may decide about the calls, in the order in which they are tried. Begin with *place = 0.
 * Returns false after the last rule.
 */
bool policy_next(const struct socketcall_policy *policy, const struct policy_calls *calls, unsigned *place,
		 struct policy_candidate *candidate);

/* True if the kernel takes this argument of the call as a whole register (a pointer or a size), not as an int. */
bool policy_is_whole(int call, unsigned argument);

/* How many arguments the call has. */
unsigned policy_arity(int call);

/* How much of an argument has to be compared for a condition, on one architecture. */
enum policy_test {
	POLICY_NEVER,  /* nothing: the condition holds for no argument */
	POLICY_ALWAYS, /* nothing: the condition holds for every argument */
	POLICY_LOW,    /* the low 32 bits; `mask` and `value` have no more */
	POLICY_WHOLE,  /* all 64 bits */
};

/*
 * Returns what a condition on an argument of `call` compares on an architecture with words of `word` bytes, and cuts
 * the condition's mask and value to that width.
 */
enum policy_test policy_test(struct socketcall_policy_condition *condition, int call, unsigned word);

/* True if the condition holds for this argument. */
bool policy_holds(const struct socketcall_policy_condition *condition, uint64_t argument);

/* Adds a rule behind the others, with all members 0, and returns it; null if there is no room. */
struct socketcall_policy_rule *policy_add(struct socketcall_policy *policy);

/*
 * Fills *error, with the place of the byte at `offset`, and returns -EINVAL, for its caller to return.
 */
int policy_fail(struct socketcall_policy_error *error, const char *text, size_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A part of a text for an error message: long parts are cut, and '?' replaces what isn't printable. */
struct policy_quoted {
	char text[48];
};
struct policy_quoted policy_quoted(const char *text, size_t length);

/* The line and the column, from 1, of the byte at `offset`. */
struct socketcall_policy_place policy_place(const char *text, size_t offset);

#endif
