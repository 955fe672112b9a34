/* SPDX-License-Identifier: MIT
 *
 * A program of the table, by its name: makes all socket calls at once; as "daemon", when its first process has ended
 * and it has another parent; as "daemon-exec", in a program that it execs then. Says "right", and ends with 0; or what
 * was wrong, with another status. It ends by SIGALRM if it takes too long.
 */
#include "calls.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int has_another_parent(const void *parent)
{
	return getppid() != *(const pid_t *)parent;
}

static int has_ended(const void *process)
{
	return kill(*(const pid_t *)process, 0) && errno == ESRCH;
}

/* Returns in the grandchild, when nobody of its family is left. */
static void become_daemon(void)
{
	pid_t first = getpid(), child = (pid_t)right(fork(), "fork"), middle;

	if (child) {
		int status = 0;

		right(waitpid(child, &status, 0), "waitpid");
		_exit(status != 0);
	}
	right(setsid(), "setsid");
	middle = getpid();
	if (right(fork(), "fork"))
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
		alarm(60); /* a fork's child has none */
		if (!strcmp(name, "daemon-exec"))
			right(execv(argv[0], arguments), "execv");
	}
	all_calls();
	puts("right");
	return fflush(stdout) != 0;
}
