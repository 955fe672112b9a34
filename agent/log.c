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

/* How many lines were written in this minute: of a process, like standard error itself. */
static struct {
	time_t since;
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
	if (poll(&standard_error, 1, 0) == 1)
		(void)!write(STDERR_FILENO, line, (size_t)n);
}

/* Whether another line may be written now. */
static bool has_room(void)
{
	time_t now = time(NULL);
	unsigned lost = minute.lost;
	char text[64];

	if (now - minute.since >= MINUTE || now < minute.since) {
		minute.since = now;
		minute.written = minute.lost = 0;
		snprintf(text, sizeof text, "%u more lines weren't written", lost);
		if (lost)
			write_line(AGENT_LOG_WARNING, text);
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

	if (priority > AGENT_LOG_ERROR && !has_room())
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	write_line(priority, text);
}
