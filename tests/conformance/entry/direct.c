/* SPDX-License-Identifier: MIT
 * Direct calls; a call without a number of its own is made by its maker (abi/calls.def). */
#include "vdso.h"

const struct entry entry = { "direct", 0, 0 };

static const struct {
	int own, maker;
	unsigned arity;
} rows[] = {
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	[call] = { socketcall_number_##name, socketcall_number_##maker, arity },
#include "abi/calls.def"
#undef CALL
};

long sc(int call, const word *block)
{
	word w[SOCKETCALL_WORDS] = { 0 };

	memcpy(w, block, rows[call].arity * sizeof *w);
	return enter_kernel(rows[call].own != NONE ? rows[call].own : rows[call].maker, w[0], w[1], w[2], w[3], w[4],
			    w[5]);
}
