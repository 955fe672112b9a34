/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "fact.h"

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name, *reason;
} limits[] = {
	{ NULL, NULL },
#define LIMIT(name, reason) { #name, reason },
#include "limits.def"
#undef LIMIT
};

enum { NAMES = 1024, DEPTH = 8, SECONDS = 120 };
static char *names[NAMES];
static int count, failures, broken;
static char text_now[512];
static enum limit in_force[DEPTH];
static int depth;
static char folder[256];
static pid_t owner;

/* Removes the program's folder, if it is empty. */
static void leave(void)
{
	if (getpid() == owner && !chdir("/"))
		rmdir(folder);
}

static void overdue(int number)
{
	static const char last[] = "Bail out! it took too long, after: ";

	(void)number;
	if (write(1, last, sizeof last - 1) < 0 || write(1, text_now, strlen(text_now)) < 0 || write(1, "\n", 1) < 0)
		_exit(98);
	leave();
	_exit(99);
}

void facts_begin(void)
{
	owner = getpid();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, overdue);
	alarm(getenv("CONFORMANCE_SECONDS") ? (unsigned)atoi(getenv("CONFORMANCE_SECONDS")) : SECONDS);
	umask(022);
	snprintf(folder, sizeof folder, "%s/conformance.XXXXXX",
		 getenv("CONFORMANCE_FOLDER") ? getenv("CONFORMANCE_FOLDER") : "/tmp");
	must(mkdtemp(folder) && !chdir(folder) && !chmod(folder, 0777) && !atexit(leave), "a working folder");
}

int facts_end(void)
{
	printf("1..%d%s\n", count, count ? "" : " # SKIP these facts need another entry");
	return failures || broken;
}

void must(int good, const char *what)
{
	if (good || limited())
		return;
	printf("Bail out! a preparation failed: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
	fflush(stdout);
	exit(1);
}

const char *f(const char *format, ...)
{
	static char texts[4][512];
	static unsigned turn;
	char *text = texts[turn++ % 4];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof texts[0], format, list);
	va_end(list);
	return text;
}

static void break_rule(const char *rule)
{
	broken = 1;
	count++;
	printf("not ok %d - %.*s: %s\n", count, (int)strcspn(text_now, ":"), text_now, rule);
}

bool fact_opens(int *place, const char *text)
{
	size_t length = strcspn(text, ":");
	char *name = strndup(text, length);

	snprintf(text_now, sizeof text_now, "%s", text);
	if (!name || getpid() != owner)
		abort();
	if (text[length] != ':' || strcspn(text, " \t#") < length)
		break_rule("a fact starts with its name and a colon");
	if (++*place > FACTS_A_PLACE)
		break_rule("one place states at most five facts");
	for (int i = 0; i < NAMES && names[i]; i++)
		if (!strcmp(names[i], name))
			break_rule("a fact has a name of its own");
	for (int i = 0; i < NAMES; i++)
		if (!names[i]) {
			names[i] = name;
			break;
		}
	count++;
	if (!limited())
		return true;
	printf("ok %d - %s # SKIP %s: %s\n", count, text, limits[limited()].name, limits[limited()].reason);
	return false;
}

static const char *shown(long value)
{
	static char texts[2][64];
	static unsigned turn;
	char *text = texts[turn++ % 2];

	snprintf(text, sizeof texts[0], value < 0 && value > -4096 ? "%ld (%s)" : "%ld", value, strerror((int)-value));
	return text;
}

void fact_closes(enum fact_kind how, long got, long wanted)
{
	int good = how == FACT_TRUE ? got : got == wanted;

	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", count, text_now);
	if (!good && how == FACT_EQUAL)
		printf("# it is %s, and should be %s\n", shown(got), shown(wanted));
}

int limit_enter(enum limit limit)
{
	if (depth + 1 == DEPTH)
		abort();
	in_force[depth + 1] = limit != LIMIT_NONE ? limit : in_force[depth];
	depth++;
	return 1;
}

int limit_leave(void)
{
	depth--;
	return 0;
}

enum limit limited(void)
{
	return in_force[depth];
}
