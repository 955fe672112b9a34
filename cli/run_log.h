/* SPDX-License-Identifier: MIT
 * `run --log`: a line of JSON for each socket that a tree asks for. socketcall-run(1) documents the
 * keys, which stay. */
#ifndef CLI_RUN_LOG_H
#define CLI_RUN_LOG_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	RUN_LOG_LINE = 4096, /* a line's most bytes: PIPE_BUF, so that a pipe takes a line at once or not at all */
	RUN_LOG_TEXT = 1024, /* the most bytes of each of a line's two texts, program and rule */
	RUN_LOG_PAGE = 4096, /* a page of a file; no line is longer */
};

/* The name of the family of that number, without AF_; or a null pointer. */
const char *run_log_family(uint32_t number);

/* Whether the call is i386's socketcall, whose words don't say which socket is asked for. */
bool run_log_is_multiplexed(const struct seccomp_data *call);

struct run_log_entry {
	pid_t pid;                       /* of the process; 0: unknown */
	const char *program;             /* the path of its program, any bytes; null: unknown */
	const struct seccomp_data *call; /* socket or socketpair of x86-64 or i386, or socketcall */
	uint32_t verdict;                /* SECCOMP_RET_* with its data */
	const char *rule;                /* the rule's text, of `rule_length` bytes; null: no rule gave the verdict */
	unsigned rule_length;
};

enum run_log_kind {
	RUN_LOG_STREAM, /* a pipe, a terminal or another device */
	RUN_LOG_SOCKET, /* standard output that is a socket */
	RUN_LOG_FILE,   /* a regular file */
};

struct run_log {
	int fd; /* close-on-exec, and greater than standard error's */
	enum run_log_kind kind;
};

/*
 * Opens the log for appending: a file, or standard output for "-". If nobody reads it, run_log_write() fails but never
 * waits. A pipe or terminal that is standard output stays blocking for the program, because the log opens it again and
 * so has an open file description of its own; a socket can't be opened again, so each write to one is non-blocking.
 * Returns 0 or -errno; ENXIO if it is a FIFO that nobody has opened for reading.
 */
int run_log_open(struct run_log *log, const char *name);

/*
 * Writes one line to the log. False if it can't be written as a whole now; a part that was written to a regular file is
 * removed. A socket that nobody reads sends no SIGPIPE.
 *
 * A SIGKILL cuts a write to a regular file short only where a page of the file ends (generic_perform_write() in Linux
 * 6.18's mm/filemap.c asks for fatal signals after each page). So that no line is cut, no line crosses the end of a
 * page: a line for which the present page has no room is preceded by blanks, which JSON allows.
 */
bool run_log_write(const struct run_log *log, const struct run_log_entry *entry);

/*
 * Writes `length` bytes of `text` as the inside of a JSON string to `out`, which holds `size` bytes, and a null
 * character. Bytes that aren't UTF-8 become U+FFFD each; what has no room is left out, and an ellipsis ends the rest.
 */
void run_log_escape(char *out, size_t size, const char *text, size_t length);

#endif
