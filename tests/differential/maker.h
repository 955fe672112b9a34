/* SPDX-License-Identifier: MIT
 *
 * What generates sequences has in common: chance, places in the guest's memory, and numbers as a guest writes them.
 */
#ifndef DIFFERENTIAL_MAKER_H
#define DIFFERENTIAL_MAKER_H

#include "guests.h"
#include "sequence.h"

struct maker {
	uint64_t chance;
	unsigned used;  /* where in the first two pages the last thing ends */
	unsigned edges; /* a bit for each edge where something of this call lies already */
	const struct guest *guest;
	bool as_guest;
	struct call *call;
};

/* What is being put together before it is put into memory. */
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
/* Mostly `usual`; else a length at which something ends. */
int length_or_odd(struct maker *m, int usual);

/* ---- Numbers, as whoever makes the call writes them -------------------------------------------------------------- */

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

/* Where `size` bytes are to lie: mostly all right, but also at the ends of pages, over them, and nowhere. */
uint64_t place(struct maker *m, unsigned size);

/* The same; and there they are, as far as that is memory. */
uint64_t place_bytes(struct maker *m, const struct bytes *bytes);
void bytes_at(struct maker *m, uint64_t address, const struct bytes *bytes);
uint64_t place_int(struct maker *m, int value);

/* ---- Things (things.c) ------------------------------------------------------------------------------------------- */

/* A socket's address. */
void make_name(struct maker *m, struct bytes *bytes);
/* How long a name is said to be that is put into memory. */
int name_length(struct maker *m, const struct bytes *name);
/* Control messages; at most 192 bytes. */
void make_control(struct maker *m, struct bytes *bytes);
/* A struct msghdr at that address, and what it points to. */
void make_message(struct maker *m, uint64_t address, bool sending);
unsigned message_size(const struct maker *m);
int descriptor(struct maker *m);
int message_flags(struct maker *m, bool sending);
unsigned amount_of_bytes(struct maker *m);

/* An option: level and name, and, for setsockopt, the value's bytes (options.c). */
void make_option(struct maker *m, int *level, int *option, struct bytes *value, int *length);

#endif
