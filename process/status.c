/* SPDX-License-Identifier: MIT */
#include "process/status.h"

#include "process/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The text of a status file without the supplementary groups: there may be 65,536, for which this is too small. Fields
 * are searched for with the newline before their name, so that no value can look like a field.
 */
struct status {
	char text[4096];
};

/*
 * Reads a status from `fd`, a descriptor or -errno of opening it, and closes it. Returns 0 or that -errno. If read(2)
 * fails or the status is too long, *status is cut short, and fields are missing.
 */
static int read_status(int fd, struct status *status)
{
	static const char groups[] = "\nGroups:";
	enum { NAME = sizeof groups - 1 };
	char piece[1024];
	size_t length = 0;
	bool skipping = false;
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, piece, sizeof piece)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (piece[i] == '\n')
				skipping = false;
			if (!skipping && length < sizeof status->text - 1)
				status->text[length++] = piece[i];
			skipping |= length >= NAME && !memcmp(status->text + length - NAME, groups, NAME);
		}
	}
	close(fd);
	status->text[length] = '\0';
	return 0;
}

static int read_status_of(pid_t thread, struct status *status)
{
	return read_status(proc_open(thread, "status", O_RDONLY), status);
}

/* Reads a number from the line that begins with `name`: number `which`, counted from 0. Returns 0 or -ESRCH. */
static int read_field(const struct status *status, const char *name, unsigned which, unsigned *value)
{
	const char *p = strstr(status->text, name);
	char *end;

	if (!p)
		return -ESRCH;
	p += strlen(name);
	for (;;) {
		/* strtoul() itself would skip newlines, too. */
		p += strspn(p, " \t");
		*value = (unsigned)strtoul(p, &end, 10);
		if (end == p)
			return -ESRCH;
		if (!which--)
			return 0;
		p = end;
	}
}

/* Returns the first number of the line that begins with `name`, or 0. */
static unsigned first_number(pid_t thread, const char *name)
{
	struct status status;
	unsigned number;

	if (read_status_of(thread, &status) || read_field(&status, name, 0, &number))
		return 0;
	return number;
}

bool status_name(pid_t pid, char *name, size_t size)
{
	int fd = pid ? proc_open(pid, "comm", O_RDONLY) : -ESRCH;
	ssize_t n;

	name[0] = '\0';
	if (fd < 0)
		return false;
	n = proc_read(fd, name, size - 1);
	close(fd);
	name[n > 0 ? n : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
	return true;
}

struct status_identity status_identify(pid_t thread)
{
	enum { BEFORE_START = 20 }; /* spaces from the name's end to "starttime": proc(5), /proc/PID/stat */
	struct status_identity none = { 0 }, identity = { .number = (uint64_t)thread };
	int fd = thread ? proc_open(thread, "stat", O_RDONLY) : -ESRCH;
	char text[1024], *p;
	ssize_t n;

	if (fd < 0)
		return none;
	n = proc_read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	p = strrchr(text, ')'); /* the last one: the name before it may have any characters in it */
	for (unsigned i = 0; p && i < BEFORE_START; i++)
		p = strchr(p + 1, ' ');
	if (!p)
		return none;
	identity.started = strtoull(p, NULL, 10);
	return identity;
}

pid_t status_process(pid_t thread)
{
	return (pid_t)first_number(thread, "\nTgid:");
}

pid_t status_parent(pid_t thread)
{
	return (pid_t)first_number(thread, "\nPPid:");
}

unsigned status_filters(pid_t thread)
{
	return first_number(thread, "\nSeccomp_filters:");
}

/* Returns the signals that are in any of the lines that begin with `names`. Bit 0 is signal 1. */
static unsigned long long signals_in(const struct status *status, const char *const *names, unsigned count)
{
	unsigned long long signals = 0;

	for (unsigned i = 0; i < count; i++) {
		const char *p = strstr(status->text, names[i]);

		if (p)
			signals |= strtoull(p + strlen(names[i]), NULL, 16);
	}
	return signals;
}

bool status_blocks_or_ignores(pid_t thread, int signal)
{
	static const char *const names[] = { "\nSigBlk:", "\nSigIgn:" };
	struct status status;

	return !read_status_of(thread, &status) && signals_in(&status, names, 2) >> (signal - 1) & 1;
}

bool status_has_signal(pid_t thread)
{
	static const char *const pending[] = { "\nSigPnd:", "\nShdPnd:" }, *const caught[] = { "\nSigCgt:" };
	static const char *const without_effect[] = { "\nSigBlk:", "\nSigIgn:" };
	static const int ignored_by_default[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH };
	unsigned long long signals;
	struct status status;

	if (read_status_of(thread, &status))
		return false;
	signals = signals_in(&status, pending, 2) & ~signals_in(&status, without_effect, 2);
	for (size_t i = 0; i < sizeof ignored_by_default / sizeof *ignored_by_default; i++)
		signals &= ~(1ull << (ignored_by_default[i] - 1)) | signals_in(&status, caught, 1);
	return signals;
}

/* True if the thread has ended and hasn't been reaped. */
static bool is_ended(const struct status *status)
{
	return strstr(status->text, "\nState:\tZ") || strstr(status->text, "\nState:\tX");
}

bool status_is_dead(pid_t thread)
{
	struct status status;
	int r = read_status_of(thread, &status);

	return r ? r == -ENOENT || r == -ESRCH : is_ended(&status);
}

bool status_is_traced_by_us(pid_t thread)
{
	struct status status;
	unsigned tracer;
	int r = read_status_of(thread, &status);

	if (r)
		return r != -ENOENT && r != -ESRCH;
	if (is_ended(&status))
		return false;
	return !read_field(&status, "\nTracerPid:", 0, &tracer) && (pid_t)tracer == getpid();
}

int status_file_system_ids(pid_t thread, unsigned *uid, unsigned *gid)
{
	enum { FILE_SYSTEM = 3 }; /* after the real, the effective and the saved id */
	struct status status;
	int r = read_status_of(thread, &status);

	if (!r)
		r = read_field(&status, "\nUid:", FILE_SYSTEM, uid);
	return r ? r : read_field(&status, "\nGid:", FILE_SYSTEM, gid);
}

int status_check_namespace(void)
{
	int fd = proc_open_self("status");
	struct status status;
	unsigned inner;

	if (fd < 0)
		return fd;
	read_status(fd, &status);
	/* NSpid has this process' number in the namespace of /proc, and then in each inner one down to its own. */
	return read_field(&status, "\nNSpid:", 1, &inner) ? 0 : -ESRCH;
}
