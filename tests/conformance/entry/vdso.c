/* SPDX-License-Identifier: MIT
 * Multiplexed calls by the entry of a static program: AT_SYSINFO on i386; on other architectures their only entry. */
#include "vdso.h"

const struct entry entry = { "vdso", ENTRY_BLOCK, 0 };

long sc(int call, const word *block)
{
	return enter_multiplexed(call, block);
}
