/* SPDX-License-Identifier: MIT
 *
 * Measures what `socketcall run` costs a start (fork, exec and wait) of a static program, 32-bit and 64-bit.
 * Usage: spawn SOCKETCALL PROGRAM32 PROGRAM64
 */
#include <spawn.h>

#include "bench/both.h"

extern char **environ;

/* Returns the time to start that one of the two programs, and to wait for it. */
static double timed(char which, char **programs)
{
	char *arguments[] = { programs[(int)which], NULL };
	double start = now();
	pid_t pid;

	if (posix_spawn(&pid, arguments[0], NULL, NULL, arguments, environ) || waitpid(pid, NULL, 0) != pid)
		exit(1);
	return now() - start;
}

int main(int argc, char **argv)
{
	static const char *const text[] = { "start of a static 32-bit program under run / bare",
					    "start of a static 64-bit program under run / bare" };
	static const double wanted[] = { 1.20, 1.03 };

	if (argc > BOTH_OPERANDS && strcmp(argv[1], BOTH_ARGUMENT) == 0)
		both_answer(atoi(argv[2]), timed, argv + BOTH_OPERANDS);
	else if (argc == 4)
		both_measure(argv[0], argv[1], argv + 2, text, wanted, 2);
	else
		return 2;
	return 0;
}
