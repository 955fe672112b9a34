/* SPDX-License-Identifier: MIT
 *
 * Compares a program under `socketcall run` with the same without it: two processes of this program measure in turns. A
 * byte on a socket asks a process for the time of one thing (its number); it answers with a double.
 */
#ifndef BENCH_BOTH_H
#define BENCH_BOTH_H

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/rounds.h"

/* argv of a measuring process: this word, its socket's number, and the arguments that both_measure() got. */
#define BOTH_ARGUMENT "--measure"
enum { BOTH_OPERANDS = 3 };

/* More options for `socketcall run`, with a comma after each. */
#ifndef BOTH_OPTIONS
#define BOTH_OPTIONS
#endif

/*
 * Starts a measuring process, with the words of `before`, which ends in a null pointer, in front of its command.
 * Returns the socket by which it is asked.
 */
static int both_start(const char *self, const char *const *before, char **operands)
{
	char *arguments[24];
	char number[12];
	int ends[2], n = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		exit(1);
	snprintf(number, sizeof number, "%d", ends[1]);
	while (*before)
		arguments[n++] = (char *)*before++;
	arguments[n++] = (char *)self;
	arguments[n++] = (char *)BOTH_ARGUMENT;
	arguments[n++] = number;
	while (*operands)
		arguments[n++] = *operands++;
	arguments[n] = NULL;
	if (fork() == 0) {
		close(ends[0]);
		execv(arguments[0], arguments);
		_exit(127);
	}
	close(ends[1]);
	return ends[0];
}

static double both_ask(int socket, char which)
{
	double took;

	if (write(socket, &which, 1) != 1 || read(socket, &took, sizeof took) != sizeof took) {
		fprintf(stderr, "bench: a measuring process has ended\n");
		exit(1);
	}
	return took;
}

/*
 * Prints for each of `count` things, at most 128, the ratio of the times in two measuring processes, with its `text`
 * and the `wanted` ratio (ratio()'s `target`).
 */
static void both_compare(int under, int beside, const char *const *text, const double *wanted, int count)
{
	static double run[ROUNDS], bare[ROUNDS];

	for (int which = 0; which < count; which++) {
		for (int i = 0; i < ROUNDS; i++) {
			run[i] = both_ask(under, (char)which);
			bare[i] = both_ask(beside, (char)which);
		}
		ratio(text[which], run, bare, wanted[which]);
	}
}

/* Starts two measuring processes, the first under `socketcall run`, and compares them. */
__attribute__((unused)) static void both_measure(const char *self, const char *socketcall, char **operands,
						 const char *const *text, const double *wanted, int count)
{
	const char *const run[] = { socketcall, "run", BOTH_OPTIONS "--", NULL }, *const bare[] = { NULL };
	int beside = both_start(self, bare, operands);

	both_compare(both_start(self, run, operands), beside, text, wanted, count);
}

/*
 * The loop of a measuring process: answers until the socket is closed. `timed` returns a time in ns, or ends the
 * process.
 */
static void both_answer(int socket, double (*timed)(char which, char **operands), char **operands)
{
	char which;

	while (read(socket, &which, 1) == 1) {
		double took = timed(which, operands);

		if (write(socket, &took, sizeof took) != sizeof took)
			exit(1);
	}
}

#endif
