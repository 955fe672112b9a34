/* SPDX-License-Identifier: MIT
 *
 * A program's surroundings, and what its parent sees of the program, must be the same with `socketcall run` between
 * them and without.
 *
 * Usage: place beside|above COMMAND...   COMMAND: /path/socketcall run --. TAP
 */
#include "tests/system/run/place.h"
#include "tests/fixtures/tap.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONGEST = 1 << 16 };

static char self[PATH_MAX], **command;
static int above;

/* ---- The starter ------------------------------------------------------------------------------------------------- */

/* Becomes the program; if `run`, by the command of `run`. */
static void become(int run, char *const *program)
{
	char *arguments[32];
	int n = 0;

	for (char **c = command; run && *c; c++)
		arguments[n++] = *c;
	for (char *const *p = program; *p; p++)
		arguments[n++] = *p;
	arguments[n] = NULL;
	execv(arguments[0], arguments);
	_exit(124);
}

/* Reads a pipe to its end. Returns 0 if that takes too long. */
static bool read_report(int fd, char *text)
{
	size_t have = 0;

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		if (poll(&p, 1, PATIENCE_MS) <= 0)
			return false;
		n = read(fd, text + have, LONGEST - 1 - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	text[have] = '\0';
	return true;
}

static void start(const struct condition *condition, int run, char *text)
{
	char starter[16], group[16], session[16], count[16];
	char *program[] = { self, "show", starter, group, session, count, "an argument", "", NULL };
	int ends[2], status;
	pid_t pid;

	snprintf(starter, sizeof starter, "%d", getpid());
	snprintf(group, sizeof group, "%d", getpgrp());
	snprintf(session, sizeof session, "%d", getsid(0));
	snprintf(count, sizeof count, "%d", condition->pending);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe2");
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], REPORT);
		condition->begin();
		become(run, program);
	}
	close(ends[1]);
	if (!read_report(ends[0], text)) {
		strcpy(text, "no end\n");
		kill(pid, SIGKILL);
	}
	close(ends[0]);
	waitpid(pid, &status, 0);
	snprintf(text + strlen(text), 64, "status %#x\n", status);
}

/* Compares the reports, and prints the lines that differ as comments. Skips differences that `above` can't avoid. */
static bool same(char *open, char *run, int differs)
{
	char *next[2] = { open, run }, *line[2];
	int different = 0;

	for (;;) {
		for (int i = 0; i < 2; i++) {
			line[i] = strsep(&next[i], "\n");
			/* Each start has a new pipe with another number. */
			if (line[i] && strncmp(line[i], "descriptor 20: pipe", 19) == 0)
				line[i] = "descriptor 20";
		}
		if (!line[0] && !line[1])
			return !different;
		if (!line[0] || !line[1] || strcmp(line[0], line[1]) != 0) {
			if (above && line[1] && strncmp(line[1], "the parent: another", 19) == 0)
				continue;
			if (above && differs)
				continue;
			printf("# open: %s\n# run:  %s\n", line[0] ? line[0] : "(nothing)",
			       line[1] ? line[1] : "(nothing)");
			different++;
			if (!line[0] || !line[1])
				return false;
		}
	}
}

static void test_conditions(void)
{
	static char open[LONGEST + 64], run[LONGEST + 64];

	for (const struct condition *c = place_conditions; c->name; c++) {
		int good;

		if (above && c->above_differs)
			continue;
		start(c, 0, open);
		start(c, 1, run);
		good = strstr(open, "no child any more: errno 10\n") && strstr(open, "status 0\n");
		if (!good)
			printf("# %s", open);
		ok(good && same(open, run, c->above_differs), "started %s, it finds the same as without run", c->name);
	}
}

static int end_of(int run, char *const *program)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		static const struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		become(run, program);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void test_ends(void)
{
	int wrong = 0;

	for (int how = 0; how < 256; how += how < 8 ? 1 : 31) {
		char number[16], *program[] = { self, "exit", number, NULL };

		snprintf(number, sizeof number, "%d", how);
		wrong += end_of(1, program) != end_of(0, program);
	}
	ok(!wrong, "its parent sees its exit status");
	wrong = 0;
	for (int how = 1; how <= SIGRTMAX; how++) {
		char number[16], *program[] = { self, "die", number, NULL };
		int with, without;

		if (how == SIGSTOP || how == SIGTSTP || how == SIGTTIN || how == SIGTTOU || how == 32 || how == 33)
			continue;
		snprintf(number, sizeof number, "%d", how);
		with = end_of(1, program);
		without = end_of(0, program);
		if (with != without)
			printf("# signal %d: status %#x, under run %#x\n", how, (unsigned)without, (unsigned)with);
		wrong += with != without;
	}
	ok(!wrong, "its parent sees its death by a signal, whichever it is");
}

