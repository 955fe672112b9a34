/* SPDX-License-Identifier: MIT
 *
 * Runs in a container, for bench/agent.pl. Each line of standard input has the path of a program and a number: starts
 * the program that many times, one after the other, and prints the average time in nanoseconds.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void start(char *program)
{
	char *arguments[] = { program, NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, program, NULL, NULL, arguments, environ) || waitpid(pid, &status, 0) != pid || status)
		exit(1);
}

int main(void)
{
	char program[256];
	int count;

	while (scanf("%255s %d", program, &count) == 2) {
		double before = now();

		for (int i = 0; i < count; i++)
			start(program);
		printf("%.0f\n", (now() - before) / count);
		fflush(stdout);
	}
	return 0;
}
