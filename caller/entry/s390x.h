/* SPDX-License-Identifier: MIT
 *
 * s390x and s390 (31-bit) system calls:
 *   number r1; arguments r2 to r7; `svc 0`; result r2, -errno in [-4095, -1]; all other registers kept
 */
#ifndef SOCKETCALL_ENTRY_S390X_H
#define SOCKETCALL_ENTRY_S390X_H

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

#ifdef __s390x__
	__asm__("lgr %0, %%r15" : "=r"(sp));
#else
	__asm__("lr %0, %%r15" : "=r"(sp));
#endif
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long r1 __asm__("1") = number;
	register unsigned long r2 __asm__("2") = a;
	register unsigned long r3 __asm__("3") = b;
	register unsigned long r4 __asm__("4") = c;

	__asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4) : "cc", "memory");
	return (long)r2;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long r1 __asm__("1") = number;
	register unsigned long r2 __asm__("2") = a;
	register unsigned long r3 __asm__("3") = b;
	register unsigned long r4 __asm__("4") = c;
	register unsigned long r5 __asm__("5") = d;
	register unsigned long r6 __asm__("6") = e;
	register unsigned long r7 __asm__("7") = f;

	__asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6), "d"(r7) : "cc", "memory");
	return (long)r2;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
