/* SPDX-License-Identifier: MIT
 *
 * Usage: every LIST
 * Compiled for x86-64 and for i386. Loads the list's filter, whose refusals have EXDEV, an error that no kernel gives
 * for a socket. Then asks for sockets of every family and type at every door: the answer must be EXDEV exactly for what
 * socketcall_policy_judge() refuses. Prints the differences, and how many sockets were asked for and refused.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "filter/load.h"
#include "policy/policy.h"
#include "tests/system/policy/programs/doors.h"

enum { RULES = 256, FAMILIES = 48, TYPES = 16, TOLD_MOST = 10 };

/* Protocols of the families below and of conversions (abi/conversions.def). For other families 0 is enough. */
static const uint32_t protocols[] = { 0, 6, 17, 256, 9 };

static bool has_protocols(uint32_t family)
{
	return family == AF_INET || family == AF_INET6 || family == AF_PACKET || family == AF_NETLINK || family == 43;
}

static bool is_as_judged(const struct socketcall_policy *policy, const struct door *door, const struct asked *asked,
			 unsigned long *refused)
{
	const struct socketcall_policy_options options = { .io_uring = false };
	struct seccomp_data data = data_of(asked);
	bool refuses = socketcall_policy_judge(policy, 1, &options, &data) != SECCOMP_RET_ALLOW;
	long result = door->ask(asked);
	/* This program doesn't run under `socketcall run`, so nobody turns its multiplexed calls into direct ones. */
	bool is_closed =
		door->is_shut || strcmp(door->name, "multiplexed") == 0 || strcmp(door->name, "socketcall") == 0;

	*refused += refuses;
	return is_closed ? result == -ENOSYS : (result == -EXDEV) == refuses;
}

int main(int argc, char **argv)
{
	static struct socketcall_policy_rule rules[RULES];
	static struct sock_filter filter[BPF_MAXINSNS];
	struct socketcall_policy policy = { .rules = rules, .capacity = RULES };
	const struct socketcall_policy_options options = { .io_uring = false };
	struct socketcall_policy_error error;
	unsigned long asked_for = 0, refused = 0, wrong = 0;
	int r;

	if (argc != 2)
		return 2;
	if (socketcall_policy_families(&policy, argv[1], strlen(argv[1]), SECCOMP_RET_ERRNO | EXDEV, &error)) {
		printf("%s\n", error.text);
		return 2;
	}
	r = filter_load(filter, socketcall_policy_compile(&policy, 1, &options, filter, BPF_MAXINSNS));
	if (r) {
		printf("cannot load the filter: %s\n", strerror(-r));
		return 2;
	}
	for (uint32_t family = 0; family < FAMILIES; family++)
		for (unsigned i = 0; i < TYPES * sizeof protocols / sizeof *protocols * 2 * door_count; i++) {
			const struct door *door = &doors[i % door_count];
			struct asked asked = {
				.family = family,
				.type = i / door_count % TYPES | SOCK_CLOEXEC,
				.protocol = protocols[i / door_count / TYPES / 2],
				.pair = i / door_count / TYPES % 2,
			};

			if (asked.protocol && !has_protocols(family))
				break;
			asked_for++;
			if (is_as_judged(&policy, door, &asked, &refused))
				continue;
			if (wrong++ < TOLD_MOST)
				printf("%s: family %u, type %#x, protocol %u%s\n", door->name, asked.family, asked.type,
				       asked.protocol, asked.pair ? ", a pair" : "");
		}
	printf("%lu asked for, %lu refused, %lu wrong\n", asked_for, refused, wrong);
	return wrong != 0;
}
