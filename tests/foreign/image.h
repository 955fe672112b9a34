/* SPDX-License-Identifier: MIT
 *
 * Writes bytes as images have them (tests/foreign/README.md): in hexadecimal; (00*12) is twelve bytes 00, and ?? is a
 * byte that isn't compared. recorder.c and replay.c share these functions, so that images can be compared as texts.
 */
#ifndef TESTS_FOREIGN_IMAGE_H
#define TESTS_FOREIGN_IMAGE_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	IMAGE_RUN = 6, /* runs of at least this many equal bytes are written as (00*6) */
	IMAGE_GAP = 8, /* this many unchanged bytes end a line of changes */
};

/* `vary`: for each byte, whether it is written as ??; or a null pointer. */
static void image_bytes(FILE *to, const char *what, uint64_t at, const unsigned char *bytes, size_t size,
			const unsigned char *vary)
{
	fprintf(to, "%s %" PRIx64 " ", what, at);
	for (size_t i = 0, run; i < size; i += run) {
		for (run = 1; i + run < size && bytes[i + run] == bytes[i] && !(vary && vary[i + run]); run++)
			;
		if (vary && vary[i]) {
			run = 1;
			fputs("??", to);
		} else if (run >= IMAGE_RUN) {
			fprintf(to, "(%02x*%zu)", bytes[i], run);
		} else {
			run = 1;
			fprintf(to, "%02x", bytes[i]);
		}
	}
	fputc('\n', to);
}

/* Writes a line for each range of bytes that the call changed. Ranges less than IMAGE_GAP bytes apart share a line. */
static void image_changes(FILE *to, uint64_t at, const unsigned char *before, const unsigned char *now, size_t size,
			  const unsigned char *vary)
{
#define DIFFERS(i) (before[i] != now[i] || (vary && vary[i]))
	for (size_t i = 0, end, same; i < size; i = end) {
		end = i + 1;
		if (!DIFFERS(i))
			continue;
		for (same = 0; end + same < size && same < IMAGE_GAP;)
			if (DIFFERS(end + same)) {
				end += same + 1;
				same = 0;
			} else {
				same++;
			}
		image_bytes(to, "out", at + i, now + i, end - i, vary ? vary + i : NULL);
	}
#undef DIFFERS
}

#endif
