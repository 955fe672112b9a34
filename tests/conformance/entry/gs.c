/* SPDX-License-Identifier: MIT
 * Multiplexed calls of i386, as a dynamic libc makes them: through the pointer in the thread's control block
 * (%gs:0x10). */
#include "common.h"

ENTER_BY("	call *%gs:0x10");

const struct entry entry = { "gs", ENTRY_BLOCK, 0 };

long sc(int call, const word *block)
{
	return enter_multiplexed(call, block);
}
