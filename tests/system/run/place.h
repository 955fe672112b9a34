/* SPDX-License-Identifier: MIT
 *
 * What the files of the program `place` share: the program that is started reports on descriptor REPORT, and conditions
 * to start it under.
 */
#ifndef TESTS_SYSTEM_RUN_PLACE_H
#define TESTS_SYSTEM_RUN_PLACE_H

enum { REPORT = 20, PATIENCE_MS = 60000 };

/* A condition to start a program under: `begin` brings it about in the process that becomes the program, and leaves
 * `pending` signals waiting there. */
struct condition {
	const char *name;
	void (*begin)(void);
	int pending;
	int above_differs; /* what a process that is another one's child can't have; said in socketcall-run(1) */
};

/* All of them; the last has no name. */
extern const struct condition place_conditions[];

/* The program: says all that it sees of its place. argv: the starter, its group and session, how many signals wait, and
 * arguments to repeat. Returns its exit status. */
int place_show(char **argv);

/* Ends the program with what errno says of `what`. */
void die(const char *what);

#endif
