/* SPDX-License-Identifier: MIT */
#include "agent/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 512, MINUTE = 60 };

/* How many lines were written in this minute: of a process, like standard error itself. */
static struct {
	time_t since;
	unsigned written, lost;
} minute;

static void write_line(const char *line, int length)
{
	struct pollfd standard_error = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (length > 0 && poll(&standard_error, 1, 0) == 1)
		(void)!write(STDERR_FILENO, line, length < LINE_SIZE ? (size_t)length : LINE_SIZE - 1);
}

/* Whether another line may be written now. */
static bool has_room(void)
{
	time_t now = time(NULL);

	if (now - minute.since >= MINUTE || now < minute.since) {
		unsigned lost = minute.lost;

		minute.since = now;
		minute.written = minute.lost = 0;
		if (lost)
			agent_log(AGENT_LOG_WARNING, "%u more lines weren't written", lost);
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
	char line[LINE_SIZE];
	va_list arguments;
	int n;

	if (priority > AGENT_LOG_ERROR && !has_room())
		return;
	n = getenv("JOURNAL_STREAM") ? snprintf(line, sizeof line, "<%d>", (int)priority)
				     : snprintf(line, sizeof line, "socketcall agent: ");
	va_start(arguments, format);
	n += vsnprintf(line + n, sizeof line - (size_t)n - 1, format, arguments);
	va_end(arguments);
	if (n > LINE_SIZE - 2)
		n = LINE_SIZE - 2;
	line[n++] = '\n';
	write_line(line, n);
}
