/* SPDX-License-Identifier: MIT
 * Multiplexed, i386, as a dynamic libc enters the kernel: through the pointer in its thread's control block. */
#include "common.h"

ENTER_BY("	call *%gs:0x10");

const struct entry entry = { "gs", ENTRY_BLOCK, 0 };

long sc(int call, const word *block)
{
	return enter_multiplexed(call, block);
}
