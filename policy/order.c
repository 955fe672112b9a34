/* SPDX-License-Identifier: MIT
 *
 * libseccomp keeps the rules of a call as a tree. Each condition is two nodes, which compare the high and the low word
 * of the argument; rules whose first nodes are equal share them. The nodes of one level are sorted (libseccomp 2.5.4:
 * src/db.c, _db_chain_lt(), _db_tree_add()). Where a comparison fails, the filter tries the next node of the level, so
 * it tries the rules in the order of the tree's leaves. The list of rules here is in that order.
 * tests/unit/policy/oracle.c compares the answers with libseccomp's.
 */
#include "policy/order.h"

#include <errno.h>
#include <string.h>

enum { NODES_MOST = 2 * SOCKETCALL_WORDS };

/* On one level, nodes with a larger rank come first. */
enum rank {
	RANK_GREATER = 1, /* > and >= */
	RANK_LESS = 2,    /* < and <= */
	RANK_EQUAL = 3,   /* ==, != and masked equality */
};

/* The comparisons that BPF has. The others are their negations: < is a negated >=. */
enum operation { EQUAL, MASKED, GREATER, AT_LEAST };

struct node {
	unsigned argument; /* twice its index, and 1 more for the high word */
	enum rank rank;
	enum operation operation;
	uint32_t value, mask;
	bool is_negated; /* the condition holds if the comparison fails */
};

static void nodes_of_condition(const struct socketcall_policy_condition *condition, struct node *high, struct node *low)
{
	bool is_masked = condition->mask != UINT64_MAX;
	struct node node = { .rank = RANK_EQUAL, .operation = is_masked ? MASKED : EQUAL };

	switch ((enum socketcall_policy_comparison)condition->comparison) {
	case SOCKETCALL_POLICY_EQUAL:
		break;
	case SOCKETCALL_POLICY_NOT_EQUAL:
		node.is_negated = true;
		break;
	case SOCKETCALL_POLICY_LESS:
		node = (struct node){ .rank = RANK_LESS, .operation = AT_LEAST, .is_negated = true };
		break;
	case SOCKETCALL_POLICY_AT_MOST:
		node = (struct node){ .rank = RANK_LESS, .operation = GREATER, .is_negated = true };
		break;
	case SOCKETCALL_POLICY_GREATER:
		node = (struct node){ .rank = RANK_GREATER, .operation = GREATER };
		break;
	case SOCKETCALL_POLICY_AT_LEAST:
		node = (struct node){ .rank = RANK_GREATER, .operation = AT_LEAST };
		break;
	}
	*low = node;
	low->argument = 2u * condition->argument;
	low->value = (uint32_t)condition->value;
	low->mask = (uint32_t)condition->mask;
	*high = node;
	high->argument = low->argument + 1;
	high->value = (uint32_t)(condition->value >> 32);
	high->mask = (uint32_t)(condition->mask >> 32);
	high->is_negated = false;
	if (node.operation == AT_LEAST)
		high->operation = GREATER;
}

static unsigned nodes_of(const struct socketcall_policy_rule *rule, struct node nodes[NODES_MOST])
{
	for (size_t i = 0; i < rule->condition_count; i++)
		nodes_of_condition(&rule->condition[i], &nodes[2 * i], &nodes[2 * i + 1]);
	return 2u * rule->condition_count;
}

static bool is_same(const struct node *a, const struct node *b)
{
	return a->argument == b->argument && a->operation == b->operation && a->value == b->value &&
	       a->mask == b->mask && a->is_negated == b->is_negated;
}

/* True if `a` comes behind `b` on their level. */
static bool is_behind(const struct node *a, const struct node *b)
{
	if (a->argument != b->argument)
		return a->argument < b->argument;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a->rank == RANK_LESS ? a->value > b->value : a->value < b->value;
}

/* True if the rule's node on this level is the same as `node`. */
static bool has_node(const struct socketcall_policy_rule *rule, unsigned level, const struct node *node)
{
	struct node nodes[NODES_MOST];

	return level < nodes_of(rule, nodes) && is_same(&nodes[level], node);
}

/* The rules of one call, from `first` to before `end`, that have the same nodes on all levels above. */
struct range {
	unsigned first, end;
};

