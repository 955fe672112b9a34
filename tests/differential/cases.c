/* SPDX-License-Identifier: MIT */
#include "cases.h"
#include "maker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void not_understood(const char *line)
{
	fprintf(stderr, "differential: cannot parse a line of a case: %s", line);
	exit(2);
}

/* Parses "K01 -EBADF user: what it is". */
static void title(const char *line, struct known_case *next)
{
	int what = 0;

	memset(next, 0, sizeof *next);
	if (sscanf(line, "%7s %23s %n", next->name, next->result, &what) != 2)
		not_understood(line);
	next->sequence.user = !strncmp(line + what, "user: ", 6);
	what += next->sequence.user ? 6 : 0;
	snprintf(next->what, sizeof next->what, "%.*s", (int)strcspn(line + what, "\n"), line + what);
}

/* Parses "setsockopt(14) 0x30004454: 0x1f 0x88 0 0x30000674 0x80000000 0". */
static void one_call(const char *line, struct known_case *next)
{
	struct call *call = &next->sequence.call[next->sequence.length];

	if (next->sequence.length == CALLS_MAX ||
	    sscanf(line,
		   "%*[a-z0-9](%" SCNi32 ") %" SCNi64 ": %" SCNi64 " %" SCNi64 " %" SCNi64 " %" SCNi64 " %" SCNi64
		   " %" SCNi64,
		   &call->call, (int64_t *)&call->block, (int64_t *)&call->word[0], (int64_t *)&call->word[1],
		   (int64_t *)&call->word[2], (int64_t *)&call->word[3], (int64_t *)&call->word[4],
		   (int64_t *)&call->word[5]) != 8)
		not_understood(line);
	next->sequence.length++;
}

/* Parses "  0x30000674: 01000000 e8030000", the memory of the last call. */
static void memory(const char *line, struct known_case *next)
{
	static const struct guest guest = { .word = 4 };
	struct maker maker = { .guest = &guest };
	struct bytes bytes = { .size = 0 };
	uint64_t address;
	unsigned byte;
	int at, size;

	if (!next->sequence.length || sscanf(line, " %" SCNi64 ":%n", (int64_t *)&address, &at) != 1)
		not_understood(line);
	for (; sscanf(line + at, " %2x%n", &byte, &size) == 1; at += size)
		put_bytes(&bytes, &(uint8_t){ (uint8_t)byte }, 1);
	maker.call = &next->sequence.call[next->sequence.length - 1];
	bytes_at(&maker, address, &bytes);
}

bool case_next(FILE *file, struct known_case *next)
{
	char line[512];
	bool begun = false;

	while (fgets(line, sizeof line, file)) {
		if (*line == '#' || (*line == '\n' && !begun))
			continue;
		if (*line == '\n')
			return true;
		if (!begun)
			title(line, next);
		else if (*line == ' ')
			memory(line, next);
		else
			one_call(line, next);
		begun = true;
	}
	return begun;
}
