/* SPDX-License-Identifier: MIT
 * A policy as a seccomp profile of the OCI's, for runc, crun and others that make a filter of it by libseccomp. */
#include "cli/filter.h"

#include "cli/oci.h"

int filter_print_oci(const struct cli_filter *filter)
{
	const struct cli_policy *policy = filter->policy;
	struct cli_oci oci = {
		.command = "filter",
		.policies = policy->policies,
		.count = policy->count,
		.otherwise = SECCOMP_RET_ALLOW,
		.machine = *policy->machine,
		.io_uring = policy->options.io_uring,
	};

	if (policy->profile) {
		oci.profile = policy->texts[policy->count - 1];
		oci.otherwise = policy->policies[policy->count - 1].otherwise;
	}
	return cli_oci_print(&oci);
}
