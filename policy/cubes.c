/* SPDX-License-Identifier: MIT */
#include "policy/cubes.h"

#include <errno.h>

#include "policy/rule.h"

enum { NO_ARGUMENT = -1 };

/* The bit of an argument by which a cube has to be cut into two. */
struct cut {
	int argument;
	uint64_t bit;
};

/* For which calls of a cube a condition holds. */
enum truth {
	NEVER,     /* for none */
	ALWAYS,    /* for all */
	SOMETIMES, /* for some, so the cube has to be cut */
};

struct division {
	const struct socketcall_policy *policies;
	unsigned count;
	int call;
	struct policy_calls calls;
	socketcall_policy_verdict other;
	unsigned cubes, most;
	void (*take)(void *context, const struct policy_cube *cube);
	void *context;
};

static uint64_t highest_bit(uint64_t bits)
{
	return bits ? 1ull << (63 - __builtin_clzll(bits)) : 0;
}

/* Returns for which of the cube's calls the condition holds. If SOMETIMES, *cut is the bit to cut by. */
static enum truth holds(const struct policy_cube *cube, const struct socketcall_policy_condition *condition,
			struct cut *cut)
{
	unsigned i = condition->argument;
	uint64_t known = cube->mask[i] & condition->mask, unknown = condition->mask & ~cube->mask[i],
		 least = cube->value[i] & known, most = least | unknown;
	struct socketcall_policy_condition compared = *condition;
	bool is_equality = condition->comparison == SOCKETCALL_POLICY_EQUAL ||
			   condition->comparison == SOCKETCALL_POLICY_NOT_EQUAL;
	bool at_least, at_most;

	/* The known bits rule the value out, or the value has a bit that the condition masks out. */
	if (is_equality && ((least ^ condition->value) & ~unknown))
		return condition->comparison == SOCKETCALL_POLICY_EQUAL ? NEVER : ALWAYS;
	at_least = policy_holds(&compared, least);
	at_most = policy_holds(&compared, most);
	if (!unknown || (!is_equality && at_least == at_most))
		return at_least ? ALWAYS : NEVER;
	*cut = (struct cut){ (int)i, highest_bit(unknown) };
	return SOMETIMES;
}

/* The same for all conditions of a rule. */
static enum truth rule_holds(const struct division *division, const struct policy_cube *cube,
			     const struct socketcall_policy_rule *rule, struct cut *cut)
{
	enum truth truth = ALWAYS;

	for (unsigned i = 0; i < rule->condition_count; i++) {
		struct socketcall_policy_condition condition = rule->condition[i];
		struct cut this_cut;
		enum truth this_one = NEVER;

		switch (policy_test(&condition, division->call, sizeof(uint64_t))) {
		case POLICY_NEVER:
			break;
		case POLICY_ALWAYS:
			this_one = ALWAYS;
			break;
		case POLICY_LOW:
		case POLICY_WHOLE:
			this_one = holds(cube, &condition, &this_cut);
			break;
		}
		if (this_one == NEVER)
			return NEVER;
		if (this_one == SOMETIMES && truth == ALWAYS) {
			truth = SOMETIMES;
			*cut = this_cut;
		}
	}
	return truth;
}

/* Sets *verdict to the verdict of all calls of the cube. Returns false, with *cut the bit to cut by, if it may
 * differ. */
static bool judge(const struct division *division, const struct policy_cube *cube, socketcall_policy_verdict *verdict,
		  struct cut *cut)
{
	*verdict = SECCOMP_RET_ALLOW;
	for (unsigned i = 0; i < division->count; i++) {
		const struct socketcall_policy *policy = &division->policies[i];
		socketcall_policy_verdict this_one = policy->otherwise;
		struct policy_candidate candidate;

		if (!(policy->calls & division->calls.own))
			continue;
		for (unsigned place = 0; policy_next(policy, &division->calls, &place, &candidate);) {
			enum truth truth = rule_holds(division, cube, candidate.rule, cut);

			if (truth == SOMETIMES)
				return false;
			if (truth == ALWAYS) {
				this_one = candidate.rule->verdict;
				break;
			}
		}
		if (this_one != SECCOMP_RET_ALLOW)
			*verdict = this_one;
		if (this_one != SECCOMP_RET_ALLOW && this_one != SECCOMP_RET_LOG)
			return true;
	}
	return true;
}

/* Cuts the cube until each part has one verdict. The depth is at most the number of bits of all arguments. */
static int divide(struct division *division, struct policy_cube *cube)
{
	struct cut cut = { NO_ARGUMENT, 0 };
	int r = 0;

	if (judge(division, cube, &cube->verdict, &cut)) {
		if (division->cubes == division->most)
			return -E2BIG;
		division->cubes++;
		if (cube->verdict != division->other)
			division->take(division->context, cube);
		return 0;
	}
	cube->mask[cut.argument] |= cut.bit;
	for (int half = 0; half < 2 && !r; half++) {
		cube->value[cut.argument] ^= half ? cut.bit : 0;
		r = divide(division, cube);
	}
	cube->mask[cut.argument] &= ~cut.bit;
	cube->value[cut.argument] &= ~cut.bit;
	return r;
}

int policy_cubes(const struct socketcall_policy *policies, unsigned count, int call, socketcall_policy_verdict other,
		 unsigned most, void (*take)(void *context, const struct policy_cube *cube), void *context)
{
	struct division division = {
		.policies = policies,
		.count = count,
		.call = call,
		.calls = { .own = 1u << call, .call = call },
		.other = other,
		.most = most,
		.take = take,
		.context = context,
	};
	struct policy_cube all = { .verdict = other };
	int r = divide(&division, &all);

	return r ? r : (int)division.cubes;
}
