/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "mech/preload/locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "Usage: socketcall run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
			    "Run PROGRAM so that 32-bit programs in it work where a seccomp filter closes\n"
			    "socketcall(2): each of its multiplexed socket calls is made directly instead.\n"
			    "\n"
			    "  -h, --help  this text\n"
			    "\n"
			    "Exit status: PROGRAM's; 125 when socketcall itself fails, 126 when PROGRAM can't be\n"
			    "run, 127 when it isn't found. SOCKETCALL_DEBUG=1 in the environment makes each\n"
			    "program say what was hooked. See socketcall(1) for what isn't reached.";

/* Puts the preload behind what LD_PRELOAD already holds, once. */
static int set_preload(void)
{
	char ours[PRELOAD_PATH_MAX];
	const char *old = getenv("LD_PRELOAD");
	const char *folder = NULL;
	char *both;
	int r = preload_locate(ours, sizeof ours, &folder);

	if (r == -ENOENT)
		return cli_fail(
			"run",
			"its companion folder 'preload' is neither beside this program nor in ../lib/socketcall");
	if (r == -EINVAL)
		return cli_fail("run",
				"LD_PRELOAD can't carry a path with a blank, a colon or a dollar sign: '%s'; "
				"move or mount the folder elsewhere",
				folder);
	if (r)
		return cli_fail("run", "can't tell where this program lies: %s", strerror(-r));
	if (!old || !*old)
		return setenv("LD_PRELOAD", ours, 1) ? cli_fail("run", "%s", strerror(errno)) : 0;
	if (preload_has(old, ours))
		return 0;
	if (asprintf(&both, "%s:%s", old, ours) < 0 || setenv("LD_PRELOAD", both, 1))
		return cli_fail("run", "%s", strerror(ENOMEM));
	free(both);
	return 0;
}

int cli_run(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	int r;

	switch (cli_option(argc, argv, options)) {
	case 'h':
		puts(usage);
		return cli_printed("run");
	case -1:
		break;
	default:
		return cli_bad_option(argv, "run");
	}
	if (optind == argc)
		return cli_no_program("run");
	r = set_preload();
	return r ? r : cli_exec("run", argv + optind);
}
