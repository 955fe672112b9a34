/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of the program `place`. The program that is started writes what it finds to descriptor REPORT.
 * Conditions are the circumstances that it is started under.
 */
#ifndef TESTS_SYSTEM_RUN_PLACE_H
#define TESTS_SYSTEM_RUN_PLACE_H

enum { REPORT = 20, PATIENCE_MS = 60000 };

/* A condition to start a program under. begin() sets it up in the process that becomes the program, and leaves
 * `pending` signals pending there. */
struct condition {
	const char *name;
	void (*begin)(void);
	int pending;
	int above_differs; /* a program whose parent is the supervisor sees a difference: socketcall-run(1) */
};

/* All of them; the last has no name. */
extern const struct condition place_conditions[];

/* The program: reports its surroundings. argv: the starter, its group and session, how many signals are pending, and
 * arguments to repeat. Returns its exit status. */
int place_show(char **argv);

/* Prints the error that errno stands for, and exits. */
void die(const char *what);

#endif
