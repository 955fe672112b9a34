/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "cli/notes.h"
#include "cli/refusal.h"
#include "cli/run_policy.h"
#include "cli/run_report.h"
#include "run/strategy.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"Usage: socketcall run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"Run PROGRAM, and patch the 32-bit programs in its process tree, so that they work where\n"
	"a seccomp filter closes socketcall(2): they make each socket call by its direct system\n"
	"call instead.\n"
	"\n"
	"      --preload       load the preload as well, for a second C library in a program\n"
	"      --preload-only  only set LD_PRELOAD: no supervisor and no filter\n"
	"      --trap          also reach programs that make socketcall by an int $0x80 of their\n"
	"                      own; follows every process of the tree by ptrace(2)\n"
	"      --init          as process 1, be an init: start PROGRAM as a child, and reap orphans\n"
	"\n"
	"A policy says what sockets PROGRAM and everything that it starts may create, by any door:\n"
	"      --families LIST   the address families that are allowed, as systemd's\n"
	"                        RestrictAddressFamilies=, also FAMILY:TYPE and FAMILY:TYPE:PROTOCOL\n"
	"      --refused WHAT    what a refused call gets: errno:NAME, kill or log (default:\n"
	"                        errno:EAFNOSUPPORT)\n"
	"      --profile FILE    a seccomp profile of OCI, Docker or Podman; its rules on socket calls\n"
	"                        apply at every door\n"
	"      --allow-io-uring  leave io_uring open, which can create any socket\n"
	"      --log FILE|-      append a line of JSON for each call of socket and socketpair\n"
	"      --learn FILE      refuse nothing, and write the --families list that is needed\n"
	"\n"
	"  -v, --verbose       say on standard error how each program was served\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: PROGRAM's; 125 when socketcall itself fails, 126 when PROGRAM cannot\n"
	"be executed, 127 when it is not found. See socketcall-run(1) for what is not reached.";

/* The context of report() and judge(), which run in the supervisor's process. */
struct report_state {
	struct run_policy policy;
	struct run_report *report;
};

static void report(void *context, const struct supervisor_event *event)
{
	const struct report_state *state = context;

	run_report_event(state->report, event);
}

static uint32_t judge(void *context, pid_t pid, const struct seccomp_data *call)
{
	struct report_state *state = context;

	return run_policy_judge(&state->policy, pid, call);
}

/*
 * Exits with the program's status, or dies by the signal that killed the program: our parent gets the wait status that
 * it would have got from the program itself.
 */
static int end_as(int status)
{
	static const struct rlimit none = { 0 };
	sigset_t set;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none); /* the program has dumped its core already */
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status); /* process 1 doesn't die by a signal that it sends itself (pid_namespaces(7)) */
}

static int fail_preload(enum preload_outcome outcome, const struct preload_place *place)
{
	switch (outcome) {
	case PRELOAD_FOUND:
		break;
	case PRELOAD_NO_FOLDER:
		return cli_fail(
			"run",
			"the companion folder 'preload' is neither beside this executable nor in ../lib/socketcall");
	case PRELOAD_UNFIT_FOLDER:
		return cli_fail("run",
				"LD_PRELOAD cannot hold a path with a blank, a colon or a dollar sign: '%s'; "
				"move or mount the folder elsewhere",
				place->folder);
	case PRELOAD_NO_EXECUTABLE:
		return cli_fail("run", "cannot find this executable: %s", strerror(-place->error));
	case PRELOAD_NO_ENVIRONMENT:
		return cli_fail("run", "cannot set LD_PRELOAD: %s", strerror(-place->error));
	}
	return CLI_FAILED;
}

static void print_note(enum strategy_note note, const struct strategy_result *result, bool verbose)
{
	char text[NOTES_ROOM];

	if (notes_is_detail(note) && !verbose)
		return;
	notes_describe(note, result, text);
	cli_fail("run", "%s", text);
}

/*
 * Starts the supervisor and the program. One process executes the program and returns only if that fails; another one,
 * where the supervisor stands above, returns the program's exit status.
 */
static int start_tree(const struct strategy_wanted *wanted, struct run_report *told, char **program)
{
	struct strategy_result result;
	int r;

	strategy_start(&strategy_means, wanted, &result);
	if (result.start == SUPERVISOR_PROGRAM_ENDED)
		return end_as(result.status);
	for (unsigned i = 0; i < result.note_count; i++)
		print_note(result.notes[i], &result, wanted->supervision->on_event != NULL);
	if (result.confine_error)
		return cli_fail("run", "cannot enforce the policy here: cannot load a seccomp filter (%s)",
				strerror(-result.confine_error));
	if (result.start == SUPERVISOR_REFUSED && wanted->supervision->judge)
		return cli_fail("run", "--log and --learn need a supervisor with a listener: %s",
				refusal_describe(strategy_why_not_patched(&result)).text);
	if (result.start == SUPERVISOR_REFUSED)
		return fail_preload(result.preload, &result.place);
	told->started = true;
	r = cli_exec("run", program);
	told->started = false;
	return r;
}

int cli_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "init", no_argument, NULL, 'i' },
		{ "preload", no_argument, NULL, 'p' },
		{ "preload-only", no_argument, NULL, 'o' },
		{ "trap", no_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },
		CLI_RUN_POLICY_OPTIONS,
		{ 0 },
	};
	struct report_state state = { .report = run_report_new() };
	struct supervisor_options supervision = { .on_event = NULL, .context = &state };
	struct strategy_wanted wanted = { .supervision = &supervision };
	int option;

	if (!state.report)
		return cli_fail("run", "out of memory");
	while ((option = cli_option(argc, argv, options)) != -1)
		switch (option) {
		case 'i':
			wanted.init = true;
			break;
		case 'p':
			wanted.preload = true;
			break;
		case 'o':
			wanted.preload_only = true;
			break;
		case 't':
			wanted.int80 = true;
			break;
		case 'v':
			supervision.on_event = report;
			break;
		case 'h':
			puts(usage);
			return cli_printed("run");
		default:
			if (!run_policy_option(&state.policy, option))
				return cli_bad_option(argv, "run");
		}
	if (optind == argc)
		return cli_no_program("run");
	if (wanted.preload_only && (wanted.int80 || wanted.init))
		return cli_fail("run", "--preload-only and %s exclude each other", wanted.int80 ? "--trap" : "--init");
	if ((state.policy.log_name || state.policy.learn_name) && (wanted.preload_only || wanted.int80))
		return cli_fail("run", "--log and --learn exclude %s", wanted.int80 ? "--trap" : "--preload-only");
	if (run_policy_prepare(&state.policy, &supervision, judge))
		return CLI_FAILED;
	return start_tree(&wanted, state.report, argv + optind);
}