static int insert_at(struct socketcall_policy *policy, unsigned at, const struct socketcall_policy_rule *rule)
{
	if (policy->count == policy->capacity)
		return -E2BIG;
	memmove(policy->rules + at + 1, policy->rules + at, (policy->count - at) * sizeof *policy->rules);
	policy->rules[at] = *rule;
	policy->count++;
	return 0;
}

/* True if the rule has all of these nodes in a row, behind other nodes. */
static bool has_nodes_inside(const struct socketcall_policy_rule *rule, const struct node *nodes, unsigned count)
{
	struct node own[NODES_MOST];
	unsigned own_count = nodes_of(rule, own);

	for (unsigned first = 1; first + count <= own_count; first++) {
		unsigned same = 0;

		while (same < count && is_same(&own[first + same], &nodes[same]))
			same++;
		if (same == count)
			return true;
	}
	return false;
}

/*
 * Removes the rules of the range that have the new rule's verdict and, behind other conditions, all of its conditions:
 * the new rule matches whenever they do. libseccomp removes them (_db_tree_prune()), which affects the place of rules
 * that are added later.
 */
static void prune(struct socketcall_policy *policy, struct range *range, const struct socketcall_policy_rule *rule)
{
	struct node nodes[NODES_MOST];
	unsigned count = nodes_of(rule, nodes), kept = range->first, removed;

	for (unsigned i = range->first; i < range->end; i++) {
		const struct socketcall_policy_rule *old = &policy->rules[i];

		if (old->verdict == rule->verdict && has_nodes_inside(old, nodes, count))
			continue;
		policy->rules[kept++] = *old;
	}
	removed = range->end - kept;
	memmove(policy->rules + kept, policy->rules + range->end, (policy->count - range->end) * sizeof *policy->rules);
	range->end -= removed;
	policy->count -= removed;
}

/* Inserts the new rule before the range, whose rules have all of its conditions, and may have more. */
static int insert_before(struct socketcall_policy *policy, struct range range,
			 const struct socketcall_policy_rule *rule, struct socketcall_policy_rule *other)
{
	if (policy->rules[range.first].condition_count == rule->condition_count &&
	    policy->rules[range.first].verdict == rule->verdict)
		return 0; /* the same rule is there already */
	for (unsigned i = range.first; i < range.end; i++)
		if (policy->rules[i].verdict != rule->verdict) {
			*other = policy->rules[i];
			return -EEXIST;
		}
	return insert_at(policy, range.first, rule);
}

static int insert_conditional(struct socketcall_policy *policy, struct range range,
			      const struct socketcall_policy_rule *rule, struct socketcall_policy_rule *other)
{
	struct node nodes[NODES_MOST], others[NODES_MOST];
	unsigned count = nodes_of(rule, nodes), level = 0;

	while (level < count) {
		unsigned i = range.first, end = range.end;

		for (; i < range.end; i = end) {
			if (nodes_of(&policy->rules[i], others) == level)
				return 0; /* that rule has only the first conditions, so the new one is never reached */
			for (end = i + 1; end < range.end && has_node(&policy->rules[end], level, &others[level]);)
				end++;
			if (is_same(&others[level], &nodes[level]))
				break;
			if (is_behind(&others[level], &nodes[level]))
				return insert_at(policy, i, rule);
		}
		if (i == range.end)
			return insert_at(policy, i, rule);
		range.first = i;
		range.end = end;
		level++;
	}
	return insert_before(policy, range, rule, other);
}

int policy_insert(struct socketcall_policy *policy, const struct socketcall_policy_rule *rule,
		  struct socketcall_policy_rule *other)
{
	struct range range = { 0, 0 };
	uint32_t decided = 0; /* calls that have a rule without conditions */

	for (; range.first < policy->count && !policy->rules[range.first].condition_count; range.first++)
		decided |= policy->rules[range.first].calls;
	if (!(rule->calls & ~decided))
		return 0; /* never reached */
	if (!rule->condition_count)
		return insert_at(policy, range.first, rule);
	while (range.first < policy->count && policy->rules[range.first].calls != rule->calls)
		range.first++;
	for (range.end = range.first; range.end < policy->count && policy->rules[range.end].calls == rule->calls;)
		range.end++;
	prune(policy, &range, rule);
	return insert_conditional(policy, range, rule, other);
}
