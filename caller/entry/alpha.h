/* SPDX-License-Identifier: MIT
 *
 * alpha system calls:
 *   number $0 (v0); arguments $16 to $21 (a0 to a5); `callsys`
 *   if $19 is 0, $0 is the result; else $0 is errno
 *   $1 to $8, $16 to $25, $27 and $28 are lost, all others kept
 */
#ifndef SOCKETCALL_ENTRY_ALPHA_H
#define SOCKETCALL_ENTRY_ALPHA_H

#define SOCKETCALL_LOST                                                                                                \
	"$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$22", "$23", "$24", "$25", "$27", "$28", "memory"

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("mov $30, %0" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long v0 __asm__("$0") = number;
	register unsigned long a0 __asm__("$16") = a;
	register unsigned long a1 __asm__("$17") = b;
	register unsigned long a2 __asm__("$18") = c;
	register unsigned long a3 __asm__("$19");

	__asm__ volatile("callsys"
			 : "+r"(v0), "+r"(a0), "+r"(a1), "+r"(a2), "=r"(a3)
			 :
			 : "$20", "$21", SOCKETCALL_LOST);
	return a3 ? -v0 : v0;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long v0 __asm__("$0") = number;
	register unsigned long a0 __asm__("$16") = a;
	register unsigned long a1 __asm__("$17") = b;
	register unsigned long a2 __asm__("$18") = c;
	register unsigned long a3 __asm__("$19") = d;
	register unsigned long a4 __asm__("$20") = e;
	register unsigned long a5 __asm__("$21") = f;

	__asm__ volatile("callsys"
			 : "+r"(v0), "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5)
			 :
			 : SOCKETCALL_LOST);
	return a3 ? -v0 : v0;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
