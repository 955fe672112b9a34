/* SPDX-License-Identifier: MIT */
#include "cli/run_report.h"

#include "process/status.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct run_report *run_report_new(void)
{
	struct run_report *report =
		mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (report == MAP_FAILED)
		return NULL;
	report->ring = (struct ring)RING_OVER(report->told, key);
	return report;
}

static struct run_report_key key_of(pid_t pid, const char *name)
{
	struct run_report_key key = { .pid = pid };

	snprintf(key.name, sizeof key.name, "%s", name);
	return key;
}

/* Writes to `line` what the line says after the program's name. Returns the length. */
static int describe(const struct supervisor_event *event, char *line, size_t size)
{
	switch (event->kind) {
	case SUPERVISOR_PATCHED:
		return snprintf(line, size, "vdso%s%s%s\n", event->stubs ? ", stub" : "", event->go ? ", go" : "",
				event->has_other ? "; has an int $0x80 of its own, which needs --trap" : "");
	case SUPERVISOR_PATCHED_LATE:
		return snprintf(line, size, "later%s%s\n", event->stubs ? ", stub" : "", event->go ? ", go" : "");
	case SUPERVISOR_NOT_PATCHED:
		return snprintf(line, size, "left alone: %s\n",
				event->error == -ENOTSUP ? "its vDSO has an unknown form" : strerror(-event->error));
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
	case SUPERVISOR_TREE_ENDED:
	case SUPERVISOR_MULTIPLEXED:
	case SUPERVISOR_CALL_UNKNOWN:
		break;
	}
	return 0;
}

static void count(struct run_report *report, const struct supervisor_event *event)
{
	switch (event->kind) {
	case SUPERVISOR_PATCHED:
		report->patched++;
		break;
	case SUPERVISOR_NOT_PATCHED:
	case SUPERVISOR_NO_VDSO:
		report->left_alone++;
		break;
	case SUPERVISOR_NATIVE:
		report->native++;
		break;
	case SUPERVISOR_PATCHED_LATE:
	case SUPERVISOR_FILTER_EXTENDED:
	case SUPERVISOR_FILTER_LEFT:
	case SUPERVISOR_INT80_TURNED:
	case SUPERVISOR_TREE_ENDED:
	case SUPERVISOR_MULTIPLEXED:
	case SUPERVISOR_CALL_UNKNOWN:
		break;
	}
}

/*
 * A program without a libc may make none of the reported calls: then the supervisor neither sees nor serves it. The
 * summary says how many programs were seen, so that silence about such a program doesn't look like success. Where the
 * filter reports multiplexed calls themselves (`only_calls_reported`), a program that wasn't seen made none and needs
 * nothing.
 */
static int summarize(const struct run_report *report, bool only_calls_reported, char *line, size_t size)
{
	unsigned seen = report->patched + report->left_alone;

	if (only_calls_reported)
		return snprintf(line, size,
				"socketcall run: %u 32-bit program%s made multiplexed calls: %u patched, %u left alone "
				"(%u native)\n",
				seen, seen == 1 ? "" : "s", report->patched, report->left_alone, report->native);
	if (!seen)
		return snprintf(
			line, size,
			"socketcall run: 0 32-bit programs were seen (%u native): if one ran, it was not served\n",
			report->native);
	return snprintf(line, size,
			"socketcall run: %u 32-bit program%s seen: %u patched, %u left alone (%u native): one that has "
			"no line here was not served\n",
			seen, seen == 1 ? " was" : "s were", report->patched, report->left_alone, report->native);
}

/*
 * Writes the line. A program waits for the supervisor meanwhile, so the supervisor must not wait for the reader of
 * standard error.
 */
static void write_line(struct run_report *report, const char *line, int length)
{
	struct pollfd standard_error = { .fd = STDERR_FILENO, .events = POLLOUT };

	report->writing = true;
	if (poll(&standard_error, 1, 0)) /* true also if a filter refuses poll() */
		(void)!write(STDERR_FILENO, line, (size_t)length);
	report->writing = false;
}

void run_report_event(struct run_report *report, const struct supervisor_event *event)
{
	/*
	 * If the last server was killed while it wrote this event's line, this server leaves the line out: where a
	 * filter kills for poll() or write(), the line would otherwise kill each server.
	 */
	const bool is_again = report->writing;
	char name[RUN_REPORT_NAME], line[256];
	struct run_report_key key;
	int n;

	if (!report->started)
		return;
	if (event->kind == SUPERVISOR_TREE_ENDED) {
		if (report->ended)
			return;
		n = summarize(report, event->only_calls_reported, line, sizeof line);
	} else {
		if (!status_name(event->pid, name, sizeof name))
			snprintf(name, sizeof name, "?");
		key = key_of(event->pid, name);
		if (event->kind == SUPERVISOR_NATIVE && ring_find(&report->ring, &key, NULL))
			return;
		if (!is_again)
			count(report, event);
		n = snprintf(line, sizeof line, "socketcall run: %d %s: ", (int)event->pid, name);
		n += describe(event, line + n, sizeof line - (size_t)n);
	}
	if (is_again)
		report->writing = false;
	else
		write_line(report, line, n);
	/* Remembered after the line: if this process is killed before it has begun the line, the next one writes it. */
	if (event->kind == SUPERVISOR_TREE_ENDED)
		report->ended = true;
	else if (event->kind == SUPERVISOR_NATIVE)
		ring_add(&report->ring, &key);
}
