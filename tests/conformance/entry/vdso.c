/* SPDX-License-Identifier: MIT
 * Multiplexed, by the entry of a static program: i386's AT_SYSINFO; on other architectures their own. */
#include "vdso.h"

const struct entry entry = { "vdso", ENTRY_BLOCK, 0 };

long sc(int call, const word *block)
{
	return enter_multiplexed(call, block);
}
