/* SPDX-License-Identifier: MIT */
#include "run/patch/frames.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	/* A record is a CIE (common information) or an FDE (the entry of one function). */
	RECORD_HEAD = 8,  /* its length without this word; then 0 in a CIE, or the distance back to the CIE in an FDE */
	CODE_AT = 8,      /* offset in an FDE of the start of its code, relative to this word */
	ENTRY_LEAST = 16, /* bytes of the smallest FDE */
	COMMON_LEAST = 20, /* bytes of the smallest CIE that is_known_common() accepts */
	ENCODING = 0x1b,   /* DW_EH_PE_pcrel | DW_EH_PE_sdata4 */
	HDR_FIXED = 12,    /* bytes of .eh_frame_hdr before its table */
};

static uint32_t get32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	return value;
}

static void put32(unsigned char *at, uint32_t value)
{
	memcpy(at, &value, sizeof value);
}

void frames_begin(struct frames *frames, unsigned char *image, uint32_t start, uint32_t limit)
{
	*frames = (struct frames){ .image = image, .limit = limit };
	frames->start = frames->end = (start + 3) & -4U;
}

/* True if a record is a CIE as GNU as writes it: "zR" or "zRS", ENCODING, and each number one byte long. */
static bool is_known_common(const unsigned char *record, uint32_t size)
{
	const unsigned char *p = record + RECORD_HEAD;

	if (size < COMMON_LEAST || *p++ != 1 || *p++ != 'z' || *p++ != 'R')
		return false;
	if (*p == 'S')
		p++;
	if (*p++ != '\0')
		return false;
	p += 3;                               /* code and data alignment, return address */
	return p[0] == 1 && p[1] == ENCODING; /* the size of the data of 'z'; that of 'R' */
}

/*
 * Adds the records between frames->end and `end`. They have been copied to a place `moved` bytes behind their old one.
 * The addresses in them are relative to their own position, so `moved` is subtracted from each.
 */
static int add_records(struct frames *frames, uint32_t end, uint32_t moved)
{
	uint32_t at = frames->end;

	while (end - at >= RECORD_HEAD && get32(frames->image + at)) {
		unsigned char *record = frames->image + at;
		uint32_t size = get32(record) + 4, common = get32(record + 4);

		if (size < ENTRY_LEAST || size % 4 || size > end - at)
			return -ENOTSUP;
		if (!common) {
			if (!is_known_common(record, size))
				return -ENOTSUP;
		} else {
			/* An FDE's CIE must be among the records that are added here: they moved by one distance. */
			if (common > at + 4 - frames->end || frames->count == FRAMES_MOST)
				return -ENOTSUP;
			put32(record + CODE_AT, get32(record + CODE_AT) - moved);
			frames->found[frames->count].code = at + CODE_AT + get32(record + CODE_AT);
			frames->found[frames->count++].entry = at;
		}
		at += size;
	}
	frames->end = at;
	return 0;
}

int frames_move(struct frames *frames, const unsigned char *from, uint32_t at, uint32_t size)
{
	uint32_t to = frames->end;

	if (size > frames->limit - to)
		return -ENOSPC;
	memcpy(frames->image + to, from + at, size);
	return add_records(frames, to + size, to - at);
}

int frames_add(struct frames *frames, uint32_t size)
{
	return add_records(frames, frames->end + size, 0);
}

static void sort(struct frames *frames)
{
	for (unsigned i = 1; i < frames->count; i++)
		for (unsigned j = i; j && frames->found[j].code < frames->found[j - 1].code; j--) {
			uint32_t code = frames->found[j].code, entry = frames->found[j].entry;

			frames->found[j] = frames->found[j - 1];
			frames->found[j - 1].code = code;
			frames->found[j - 1].entry = entry;
		}
}

int frames_finish(struct frames *frames, uint32_t hdr, uint32_t limit)
{
	/* the version; the encodings of .eh_frame's address, the number of entries (udata4), the table (datarel) */
	static const unsigned char encodings[] = { 1, ENCODING, 0x03, 0x3b };
	unsigned char *p = frames->image + hdr;

	frames->hdr_size = HDR_FIXED + frames->count * FRAMES_HDR_ENTRY;
	if (frames->limit - frames->end < 4 || frames->hdr_size > limit - hdr)
		return -ENOSPC;
	put32(frames->image + frames->end, 0);
	frames->end += 4;
	sort(frames);
	memcpy(p, encodings, sizeof encodings);
	put32(p + 4, frames->start - (hdr + 4));
	put32(p + 8, frames->count);
	for (unsigned i = 0; i < frames->count; i++) {
		put32(p + HDR_FIXED + (size_t)i * FRAMES_HDR_ENTRY, frames->found[i].code - hdr);
		put32(p + HDR_FIXED + (size_t)i * FRAMES_HDR_ENTRY + 4, frames->found[i].entry - hdr);
	}
	return 0;
}
