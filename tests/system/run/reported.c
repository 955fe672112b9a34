/* SPDX-License-Identifier: MIT
 *
 * Runs a program whose multiplexed calls are reported to its supervisor (supervisor_options.socketcall_reported).
 *
 * Usage: reported [-a] [-v | -c] PROGRAM [ARGUMENT]...  -a: the supervisor is above, not beside
 *                                                       -v: prints the supervisor's events
 *                                                       -c: prints the core size limit and crashes at each event
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/supervise/supervisor.h"

static const char *name_of(enum supervisor_event_kind kind)
{
	switch (kind) {
	case SUPERVISOR_PATCHED:
		return "patched";
	case SUPERVISOR_PATCHED_LATE:
		return "later";
	case SUPERVISOR_NOT_PATCHED:
		return "not patched";
	case SUPERVISOR_NO_VDSO:
		return "no vDSO";
	case SUPERVISOR_NATIVE:
		return "native";
	case SUPERVISOR_FILTER_EXTENDED:
		return "filter extended";
	case SUPERVISOR_FILTER_LEFT:
		return "filter left";
	case SUPERVISOR_INT80_TURNED:
		return "int80";
	case SUPERVISOR_CALL_UNKNOWN:
		return "unknown call";
	case SUPERVISOR_MULTIPLEXED:
	case SUPERVISOR_TREE_ENDED:
		break;
	}
	return NULL;
}

static void report(void *context, const struct supervisor_event *event)
{
	const char *name = name_of(event->kind);
	char line[128];
	int n;

	(void)context;
	if (!name)
		return;
	n = snprintf(line, sizeof line, "reported: %d %s stubs %u go %u error %d\n", (int)event->pid, name,
		     event->stubs, event->go, event->error);
	(void)!write(STDERR_FILENO, line, (size_t)n);
}

static void crash(void *context, const struct supervisor_event *event)
{
	struct rlimit limit = { 0 };
	char line[64];
	int n;

	(void)context;
	(void)event;
	getrlimit(RLIMIT_CORE, &limit);
	n = snprintf(line, sizeof line, "reported: crashes %llu\n", (unsigned long long)limit.rlim_cur);
	(void)!write(STDERR_FILENO, line, (size_t)n);
	__builtin_trap();
}

int main(int argc, char **argv)
{
	struct supervisor_options options = { .socketcall_reported = true };
	struct supervisor_refusal refusal;
	enum supervisor_start start;
	bool above = false;
	int option, status = 0;

	while ((option = getopt(argc, argv, "+avc")) != -1)
		switch (option) {
		case 'a':
			above = true;
			break;
		case 'v':
			options.on_event = report;
			break;
		case 'c':
			options.on_event = crash;
			break;
		default:
			return 2;
		}
	if (optind == argc)
		return 2;
	start = above ? supervisor_above(&options, &status, &refusal) : supervisor_beside(&options, &refusal);
	if (start == SUPERVISOR_REFUSED) {
		fprintf(stderr, "reported: obstacle %d: %s\n", refusal.obstacle, strerror(refusal.error));
		return 125;
	}
	if (start == SUPERVISOR_PROGRAM_ENDED)
		return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	execvp(argv[optind], argv + optind);
	return 127;
}
