/* SPDX-License-Identifier: MIT
 *
 * How bytes stand in an image (tests/foreign/README.md): in hexadecimal, (00*12) being twelve of them, and ?? one that
 * isn't compared. What writes images and what reads them write alike, so that they are compared as texts.
 */
#ifndef TESTS_FOREIGN_IMAGE_H
#define TESTS_FOREIGN_IMAGE_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { IMAGE_RUN = 6, IMAGE_GAP = 8 };

/* `vary`: for each byte, whether it isn't compared; or null. */
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

/* What is another after the call: from where it begins to differ to where enough bytes are the same. */
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
