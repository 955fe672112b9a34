/* SPDX-License-Identifier: MIT
 *
 * sh system calls, of either byte order:
 *   number r3; arguments r4 to r7, r0, r1; `trapa #31`; result r0, -errno in [-4095, -1]; all other registers kept
 *
 * To the kernel, every trap below 32 is a system call. Like strace and libcs, we put five instructions that do nothing
 * behind the trap, and say that T is lost.
 */
#ifndef SOCKETCALL_ENTRY_SH_H
#define SOCKETCALL_ENTRY_SH_H

#define SOCKETCALL_ENTER "trapa #31\n\tor r0, r0\n\tor r0, r0\n\tor r0, r0\n\tor r0, r0\n\tor r0, r0"

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("mov r15, %0" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long r3 __asm__("r3") = number;
	register unsigned long r4 __asm__("r4") = a;
	register unsigned long r5 __asm__("r5") = b;
	register unsigned long r6 __asm__("r6") = c;
	register unsigned long r0 __asm__("r0");

	__asm__ volatile(SOCKETCALL_ENTER : "=r"(r0) : "r"(r3), "r"(r4), "r"(r5), "r"(r6) : "t", "memory");
	return (long)r0;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long r3 __asm__("r3") = number;
	register unsigned long r4 __asm__("r4") = a;
	register unsigned long r5 __asm__("r5") = b;
	register unsigned long r6 __asm__("r6") = c;
	register unsigned long r7 __asm__("r7") = d;
	register unsigned long r0 __asm__("r0") = e;
	register unsigned long r1 __asm__("r1") = f;

	__asm__ volatile(SOCKETCALL_ENTER
			 : "+r"(r0)
			 : "r"(r3), "r"(r4), "r"(r5), "r"(r6), "r"(r7), "r"(r1)
			 : "t", "memory");
	return (long)r0;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
