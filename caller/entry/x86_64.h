/* SPDX-License-Identifier: MIT
 *
 * x86_64 system calls:
 *   number rax; arguments rdi rsi rdx r10 r8 r9; `syscall`; result rax, -errno in [-4095, -1]
 *   rcx and r11 are lost, all others kept
 */
#ifndef SOCKETCALL_ENTRY_X86_64_H
#define SOCKETCALL_ENTRY_X86_64_H

#define SOCKETCALL_CALLS_PUSH /* a return address: something lies at the stack pointer */

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("movq %%rsp, %0" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "cc", "memory");
	return result;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	register unsigned long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "cc", "memory");
	return result;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "cc", "memory");
	return result;
}

#endif
