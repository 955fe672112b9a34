/* SPDX-License-Identifier: MIT
 * The executable mappings of a 32-bit process. */
#ifndef PROCESS_MAPPINGS_H
#define PROCESS_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/process.h"

/* An executable mapping: text of the program or of a library, or code that the program has generated itself. */
struct mappings_text {
	uint32_t start, end;
	uint64_t device, inode; /* of the mapped file; inode 0: no file is mapped */
	uint64_t changed;       /* the file's modification time (st_mtim), in nanoseconds; 0: not known */
	const char *path;       /* as in /proc/PID/maps, or null */
};

/* A buffer of this size holds the /proc/PID/maps of all but unusual processes: some 10,000 mappings. */
enum { MAPPINGS_BUFFER = 1 << 20 };

/* The mappings of a process at the time of mappings_read(). */
struct mappings {
	bool is_static; /* the program is statically linked, and `program` is its text; the vDSO is left out */
	struct mappings_text program; /* only if is_static */
	const char *lines, *end;      /* else the lines of /proc/PID/maps, each ended by a null byte */
};

/*
 * Reads the mappings of a process. `address` is an address whose mapping the caller needs, or 0. If the program is
 * statically linked at a fixed address, and `address` is 0 or in its text, then the program headers are read instead of
 * /proc/PID/maps, because that is faster. /proc/PID/maps is read into `buffer`, which has `size` bytes; lines that
 * don't fit are ignored. *mappings points into the buffer. Returns 0, or -errno of reading /proc/PID/maps.
 */
int mappings_read(struct mappings *mappings, const struct process *process, uint32_t address, char *buffer,
		  size_t size);

/*
 * Calls each(context, text) for every executable mapping below 4 GiB, in the order of their addresses, until each()
 * returns a value other than 0, which is then returned; else 0. text->path points into mappings_read()'s buffer.
 */
int mappings_each_text(const struct mappings *mappings, int (*each)(void *context, const struct mappings_text *text),
		       void *context);

#endif
