/* SPDX-License-Identifier: MIT
 *
 * Part of the program `place`: the report of the program's surroundings, and the conditions that it is started under.
 */
#include "tests/system/run/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void die(const char *what)
{
	perror(what);
	exit(125);
}

/* ---- The program: reports to descriptor REPORT ------------------------------------------------------------------- */

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

/* Reports the pending signals. The supervisor may still be forwarding some, so wait for as many as are expected. */
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

	/* not by opendir(), which would open another descriptor */
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

int place_show(char **argv)
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

/* ---- Conditions to start under ----------------------------------------------------------------------------------- */

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

const struct condition place_conditions[] = {
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
	{ 0 },
};
