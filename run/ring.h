/* SPDX-License-Identifier: MIT
 *
 * A memory of the last few things: a ring of entries, in which the oldest makes room for a new one. Each entry
 * begins with its key, and whoever owns the ring owns the array of entries:
 *
 *	struct seen { pid_t pid; unsigned times; } entries[64];
 *	struct ring ring = RING_OVER(entries, pid);
 *
 *	struct seen *seen = ring_find(&ring, &pid, NULL);
 *	if (!seen)
 *		seen = ring_add(&ring, &pid);
 *	seen->times++;
 */
#ifndef RUN_RING_H
#define RUN_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring {
	void *entries; /* zeroed by its owner before the ring is used */
	size_t entry_size, key_size;
	unsigned capacity;
	unsigned added; /* entries so far; the next one goes to this index, modulo the capacity */
};

/*
 * A ring over an array, keyed by the first member of its entries. Keys are compared as bytes, so a key must have no
 * padding. A key whose bytes are all zero is no key: it marks an entry as free.
 */
#define RING_OVER(array, first_member)                                                                                 \
	{                                                                                                              \
		.entries = (array), .entry_size = sizeof *(array), .key_size = sizeof(array)->first_member,            \
		.capacity = sizeof(array) / sizeof *(array)                                                            \
	}

/* Whether nothing was ever added. */
bool ring_is_empty(const struct ring *ring);

/*
 * The entry with that key, or a null pointer. Where several entries may have one key, `after` is the one found
 * last, and the search goes on behind it; a null pointer begins at the first. An all-zero key is never found.
 */
void *ring_find(const struct ring *ring, const void *key, const void *after);

/*
 * A new entry with that key and zeros behind it. Pointers to the oldest entry, whose place it takes, now point to
 * this one.
 */
void *ring_add(struct ring *ring, const void *key);

/* Frees an entry that was found or added. */
void ring_forget(struct ring *ring, void *entry);

#endif
