/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct command {
	const char *name, *text;
	int (*main)(int argc, char **argv);
} commands[] = {
#define COMMAND(name, text) { #name, (text), cli_##name },
#include "cli/commands.def"
#undef COMMAND
};

int cli_option(int argc, char **argv, const struct option *options)
{
	opterr = 0;
	return getopt_long(argc, argv, "+:hv", options, NULL);
}

int cli_fail(const char *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "socketcall%s%s: ", *command ? " " : "", command);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return CLI_FAILED;
}

/* Prints where help is, and returns `status`. */
static int with_hint(const char *command, int status)
{
	fprintf(stderr, "Try 'socketcall%s%s --help'.\n", *command ? " " : "", command);
	return status;
}

int cli_bad_option(char **argv, const char *command)
{
	if (optopt && optopt < 256 && argv[optind - 1][1] != '-')
		return with_hint(command, cli_fail(command, "unknown option '-%c'", optopt));
	return with_hint(command,
			 cli_fail(command, "unknown option, or option without its argument: '%s'", argv[optind - 1]));
}

int cli_no_program(const char *command)
{
	return with_hint(command, cli_fail(command, "no program is given"));
}

int cli_exec(const char *command, char **argv)
{
	int error;

	execvp(argv[0], argv);
	error = errno;
	cli_fail(command, "%s: %s", argv[0], strerror(error));
	return error == ENOENT ? CLI_NOT_FOUND : CLI_CANNOT_RUN;
}

int cli_printed(const char *command)
{
	if (fflush(stdout) || ferror(stdout))
		return cli_fail(command, "cannot write to standard output: %s", strerror(errno));
	return CLI_OK;
}

static int help(void)
{
	puts("Usage: socketcall COMMAND [ARGUMENT]...\n"
	     "socketcall(2) in user space: 32-bit programs work where the call is closed.\n\nCommands:");
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].text);
	puts("\nOptions:\n"
	     "  -h, --help     print this text; 'socketcall COMMAND --help' prints a command's options\n"
	     "      --version  print the version");
	return cli_printed("");
}

/*
 * Calls a subcommand on a stack that we allocate. The user may have limited the stack to a few KiB (ulimit -s) for the
 * program that is to be run, and the filters that we build on the stack are larger than that.
 */
#ifdef __SANITIZE_ADDRESS__
/* AddressSanitizer knows only the process' own stack, and would print a warning about another one. */
static int call_on_own_stack(int (*command)(int argc, char **argv), int argc, char **argv)
{
	return command(argc, argv);
}
#else
static int call_on_own_stack(int (*command)(int argc, char **argv), int argc, char **argv)
{
	enum { STACK = 1 << 20 };
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK,
			   -1, 0);
	long a = argc;
	int status;

	if (stack == MAP_FAILED)
		return command(argc, argv);
	__asm__ volatile("movq %%rsp, %%rbx\n\t"
			 "movq %[top], %%rsp\n\t"
			 "call *%[command]\n\t"
			 "movq %%rbx, %%rsp"
			 : "=a"(status), "+D"(a), "+S"(argv)
			 : [command] "r"(command), [top] "r"(stack + STACK)
			 : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2",
			   "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
			   "xmm14", "xmm15");
	munmap(stack, STACK);
	return status;
}
#endif

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};

	switch (cli_option(argc, argv, options)) {
	case 'h':
		return help();
	case 'V':
		puts("socketcall " SOCKETCALL_VERSION);
		return cli_printed("");
	case -1:
		break;
	default:
		return cli_bad_option(argv, "");
	}
	if (optind == argc)
		return with_hint("", cli_fail("", "no command is given"));
	argv += optind;
	argc -= optind;
	optind = 0;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return call_on_own_stack(commands[i].main, argc, argv);
	return with_hint("", cli_fail("", "unknown command '%s'", argv[0]));
}
