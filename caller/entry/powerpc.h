/* SPDX-License-Identifier: MIT
 *
 * ppc, ppc64 and ppc64le system calls:
 *   number r0; arguments r3 to r8; `sc`; if cr0's SO is clear, r3 is the result; else r3 is errno
 *   r0, r4 to r12, cr0, ctr and xer are lost, all others kept (Documentation/powerpc/syscall64-abi.rst)
 */
#ifndef SOCKETCALL_ENTRY_POWERPC_H
#define SOCKETCALL_ENTRY_POWERPC_H

#define SOCKETCALL_ENTER "sc\n\tbns+ 1f\n\tneg 3, 3\n1:"
#define SOCKETCALL_LOST  "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory"

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("mr %0, 1" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long r0 __asm__("r0") = number;
	register unsigned long r3 __asm__("r3") = a;
	register unsigned long r4 __asm__("r4") = b;
	register unsigned long r5 __asm__("r5") = c;

	__asm__ volatile(SOCKETCALL_ENTER
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
			 :
			 : "r6", "r7", "r8", SOCKETCALL_LOST);
	return (long)r3;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long r0 __asm__("r0") = number;
	register unsigned long r3 __asm__("r3") = a;
	register unsigned long r4 __asm__("r4") = b;
	register unsigned long r5 __asm__("r5") = c;
	register unsigned long r6 __asm__("r6") = d;
	register unsigned long r7 __asm__("r7") = e;
	register unsigned long r8 __asm__("r8") = f;

	__asm__ volatile(SOCKETCALL_ENTER
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
			 :
			 : SOCKETCALL_LOST);
	return (long)r3;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
