/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "run/supervise/supervisor.h"
#include "run/patch/patch.h"
#include "run/preload/locate.h"
#include "run/witness/witness.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"Usage: socketcall run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"Run PROGRAM so that 32-bit programs in it work where a seccomp filter closes\n"
	"socketcall(2): each of its multiplexed socket calls is made directly instead.\n"
	"\n"
	"      --preload       by LD_PRELOAD as well, for a second C library in a program\n"
	"      --preload-only  by LD_PRELOAD alone, with no supervisor and no filter\n"
	"      --trap          also what makes such calls by an int $0x80 of its own; follows every\n"
	"                      process by ptrace(2)\n"
	"  -v, --verbose       say how each program was served\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: PROGRAM's; 125 when socketcall itself fails, 126 when PROGRAM can't be\n"
	"run, 127 when it isn't found. See socketcall(1) for what isn't reached.";

/* Puts the preload behind what LD_PRELOAD already holds, once. With `tells` it says in each program what it did there. */
static int set_preload(int tells)
{
	char ours[PRELOAD_PATH_MAX];
	const char *old = getenv("LD_PRELOAD");
	const char *folder = NULL;
	char *both;
	int r = preload_locate(ours, sizeof ours, &folder);

	if (r == -ENOENT)
		return cli_fail(
			"run",
			"its companion folder 'preload' is neither beside this program nor in ../lib/socketcall");
	if (r == -EINVAL)
		return cli_fail("run",
				"LD_PRELOAD can't carry a path with a blank, a colon or a dollar sign: '%s'; "
				"move or mount the folder elsewhere",
				folder);
	if (r)
		return cli_fail("run", "can't tell where this program lies: %s", strerror(-r));
	if (tells && setenv("SOCKETCALL_DEBUG", "1", 0))
		return cli_fail("run", "%s", strerror(errno));
	if (!old || !*old)
		return setenv("LD_PRELOAD", ours, 1) ? cli_fail("run", "%s", strerror(errno)) : 0;
	if (preload_has(old, ours))
		return 0;
	if (asprintf(&both, "%s:%s", old, ours) < 0 || setenv("LD_PRELOAD", both, 1))
		return cli_fail("run", "%s", strerror(ENOMEM));
	free(both);
	return 0;
}

enum { NAME_SIZE = 32, TOLD_MOST = 64 };

/* Whether it is to be told of a 64-bit program, which may report itself again and again. The oldest makes room. */
static int is_news(pid_t pid, const char name[NAME_SIZE])
{
	static struct {
		pid_t pid;
		char name[NAME_SIZE];
	} told[TOLD_MOST];
	static unsigned next;

	for (unsigned i = 0; i < TOLD_MOST; i++)
		if (told[i].pid == pid && !strcmp(told[i].name, name))
			return 0;
	told[next % TOLD_MOST].pid = pid;
	memcpy(told[next++ % TOLD_MOST].name, name, NAME_SIZE);
	return 1;
}

/* In the supervisor: one line, in one write. */
static void report(pid_t pid, const struct patch_result *result)
{
	struct pollfd standard_error = { .fd = STDERR_FILENO, .events = POLLOUT };
	char path[64], name[NAME_SIZE] = "?", line[256];
	int fd, n;

	/* A program is told of once, whatever its threads do; and none waits for who reads what is told. */
	if (result->already || poll(&standard_error, 1, 0) != 1)
		return;
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ssize_t got = read(fd, name, sizeof name - 1);

		name[got > 0 ? got : 0] = '\0';
		name[strcspn(name, "\n")] = '\0';
		for (char *p = name; *p; p++)
			if (!isprint((unsigned char)*p))
				*p = '?'; /* it is the program's to choose, and may be read on a terminal */
		close(fd);
	}
	if (result->native && !is_news(pid, name))
		return;
	n = snprintf(line, sizeof line, "socketcall run: %d %s: ", (int)pid, name);
	if (result->filter && result->error)
		n += snprintf(line + n, sizeof line - n, "its filter is left alone: %s\n", strerror(-result->error));
	else if (result->filter)
		n += snprintf(line + n, sizeof line - n, "its filter answers direct calls like multiplexed ones\n");
	else if (result->native)
		n += snprintf(line + n, sizeof line - n, "native\n");
	else if (result->no_vdso)
		n += snprintf(line + n, sizeof line - n, "left alone: it has no 32-bit vDSO\n");
	else if (result->error)
		n += snprintf(line + n, sizeof line - n, "left alone: %s\n",
			      result->error == -ENOTSUP ? "its vDSO isn't of a known form" : strerror(-result->error));
	else if (result->trap)
		n += snprintf(line + n, sizeof line - n, "trap\n");
	else
		n += snprintf(line + n, sizeof line - n, "vdso%s%s\n", result->stubs ? ", stub" : "",
			      result->go ? ", go" : "");
	(void)!write(STDERR_FILENO, line, n);
}

/* Ends as the program did, so that who waits for this process sees what it would have seen of the program. */
static int end_as(int status)
{
	static const struct rlimit none = { 0 };
	sigset_t set;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none); /* the program's core is there already */
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status); /* process 1 isn't killed by that */
}

