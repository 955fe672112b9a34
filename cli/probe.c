/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "cli/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/child.h"
#include "run/witness/witness.h"

static const char usage[] = "Usage: socketcall probe [OPTION]... [FAMILY]...\n"
			    "Try by which doors a 64-bit process can create a socket of each FAMILY here, and say\n"
			    "which of them a filter closes. A FAMILY is a name, with or without AF_, or a number.\n"
			    "Needs no privilege, no /proc and no other file.\n"
			    "\n"
			    "      --all           try every family that Linux has ever had (default: the usual ones)\n"
			    "      --closed LIST   try these families (ALG,VSOCK) instead of the usual ones, and\n"
			    "                      succeed only if all their doors are closed\n"
			    "      --missing-ok    with --closed, accept families that the kernel does not have, too\n"
			    "      --wait SECONDS  how long to wait for each answer (1 to 60, default: 2)\n"
			    "      --json          print one object instead of a table and sentences\n"
			    "      --color[=WHEN]  always, never, or auto, the default: on a terminal, unless\n"
			    "                      NO_COLOR is set\n"
			    "  -h, --help          this text\n"
			    "\n"
			    "Exit status: 0 when every door of each family agrees, 1 when a family's doors\n"
			    "disagree; with --closed, 0 when all of LIST is closed (or, with --missing-ok, missing),\n"
			    "else 1; 125 when socketcall itself fails. Trying a family may make the kernel load its\n"
			    "module.";

enum {
	PATIENCE_MAX = 60,   /* of --wait, in seconds */
	SERVED_SECONDS = 10, /* how long is_32_bit_program_served() waits */
};

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct options {
	struct cli_probe report;
	enum colour colour;
	bool all, json, closed;
};

/* Adds a family, if it isn't there yet. Returns 0 or CLI_FAILED. */
static int add(struct cli_probe *report, const struct abi_family *family, bool wanted_closed)
{
	struct probe *p = &report->probe;
	struct probe_family *families;
	bool *wanted;

	for (size_t i = 0; i < p->count; i++)
		if (p->families[i].family.number == family->number) {
			report->wanted_closed[i] |= wanted_closed;
			return 0;
		}
	families = realloc(p->families, (p->count + 1) * sizeof *families);
	if (!families)
		return cli_fail("probe", "out of memory");
	p->families = families;
	wanted = realloc(report->wanted_closed, (p->count + 1) * sizeof *wanted);
	if (!wanted)
		return cli_fail("probe", "out of memory");
	report->wanted_closed = wanted;
	families[p->count] = (struct probe_family){ .family = *family };
	wanted[p->count] = wanted_closed;
	p->count++;
	return 0;
}

static int add_named(struct cli_probe *report, const char *text, bool wanted_closed)
{
	struct abi_family family;

	if (abi_family(text, &family))
		return add(report, &family, wanted_closed);
	return cli_fail("probe",
			"unknown family '%s': expected a name, with or without AF_ (UNIX, ALG, VSOCK ...), or a number "
			"of 0 to %d\nTry 'socketcall probe --all' for all names.",
			text, ABI_FAMILY_MAX);
}

/* Adds the families of a list A,B,C. Writes null characters over its commas. */
static int add_list(struct cli_probe *report, char *list)
{
	int r = 0;

	for (char *name = strsep(&list, ","); name && !r; name = strsep(&list, ","))
		r = add_named(report, name, true);
	return r;
}

/* Adds all families of abi/families.def, or the usual ones. */
static int add_table(struct cli_probe *report, bool all)
{
	const struct abi_family *family;
	int r = 0;

	for (size_t i = 0; !r && (family = abi_family_row(i)); i++)
		if (all || family->usual)
			r = add(report, family, false);
	return r;
}

static int parse_wait(struct cli_probe *report, const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || seconds < 1 || seconds > PATIENCE_MAX)
		return cli_fail("probe", "--wait takes 1 to %d seconds, not '%s'", PATIENCE_MAX, text);
	report->patience = (int)seconds;
	return 0;
}

static int parse_colour(struct options *o, const char *text)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (int i = COLOUR_AUTO; i <= COLOUR_NEVER; i++)
		if (strcmp(text ? text : "always", names[i]) == 0) {
			o->colour = (enum colour)i;
			return 0;
		}
	return cli_fail("probe", "--color takes always, never or auto, not '%s'", text);
}

