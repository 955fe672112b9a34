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

/* An item of the list. */
struct item {
	struct policy_word name; /* of its family */
	const struct abi_family *family;
	bool is_none;  /* the word that stands for no family */
	bool is_whole; /* of any type and protocol */
};

/* Reads the next item, and moves *list behind it. False at the end of the list. */
static bool next_item(const char **list, struct item *item)
{
	const char *text = *list + strspn(*list, separators);
	size_t length = strcspn(text, separators);
	struct policy_word name = { text, strcspn(text, " \t\n,:") };
	int number = policy_family(name);

	*list = text + length;
	*item = (struct item){
		.name = name,
		.family = number > 0 ? abi_family_row((size_t)number - 1) : NULL,
		.is_none = policy_word_is((struct policy_word){ text, length }, "none"),
		.is_whole = name.length + strspn(text + name.length, ":*") >= length,
	};
	return length > 0;
}

/* Fails if systemd has no name for a family. Called before anything is printed. */
static int check_families(const char *list)
{
	struct item item;

	while (next_item(&list, &item))
		if (!item.family && !item.is_none)
			return cli_fail("filter", "--format systemd: systemd has no name for the family '%.*s'",
					(int)item.name.length, item.name.text);
	return CLI_OK;
}

/*
 * Prints the list in systemd's syntax, which has families alone. An item with a type or protocol allows its whole
 * family; in an inverted list it is left out, so that it refuses nothing. *is_narrowed is set if there is such an item.
 */
static void print_families(const char *list, bool is_inverted, bool *is_narrowed)
{
	const char *before = is_inverted ? "~" : "";
	struct item item;

	printf("RestrictAddressFamilies=");
	while (next_item(&list, &item)) {
		*is_narrowed = *is_narrowed || !item.is_whole;
		if (!item.is_whole && is_inverted)
			continue;
		printf("%s%s%s", before, item.family ? "AF_" : "", item.family ? item.family->name : "none");
		before = " ";
	}
	printf("%s\n", *before == '~' ? before : "");
}

/* Prints the list itself, for ExecStart=. It was parsed, so it has no character that has a meaning to systemd. */
static void print_list(const char *list, bool is_inverted)
{
	const char *before = is_inverted ? "~" : "";

	while (*(list += strspn(list, separators))) {
		size_t length = strcspn(list, separators);

		printf("%s%.*s", before, (int)length, list);
		before = " ";
		list += length;
	}
}

int filter_print_systemd(const struct cli_filter *filter)
{
	const struct cli_policy *policy = filter->policy;
	const char *list = policy->families;
	bool is_inverted, is_narrowed = false;

	if (!list || policy->profile)
		return cli_fail("filter", "--format systemd needs --families, and excludes --profile");
	list += strspn(list, separators);
	is_inverted = *list == '~';
	list += is_inverted;
	if (check_families(list))
		return CLI_FAILED;
	print_families(list, is_inverted, &is_narrowed);
	printf("# systemd answers EAFNOSUPPORT%s, and judges socket(), not socketpair().\n",
	       policy->refused ? ", whatever --refused says" : "");
	if (is_narrowed)
		printf("# systemd judges families as a whole: those that the list narrows by type or protocol are "
		       "%s.\n",
		       is_inverted ? "not refused" : "allowed");
	if (is_inverted)
		puts("# systemd compares 64 bits of the family, and the kernel uses 32: with higher bits set, a "
		     "socket of\n"
		     "# these families can be created.");
	puts("# AF_INET with SOCK_PACKET is an AF_PACKET socket, and protocol 256 of AF_INET and AF_INET6 is AF_SMC:\n"
	     "# systemd takes them for AF_INET and AF_INET6.\n"
	     "# systemd does not judge 32-bit calls, which 64-bit programs can make, too. The next line kills programs "
	     "that\n"
	     "# make one; without it every family is open to them.\n"
	     "SystemCallArchitectures=native");
	if (!policy->options.io_uring)
		puts("# io_uring creates sockets that no filter sees.\n"
		     "SystemCallFilter=~io_uring_setup:ENOSYS io_uring_enter:ENOSYS io_uring_register:ENOSYS");
	printf("# To serve 32-bit programs, and to judge all calls, start the service by this instead:\n"
	       "# ExecStart=socketcall run --families='");
	print_list(list, is_inverted);
	printf("'%s%s%s -- PROGRAM\n", policy->refused ? " --refused=" : "", policy->refused ? policy->refused : "",
	       policy->options.io_uring ? " --allow-io-uring" : "");
	return CLI_OK;
}
