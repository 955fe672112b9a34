/* SPDX-License-Identifier: MIT
 * Multiplexed calls of i386, by int $0x80 in the program's own text. */
#include "common.h"

ENTER_BY("	int $0x80");

const struct entry entry = { "int80", ENTRY_BLOCK, 0 };

long sc(int call, const word *block)
{
	return enter_multiplexed(call, block);
}