enum { HELP = 'h', ALL = 'a', CLOSED = 'c', JSON = 'j', COLOUR = 'C', MISSING_OK = 'm', WAIT = 'w' };

static int parse_option(struct options *o, int option, char **argv)
{
	switch (option) {
	case ALL:
		o->all = true;
		return 0;
	case JSON:
		o->json = true;
		return 0;
	case CLOSED:
		o->closed = true;
		return add_list(&o->report, optarg);
	case MISSING_OK:
		o->report.missing_ok = true;
		return 0;
	case WAIT:
		return parse_wait(&o->report, optarg);
	case COLOUR:
		return parse_colour(o, optarg);
	default:
		return cli_bad_option(argv, "probe");
	}
}

/* Parses options and families, which may come in any order. Returns 0, CLI_FAILED, or HELP. */
static int parse(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, ALL },
		{ "closed", required_argument, NULL, CLOSED },
		{ "color", optional_argument, NULL, COLOUR },
		{ "help", no_argument, NULL, HELP },
		{ "json", no_argument, NULL, JSON },
		{ "missing-ok", no_argument, NULL, MISSING_OK },
		{ "wait", required_argument, NULL, WAIT },
		{ 0 },
	};
	bool only_families = false;
	int r = 0;

	while (!r) {
		int option = only_families ? -1 : cli_option(argc, argv, options);

		if (option == HELP)
			return HELP;
		if (option != -1) {
			r = parse_option(o, option, argv);
			continue;
		}
		if (optind >= argc)
			break;
		only_families |= strcmp(argv[optind - 1], "--") == 0;
		r = add_named(&o->report, argv[optind++], false);
	}
	if (!r && o->report.missing_ok && !o->closed)
		r = cli_fail("probe", "--missing-ok needs --closed");
	if (!r && (o->all || !o->report.probe.count))
		r = add_table(&o->report, o->all);
	return r;
}

static bool coloured(enum colour colour)
{
	const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (colour != COLOUR_AUTO)
		return colour == COLOUR_ALWAYS;
	return !(none && *none) && terminal && strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO);
}

static int status_of(const struct options *o)
{
	const struct probe *p = &o->report.probe;

	for (size_t i = 0; i < p->count; i++)
		if (o->closed ? o->report.wanted_closed[i] && !probe_is_closed(&p->families[i], o->report.missing_ok)
			      : !probe_agree(&p->families[i]))
			return CLI_NO;
	return CLI_OK;
}

/*
 * True if a 32-bit program's multiplexed call works. It may work though a 64-bit program's is refused, because
 * `socketcall agent` and `run` serve 32-bit programs alone. A child tries it, because a filter may kill the process
 * that makes a call which starting a program takes.
 */
static bool is_32_bit_program_served(void)
{
	bool may_end = child_may_end_with_parent();
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid == 0) {
		child_leave_no_core();
		child_end_after(SERVED_SECONDS);
		if (may_end)
			child_end_with(parent);
		_exit(witness_ask() == WITNESS_WORKS ? 0 : 1);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int probe(struct options *o)
{
	/* With this buffer stdio makes no system call but write(). To allocate one, it calls fstat(), and perhaps
	 * mmap(), which filters may refuse. */
	static char buffer[BUFSIZ];
	const char *what;
	int r;

	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	r = probe_doors(&o->report.probe, 1000 * o->report.patience, &what);
	if (r)
		return cli_fail("probe", "cannot try the doors: %s: %s", what, strerror(-r));
	o->report.served = doors_there(DOORS_SOCKETCALL, &o->report.probe.kernel) != DOORS_NO &&
			   probe_multiplexed_refused(&o->report.probe) && is_32_bit_program_served();
	if (o->json)
		probe_print_json(&o->report);
	else
		probe_print_text(&o->report, coloured(o->colour));
	r = cli_printed("probe");
	return r ? r : status_of(o);
}

int cli_probe(int argc, char **argv)
{
	struct options o = { .report.patience = 2 };
	int r = parse(&o, argc, argv);

	if (r == HELP) {
		puts(usage);
		r = cli_printed("probe");
	} else if (!r) {
		r = probe(&o);
	}
	free(o.report.probe.families);
	free(o.report.wanted_closed);
	return r;
}
