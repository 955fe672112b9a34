/* SPDX-License-Identifier: MIT
 * Which executable code a 32-bit process has mapped. */
#ifndef PROCESS_MAPPINGS_H
#define PROCESS_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/process.h"

/* An executable mapping: part of a program's, or of a library's, text, or code that the program has written itself. */
struct mappings_text {
	uint32_t start, end;
	uint64_t device, inode; /* inode 0: it is of no file */
	uint64_t changed;       /* when the file was changed last, in nanoseconds; 0: that isn't known */
	const char *path;       /* as /proc/PID/maps has it, or null */
};

/* Room for the /proc/PID/maps of all but the oddest processes, some 10,000 mappings. */
enum { MAPPINGS_ROOM = 1 << 20 };

/* The mappings of a process, as they were when they were read. */
struct mappings {
	bool is_static; /* `program` is all that there is */
	struct mappings_text program;
	const char *lines, *end; /* of /proc/PID/maps, each ended by a zero byte */
};

/*
 * Reads which mappings the process has. Of a program that is linked statically and at a fixed address, the program
 * headers tell what text it has, which is faster than to read /proc/PID/maps, and is taken if `address`, which somebody
 * is interested in, is 0 or lies in that text. `room` is for /proc/PID/maps, `size` bytes, and is used as long as
 * *mappings: what doesn't fit isn't looked at. 0 or -errno of reading /proc/PID/maps.
 */
int mappings_read(struct mappings *mappings, const struct process *process, uint32_t address, char *room, size_t size);

/*
 * Calls each(context, text) with every executable mapping below 4 GiB, in the order of their addresses, until it
 * returns other than 0. text->path points into mappings_read()'s room. 0, or what each() returned.
 */
int mappings_each_text(const struct mappings *mappings, int (*each)(void *context, const struct mappings_text *text),
		       void *context);

#endif
