/* SPDX-License-Identifier: MIT
 *
 * The shared memory by which the differential test gives sequences of calls to its twins, and gets the results. The
 * members have the same offsets in 32-bit and 64-bit programs.
 *
 * For each call of a sequence, a twin writes bytes (patches) to the guest's memory, which is six pages at ARENA, makes
 * the call, and records its effects (struct step).
 */
#ifndef DIFFERENTIAL_SEQUENCE_H
#define DIFFERENTIAL_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#define ARENA 0x30000000u

enum { PAGE = 4096, PAGES = 6, SEEN = 4 * PAGE, CALLS_MAX = 64, PATCHES = 14, PATCH_BYTES = 160, FDS = 64 };

/* The protection of the pages at ARENA. */
enum page { HOLE, READABLE, WRITABLE };
#define PAGES_ARE                                                                                                      \
	{                                                                                                              \
		WRITABLE, WRITABLE, HOLE, READABLE, WRITABLE, HOLE                                                     \
	}

/* The value of each byte before a call, if no patch is there; and in the read-only page. */
enum { FILL = 0xa5, FILL_READABLE = 0x33 };

struct patch {
	uint16_t offset, length; /* from ARENA */
	uint8_t bytes[PATCH_BYTES];
};

struct call {
	int32_t call;
	uint32_t patches;
	_Alignas(8) uint64_t word[6];
	_Alignas(8) uint64_t block; /* the address of these words in the guest's memory; patches write them */
	struct patch patch[PATCHES];
};

struct sequence {
	uint32_t seed;
	uint32_t user; /* 1: make the calls as an ordinary user, without capabilities */
	uint32_t length;
	struct call call[CALLS_MAX];
};

/* The effects of a call. */
struct step {
	_Alignas(8) int64_t result;
	_Alignas(8) uint64_t open;  /* a bit for each descriptor that is open */
	_Alignas(8) uint64_t state; /* a hash of the state of the call's descriptor and of new ones (world.h) */
	uint32_t sigpipes;          /* how many SIGPIPE signals the call sent */
	uint8_t memory[SEEN];       /* the pages that aren't holes, after the call */
};

struct record {
	uint32_t done;  /* how many calls returned */
	int32_t status; /* of the process that made them: 0: it made all; -1: it was killed; else a wait status */
	struct step step[CALLS_MAX];
};

struct shared {
	struct sequence sequence;
	struct record record;
};

/* A twin's descriptors: a socket, on which a byte starts a sequence and another says that it is done; struct shared. */
enum { TWIN_CONTROL = 3, TWIN_SHARED = 4 };

/* Returns the index of an address in struct step's `memory`, or -1. */
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
