/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "cli/notes.h"
#include "cli/refusal.h"
#include "run/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "Usage: socketcall doctor\n"
			    "Try each mechanism of 'socketcall run' on this machine and in this sandbox. Say which\n"
			    "work, why the others do not and what would change that, and which one run takes.\n"
			    "\n"
			    "  -h, --help  this text\n"
			    "\n"
			    "Exit status: 0 when socket calls of 32-bit programs work here or 'run' can make them\n"
			    "work, apart from single calls that filters refuse at every door; 1 when not; 125\n"
			    "when socketcall itself fails.";

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

/* Why the witness said neither that the call works nor that it fails. */
static struct refusal_text describe_unknown(const struct doctor_answer *answer)
{
	struct refusal_text text;

	if (answer->answer == WITNESS_KILLED)
		snprintf(text.text, sizeof text.text, "a filter kills every 32-bit program here");
	else if (answer->error == -ENOEXEC)
		snprintf(text.text, sizeof text.text, "the kernel runs no 32-bit programs");
	else if (answer->error == -ETIMEDOUT)
		snprintf(text.text, sizeof text.text, "a 32-bit program that tries it does not end");
	else
		snprintf(text.text, sizeof text.text, "cannot run a 32-bit program to try it (%s)",
			 answer->error ? strerror(-answer->error) : "it was killed");
	return text;
}

static void print_bare(const struct doctor_answer *bare)
{
	const char *name = "socketcall, without run";

	switch (bare->answer) {
	case WITNESS_WORKS:
		printf("%-26s works\n", name);
		break;
	case WITNESS_FAILS:
		printf("%-26s is closed\n", name);
		break;
	case WITNESS_CANT_TELL:
	case WITNESS_KILLED:
		printf("%-26s unknown: %s\n", name, describe_unknown(bare).text);
		break;
	}
}

static void print_direct(const struct witness_doors *doors)
{
	char text[NOTES_ROOM];

	if (!doors->were_tried)
		printf("%-26s unknown\n", "direct calls, without run");
	else if (witness_all_direct_open(doors) && !doors->refused_families)
		printf("%-26s work\n", "direct calls, without run");
	else {
		notes_describe_direct(doors, text);
		printf("%-26s are refused: %s\n", "direct calls, without run", text);
	}
}

static void print_no(const char *way, const char *why, const char *change)
{
	printf("%-26s no: %s\n%-26s     to change that: %s\n", way, why, "", change);
}

/*
 * True if filters refuse shutdown(), the one direct call that the witness makes under a mechanism: then the witness
 * fails whether the mechanism works or not.
 */
static bool is_refused_directly(const struct witness_doors *doors)
{
	return doors->were_tried && doors->direct[SOCKETCALL_SHUTDOWN].refused;
}

/* Prints why a mechanism that could be started didn't make the witness' call work. */
static void print_unpatched(const char *way, const struct doctor_trial *trial, bool is_trap)
{
	const struct supervisor_outcome *outcome = &trial->outcome;
	const char *change = "none known: report this kernel as a bug of socketcall";
	char why[128];

	if (is_trap && outcome->known && outcome->kind == SUPERVISOR_PATCHED) {
		print_no(way, "an outer filter kills the caller, which outranks a trap",
			 "have that filter answer socketcall with an errno");
		return;
	}
	if (outcome->known && outcome->kind == SUPERVISOR_NO_VDSO)
		change = "boot the kernel without vdso32=0";
	else if (outcome->known && outcome->kind == SUPERVISOR_NOT_PATCHED && outcome->error != -ENOTSUP)
		change = "have the sandbox (Landlock, an LSM) allow writing other processes' memory";
	snprintf(why, sizeof why, "cannot patch 32-bit programs: %s", notes_unpatched(outcome));
	print_no(way, why, change);
}

