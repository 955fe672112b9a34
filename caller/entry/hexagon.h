/* SPDX-License-Identifier: MIT
 *
 * hexagon system calls:
 *   number r6; arguments r0 to r5; `trap0(#1)`; result r0, -errno in [-4095, -1]; all other registers kept
 */
#ifndef SOCKETCALL_ENTRY_HEXAGON_H
#define SOCKETCALL_ENTRY_HEXAGON_H

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("%0 = r29" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long r6 __asm__("r6") = number;
	register unsigned long r0 __asm__("r0") = a;
	register unsigned long r1 __asm__("r1") = b;
	register unsigned long r2 __asm__("r2") = c;

	__asm__ volatile("trap0(#1)" : "+r"(r0) : "r"(r6), "r"(r1), "r"(r2) : "memory");
	return (long)r0;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long r6 __asm__("r6") = number;
	register unsigned long r0 __asm__("r0") = a;
	register unsigned long r1 __asm__("r1") = b;
	register unsigned long r2 __asm__("r2") = c;
	register unsigned long r3 __asm__("r3") = d;
	register unsigned long r4 __asm__("r4") = e;
	register unsigned long r5 __asm__("r5") = f;

	__asm__ volatile("trap0(#1)" : "+r"(r0) : "r"(r6), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "memory");
	return (long)r0;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
