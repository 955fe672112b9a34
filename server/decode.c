/* SPDX-License-Identifier: MIT */
#include "server/server.h"

enum { MINUS_EFAULT = -14, MINUS_EINVAL = -22 }; /* the same on every architecture */

/* What the kernel takes from a word (abi/kinds.def). */
enum take {
	WHOLE,    /* the whole word */
	SIGNED,   /* the low 32 bits, as an int */
	UNSIGNED, /* the low 32 bits, as an unsigned */
};
enum {
#define KIND(NAME, text, type, take) take_##NAME = take,
#include "abi/kinds.def"
#undef KIND
};

static const struct row {
	unsigned char arity, take[SOCKETCALL_WORDS];
} rows[SOCKETCALL_CALLS + 1] = {
#define CALL(call, NAME, name, maker, arity, k0, k1, k2, k3, k4, k5)                                                   \
	[call] = { arity, { take_##k0, take_##k1, take_##k2, take_##k3, take_##k4, take_##k5 } },
#include "abi/calls.def"
#undef CALL
};

union block {
	uint32_t narrow[SOCKETCALL_WORDS];
	uint64_t wide[SOCKETCALL_WORDS];
};

static uint64_t take_from_word(uint64_t word, enum take take)
{
	uint64_t as_int = (uint64_t)(int64_t)(int32_t)(uint32_t)word;

	word = take == UNSIGNED ? (uint32_t)word : word;
	return take == SIGNED ? as_int : word;
}

/* Always inlined with constants, so that the guest's word size and byte order are tested once a block, not once a
 * word. */
static inline __attribute__((__always_inline__)) void words_of(const union block *block, const struct row *row,
							       int is_narrow, int is_swapped, uint64_t *words)
{
	__builtin_memset(words, 0, SOCKETCALL_WORDS * sizeof *words);
	for (unsigned i = 0; i < row->arity; i++) {
		uint64_t word = is_narrow    ? is_swapped ? __builtin_bswap32(block->narrow[i]) : block->narrow[i]
				   : is_swapped ? __builtin_bswap64(block->wide[i])
					     : block->wide[i];

		words[i] = take_from_word(word, (enum take)row->take[i]);
	}
}

int socketcall_decode(const struct socketcall_guest *guest, const struct socketcall_memory *memory, int call,
		      uint64_t block, struct socketcall_request *request)
{
	const struct row *row;
	union block copy;
	unsigned size;
	int is_swapped;

	if (call < 1 || call > SOCKETCALL_CALLS)
		return MINUS_EINVAL;
	if ((guest->word != 4 && guest->word != 8) ||
	    (guest->order != SOCKETCALL_LITTLE && guest->order != SOCKETCALL_BIG))
		return MINUS_EINVAL;
	row = &rows[call];
	size = row->arity * guest->word;
	if (guest->word == 4)
		block = (uint32_t)block;
	if (block > (guest->word == 4 ? UINT32_MAX : UINT64_MAX) - (size - 1) ||
	    memory->read(memory->context, block, &copy, size))
		return MINUS_EFAULT;
	request->call = call;
	request->arity = row->arity;
	is_swapped = (guest->order == SOCKETCALL_BIG) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	if (guest->word == 4 && is_swapped)
		words_of(&copy, row, 1, 1, request->word);
	else if (guest->word == 4)
		words_of(&copy, row, 1, 0, request->word);
	else if (is_swapped)
		words_of(&copy, row, 0, 1, request->word);
	else
		words_of(&copy, row, 0, 0, request->word);
	return 0;
}