/* ---- Signals that are sent to it --------------------------------------------------------------------------------- */

static int catch (void)
{
	sigset_t all;
	siginfo_t info;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	dprintf(REPORT, "ready\n");
	do {
		if (sigwaitinfo(&all, &info) < 0)
			return 1;
		dprintf(REPORT, "signal %d code %d value %d\n", info.si_signo, info.si_code,
			info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
	} while (info.si_signo != SIGTERM);
	return 7;
}

static void on_continue(int signal)
{
	(void)signal;
	(void)!write(1, "(again)\n", 8);
}

/*
 * For job control: prints a word when it is ready, and when it is continued. Ends by itself, in case the test has given
 * up.
 */
__attribute__((noreturn)) static void loop(void)
{
	signal(SIGCONT, on_continue);
	alarm(300);
	puts("(ready)");
	fflush(stdout);
	for (;;)
		pause();
}

/* Reads a line of the report. Returns 0 if it doesn't come in time. */
static bool line_of(int fd, char *line, size_t size)
{
	size_t have = 0;

	while (have < size - 1) {
		struct pollfd p = { fd, POLLIN, 0 };

		if (poll(&p, 1, PATIENCE_MS) <= 0 || read(fd, line + have, 1) != 1)
			return false;
		if (line[have] == '\n')
			break;
		have++;
	}
	line[have] = '\0';
	return true;
}

static void test_signals(void)
{
	char *program[] = { self, "catch", NULL };
	char line[128], wanted[128];
	int ends[2], status, wrong = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe2");
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], REPORT);
		become(1, program);
	}
	close(ends[1]);
	wrong += !line_of(ends[0], line, sizeof line) || strcmp(line, "ready") != 0;
	for (int i = 1; !wrong && i <= SIGRTMAX; i++) {
		union sigval value = { .sival_int = 1000 + i };

		if (i == SIGKILL || i == SIGSTOP || i == SIGTERM || i == SIGCONT || i == SIGCHLD || i == 32 || i == 33)
			continue;
		snprintf(wanted, sizeof wanted, "signal %d code %d value %d", i, i >= SIGRTMIN ? SI_QUEUE : SI_USER,
			 i >= SIGRTMIN ? 1000 + i : 0);
		if (i >= SIGRTMIN ? sigqueue(pid, i, value) : kill(pid, i))
			die("kill");
		if (!line_of(ends[0], line, sizeof line) || strcmp(line, wanted) != 0) {
			printf("# wanted '%s', got '%s'\n", wanted, line);
			wrong++;
		}
	}
	kill(pid, wrong ? SIGKILL : SIGTERM);
	waitpid(pid, &status, 0);
	close(ends[0]);
	ok(!wrong && WIFEXITED(status) && WEXITSTATUS(status) == 7,
	   "signals to the process that was started reach it, also those with a value");
}

/* ---- The supervisor keeps nothing open --------------------------------------------------------------------------- */

static void test_pipes(void)
{
	static char text[LONGEST];
	char *program[] = { "/bin/sh", "-c", "setsid sleep 600 <&- >&- 2>&- & echo $!; echo done >&2", NULL };
	int ends[2], status, good;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe2");
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		become(1, program);
	}
	close(ends[1]);
	good = read_report(ends[0], text) && strstr(text, "done\n");
	waitpid(pid, &status, 0);
	close(ends[0]);
	ok(good, "its pipes are closed when it has ended, although its daemon is still supervised");
	if (atoi(text) > 1)
		kill(atoi(text), SIGKILL);
}

static void test_failures(void)
{
	char *missing[] = { "/nonexistent/program", NULL }, *folder[] = { "/", NULL };
	int null = open("/dev/null", O_WRONLY), kept = dup(2), a, b;

	dup2(null, 2);
	a = end_of(1, missing);
	b = end_of(1, folder);
	dup2(kept, 2);
	ok(WEXITSTATUS(a) == 127 && WEXITSTATUS(b) == 126, "a missing program gives 127, an unfit one 126");
}

int main(int argc, char **argv)
{
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
		die("/proc/self/exe");
	if (argc > 5 && strcmp(argv[1], "show") == 0)
		return place_show(argv + 2);
	if (argc > 2 && strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	if (argc > 2 && strcmp(argv[1], "die") == 0) {
		raise(atoi(argv[2]));
		return 99;
	}
	if (argc > 1 && strcmp(argv[1], "catch") == 0)
		return catch ();
	if (argc > 1 && strcmp(argv[1], "loop") == 0)
		loop();
	if (argc < 3)
		return 2;
	above = strcmp(argv[1], "above") == 0;
	command = argv + 2;
	tap.prefix = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(800); /* tap_of waits for 900 s */
	test_conditions();
	test_ends();
	test_signals();
	test_pipes();
	test_failures();
	return plan();
}
