/* SPDX-License-Identifier: MIT
 *
 * Building blocks of random sequences: random numbers, addresses in the guest's memory, and numbers in the guest's
 * layout.
 */
#ifndef DIFFERENTIAL_MAKER_H
#define DIFFERENTIAL_MAKER_H

#include "guests.h"
#include "sequence.h"

struct maker {
	uint64_t chance;
	unsigned used;  /* the offset in the first two pages at which the last thing ends */
	unsigned edges; /* a bit for each edge (place()) at which this call has something already */
	const struct guest *guest;
	bool as_guest; /* write numbers as the guest does; else as the kernel here does */
	struct call *call;
};

/* Bytes that are put together before they are written to the guest's memory. */
struct bytes {
	uint8_t at[512];
	unsigned size;
};

/* ---- Chance (maker.c) -------------------------------------------------------------------------------------------- */

uint32_t any(struct maker *m);
uint32_t below(struct maker *m, uint32_t n); /* 0 to n - 1; 0 where n is 0 */
bool once_in(struct maker *m, uint32_t n);
#define PICK(m, ...)                                                                                                   \
	((const int[]){ __VA_ARGS__ }[below(m, (uint32_t)(sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int)))])
/* Mostly returns `usual`; else a length near a limit. */
int length_or_odd(struct maker *m, int usual);

/* ---- Numbers, in the layout of the guest or of the kernel here (as_guest) ---------------------------------------- */

void put_16(struct maker *m, struct bytes *bytes, uint16_t value);
void put_32(struct maker *m, struct bytes *bytes, uint32_t value);
void put_64(struct maker *m, struct bytes *bytes, uint64_t value);
void put_word(struct maker *m, struct bytes *bytes, uint64_t value);
void put_microseconds(struct maker *m, struct bytes *bytes, uint32_t value);
void put_bytes(struct bytes *bytes, const void *from, unsigned size);
void put_zeros(struct bytes *bytes, unsigned size);
int level_of(struct maker *m, int level);
int option_of(struct maker *m, int level, int option);

/* ---- Places ------------------------------------------------------------------------------------------------------ */

/* Chooses an address for `size` bytes: mostly valid, but also at the end of a page, across it, and outside of
 * memory. */
uint64_t place(struct maker *m, unsigned size);

/* Chooses an address, too, and writes the bytes there, as far as there is writable memory. */
uint64_t place_bytes(struct maker *m, const struct bytes *bytes);
void bytes_at(struct maker *m, uint64_t address, const struct bytes *bytes);
uint64_t place_int(struct maker *m, int value);

/* ---- Things (things.c) ------------------------------------------------------------------------------------------- */

/* Makes a socket address. */
void make_name(struct maker *m, struct bytes *bytes);
/* Chooses the length argument for a socket address: mostly its size. */
int name_length(struct maker *m, const struct bytes *name);
/* Makes control messages, at most 192 bytes. */
void make_control(struct maker *m, struct bytes *bytes);
/* Writes a struct msghdr to this address, and everything that it points to elsewhere. */
void make_message(struct maker *m, uint64_t address, bool sending);
unsigned message_size(const struct maker *m);
int descriptor(struct maker *m);
int message_flags(struct maker *m, bool sending);
unsigned amount_of_bytes(struct maker *m);

/* Chooses an option and makes the value for setsockopt (options.c). */
void make_option(struct maker *m, int *level, int *option, struct bytes *value, int *length);

#endif
