/* SPDX-License-Identifier: MIT
 * The unwind information of an image. .eh_frame is rebuilt at another place, with more entries, and so is the table
 * that unwinders search (.eh_frame_hdr). */
#ifndef PATCH_FRAMES_H
#define PATCH_FRAMES_H

#include <stddef.h>
#include <stdint.h>

enum { FRAMES_MOST = 16, FRAMES_HDR_ENTRY = 8 };

struct frames {
	unsigned char *image;
	uint32_t start, end, limit; /* the new .eh_frame from `start` to `end`, which may grow to `limit` */
	struct {
		uint32_t code, entry; /* the start of a function's code, and the offset of its entry (FDE) */
	} found[FRAMES_MOST];         /* the functions whose entries the new .eh_frame has so far */
	unsigned count;               /* how many of found[] are used */
	uint32_t hdr_size;            /* bytes of .eh_frame_hdr: frames_finish() */
};

/* Begins an .eh_frame at offset `start` of `image`, rounded up to a multiple of four. It may grow to `limit`. */
void frames_begin(struct frames *frames, unsigned char *image, uint32_t start, uint32_t limit);

/*
 * Appends the .eh_frame of `size` bytes at offset `at` of `from`, an image like frames->image, and corrects the
 * addresses in its entries, which are relative to their own position. Returns 0; -ENOTSUP, the entries aren't encoded
 * as in Linux's vDSOs (32 bits, relative to their position); or -ENOSPC.
 */
int frames_move(struct frames *frames, const unsigned char *from, uint32_t at, uint32_t size);

/* Adds the `size` bytes of .eh_frame that the caller has written at frames->end. Returns as frames_move(). */
int frames_add(struct frames *frames, uint32_t size);

/*
 * Ends the .eh_frame, and writes .eh_frame_hdr at offset `hdr`, up to `limit` at most: the sorted table that unwinders
 * search (LSB, "Exception Frames"). Sets frames->hdr_size. Returns 0 or -ENOSPC.
 */
int frames_finish(struct frames *frames, uint32_t hdr, uint32_t limit);

#endif
