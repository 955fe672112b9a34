/* SPDX-License-Identifier: MIT
 * The code that is written into images: the assembled code.S, which is embedded in this program. */
#ifndef PATCH_OBJECT_H
#define PATCH_OBJECT_H

#include <stddef.h>
#include <stdint.h>

enum { OBJECT_SECTIONS = 8 };

/* A section of the object, and its offset in the image (`place`). Sections with code come first, then .eh_frame. */
struct object_section {
	const char *name;
	const unsigned char *bytes;
	uint32_t size, place;
	unsigned index; /* of its section header */
};

struct object {
	struct object_section section[OBJECT_SECTIONS];
	unsigned sections;
	unsigned eh_frame; /* the index of .eh_frame in section[], and so the number of code sections */
};

/* Fills *object with the sections that go into images. The caller sets their places. */
void object_read(struct object *object);

/* Once the sections have places: returns the address in the image of a symbol of the object; 0 if there is none. */
uint32_t object_symbol(const struct object *object, const char *name);

/*
 * Copies section number `which` to its place in `image` and relocates it. References to undefined symbols become
 * references to address `undefined`. The offsets of words with absolute references are appended to absolute[], which
 * has *absolutes elements and room for `most`. Returns 0, or -ENOSPC if there are more.
 */
int object_link(const struct object *object, unsigned which, unsigned char *image, uint32_t undefined,
		uint32_t *absolute, unsigned *absolutes, unsigned most);

#endif
