/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "cli/refusal.h"
#include "run/doctor.h"

#include <stdio.h>

static const char usage[] = "Usage: socketcall doctor\n"
			    "Say which of run's mechanisms can be used here, on this machine and in this sandbox,\n"
			    "why not the others, and what would change that. Each is tried.\n"
			    "\n"
			    "  -h, --help  this text\n"
			    "\n"
			    "Exit status: 0 when 32-bit programs' socket calls work or 'run' can make them work,\n"
			    "1 when not, 125 when socketcall itself fails.";

static const char *name_of(enum strategy_way way)
{
	switch (way) {
	case STRATEGY_BESIDE:
		return "patch, supervisor beside";
	case STRATEGY_ABOVE:
		return "patch, supervisor above";
	case STRATEGY_PTRACE:
		return "patch, by ptrace";
	case STRATEGY_INT80:
		return "trap (--trap)";
	case STRATEGY_PRELOAD:
		return "preload";
	case STRATEGY_NOTHING:
		return "nothing";
	}
	return "?";
}

static const char *describe_bare(enum witness_answer answer)
{
	switch (answer) {
	case WITNESS_WORKS:
		return "works";
	case WITNESS_FAILS:
		return "is closed";
	case WITNESS_CANT_TELL:
		break;
	}
	return "can't be told: no 32-bit program can be run here";
}

static void no(const char *way, const char *why, const char *change)
{
	printf("%-26s no: %s\n%-26s     to change that: %s\n", way, why, "", change);
}

/* Can `run` use that way? */
static bool print_trial(const char *way, const struct doctor_trial *trial)
{
	if (!trial->started) {
		struct refusal_advice advice = refusal_advise(&trial->refusal);

		no(way, advice.why, advice.change);
		return false;
	}
	switch (trial->served) {
	case WITNESS_WORKS:
		printf("%-26s yes\n", way);
		return true;
	case WITNESS_FAILS:
		no(way, "32-bit programs have no vDSO of a known form",
		   "the kernel's command line, without vdso32=0; or report this kernel");
		break;
	case WITNESS_CANT_TELL:
		no(way, "no 32-bit program can be run to try it", "see above");
		break;
	}
	return false;
}

/* As print_trial(). */
static bool print_preload(const char *way, const struct doctor_finding *finding)
{
	const char *why = NULL;

	switch (finding->preload) {
	case PRELOAD_FOUND:
		break;
	case PRELOAD_UNFIT_FOLDER:
		why = "LD_PRELOAD can't carry its folder's path";
		break;
	case PRELOAD_NO_FOLDER:
	case PRELOAD_NO_EXECUTABLE:
	case PRELOAD_NO_ENVIRONMENT:
		why = "its folder isn't there";
		break;
	}
	if (why)
		no(way, why, "put the folder 'preload' beside this program, or into ../lib/socketcall");
	else if (finding->preload_replaces_text)
		printf("%-26s yes, for dynamic programs that keep their environment\n", way);
	else
		printf("%-26s yes, for dynamic programs that keep their environment, but not, since memory may not\n"
		       "%-26s     be made executable here, for those of glibc 2.41 and later that have threads\n",
		       way, "");
	return !why;
}

int cli_doctor(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	struct doctor_finding finding;
	bool able = false;

	switch (cli_option(argc, argv, options)) {
	case 'h':
		puts(usage);
		return cli_printed("doctor");
	case -1:
		break;
	default:
		return cli_bad_option(argv, "doctor");
	}
	if (optind != argc)
		return cli_fail("doctor", "no argument is wanted, but there is '%s'", argv[optind]);
	doctor_examine(&finding);
	printf("%-26s %s\n", "32-bit socketcall, bare", describe_bare(finding.bare));
	for (enum strategy_way way = 0; way < STRATEGY_SUPERVISED; way++)
		able |= print_trial(name_of(way), &finding.trials[way]);
	able |= print_preload(name_of(STRATEGY_PRELOAD), &finding);
	if (cli_printed("doctor"))
		return CLI_FAILED;
	return finding.bare == WITNESS_WORKS || (finding.bare == WITNESS_FAILS && able) ? CLI_OK : CLI_NO;
}
