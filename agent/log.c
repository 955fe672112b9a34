/* SPDX-License-Identifier: MIT */
#include "agent/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_SIZE = 480, LINE_SIZE = 512, MINUTE = 60 };

/* Counts the lines of this minute. At file scope, because the limit is for the whole process' standard error. */
static struct {
	time_t since; /* when the minute began */
	unsigned written, lost;
} minute;

static void write_line(enum agent_log_priority priority, const char *text)
{
	struct pollfd standard_error = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[LINE_SIZE];
	int n;

	if (getenv("JOURNAL_STREAM"))
		n = snprintf(line, sizeof line, "<%d>%s\n", (int)priority, text);
	else
		n = snprintf(line, sizeof line, "socketcall agent: %s\n", text);
	if (poll(&standard_error, 1, 0)) /* 0: not ready; -1: a filter refuses poll(), so write() may wait */
		(void)!write(STDERR_FILENO, line, (size_t)n);
}

void agent_log_lost(const char *subject)
{
	char text[TEXT_SIZE];

	snprintf(text, sizeof text, "%s: %u more lines were not written", subject, minute.lost);
	if (minute.lost)
		write_line(AGENT_LOG_WARNING, text);
	minute.lost = 0;
}

/* Counts a line. True if it may be written in this minute. */
static bool may_write_line(void)
{
	time_t now = time(NULL);

	if (now - minute.since >= MINUTE || now < minute.since) {
		agent_log_lost("the minute before");
		minute.since = now;
		minute.written = 0;
	}
	if (minute.written < AGENT_LOG_A_MINUTE) {
		minute.written++;
		return true;
	}
	minute.lost++;
	return false;
}

void agent_log(enum agent_log_priority priority, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list arguments;

	if (priority > AGENT_LOG_ERROR && !may_write_line())
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	write_line(priority, text);
}
