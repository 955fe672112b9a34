/* SPDX-License-Identifier: MIT
 * Unwind information of an image: .eh_frame, rebuilt elsewhere with more entries, and the table that finds them. */
#ifndef PATCH_FRAMES_H
#define PATCH_FRAMES_H

#include <stddef.h>
#include <stdint.h>

enum { FRAMES_MOST = 16, FRAMES_HDR_ENTRY = 8 };

struct frames {
	unsigned char *image;
	uint32_t start, end, limit; /* of the new .eh_frame, and how far it may go */
	struct {
		uint32_t code, entry; /* where the code of an entry begins, and where the entry lies */
	} found[FRAMES_MOST];
	unsigned count;
	uint32_t hdr_size;
};

/* Begins an .eh_frame at `start` (made a multiple of four) of `image`, that may go up to `limit`. */
void frames_begin(struct frames *frames, unsigned char *image, uint32_t start, uint32_t limit);

/*
 * Copies the .eh_frame of `size` bytes at `at` of `from`, an image like frames->image, to the end, and mends its
 * entries. 0; -ENOTSUP, it isn't as Linux's vDSOs have it (addresses relative to their place, 32 bits); -ENOSPC.
 */
int frames_move(struct frames *frames, const unsigned char *from, uint32_t at, uint32_t size);

/* Takes in the `size` bytes of .eh_frame that were put at frames->end. Errors as above. */
int frames_add(struct frames *frames, uint32_t size);

/*
 * Ends the .eh_frame, and writes .eh_frame_hdr, which may go up to `limit`, at `hdr`: the table, sorted, that unwinders
 * search (LSB, "Exception Frames"). frames->hdr_size is how long it became. 0 or -ENOSPC.
 */
int frames_finish(struct frames *frames, uint32_t hdr, uint32_t limit);

#endif
