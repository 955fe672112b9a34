/* SPDX-License-Identifier: MIT */
#include "maker.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>

/* ---- Chance ------------------------------------------------------------------------------------------------------ */

uint32_t any(struct maker *m)
{
	m->chance ^= m->chance << 13;
	m->chance ^= m->chance >> 7;
	m->chance ^= m->chance << 17;
	return (uint32_t)(m->chance >> 16);
}

uint32_t below(struct maker *m, uint32_t n)
{
	return n ? any(m) % n : 0;
}

bool once_in(struct maker *m, uint32_t n)
{
	return below(m, n) == 0;
}

int length_or_odd(struct maker *m, int usual)
{
	return below(m, 4) ? usual
			   : PICK(m, 0, -1, 1, 2, 3, 4, 7, 8, 15, 16, 17, 28, 110, 111, 127, 128, 129, 256, 4095, 4096,
				  4097, INT_MAX, INT_MIN, 65536);
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

static void put_number(struct maker *m, struct bytes *bytes, uint64_t value, unsigned size)
{
	bool swapped = m->as_guest && m->guest->swapped;
	uint8_t native[8];

	memcpy(native, &value, sizeof native); /* this machine is little-endian: main.c */
	if (bytes->size + size > sizeof bytes->at)
		return;
	for (unsigned i = 0; i < size; i++)
		bytes->at[bytes->size++] = native[swapped ? size - 1 - i : i];
}

void put_16(struct maker *m, struct bytes *bytes, uint16_t value)
{
	put_number(m, bytes, value, 2);
}

void put_32(struct maker *m, struct bytes *bytes, uint32_t value)
{
	put_number(m, bytes, value, 4);
}

void put_64(struct maker *m, struct bytes *bytes, uint64_t value)
{
	put_number(m, bytes, value, 8);
}

void put_word(struct maker *m, struct bytes *bytes, uint64_t value)
{
	put_number(m, bytes, value, m->guest->word);
}

void put_microseconds(struct maker *m, struct bytes *bytes, uint32_t value)
{
	unsigned size = m->as_guest ? m->guest->microseconds : m->guest->word;

	put_number(m, bytes, value, size);
	put_zeros(bytes, m->guest->word - size);
}

void put_bytes(struct bytes *bytes, const void *from, unsigned size)
{
	if (bytes->size + size > sizeof bytes->at)
		return;
	memcpy(bytes->at + bytes->size, from, size);
	bytes->size += size;
}

void put_zeros(struct bytes *bytes, unsigned size)
{
	static const uint8_t zeros[512];

	put_bytes(bytes, zeros, size);
}

int level_of(struct maker *m, int level)
{
	return m->as_guest ? guest_level(m->guest, level) : level;
}

int option_of(struct maker *m, int level, int option)
{
	return m->as_guest ? guest_option(m->guest, level, option) : option;
}

/* ---- Places ------------------------------------------------------------------------------------------------------ */

/* Returns an address in the first two pages. For a guest of another byte order things must not overlap: a number that
 * is partly overwritten is another number for the guest than for the kernel here. So leave room for what place() puts
 * at the end of the second page. */
static uint64_t good_place(struct maker *m, unsigned size)
{
	unsigned at = (m->used + 64 + below(m, 24) * 8) & ~7U, end = m->guest->swapped ? PAGE / 4 : 64;

	if (m->guest->swapped && size > PAGE / 16) /* calls with such a size get little data (amount_of_bytes()) */
		size = PAGE / 16;
	size = size < PAGE ? size : PAGE;
	if (at + size > 2 * PAGE - end)
		at = 64;
	m->used = at + size;
	return ARENA + at;
}

/* Returns an address just before page `page`: of `size` bytes there the first lies before the page, and the last mostly
 * in it. */
static uint64_t over(struct maker *m, unsigned page, unsigned size)
{
	return ARENA + page * PAGE - (size ? below(m, size) + 1 : 1);
}

uint64_t place(struct maker *m, unsigned size)
{
	uint64_t nowhere = m->guest->word == 8 ? UINT64_MAX << 4 : 0xfffffff0U;
	uint32_t where = below(m, 100), edge = where < 7 ? 0 : where;

	/* Two things at the same edge would overlap (see good_place()). */
	if (m->guest->swapped && where > 2 && where < 14) {
		if (m->edges & 1U << edge)
			return good_place(m, size);
		m->edges |= 1U << edge;
	}
	switch (where) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return ARENA + 2 * PAGE;
	case 3:
	case 4:
		return ARENA + 2 * PAGE - size;
	case 5:
	case 6:
		return over(m, 2, size);
	case 7: /* the read-only page: its bytes are all the same, so a number in it is the same in any byte order */
		return ARENA + 3 * PAGE + (m->guest->swapped ? below(m, 64) & ~7U : below(m, 64));
	case 8: /* from the read-only page into the next: only a part of a number would be written, which depends on the
		 * byte order */
		return m->guest->swapped ? good_place(m, size) : over(m, 4, size);
	case 9:
		return over(m, 5, size);
	case 10:
		return nowhere + below(m, 16);
	case 11:
		return (m->guest->word == 8 ? 0x7ffffffff000U : 0xc0000000U) + below(m, PAGE);
	case 12:
		return good_place(m, size) + 1 + below(m, 3);
	case 13: /* things at good places may lie across this edge, too */
		return m->guest->swapped ? good_place(m, size) : over(m, 1, size);
	default:
		return good_place(m, size);
	}
}

void bytes_at(struct maker *m, uint64_t address, const struct bytes *bytes)
{
	static const unsigned char pages[PAGES] = PAGES_ARE;

	for (unsigned done = 0, part; done < bytes->size; done += part) {
		uint64_t offset = address + done - ARENA;
		struct patch *patch;

		if (address + done < ARENA || offset >= PAGES * PAGE || m->call->patches == PATCHES)
			return;
		part = bytes->size - done;
		part = part > PATCH_BYTES ? PATCH_BYTES : part;
		part = part > PAGE - offset % PAGE ? PAGE - (unsigned)(offset % PAGE) : part;
		if (pages[offset / PAGE] != WRITABLE)
			continue;
		patch = &m->call->patch[m->call->patches++];
		patch->offset = (uint16_t)offset;
		patch->length = (uint16_t)part;
		memcpy(patch->bytes, bytes->at + done, part);
	}
}

uint64_t place_bytes(struct maker *m, const struct bytes *bytes)
{
	uint64_t address = place(m, bytes->size);

	bytes_at(m, address, bytes);
	return address;
}

uint64_t place_int(struct maker *m, int value)
{
	struct bytes bytes = { .size = 0 };

	put_32(m, &bytes, (uint32_t)value);
	return place_bytes(m, &bytes);
}
