/* SPDX-License-Identifier: MIT
 *
 * A list of families as lines of a systemd unit. systemd judges the family of socket() alone, compares all 64 bits of
 * it, and has no filter of families for 32-bit programs, because it can't see them at socketcall (systemd,
 * src/shared/seccomp-util.c, seccomp_restrict_address_families()); the lines say what remains open.
 */
#include "cli/filter.h"

#include "abi/families.h"
#include "cli/cli.h"
#include "policy/words.h"

#include <stdio.h>
#include <string.h>

static const char separators[] = " \t\n,";

/*
 * The items of the list in systemd's words, which are families' names. *is_narrowed: one has a type, which can't be
 * said. Then the family as a whole is allowed, or not refused.
 */
static int print_families(const char *list, bool is_inverted, bool *is_narrowed)
{
	while (*(list += strspn(list, separators))) {
		const struct policy_word item = { list, strcspn(list, separators) },
					 name = { list, strcspn(list, " \t\n,:") };
		int number = policy_family(name);
		const struct abi_family *family = number > 0 ? abi_family_row((size_t)number - 1) : NULL;
		bool is_whole = name.length == item.length;

		if (!family && policy_word_is(item, "none"))
			printf("none");
		else if (!family)
			return cli_fail("filter", "--format systemd: systemd has no name for the family '%.*s'",
					(int)name.length, name.text);
		else if (is_whole || !is_inverted)
			printf("AF_%s ", family->name);
		*is_narrowed = *is_narrowed || !is_whole;
		list += item.length;
	}
	putchar('\n');
	return CLI_OK;
}

int filter_print_systemd(const struct cli_filter *filter)
{
	const struct cli_policy *policy = filter->policy;
	const char *list = policy->families;
	bool is_inverted, is_narrowed = false;

	if (!list || policy->profile)
		return cli_fail("filter", "--format systemd writes a list of families: --families, without --profile");
	list += strspn(list, separators);
	is_inverted = *list == '~';
	list += is_inverted;
	printf("RestrictAddressFamilies=%s", is_inverted ? "~" : "");
	if (print_families(list, is_inverted, &is_narrowed))
		return CLI_FAILED;
	puts("# systemd answers EAFNOSUPPORT, and judges socket(), not socketpair().");
	if (is_narrowed)
		printf("# systemd judges families as a whole: those that the list narrows by type or protocol are "
		       "%s.\n",
		       is_inverted ? "not refused" : "allowed");
	if (is_inverted)
		puts("# systemd compares 64 bits of the family, and the kernel takes 32: with higher bits set, a "
		     "socket of\n"
		     "# these families can be had.");
	puts("# AF_INET with SOCK_PACKET is an AF_PACKET socket, and protocol 256 of AF_INET and AF_INET6 is AF_SMC:\n"
	     "# systemd takes them for AF_INET and AF_INET6.\n"
	     "# systemd doesn't judge 32-bit calls, which 64-bit programs can make, too. The next line ends programs "
	     "that\n"
	     "# make any; without it every family is open to them.\n"
	     "SystemCallArchitectures=native");
	if (!policy->options.io_uring)
		puts("# io_uring creates sockets that no filter sees.\n"
		     "SystemCallFilter=~io_uring_setup:ENOSYS io_uring_enter:ENOSYS io_uring_register:ENOSYS");
	puts("# For 32-bit programs, and to have all of it judged, start the service by this instead:\n"
	     "# ExecStart=socketcall run --families=LIST -- PROGRAM");
	return CLI_OK;
}
