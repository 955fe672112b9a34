/* SPDX-License-Identifier: MIT
 *
 * A program of the table; its name says what it does. It makes all socket calls: as "daemon" in a grandchild, after the
 * first process has ended and the grandchild has another parent; as "daemon-exec" in a program that this grandchild
 * execs; else at once. Prints "right" and exits with 0; or prints what was wrong and exits with another status. SIGALRM
 * kills it if it takes too long.
 */
#include "calls.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has_another_parent(const void *parent)
{
	return getppid() != *(const pid_t *)parent;
}

static bool has_ended(const void *process)
{
	return kill(*(const pid_t *)process, 0) && errno == ESRCH;
}

/* Returns in the grandchild, after its parent and the first process have ended. */
static void become_daemon(void)
{
	pid_t first = getpid(), child = (pid_t)check(fork(), "fork"), middle;

	if (child) {
		int status = 0;

		check(waitpid(child, &status, 0), "waitpid");
		_exit(status != 0);
	}
	check(setsid(), "setsid");
	middle = getpid();
	if (check(fork(), "fork"))
		_exit(0);
	wait_until(has_another_parent, &middle, "to be adopted");
	wait_until(has_ended, &first, "the end of the first process");
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	char again[] = "again", *arguments[] = { argv[0], again, NULL };

	alarm(60);
	if (!strncmp(name, "daemon", 6) && argc == 1) {
		become_daemon();
		alarm(60); /* fork() doesn't pass alarms on */
		if (!strcmp(name, "daemon-exec"))
			check(execv(argv[0], arguments), "execv");
	}
	all_calls();
	puts("right");
	return fflush(stdout) != 0;
}
