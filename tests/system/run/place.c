/* SPDX-License-Identifier: MIT
 *
 * What a program sees of its place, and what who starts it sees of the program, must be the same with `socketcall run`
 * between them and without.
 *
 * Usage: place beside|above COMMAND...   COMMAND: /path/socketcall run --. A line for each check: "ok - …", "not ok - …"
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT = 20, LONGEST = 1 << 16, PATIENCE_MS = 20000 };

extern char **environ;
static char self[PATH_MAX], **command;
static int above;

static void die(const char *what)
{
	perror(what);
	exit(125);
}

/* ---- The program: says all of this to descriptor REPORT ------------------------------------------------------------- */

static void show_signals(void)
{
	sigset_t set;

	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int i = 1; i <= SIGRTMAX; i++) {
		struct sigaction action;

		if (sigaction(i, NULL, &action))
			continue;
		if (action.sa_handler != SIG_DFL || sigismember(&set, i) > 0)
			dprintf(REPORT, "signal %d: %s%s\n", i, action.sa_handler == SIG_IGN ? "ignored " : "",
				sigismember(&set, i) > 0 ? "blocked" : "");
	}
}

/* What waits; some of it may still be on its way through the supervisor. */
static void show_pending(int wanted)
{
	static const struct timespec soon = { 0, 20000000 }, patient = { PATIENCE_MS / 1000, 0 };
	sigset_t set;
	siginfo_t info;

	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int seen = 0; sigtimedwait(&set, &info, seen < wanted ? &patient : &soon) > 0; seen++)
		dprintf(REPORT, "pending %d code %d value %d\n", info.si_signo, info.si_code,
			info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
}

static void show_descriptors(void)
{
	char line[PATH_MAX];

	/* not opendir(), which would take one */
	for (int fd = 0; fd < 600; fd++) {
		char path[32];
		ssize_t n;

		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		n = readlink(path, line, sizeof line);
		if (n >= 0)
			dprintf(REPORT, "descriptor %d: %.*s, %#x, %#x\n", fd, (int)n, line, fcntl(fd, F_GETFD),
				fcntl(fd, F_GETFL));
	}
}

static void show_limits(void)
{
	for (int i = 0; i < (int)RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (!getrlimit(i, &limit))
			dprintf(REPORT, "limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
				(unsigned long long)limit.rlim_max);
	}
}

static void show_status(void)
{
	static const char *const lines[] = { "Umask:",  "Uid:",    "Gid:",    "Groups:", "CapInh:",
					     "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "Cpus_allowed:" };
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
			if (strncmp(line, lines[i], strlen(lines[i])) == 0)
				dprintf(REPORT, "%s\n", line);
}

static void show_children(void)
{
	int status, children = 0, sum = 0;

	for (; waitpid(-1, &status, __WALL) > 0; children++)
		sum += WEXITSTATUS(status);
	dprintf(REPORT, "%d children, that ended with %d together\n", children, sum);
	dprintf(REPORT, "no child any more: errno %d\n", errno);
}

/* starter, its group and session, and whose process this is: the starter's child's own, or that one's child's. */
static int show(char **argv)
{
	pid_t starter = atoi(argv[0]);
	struct itimerval timer;
	char cwd[PATH_MAX];
	int death = 0, subreaper = 0;

	dprintf(REPORT, "the parent: %s\n", getppid() == starter ? "the starter" : "another");
	dprintf(REPORT, "the group: %s\n",
		getpgrp() == getpid()        ? "its own"
		: getpgrp() == atoi(argv[1]) ? "the starter's"
					     : "another");
	dprintf(REPORT, "the session: %s\n",
		getsid(0) == getpid()        ? "its own"
		: getsid(0) == atoi(argv[2]) ? "the starter's"
					     : "another");
	show_signals();
	show_pending(atoi(argv[3]));
	show_descriptors();
	show_limits();
	show_status();
	for (char **e = environ; *e; e++)
		dprintf(REPORT, "environment: %s\n", *e);
	dprintf(REPORT, "folder: %s\n", getcwd(cwd, sizeof cwd) ? cwd : strerror(errno));
	prctl(PR_GET_PDEATHSIG, &death);
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
	getitimer(ITIMER_REAL, &timer);
	dprintf(REPORT, "death signal %d, subreaper %d, timer %d, nice %d, slack %d, dumpable %d\n", death, subreaper,
		timer.it_value.tv_sec > 0, getpriority(PRIO_PROCESS, 0), prctl(PR_GET_TIMERSLACK),
		prctl(PR_GET_DUMPABLE));
	for (int i = 4; argv[i]; i++)
		dprintf(REPORT, "argument: '%s'\n", argv[i]);
	show_children();
	return 0;
}

/* ---- Conditions to start under --------------------------------------------------------------------------------------- */

static void plain(void)
{
}

static void ignoring(void)
{
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGRTMIN + 5, SIG_IGN);
}

