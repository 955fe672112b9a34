/* SPDX-License-Identifier: MIT
 *
 * System calls of a 64-bit x86 process by number, by each of its entries, with nothing of a libc in between. The answer
 * is the kernel's: 0 or more, or -errno.
 *
 *   syscall      as in caller/entry/x86_64.h. A number with bit 30 set (__X32_SYSCALL_BIT) is x32's.
 *   int $0x80    abi/int80.h
 */
#ifndef PROBE_CALLS_H
#define PROBE_CALLS_H

#include "abi/int80.h"
#include "caller/caller.h"

#ifndef __x86_64__
#error "probe tries the doors of x86-64"
#endif

static inline long call_native(long number, long a, long b, long c, long d)
{
	return socketcall_enter6(number, (unsigned long)a, (unsigned long)b, (unsigned long)c, (unsigned long)d, 0, 0);
}

static inline int call_i386(long number, long a, long b, long c, long d)
{
	return int80_call(number, a, b, c, d);
}

#endif
