/* SPDX-License-Identifier: MIT
 *
 * Remembers the last few of something: an array of entries, in which a new one replaces the oldest. Each entry begins
 * with its key, and the owner of the ring owns the array:
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
	void *entries; /* the owner must zero them before the ring is used */
	size_t entry_size, key_size;
	unsigned capacity;
	unsigned added; /* how many were added so far; the next one gets this index, modulo the capacity */
};

/*
 * Initializes a ring over an array. The entries' first member is the key. Keys are compared as bytes, so a key must
 * have no padding. An entry whose key is all zeros is free.
 */
#define RING_OVER(array, first_member)                                                                                 \
	{                                                                                                              \
		.entries = (array), .entry_size = sizeof *(array), .key_size = sizeof(array)->first_member,            \
		.capacity = sizeof(array) / sizeof *(array)                                                            \
	}

/* True if nothing was ever added. */
bool ring_is_unused(const struct ring *ring);

/*
 * Finds an entry by its key. If several entries have the same key, pass the entry found last as `after` to find the
 * next one; a null pointer finds the first. Returns a null pointer if there is none; an all-zero key is never found.
 */
void *ring_find(const struct ring *ring, const void *key, const void *after);

/*
 * Adds an entry with that key, and zeros in its other members. It replaces the oldest entry, so pointers to that one
 * now point to the new one.
 */
void *ring_add(struct ring *ring, const void *key);

/* Frees an entry that was found or added. */
void ring_forget(struct ring *ring, void *entry);

#endif
