/* SPDX-License-Identifier: MIT */
#include "run/ring.h"

#include <string.h>

static unsigned char *entry_at(const struct ring *ring, size_t index)
{
	return (unsigned char *)ring->entries + index * ring->entry_size;
}

static bool is_zero(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

bool ring_is_unused(const struct ring *ring)
{
	return ring->added == 0;
}

void *ring_find(const struct ring *ring, const void *key, const void *after)
{
	size_t index = 0;

	if (is_zero(key, ring->key_size))
		return NULL;
	if (after)
		index = (size_t)((const unsigned char *)after - entry_at(ring, 0)) / ring->entry_size + 1;
	for (; index < ring->capacity; index++)
		if (memcmp(entry_at(ring, index), key, ring->key_size) == 0)
			return entry_at(ring, index);
	return NULL;
}

void *ring_add(struct ring *ring, const void *key)
{
	unsigned char *entry = entry_at(ring, ring->added++ % ring->capacity);

	memset(entry, 0, ring->entry_size);
	memcpy(entry, key, ring->key_size);
	return entry;
}

void ring_forget(struct ring *ring, void *entry)
{
	memset(entry, 0, ring->entry_size);
}
