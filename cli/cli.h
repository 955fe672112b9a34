/* SPDX-License-Identifier: MIT
 *
 * cli/ is the command `socketcall`: it parses arguments, calls the other rooms, and prints what they return. A
 * subcommand is a row of commands.def and a file of its name. This header has what they share: options, messages, exit
 * statuses.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <getopt.h>

/* As env(1) and other programs that run programs. */
enum {
	CLI_OK = 0,
	CLI_NO = 1,           /* the answer to what was asked */
	CLI_FAILED = 125,     /* socketcall itself failed */
	CLI_CANNOT_RUN = 126, /* the program was found but can't be run */
	CLI_NOT_FOUND = 127,  /* the program wasn't found */
};

/* "closed" -> argv[0] is the subcommand's name, the rest its arguments; returns the exit status. */
#define COMMAND(name, text) int cli_##name(int argc, char **argv);
#include "cli/commands.def"
#undef COMMAND

/* getopt_long() that stops at the first operand and prints nothing: cli_bad_option() does. */
int cli_option(int argc, char **argv, const struct option *options);

/* Says which option was wrong and where help is; returns CLI_FAILED. */
int cli_bad_option(char **argv, const char *command);

/* Says that the program to run is missing, and where help is; returns CLI_FAILED. */
int cli_no_program(const char *command);

/* "socketcall COMMAND: …" on standard error; returns CLI_FAILED. */
int cli_fail(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* CLI_OK when all that was printed has been written, else says so and is CLI_FAILED. */
int cli_printed(const char *command);

/* Becomes the program argv[0], searched for in PATH; returns, having said why, only when that failed. */
int cli_exec(const char *command, char **argv);

#endif
