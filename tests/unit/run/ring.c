/* SPDX-License-Identifier: MIT
 *
 * Tests run/ring.h. TAP. */
#include "run/ring.h"
#include "tests/fixtures/tap.h"

#include <stdint.h>

enum { CAPACITY = 3 };

struct entry {
	struct key {
		uint32_t first, second;
	} key;
	int value;
};

static void add(struct ring *ring, uint32_t second, int value)
{
	struct entry *entry = ring_add(ring, &(struct key){ 1, second });

	entry->value = value;
}

/* Returns the value of the first entry with this key, or of the next one after `after`; -1 if there is none. */
static int value_of(const struct ring *ring, uint32_t second, const struct entry *after)
{
	const struct entry *entry = ring_find(ring, &(struct key){ 1, second }, after);

	return entry ? entry->value : -1;
}

int main(void)
{
	struct entry entries[CAPACITY] = { { .value = 0 } };
	struct ring ring = RING_OVER(entries, key);
	struct entry *found;

	ok(ring_is_unused(&ring) && value_of(&ring, 1, NULL) == -1, "a new ring is empty");
	ok(ring.capacity == CAPACITY && ring.key_size == sizeof(struct key) && ring.entry_size == sizeof(struct entry),
	   "its sizes are those of the array");
	for (uint32_t i = 1; i <= CAPACITY; i++)
		add(&ring, i, (int)i * 10);
	ok(!ring_is_unused(&ring) && value_of(&ring, 1, NULL) == 10 && value_of(&ring, 3, NULL) == 30,
	   "added entries are found by their keys");
	ok(!ring_find(&ring, &(struct key){ 2, 1 }, NULL), "the whole key is compared");
	add(&ring, 4, 40);
	ok(value_of(&ring, 1, NULL) == -1 && value_of(&ring, 2, NULL) == 20 && value_of(&ring, 4, NULL) == 40,
	   "in a full ring a new entry replaces the oldest");
	found = ring_find(&ring, &(struct key){ 1, 3 }, NULL);
	ring_forget(&ring, found);
	ok(value_of(&ring, 3, NULL) == -1 && value_of(&ring, 2, NULL) == 20,
	   "a forgotten entry isn't found, others are");
	ok(!ring_find(&ring, &(struct key){ 0, 0 }, NULL),
	   "it isn't found by the key of free entries either, which is zero");
	found = ring_add(&ring, &(struct key){ 1, 5 });
	ok(found->value == 0 && value_of(&ring, 2, NULL) == -1, "a new entry is zeroed, and replaces the oldest");
	add(&ring, 5, 50);
	found = ring_find(&ring, &(struct key){ 1, 5 }, NULL);
	ok(found && value_of(&ring, 5, found) == 50, "each of several entries with the same key is found");
	found = ring_find(&ring, &(struct key){ 1, 5 }, found);
	ok(found && value_of(&ring, 5, found) == -1, "after the last of them, none is found");
	return plan();
}
