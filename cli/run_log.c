/* SPDX-License-Identifier: MIT */
#include "cli/run_log.h"

#include "abi/abi.h"
#include "abi/families.h"
#include "policy/words.h"
#include "run/supervise/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char ellipsis[] = "\xe2\x80\xa6";

/* ---- Texts ------------------------------------------------------------------------------------------------------- */

/* The length of the UTF-8 character that `text`, of `length` bytes, begins with; 0 if that isn't valid (RFC 3629). */
static size_t utf8_length(const unsigned char *text, size_t length)
{
	/* The first byte's range, the second byte's, and how many bytes follow. */
	static const struct {
		unsigned char from, to, second_from, second_to, following;
	} forms[] = {
		{ 0x00, 0x7f, 0, 0, 0 },       { 0xc2, 0xdf, 0x80, 0xbf, 1 }, { 0xe0, 0xe0, 0xa0, 0xbf, 2 },
		{ 0xe1, 0xec, 0x80, 0xbf, 2 }, { 0xed, 0xed, 0x80, 0x9f, 2 }, { 0xee, 0xef, 0x80, 0xbf, 2 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 3 }, { 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 },
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (*text < forms[i].from || *text > forms[i].to)
			continue;
		if (forms[i].following >= length)
			return 0;
		for (size_t j = 1; j <= forms[i].following; j++)
			if (text[j] < (j == 1 ? forms[i].second_from : 0x80) ||
			    text[j] > (j == 1 ? forms[i].second_to : 0xbf))
				return 0;
		return forms[i].following + 1u;
	}
	return 0;
}

void run_log_escape(char *out, size_t size, const char *text, size_t length)
{
	enum { LONGEST = 6 /* \u001f */ };
	size_t at = 0;

	for (size_t i = 0; i < length;) {
		size_t bytes = utf8_length((const unsigned char *)text + i, length - i);

		if (at + LONGEST + sizeof ellipsis > size) {
			memcpy(out + at, ellipsis, sizeof ellipsis);
			return;
		}
		if (!bytes)
			at += (size_t)sprintf(out + at, "\\ufffd");
		else if (text[i] == '"' || text[i] == '\\')
			at += (size_t)sprintf(out + at, "\\%c", text[i]);
		else if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			at += (size_t)sprintf(out + at, "\\u%04x", (unsigned)text[i]);
		else
			at += (size_t)sprintf(out + at, "%.*s", (int)bytes, text + i);
		i += bytes ? bytes : 1;
	}
	out[at] = '\0';
}

/* ---- A line ------------------------------------------------------------------------------------------------------ */

struct line {
	char text[RUN_LOG_LINE];
	size_t length;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *line, const char *format, ...)
{
	size_t room = sizeof line->text - line->length;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line->text + line->length, room, format, arguments);
	va_end(arguments);
	line->length += n < 0 || (size_t)n >= room ? 0 : (size_t)n;
}

