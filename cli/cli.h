/* SPDX-License-Identifier: MIT
 *
 * cli/ is the command `socketcall`: it parses arguments, calls the other rooms, and prints what they return. A
 * subcommand is a row of commands.def and a file of its name. This header has what they share: options, messages, exit
 * statuses.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <getopt.h>

/* Exit statuses. 125 to 127 have the meaning that env(1) gives them. */
enum {
	CLI_OK = 0,
	CLI_NO = 1,           /* the command worked, and its answer is no: a door is open, no container is served */
	CLI_FAILED = 125,     /* socketcall itself failed */
	CLI_CANNOT_RUN = 126, /* the program was found but can't be executed */
	CLI_NOT_FOUND = 127,  /* the program wasn't found */
};

/*
 * cli_closed(), cli_run(), …: argv[0] is the name of the subcommand, the rest its arguments. Returns the exit status.
 */
#define COMMAND(name, text) int cli_##name(int argc, char **argv);
#include "cli/commands.def"
#undef COMMAND

/* getopt_long(), which stops at the first operand here and prints nothing. Print its errors by cli_bad_option(). */
int cli_option(int argc, char **argv, const struct option *options);

/* Prints which option is wrong and where help is; returns CLI_FAILED. */
int cli_bad_option(char **argv, const char *command);

/* Prints that the program to run is missing, and where help is; returns CLI_FAILED. */
int cli_no_program(const char *command);

/* Prints "socketcall COMMAND: …" on standard error; returns CLI_FAILED. Notes and warnings are printed by it, too. */
int cli_fail(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Flushes standard output. Returns CLI_OK, or prints why it can't be written and returns CLI_FAILED. */
int cli_printed(const char *command);

/* Executes argv[0], searched for in PATH. Returns only on failure: prints why, and returns the exit status. */
int cli_exec(const char *command, char **argv);

#endif
