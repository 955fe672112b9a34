/* SPDX-License-Identifier: MIT
 * The code that is put into images: code.S, assembled, as the supervisor carries it. */
#ifndef PATCH_OBJECT_H
#define PATCH_OBJECT_H

#include <stddef.h>
#include <stdint.h>

enum { OBJECT_SECTIONS = 8 };

/* A section of the object with its place in the image. Those with code come first, then .eh_frame. */
struct object_section {
	const char *name;
	const unsigned char *bytes;
	uint32_t size, place;
	unsigned index; /* in the object's section headers */
};

struct object {
	struct object_section section[OBJECT_SECTIONS];
	unsigned sections;
	unsigned eh_frame; /* which of them that is */
};

/* The sections of the object that are put into images, with no place yet. */
void object_read(struct object *object);

/* The address of a symbol of the object's by the places of its sections. */
uint32_t object_symbol(const struct object *object, const char *name);

/*
 * Copies section `which` to `image` + its place and links it: references to its own symbols go by their places, those
 * to other symbols to `undefined`. Of references that are absolute, the offsets in the image are added to absolute[],
 * whose `*absolutes` grows, up to `most`. 0, or -ENOSPC when there are more.
 */
int object_link(const struct object *object, unsigned which, unsigned char *image, uint32_t undefined,
		uint32_t *absolute, unsigned *absolutes, unsigned most);

#endif
