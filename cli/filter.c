/* SPDX-License-Identifier: MIT */
#include "cli/filter.h"

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: socketcall filter [OPTION]... --families LIST|--profile FILE\n"
	"Write a policy, which says what sockets may be created, as a seccomp filter for other\n"
	"programs that load it.\n"
	"\n"
	"      --families LIST    the address families that are allowed, as systemd's\n"
	"                         RestrictAddressFamilies=; also FAMILY:TYPE[:PROTOCOL]\n"
	"      --refused errno:NAME|kill|log\n"
	"                         what a refused call gets (default: errno:EAFNOSUPPORT)\n"
	"      --profile FILE     the rules on socket calls of a seccomp profile in JSON\n"
	"      --caps LIST        the capabilities that the profile's rules may ask for (default: none)\n"
	"      --allow-io-uring   leave io_uring open, which can create any socket\n"
	"      --format FORMAT    bpf: the program, for bwrap --seccomp and others\n"
	"                         text: its instructions, and what each is there for (default)\n"
	"                         c: an array in C\n"
	"                         oci: a seccomp profile for container runtimes\n"
	"                         systemd: lines for a unit\n"
	"  -h, --help             this text\n"
	"\n"
	"See socketcall-filter(1) and socketcall-policy(5).";

static const struct format {
	const char *name;
	int (*print)(const struct cli_filter *filter);
} formats[] = {
	{ "bpf", filter_print_bpf }, { "text", filter_print_text },       { "c", filter_print_c },
	{ "oci", filter_print_oci }, { "systemd", filter_print_systemd },
};

int filter_print_bpf(const struct cli_filter *filter)
{
	if (isatty(STDOUT_FILENO))
		return cli_fail("filter",
				"--format bpf: not written to a terminal, because it is binary: redirect it to a file");
	fwrite(filter->filter, sizeof *filter->filter, (size_t)filter->length, stdout);
	return CLI_OK;
}

int filter_print_c(const struct cli_filter *filter)
{
	char line[FILTER_LINE_ROOM];

	puts("/* Written by socketcall filter, for prctl(PR_SET_SECCOMP) of x86-64 Linux. */\n"
	     "#include <linux/filter.h>\n\n"
	     "static struct sock_filter socket_filter[] = {");
	for (int i = 0; i < filter->length; i++) {
		const struct sock_filter *op = &filter->filter[i];

		printf("\t{ 0x%02x, %3u, %3u, 0x%08x }, /* %4d: %s */\n", op->code, op->jt, op->jf, op->k, i,
		       filter_instruction_text(op, i, line));
	}
	puts("};");
	return CLI_OK;
}

/* Compiles the policy, notes for each instruction what it is there for, and prints the filter. */
static int print(const struct cli_policy *policy, const struct format *format)
{
	struct sock_filter *code = calloc(BPF_MAXINSNS, sizeof *code);
	struct policy_origin *origins = calloc(BPF_MAXINSNS, sizeof *origins);
	struct cli_filter filter = { .policy = policy, .filter = code, .origins = origins, .length = -ENOMEM };
	int status;

	if (code && origins)
		filter.length =
			policy_compile(policy->policies, policy->count, &policy->options, code, BPF_MAXINSNS, origins);
	if (filter.length >= 0)
		status = format->print(&filter);
	else if (filter.length == -E2BIG)
		status = cli_fail("filter", "the policy needs more than the %d instructions that a filter may have",
				  BPF_MAXINSNS);
	else
		status = cli_fail("filter", "cannot compile the policy: %s", strerror(-filter.length));
	free(code);
	free(origins);
	return status ? status : cli_printed("filter");
}

static const struct format *format_of(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(name, formats[i].name) == 0)
			return &formats[i];
	return NULL;
}

int cli_filter(int argc, char **argv)
{
	static const struct option options[] = {
		CLI_POLICY_OPTIONS,
		{ "caps", required_argument, NULL, 'c' },
		{ "format", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const struct format *format = format_of("text");
	/* No capability counts unless --caps names it: a program that loads the filter may lack those of this one. */
	struct socketcall_policy_machine machine = cli_policy_machine();
	struct cli_policy policy = { .machine = &machine };
	int option;

	machine.capabilities = 0;

	while ((option = cli_option(argc, argv, options)) != -1) {
		if (cli_policy_option(&policy, option))
			continue;
		switch (option) {
		case 'c':
			if (cli_policy_capabilities(optarg, &machine.capabilities, "filter"))
				return CLI_FAILED;
			break;
		case 'f':
			format = format_of(optarg);
			if (!format)
				return cli_fail("filter", "--format takes bpf, text, c, oci or systemd, not '%s'",
						optarg);
			break;
		case 'h':
			puts(usage);
			return cli_printed("filter");
		default:
			return cli_bad_option(argv, "filter");
		}
	}
	if (optind < argc)
		return cli_fail("filter", "unexpected argument '%s'", argv[optind]);
	if (!policy.families && !policy.profile)
		return cli_fail("filter", "no policy is given: use --families or --profile");
	if (cli_policy_read(&policy, "filter"))
		return CLI_FAILED;
	if (policy.options.io_uring)
		cli_fail("filter",
			 "--allow-io-uring: io_uring can create sockets of any family, so none is refused for certain");
	return print(&policy, format);
}
