/* SPDX-License-Identifier: MIT
 *
 * mips n64 and n32 system calls, of either byte order:
 *   number $2 (v0); arguments $4 to $9 (a0 to a5); `syscall`; if $7 is 0, $2 is the result; else $2 is errno
 *   $1, $3, $8 to $15, $24, $25, hi and lo are lost, all others kept
 */
#ifndef SOCKETCALL_ENTRY_MIPS64_H
#define SOCKETCALL_ENTRY_MIPS64_H

#ifdef __mips16
#error "socketcall: MIPS16 has no system call instruction; compile this with -mno-mips16"
#endif

#if defined(__mips_isa_rev) && __mips_isa_rev >= 6
#define SOCKETCALL_LOST "$1", "$3", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "memory"
#else
#define SOCKETCALL_LOST "$1", "$3", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo", "memory"
#endif

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("move %0, $29" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long v0 __asm__("$2") = number;
	register unsigned long a0 __asm__("$4") = a;
	register unsigned long a1 __asm__("$5") = b;
	register unsigned long a2 __asm__("$6") = c;
	register unsigned long a3 __asm__("$7");

	__asm__ volatile("syscall" : "+r"(v0), "=r"(a3) : "r"(a0), "r"(a1), "r"(a2) : "$8", "$9", SOCKETCALL_LOST);
	return a3 ? -v0 : v0;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long v0 __asm__("$2") = number;
	register unsigned long a0 __asm__("$4") = a;
	register unsigned long a1 __asm__("$5") = b;
	register unsigned long a2 __asm__("$6") = c;
	register unsigned long a3 __asm__("$7") = d;
	register unsigned long a4 __asm__("$8") = e;
	register unsigned long a5 __asm__("$9") = f;

	__asm__ volatile("syscall"
			 : "+r"(v0), "+r"(a3), "+r"(a4), "+r"(a5)
			 : "r"(a0), "r"(a1), "r"(a2)
			 : SOCKETCALL_LOST);
	return a3 ? -v0 : v0;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
