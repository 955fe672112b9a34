/* SPDX-License-Identifier: MIT */
#include "abi/abi.h"
#include "cli/cli.h"

#include <stdio.h>

static const char usage[] = "Usage: socketcall calls [OPTION]...\n"
			    "List the twenty calls of socketcall(2): number, name, how many words of the block\n"
			    "they have, the i386 system call that makes them directly, and what each word is.\n"
			    "\n"
			    "      --json  print an array of objects instead of a table\n"
			    "  -h, --help  this text";

static void print_table(const struct abi_arch *arch)
{
	printf("CALL  NAME         WORDS  %-16s  ARGUMENTS\n", "I386 DIRECT");
	for (int i = 1; i <= SOCKETCALL_CALLS; i++) {
		const struct abi_call *call = abi_call(i);
		const char *made_by = abi_call(arch->number[i] != ABI_NONE ? i : call->maker)->name;

		printf("%4d  %-11s  %5u  %d %-12s  ", i, call->name, call->arity, abi_direct(arch, i), made_by);
		for (unsigned k = 0; k < call->arity; k++)
			printf("%s%s", k ? ", " : "", abi_kind_text(call->kind[k]));
		putchar('\n');
	}
}

static void print_json(const struct abi_arch *arch)
{
	puts("[");
	for (int i = 1; i <= SOCKETCALL_CALLS; i++) {
		const struct abi_call *call = abi_call(i);
		const char *made_by = abi_call(arch->number[i] != ABI_NONE ? i : call->maker)->name;

		printf("  {\"call\": %d, \"name\": \"%s\", \"words\": %u, \"arguments\": [", i, call->name,
		       call->arity);
		for (unsigned k = 0; k < call->arity; k++)
			printf("%s\"%s\"", k ? ", " : "", abi_kind_text(call->kind[k]));
		printf("], \"direct\": {\"%s\": {\"name\": \"%s\", \"number\": %d}}}%s\n", arch->name, made_by,
		       abi_direct(arch, i), i < SOCKETCALL_CALLS ? "," : "");
	}
	puts("]");
}

int cli_calls(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	void (*print)(const struct abi_arch *) = print_table;
	int option;

	while ((option = cli_option(argc, argv, options)) != -1)
		switch (option) {
		case 'j':
			print = print_json;
			break;
		case 'h':
			puts(usage);
			return cli_printed("calls");
		default:
			return cli_bad_option(argv, "calls");
		}
	if (optind < argc)
		return cli_fail("calls", "unexpected argument '%s'", argv[optind]);
	print(abi_arch("i386"));
	return cli_printed("calls");
}
