/* SPDX-License-Identifier: MIT
 * This project's calling end, socketcall_raw(), which tries direct calls first. */
#include "caller/caller.h"
#include "../entry.h"

const struct entry entry = { "caller", ENTRY_BLOCK, 0 };

long sc(int call, const word *block)
{
	return socketcall_raw(call, block);
}