static void add_time(struct line *line)
{
	struct timespec now;
	struct tm utc;
	char date[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
	add(line, "{\"time\":\"%s.%06ldZ\"", date, now.tv_nsec / 1000);
}

/* Adds a key with a name and the name's prefix, or with the number where there is no name. */
static void add_name(struct line *line, const char *key, const char *prefix, const char *name, unsigned number)
{
	if (name)
		add(line, ",\"%s\":\"%s%s\"", key, prefix, name);
	else
		add(line, ",\"%s\":%u", key, number);
}

const char *run_log_family(uint32_t number)
{
	const struct abi_family *row;

	for (size_t i = 0; (row = abi_family_row(i)); i++)
		if ((uint32_t)row->number == number)
			return row->name;
	return NULL;
}

static void add_text(struct line *line, const char *key, const char *text, size_t length)
{
	char escaped[RUN_LOG_TEXT];

	if (!text) {
		add(line, ",\"%s\":null", key);
		return;
	}
	run_log_escape(escaped, sizeof escaped, text, length);
	add(line, ",\"%s\":\"%s\"", key, escaped);
}

static void add_verdict(struct line *line, uint32_t verdict)
{
	const char *name;

	switch (verdict & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		add(line, ",\"verdict\":\"allow\"");
		return;
	case SECCOMP_RET_LOG:
		add(line, ",\"verdict\":\"log\"");
		return;
	case SECCOMP_RET_ERRNO:
		name = policy_errno_name((int)(verdict & SECCOMP_RET_DATA));
		add_name(line, "verdict", "", name, verdict & SECCOMP_RET_DATA);
		return;
	case SECCOMP_RET_TRAP:
		add(line, ",\"verdict\":\"trap\"");
		return;
	default:
		add(line, ",\"verdict\":\"kill\"");
	}
}

bool run_log_is_multiplexed(const struct seccomp_data *call)
{
	const struct abi_arch *i386 = abi_arch("i386");

	return call->arch == i386->token && call->nr == i386->socketcall;
}

static void add_call(struct line *line, const struct seccomp_data *call)
{
	const struct abi_arch *i386 = abi_arch("i386");
	unsigned family = (uint32_t)call->args[0], type = (uint32_t)call->args[1], protocol = (uint32_t)call->args[2];

	if (run_log_is_multiplexed(call)) {
		add(line, ",\"door\":\"socketcall\",\"family\":null,\"type\":null,\"protocol\":null");
		return;
	}
	add(line, ",\"door\":\"%s\"", call->arch == i386->token ? i386->name : "native");
	add_name(line, "family", "AF_", run_log_family(family), family);
	add_name(line, "type", "SOCK_", policy_type_name((int)(type & ABI_TYPE_MASK)), type & ABI_TYPE_MASK);
	add(line, ",\"protocol\":%u", protocol);
}

/* Returns the offset in the regular file at which the next byte will be written; or -1. */
static off_t end_of(int fd)
{
	struct stat file;

	if (!(fcntl(fd, F_GETFL) & O_APPEND))
		return lseek(fd, 0, SEEK_CUR);
	return fstat(fd, &file) ? -1 : file.st_size;
}

/*
 * Writes the line to a regular file; run_log_write() says why blanks may come before it. If the disk is full or the
 * file has reached its size limit, only a part is written: removes this part, unless another process has written behind
 * it.
 */
static bool write_to_file(int fd, const struct line *line)
{
	char text[RUN_LOG_PAGE + RUN_LOG_LINE];
	off_t end = end_of(fd);
	size_t used = end < 0 ? 0 : (size_t)end % RUN_LOG_PAGE;
	size_t blanks = used + line->length > RUN_LOG_PAGE ? RUN_LOG_PAGE - used : 0;
	ssize_t n;

	memset(text, ' ', blanks);
	memcpy(text + blanks, line->text, line->length);
	do
		n = write(fd, text, blanks + line->length);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)(blanks + line->length))
		return true;
	if (n > 0 && end >= 0 && end_of(fd) == end + n && !ftruncate(fd, end))
		lseek(fd, end, SEEK_SET);
	return false;
}

static bool write_to_stream(const struct run_log *log, const struct line *line)
{
	ssize_t n;

	do
		n = log->kind == RUN_LOG_SOCKET ? send(log->fd, line->text, line->length, MSG_DONTWAIT | MSG_NOSIGNAL)
						: write(log->fd, line->text, line->length);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)line->length;
}

bool run_log_write(const struct run_log *log, const struct run_log_entry *entry)
{
	struct line line = { .length = 0 };

	add_time(&line);
	if (entry->pid)
		add(&line, ",\"pid\":%d", (int)entry->pid);
	else
		add(&line, ",\"pid\":null");
	add_text(&line, "program", entry->program, entry->program ? strlen(entry->program) : 0);
	add_call(&line, entry->call);
	add_verdict(&line, entry->verdict);
	add_text(&line, "rule", entry->rule, entry->rule_length);
	add(&line, "}\n");
	return log->kind == RUN_LOG_FILE ? write_to_file(log->fd, &line) : write_to_stream(log, &line);
}

/* ---- The file ---------------------------------------------------------------------------------------------------- */

static enum run_log_kind kind_of(mode_t mode)
{
	return S_ISSOCK(mode) ? RUN_LOG_SOCKET : S_ISREG(mode) ? RUN_LOG_FILE : RUN_LOG_STREAM;
}

/* Opens standard output as run_log_open() says. Returns the descriptor; or -1 with errno. */
static int open_standard(int flags)
{
	struct stat file;

	if (fstat(STDOUT_FILENO, &file))
		return -1;
	/*
	 * A regular file never makes a writer wait. The log and the program share its offset, so neither overwrites the
	 * other.
	 */
	return kind_of(file.st_mode) == RUN_LOG_STREAM ? open("/proc/self/fd/1", flags)
						       : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

int run_log_open(struct run_log *log, const char *name)
{
	const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	bool is_standard = !strcmp(name, "-");
	struct stat file;
	int error;

	log->fd = descriptor_above_standard(is_standard ? open_standard(flags) : open(name, flags | O_CREAT, 0666));
	if (log->fd < 0)
		return -errno;
	if (fstat(log->fd, &file)) {
		error = errno;
		close(log->fd);
		return -error;
	}
	log->kind = kind_of(file.st_mode);
	return 0;
}