static void blocking(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 1; i < SIGRTMAX; i += 3)
		sigaddset(&set, i);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void pending(void)
{
	blocking();
	kill(getpid(), SIGTERM);
	for (int i = 1; i <= 3; i++) {
		union sigval value = { .sival_int = i };

		sigqueue(getpid(), SIGRTMIN + (40 - SIGRTMIN) % 3, value); /* 40: blocked */
	}
}

static void closed_0(void)
{
	close(0);
}

static void closed_1(void)
{
	close(1);
}

static void closed_all(void)
{
	close(0);
	close(1);
	close(2);
}

static void crowded(void)
{
	for (int fd = 3; fd < 60; fd++)
		if (fd != REPORT)
			dup2(2, fd);
	dup2(2, 500);
	fcntl(55, F_SETFD, FD_CLOEXEC);
}

static void own_session(void)
{
	setsid();
}

static void own_group(void)
{
	setpgid(0, 0);
}

static void limited(void)
{
	static const struct rlimit descriptors = { 32, 32 }, core = { 0, 0 }, size = { 1 << 20, 1 << 20 },
				   stack = { 1 << 20, 1 << 20 }, processor = { 100, 200 };

	setrlimit(RLIMIT_NOFILE, &descriptors);
	setrlimit(RLIMIT_CORE, &core);
	setrlimit(RLIMIT_FSIZE, &size);
	setrlimit(RLIMIT_STACK, &stack);
	setrlimit(RLIMIT_CPU, &processor);
}

static void elsewhere(void)
{
	char folder[] = "/tmp/place-XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) || rmdir(folder))
		die(folder);
	umask(0137);
}

static void no_environment(void)
{
	environ = calloc(1, sizeof *environ);
}

static void own_preload(void)
{
	setenv("LD_PRELOAD", "", 1);
	setenv("SOCKETCALL_OTHER", "x y", 1);
}

static void with_children(void)
{
	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(i + 1);
}

