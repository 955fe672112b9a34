/* SPDX-License-Identifier: MIT
 *
 * x32 system calls:
 *   number rax, with the bit 0x40000000; arguments rdi rsi rdx r10 r8 r9; `syscall`; result rax, -errno in [-4095, -1]
 *   rcx and r11 are lost, all others kept
 *
 * The kernel takes 64 bits of each register: 32-bit arguments are extended by zeros.
 */
#ifndef SOCKETCALL_ENTRY_X32_H
#define SOCKETCALL_ENTRY_X32_H

#define SOCKETCALL_CALLS_PUSH /* a return address: something lies at the stack pointer */

typedef unsigned long long socketcall_register;

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("movl %%esp, %0" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	long long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long long)number), "D"((socketcall_register)a), "S"((socketcall_register)b),
			   "d"((socketcall_register)c)
			 : "rcx", "r11", "cc", "memory");
	return (long)result;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register socketcall_register r10 __asm__("r10") = d;
	register socketcall_register r8 __asm__("r8") = e;
	register socketcall_register r9 __asm__("r9") = f;
	long long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long long)number), "D"((socketcall_register)a), "S"((socketcall_register)b),
			   "d"((socketcall_register)c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "cc", "memory");
	return (long)result;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