static void print_trial(enum strategy_way way, const struct doctor_trial *trial, const struct witness_doors *doors)
{
	const char *name = name_of(way);
	struct refusal_advice advice;

	if (!trial->started) {
		advice = refusal_advise(&trial->refusal);
		print_no(name, advice.why, advice.change);
		return;
	}
	switch (trial->served.answer) {
	case WITNESS_WORKS:
		printf("%-26s yes\n", name);
		break;
	case WITNESS_FAILS:
		if (is_refused_directly(doors))
			print_no(name, "an outer filter refuses the direct calls",
				 "have it allow them (i386's system calls 359 to 373)");
		else
			print_unpatched(name, trial, way == STRATEGY_INT80);
		break;
	case WITNESS_CANT_TELL:
	case WITNESS_KILLED:
		printf("%-26s unknown: %s\n", name, describe_unknown(&trial->served).text);
		break;
	}
}

static void print_preload(const char *way, const struct doctor_finding *finding)
{
	const char *why = NULL;

	switch (finding->preload) {
	case PRELOAD_FOUND:
		break;
	case PRELOAD_UNFIT_FOLDER:
		why = "LD_PRELOAD cannot hold the path of its folder";
		break;
	case PRELOAD_NO_FOLDER:
	case PRELOAD_NO_EXECUTABLE:
	case PRELOAD_NO_ENVIRONMENT:
		why = "its folder is not found";
		break;
	}
	if (is_refused_directly(&finding->doors))
		print_no(way, "an outer filter refuses the direct calls",
			 "have it allow them (i386's system calls 359 to 373)");
	else if (why)
		print_no(way, why, "put the folder 'preload' beside this program, or into ../lib/socketcall");
	else if (finding->preload_replaces_text)
		printf("%-26s yes, for dynamic programs that keep their environment\n", way);
	else
		printf("%-26s yes, for dynamic programs that keep their environment, except multi-threaded ones with\n"
		       "%-26s     glibc 2.41 or later, because memory cannot be made executable here\n",
		       way, "");
}

/* Prints which mechanism `run` takes here, and which notes it would print. */
static void print_run(const struct doctor_run *run)
{
	char text[NOTES_ROOM];

	if (!run->known) {
		printf("%-26s unknown: cannot start a process to try it\n", "run takes");
		return;
	}
	printf("%-26s %s%s%s\n", "run takes", name_of(run->result.way),
	       run->result.way == STRATEGY_NOTHING ? ": it starts programs as they are" : "",
	       run->result.start == SUPERVISOR_REFUSED ? ", and cannot start a program: the preload is not found" : "");
	for (unsigned i = 0; i < run->result.note_count; i++) {
		notes_describe(run->result.notes[i], &run->result, text);
		printf("%-26s %s\n", notes_is_detail(run->result.notes[i]) ? "run -v says" : "run says", text);
	}
}

/* Prints whether the program is process 1 if `run` is started as process 1, as it is as a container's entry point. */
static void print_process_1(const struct doctor_run *run)
{
	const char *name = "as process 1";

	if (!run->known)
		return;
	if (run->result.way == STRATEGY_ABOVE || run->result.way == STRATEGY_PTRACE)
		printf("%-26s run stays process 1, above the program: %s\n", name,
		       refusal_describe(strategy_why_not_patched(&run->result)).text);
	else
		printf("%-26s the program stays process 1\n", name);
}

int cli_doctor(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	struct doctor_finding finding;

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
		return cli_fail("doctor", "unexpected argument '%s'", argv[optind]);
	doctor_examine(&finding);
	print_bare(&finding.bare);
	print_direct(&finding.doors);
	for (enum strategy_way way = 0; way < STRATEGY_SUPERVISED; way++)
		print_trial(way, &finding.trials[way], &finding.doors);
	print_preload(name_of(STRATEGY_PRELOAD), &finding);
	print_run(&finding.run);
	print_process_1(&finding.run);
	if (cli_printed("doctor"))
		return CLI_FAILED;
	return doctor_calls_work(&finding) ? CLI_OK : CLI_NO;
}
