/* SPDX-License-Identifier: MIT
 * Which executable code of files a 32-bit process has mapped. */
#ifndef PROCESS_MAPPINGS_H
#define PROCESS_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

#include "process/process.h"

/* An executable mapping of a file: part of a program's, or of a library's, text. */
struct mappings_text {
	uint32_t start, end;
	uint64_t device, inode;
	uint64_t changed; /* when the file was changed last, in nanoseconds; 0: that isn't known */
	const char *path; /* as /proc/PID/maps has it, or null */
};

/* Room for the /proc/PID/maps of all but the oddest processes, some 10,000 mappings. */
enum { MAPPINGS_ROOM = 1 << 20 };

/*
 * Calls each(context, text) with every executable mapping of a file below 4 GiB, in the order of their addresses, until
 * it returns other than 0. Of a program that is linked statically and at a fixed address, the program headers tell what
 * text it has, which is faster than to read /proc/PID/maps. `room` is for /proc/PID/maps, `size` bytes: what doesn't
 * fit isn't looked at, and text->path points into it. 0, what each() returned, or -errno of reading /proc/PID/maps.
 */
int mappings_each_text(const struct process *process, char *room, size_t size,
		       int (*each)(void *context, const struct mappings_text *text), void *context);

#endif