static const char *const obstacles[] = {
	[SUPERVISOR_NO_PROCESS] = "the supervisor can't be started",
	[SUPERVISOR_NO_MEMORY] = "the memory of other processes may not be written here",
	[SUPERVISOR_NO_LISTENER] = "a seccomp listener can't be had here",
	[SUPERVISOR_NO_TRACING] = "a child may not be traced here",
	[SUPERVISOR_NO_FILTER] = "a seccomp filter can't be loaded here",
};

/* Where the preload stands for the patching of libraries. */
static void tell_of_threads(void)
{
	if (!preload_replaces_text())
		cli_fail("run",
			 "memory may not be made executable here: dynamic programs of glibc 2.41 and later that have "
			 "threads aren't reached");
}

/* The last way, with one line that says what it doesn't reach. Once the preload is set, setting it changes nothing. */
static void reach_by_preload(const char *why, int tells)
{
	cli_fail("run", "%s: only dynamic 32-bit programs that keep their environment are reached, by the preload",
		 why);
	if (set_preload(tells))
		exit(CLI_FAILED);
	tell_of_threads();
}

static const char *text_of(const struct supervisor_refusal *refusal)
{
	static char text[256];

	snprintf(text, sizeof text, "%s (%s)", obstacles[refusal->obstacle], strerror(refusal->error));
	return text;
}

/*
 * Starts the program's tree, followed by ptrace; `why`, or nothing, is told where reporting is wanted. As
 * supervisor_trace().
 */
static int traced(int traps, int preload, const char *why, supervisor_report *reporting, int *status,
		  struct supervisor_refusal *refusal)
{
	int r;

	/* Tracing comes too early for what is in libraries: the preload is for that. */
	if (!preload && set_preload(reporting != NULL))
		exit(CLI_FAILED);
	r = supervisor_trace(traps, reporting, status, refusal);
	if (r == 0 && reporting && why)
		cli_fail("run", "%s: programs are followed by ptrace", why);
	if (r == 0)
		tell_of_threads();
	return r;
}

/*
 * Starts the program's tree, patched, by the first way that is to be had. 0: in the program's process; 1: the program has
 * ended with *status; -1: there is none, *refusal says why not the best.
 */
static int patched(int preload, supervisor_report *reporting, int *status, struct supervisor_refusal *refusal)
{
	struct supervisor_refusal tracing;
	int r = -1;

	if (getpid() != 1)
		r = supervisor_beside(reporting, refusal);
	if (r < 0 && (getpid() == 1 || refusal->obstacle == SUPERVISOR_NO_MEMORY))
		r = supervisor_above(reporting, status, refusal);
	/* Where the kernel gives 32-bit programs no vDSO, nothing came of it. */
	if (r == 0 && !preload && witness_ask() == 0)
		reach_by_preload("32-bit programs can't be patched here", reporting != NULL);
	if (r >= 0)
		return r;
	/* A listener of somebody else's: an outer `run`, perhaps. */
	if (refusal->error == EBUSY && witness_ask() == 1) {
		if (reporting)
			cli_fail("run", "%s, and multiplexed calls work already: nothing is to be done",
				 text_of(refusal));
		return 0;
	}
	return traced(0, preload, text_of(refusal), reporting, status, &tracing);
}

/* As patched(), and with calls by a program's own int $0x80; without these where that isn't to be had. */
static int trapped(int preload, supervisor_report *reporting, int *status, struct supervisor_refusal *refusal)
{
	int r = traced(1, preload, NULL, reporting, status, refusal);

	if (r >= 0)
		return r;
	cli_fail("run", "--trap: %s: programs that make system calls by an int $0x80 of their own aren't reached",
		 text_of(refusal));
	return patched(preload, reporting, status, refusal);
}

int cli_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },         { "preload", no_argument, NULL, 'p' },
		{ "preload-only", no_argument, NULL, 'o' }, { "trap", no_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },      { 0 },
	};
	supervisor_report *reporting = NULL;
	struct supervisor_refusal refusal = { SUPERVISOR_NO_PROCESS, 0 };
	int preload = 0, preload_only = 0, trap = 0, option, status = 0, r = 0;

	while ((option = cli_option(argc, argv, options)) != -1)
		switch (option) {
		case 'p':
			preload = 1;
			break;
		case 'o':
			preload = preload_only = 1;
			break;
		case 't':
			trap = 1;
			break;
		case 'v':
			reporting = report;
			break;
		case 'h':
			puts(usage);
			return cli_printed("run");
		default:
			return cli_bad_option(argv, "run");
		}
	if (optind == argc)
		return cli_no_program("run");
	if (preload_only && trap)
		return cli_fail("run", "--preload-only and --trap exclude each other");
	if (preload && set_preload(reporting != NULL))
		return CLI_FAILED;
	if (!preload_only)
		r = (trap ? trapped : patched)(preload, reporting, &status, &refusal);
	if (r == 1)
		return end_as(status);
	if (r < 0)
		reach_by_preload(text_of(&refusal), reporting != NULL);
	return cli_exec("run", argv + optind);
}
