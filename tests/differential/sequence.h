/* SPDX-License-Identifier: MIT
 *
 * What the differential test gives to its twins and gets back, in memory that all share. The members have the same
 * offsets in programs of 32 and 64 bits.
 *
 * A sequence is a number of calls. For each, bytes are put into the guest's memory, which is six pages at ARENA; then
 * the call is made, and recorded is what can be seen of it.
 */
#ifndef DIFFERENTIAL_SEQUENCE_H
#define DIFFERENTIAL_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#define ARENA 0x30000000u

enum { PAGE = 4096, PAGES = 6, SEEN = 4 * PAGE, CALLS_MAX = 64, PATCHES = 14, PATCH_BYTES = 160, FDS = 64 };

/* Two pages to write to, a hole, a page to read, one to write to, a hole. */
enum page { HOLE, READABLE, WRITABLE };
#define PAGES_ARE                                                                                                      \
	{                                                                                                              \
		WRITABLE, WRITABLE, HOLE, READABLE, WRITABLE, HOLE                                                     \
	}

/* What a byte is before a call where no patch is; in the page that can only be read. */
enum { FILL = 0xa5, FILL_READABLE = 0x33 };

struct patch {
	uint16_t offset, length; /* from ARENA */
	uint8_t bytes[PATCH_BYTES];
};

struct call {
	int32_t call;
	uint32_t patches;
	_Alignas(8) uint64_t word[6];
	_Alignas(8) uint64_t block; /* where these words lie in the guest's memory, as patches */
	struct patch patch[PATCHES];
};

struct sequence {
	uint32_t seed;
	uint32_t user; /* 1: as an ordinary user, without capabilities */
	uint32_t length;
	struct call call[CALLS_MAX];
};

/* What was seen after a call. */
struct step {
	_Alignas(8) int64_t result;
	_Alignas(8) uint64_t open;  /* a bit for each descriptor that is open */
	_Alignas(8) uint64_t state; /* a hash of what the call's descriptor and new ones are like (state.c) */
	uint32_t sigpipes;
	uint8_t memory[SEEN]; /* the pages that aren't holes */
};

struct record {
	uint32_t done;  /* how many calls came back */
	int32_t status; /* waitpid()'s, of the process that made them; -1: it was killed because it took too long */
	struct step step[CALLS_MAX];
};

struct shared {
	struct sequence sequence;
	struct record record;
};

/* The descriptor by which a twin is told to go, and tells that it is done; and the one of struct shared. */
enum { TWIN_CONTROL = 3, TWIN_SHARED = 4 };

/* Where in struct step's memory an address lies, or -1. */
static inline int seen_at(uint64_t address)
{
	static const unsigned char pages[PAGES] = PAGES_ARE;
	uint64_t offset = address - ARENA;
	int before = 0;

	if (address < ARENA || offset >= PAGES * PAGE || pages[offset / PAGE] == HOLE)
		return -1;
	for (unsigned page = 0; page < offset / PAGE; page++)
		before += pages[page] == HOLE;
	return (int)offset - before * PAGE;
}

#endif
