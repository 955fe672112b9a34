/* SPDX-License-Identifier: MIT
 *
 * For tests: a program on a terminal of its own, talked to as by somebody who reads before typing.
 *
 * Usage: pty PROGRAM [ARGUMENT]... <SCRIPT    lines of the script:
 *   send TEXT      types it; \r, \3 (Ctrl-C), \32 (Ctrl-Z) and other octal escapes as in printf
 *   expect TEXT    waits until the program has written it, after what was expected last
 * Exit status: the program's, 128+n when signal n killed it; 124 when something expected doesn't come within 20 s: what came
 * instead is printed.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, MOST = 1 << 16 };

static char seen[MOST];
static size_t have, from;
static pid_t program;

static void fail(const char *what)
{
	printf("pty: %s\n", what);
	fwrite(seen + from, 1, have - from, stdout);
	printf("\n");
	kill(program, SIGKILL);
	exit(124);
}

static int more(int terminal)
{
	struct pollfd p = { terminal, POLLIN, 0 };
	ssize_t n;

	if (poll(&p, 1, PATIENCE_MS) <= 0)
		return 0;
	n = read(terminal, seen + have, MOST - 1 - have);
	if (n <= 0)
		return 0;
	have += (size_t)n;
	return 1;
}

static void expect(int terminal, const char *text)
{
	char *found;

	while (!(found = memmem(seen + from, have - from, text, strlen(text))))
		if (!more(terminal))
			fail(text);
	from = (size_t)(found - seen) + strlen(text);
}

static void type(int terminal, const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '\\' && text[1] == 'r') {
			c = '\r';
			text++;
		} else if (c == '\\') {
			char *end;

			c = (char)strtol(text + 1, &end, 8);
			text = end - 1;
		}
		if (write(terminal, &c, 1) != 1)
			fail("can't type");
	}
}

static int open_terminal(char **argv)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), other;

	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal)) {
		perror("pty");
		exit(125);
	}
	program = fork();
	if (program)
		return terminal;
	setsid();
	other = open(ptsname(terminal), O_RDWR);
	ioctl(other, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(other, fd);
	if (other > 2)
		close(other);
	/* As a login has them: who runs tests in the background may have some ignored. */
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	execvp(argv[1], argv + 1);
	_exit(127);
}

int main(int argc, char **argv)
{
	char line[4096];
	int terminal, status;

	if (argc < 2)
		return 125;
	terminal = open_terminal(argv);
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "send ", 5) == 0)
			type(terminal, line + 5);
		else if (strncmp(line, "expect ", 7) == 0)
			expect(terminal, line + 7);
	}
	while (more(terminal))
		;
	if (waitpid(program, &status, WNOHANG) == 0) {
		/* The terminal is closed before the program has ended, but not long before. */
		struct pollfd nothing = { -1, 0, 0 };

		for (int tries = 0; waitpid(program, &status, WNOHANG) == 0; tries++) {
			if (tries == 1000)
				fail("the program doesn't end");
			poll(&nothing, 1, 10);
		}
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