static void subreaper(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void death_signal(void)
{
	prctl(PR_SET_PDEATHSIG, SIGUSR2, 0, 0, 0);
}

static void timer(void)
{
	alarm(1000);
}

static void nice_and_slack(void)
{
	(void)!nice(3);
	prctl(PR_SET_TIMERSLACK, 70000, 0, 0, 0);
}

/* `above_differs`: what a process that is another one's child can't have; said in socketcall(1). */
static const struct condition {
	const char *name;
	void (*begin)(void);
	int pending, above_differs;
} conditions[] = {
	{ "plainly", plain, 0, 0 },
	{ "with ignored signals, SIGCHLD among them", ignoring, 0, 0 },
	{ "with blocked signals", blocking, 0, 0 },
	{ "with pending signals", pending, 4, 0 },
	{ "without descriptor 0", closed_0, 0, 0 },
	{ "without descriptor 1", closed_1, 0, 0 },
	{ "without descriptors 0 to 2", closed_all, 0, 0 },
	{ "with many descriptors", crowded, 0, 0 },
	{ "as the leader of a session", own_session, 0, 1 },
	{ "as the leader of a process group", own_group, 0, 1 },
	{ "with low limits", limited, 0, 0 },
	{ "in a folder that is gone, with another umask", elsewhere, 0, 0 },
	{ "without any environment", no_environment, 0, 0 },
	{ "with an empty LD_PRELOAD", own_preload, 0, 0 },
	{ "with children that it has already", with_children, 0, 1 },
	{ "as a subreaper", subreaper, 0, 1 },
	{ "with a parent-death signal", death_signal, 0, 1 },
	{ "with a timer", timer, 0, 1 },
	{ "with another nice value and timer slack", nice_and_slack, 0, 0 },
};

/* ---- The starter ------------------------------------------------------------------------------------------------------ */

static void ok(int good, const char *format, ...)
{
	va_list arguments;

	printf("%sok - %s: ", good ? "" : "not ", above ? "above" : "beside");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	puts("");
	fflush(stdout);
}

/* Becomes the program, with what runs it before it if `run`. */
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

/* What comes through a pipe until it is closed; 0 when that lasts too long. */
static int read_report(int fd, char *text)
{
	size_t have = 0;

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		if (poll(&p, 1, PATIENCE_MS) <= 0)
			return 0;
		n = read(fd, text + have, LONGEST - 1 - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	text[have] = '\0';
	return 1;
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

/* The lines that differ, as comments. What can't be otherwise above goes first. */
static int same(char *open, char *run, int differs)
{
	char *next[2] = { open, run }, *line[2];
	int different = 0;

	for (;;) {
		for (int i = 0; i < 2; i++) {
			line[i] = strsep(&next[i], "\n");
			/* A pipe's number, which each start has anew. */
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
				return 0;
		}
	}
}

static void test_conditions(void)
{
	static char open[LONGEST + 64], run[LONGEST + 64];

	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
		const struct condition *c = &conditions[i];
		int good;

		if (above && c->above_differs)
			continue;
		start(c, 0, open);
		start(c, 1, run);
		good = strstr(open, "no child any more: errno 10\n") && strstr(open, "status 0\n");
		if (!good)
			printf("# %s", open);
		ok(good && same(open, run, c->above_differs), "started %s, it finds what it would without run",
		   c->name);
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
	ok(!wrong, "its exit status is seen");
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
	ok(!wrong, "its death by a signal is seen, by any");
}

/* ---- Signals that are sent to it ------------------------------------------------------------------------------------- */

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

/* For a terminal: says when it is there, and when it goes on. Not for ever, should the test have given up on it. */
__attribute__((noreturn)) static void loop(void)
{
	signal(SIGCONT, on_continue);
	alarm(300);
	puts("(ready)");
	fflush(stdout);
	for (;;)
		pause();
}

/* A line of the report; nothing after the patience. */
static int line_of(int fd, char *line, size_t size)
{
	size_t have = 0;

	while (have < size - 1) {
		struct pollfd p = { fd, POLLIN, 0 };

		if (poll(&p, 1, PATIENCE_MS) <= 0 || read(fd, line + have, 1) != 1)
			return 0;
		if (line[have] == '\n')
			break;
		have++;
	}
	line[have] = '\0';
	return 1;
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
	   "signals sent to the process that was started reach it, those with a value as well");
}

/* ---- The supervisor holds nothing ------------------------------------------------------------------------------------ */

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
	ok(good, "its pipes are closed when it has ended, though a daemon of it is still supervised");
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
	ok(WEXITSTATUS(a) == 127 && WEXITSTATUS(b) == 126, "what isn't there gives 127, what can't be run 126");
}

int main(int argc, char **argv)
{
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
		die("/proc/self/exe");
	if (argc > 5 && strcmp(argv[1], "show") == 0)
		return show(argv + 2);
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
	alarm(200);
	test_conditions();
	test_ends();
	test_signals();
	test_pipes();
	test_failures();
	return 0;
}
