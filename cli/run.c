/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "run/supervise/supervisor.h"
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

/* What --verbose says of an event, behind the program's name; how many bytes of `line` that takes. */
static int describe(const struct supervisor_event *event, char *line, size_t size)
{
	switch (event->kind) {
	case SUPERVISOR_PATCHED:
		return snprintf(line, size, "vdso%s%s\n", event->stubs ? ", stub" : "", event->go ? ", go" : "");
	case SUPERVISOR_NOT_PATCHED:
		return snprintf(line, size, "left alone: %s\n",
				event->error == -ENOTSUP ? "its vDSO isn't of a known form" : strerror(-event->error));
	case SUPERVISOR_NO_VDSO:
		return snprintf(line, size, "left alone: it has no 32-bit vDSO\n");
	case SUPERVISOR_NATIVE:
		return snprintf(line, size, "native\n");
	case SUPERVISOR_FILTER_EXTENDED:
		return snprintf(line, size, "its filter answers direct calls like multiplexed ones\n");
	case SUPERVISOR_FILTER_LEFT:
		return snprintf(line, size, "its filter is left alone: %s\n", strerror(-event->error));
	case SUPERVISOR_INT80_TURNED:
		return snprintf(line, size, "trap\n");
	}
	return 0;
}

/* In the supervisor: one line, in one write. */
static void report(void *context, const struct supervisor_event *event)
{
	struct pollfd standard_error = { .fd = STDERR_FILENO, .events = POLLOUT };
	char path[64], name[NAME_SIZE] = "?", line[256];
	int fd, n;

	(void)context;
	/* None waits for who reads what is told. */
	if (poll(&standard_error, 1, 0) != 1)
		return;
	snprintf(path, sizeof path, "/proc/%d/comm", (int)event->pid);
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
	if (event->kind == SUPERVISOR_NATIVE && !is_news(event->pid, name))
		return;
	n = snprintf(line, sizeof line, "socketcall run: %d %s: ", (int)event->pid, name);
	n += describe(event, line + n, sizeof line - (size_t)n);
	(void)!write(STDERR_FILENO, line, (size_t)n);
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
 * supervisor_by_ptrace().
 */
static enum supervisor_start traced(int traps, int preload, const char *why, const struct supervisor_options *options, int *status,
		  struct supervisor_refusal *refusal)
{
	enum supervisor_start r;

	/* Tracing comes too early for what is in libraries: the preload is for that. */
	if (!preload && set_preload(options->report != NULL))
		exit(CLI_FAILED);
	r = supervisor_by_ptrace(traps, options, status, refusal);
	if (r == SUPERVISOR_BECOME_PROGRAM && options->report && why)
		cli_fail("run", "%s: programs are followed by ptrace", why);
	if (r == SUPERVISOR_BECOME_PROGRAM)
		tell_of_threads();
	return r;
}

/*
 * Starts the program's tree, patched, by the first way that is to be had. 0: in the program's process; 1: the program has
 * ended with *status; -1: there is none, *refusal says why not the best.
 */
static enum supervisor_start patched(int preload, const struct supervisor_options *options, int *status, struct supervisor_refusal *refusal)
{
	struct supervisor_refusal tracing;
	enum supervisor_start r = SUPERVISOR_REFUSED;

	if (getpid() != 1)
		r = supervisor_beside(options, refusal);
	if (r == SUPERVISOR_REFUSED && (getpid() == 1 || refusal->obstacle == SUPERVISOR_NO_MEMORY))
		r = supervisor_above(options, status, refusal);
	/* Where the kernel gives 32-bit programs no vDSO, nothing came of it. */
	if (r == SUPERVISOR_BECOME_PROGRAM && !preload && witness_ask() == 0)
		reach_by_preload("32-bit programs can't be patched here", options->report != NULL);
	if (r != SUPERVISOR_REFUSED)
		return r;
	/* A listener of somebody else's: an outer `run`, perhaps. */
	if (refusal->error == EBUSY && witness_ask() == 1) {
		if (options->report)
			cli_fail("run", "%s, and multiplexed calls work already: nothing is to be done",
				 text_of(refusal));
		return SUPERVISOR_BECOME_PROGRAM;
	}
	return traced(0, preload, text_of(refusal), options, status, &tracing);
}

/* As patched(), and with calls by a program's own int $0x80; without these where that isn't to be had. */
static enum supervisor_start trapped(int preload, const struct supervisor_options *options, int *status, struct supervisor_refusal *refusal)
{
	enum supervisor_start r = traced(1, preload, NULL, options, status, refusal);

	if (r != SUPERVISOR_REFUSED)
		return r;
	cli_fail("run", "--trap: %s: programs that make system calls by an int $0x80 of their own aren't reached",
		 text_of(refusal));
	return patched(preload, options, status, refusal);
}

int cli_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },         { "preload", no_argument, NULL, 'p' },
		{ "preload-only", no_argument, NULL, 'o' }, { "trap", no_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },      { 0 },
	};
	struct supervisor_options supervision = { .report = NULL };
	enum supervisor_start start = SUPERVISOR_BECOME_PROGRAM;
	struct supervisor_refusal refusal = { SUPERVISOR_NO_PROCESS, 0 };
	int preload = 0, preload_only = 0, trap = 0, option, status = 0;

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
			supervision.report = report;
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
	if (preload && set_preload(supervision.report != NULL))
		return CLI_FAILED;
	if (!preload_only)
		start = (trap ? trapped : patched)(preload, &supervision, &status, &refusal);
	switch (start) {
	case SUPERVISOR_PROGRAM_ENDED:
		return end_as(status);
	case SUPERVISOR_REFUSED:
		reach_by_preload(text_of(&refusal), supervision.report != NULL);
		break;
	case SUPERVISOR_BECOME_PROGRAM:
		break;
	}
	return cli_exec("run", argv + optind);
}
