/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "filter/load.h"
#include "filter/closed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "Usage: socketcall closed [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
			    "Run PROGRAM with the i386 socketcall(2) closed by a seccomp filter, the way Docker\n"
			    "29.4.2 closed it. Everything else is allowed, also the direct socket calls.\n"
			    "\n"
			    "      --errno ENOSYS|EPERM  what the closed call returns (default: ENOSYS)\n"
			    "  -h, --help                this text\n"
			    "\n"
			    "Exit status: PROGRAM's; 125 when socketcall itself fails, 126 when PROGRAM cannot\n"
			    "be executed, 127 when it is not found.";

static int parse_errno(const char *name)
{
	if (strcmp(name, "ENOSYS") == 0)
		return ENOSYS;
	if (strcmp(name, "EPERM") == 0)
		return EPERM;
	return 0;
}

int cli_closed(int argc, char **argv)
{
	static const struct option options[] = {
		{ "errno", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct sock_filter filter[FILTER_CLOSED_LENGTH];
	int error = ENOSYS, option, r;

	while ((option = cli_option(argc, argv, options)) != -1)
		switch (option) {
		case 'e':
			error = parse_errno(optarg);
			if (!error)
				return cli_fail("closed", "--errno takes ENOSYS or EPERM, not '%s'", optarg);
			break;
		case 'h':
			puts(usage);
			return cli_printed("closed");
		default:
			return cli_bad_option(argv, "closed");
		}
	if (optind == argc)
		return cli_no_program("closed");
	r = filter_load(filter, filter_closed(filter, abi_arch("i386"), error));
	if (r)
		return cli_fail("closed", "cannot load the seccomp filter: %s", strerror(-r));
	return cli_exec("closed", argv + optind);
}
