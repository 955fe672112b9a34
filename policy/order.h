/* SPDX-License-Identifier: MIT
 * The order in which a profile's rules are asked. */
#ifndef POLICY_ORDER_H
#define POLICY_ORDER_H

#include "policy/policy.h"

/*
 * Adds a rule of a profile where libseccomp would ask for it, whose filters runc and crun load:
 *   - Rules without conditions come first, and of those of one call only the first counts.
 *   - Of rules with conditions the one comes first whose first condition has the higher argument; then equality and
 *     masks, less, greater; then higher values, or, with less, lower ones. If these are the same, the next
 *     condition decides, and then which was added first. A rule that has only some of another's conditions comes
 *     before that one.
 * A rule with conditions is of one call alone, and has its conditions by argument. Returns 0; -E2BIG if there is no
 * room; -EEXIST if libseccomp refuses the rule, because another one, *other, has the same conditions, or the same
 * and more, and another verdict.
 */
int policy_insert(struct socketcall_policy *policy, const struct socketcall_policy_rule *rule,
		  struct socketcall_policy_rule *other);

#endif
