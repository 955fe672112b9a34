/* SPDX-License-Identifier: MIT
 * The order in which a profile's rules are tried. */
#ifndef POLICY_ORDER_H
#define POLICY_ORDER_H

#include "policy/policy.h"

/*
 * Inserts a profile's rule at the place at which libseccomp tries it (runc and crun load libseccomp's filters):
 *   - Rules without conditions come first. Of several for one call, only the first counts.
 *   - Rules with conditions are sorted by their first condition: a higher argument index comes first; then equality and
 *     masks before less before greater; then the higher value (for less, the lower). If the first conditions are the
 *     same, the next ones decide, and then the order of adding. A rule that has only the first conditions of another
 *     rule comes before that rule.
 * A rule with conditions must be for one call, with its conditions sorted by argument. Returns 0; -E2BIG if there is no
 * room; -EEXIST if libseccomp refuses the rule because another rule, *other, has another verdict and the same
 * conditions, or these and more.
 */
int policy_insert(struct socketcall_policy *policy, const struct socketcall_policy_rule *rule,
		  struct socketcall_policy_rule *other);

#endif
