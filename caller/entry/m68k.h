/* SPDX-License-Identifier: MIT
 *
 * m68k system calls:
 *   number d0; arguments d1 to d5 and a0; `trap #0`; result d0, -errno in [-4095, -1]; all other registers kept
 */
#ifndef SOCKETCALL_ENTRY_M68K_H
#define SOCKETCALL_ENTRY_M68K_H

#define SOCKETCALL_CALLS_PUSH /* a return address: something lies at the stack pointer */

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("move.l %%sp, %0" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long d0 __asm__("d0") = number;
	register unsigned long d1 __asm__("d1") = a;
	register unsigned long d2 __asm__("d2") = b;
	register unsigned long d3 __asm__("d3") = c;

	__asm__ volatile("trap #0" : "+d"(d0) : "d"(d1), "d"(d2), "d"(d3) : "memory");
	return d0;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long d0 __asm__("d0") = number;
	register unsigned long d1 __asm__("d1") = a;
	register unsigned long d2 __asm__("d2") = b;
	register unsigned long d3 __asm__("d3") = c;
	register unsigned long d4 __asm__("d4") = d;
	register unsigned long d5 __asm__("d5") = e;
	register unsigned long a0 __asm__("a0") = f;

	__asm__ volatile("trap #0" : "+d"(d0) : "d"(d1), "d"(d2), "d"(d3), "d"(d4), "d"(d5), "a"(a0) : "memory");
	return d0;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
