/* SPDX-License-Identifier: MIT
 *
 * loongarch64 system calls:
 *   number $a7; arguments $a0 to $a5; `syscall 0`; result $a0, -errno in [-4095, -1]
 *   $t0 to $t8 are lost, all others kept
 */
#ifndef SOCKETCALL_ENTRY_LOONGARCH64_H
#define SOCKETCALL_ENTRY_LOONGARCH64_H

#define SOCKETCALL_LOST "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8", "memory"

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("move %0, $sp" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long a7 __asm__("$a7") = number;
	register unsigned long a0 __asm__("$a0") = a;
	register unsigned long a1 __asm__("$a1") = b;
	register unsigned long a2 __asm__("$a2") = c;

	__asm__ volatile("syscall 0" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : SOCKETCALL_LOST);
	return (long)a0;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long a7 __asm__("$a7") = number;
	register unsigned long a0 __asm__("$a0") = a;
	register unsigned long a1 __asm__("$a1") = b;
	register unsigned long a2 __asm__("$a2") = c;
	register unsigned long a3 __asm__("$a3") = d;
	register unsigned long a4 __asm__("$a4") = e;
	register unsigned long a5 __asm__("$a5") = f;

	__asm__ volatile("syscall 0"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : SOCKETCALL_LOST);
	return (long)a0;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
