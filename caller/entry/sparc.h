/* SPDX-License-Identifier: MIT
 *
 * sparc and sparc64 system calls:
 *   number g1; arguments o0 to o5; `ta 0x10`, in 64-bit code `ta 0x6d`
 *   if the carry is 0, o0 is the result; else o0 is errno
 *   g2 to g6, the floating-point registers and the condition codes are lost, all others kept
 *
 * The stack pointer, on sparc64 plus a bias of 2047, points to memory that is reserved for the window's registers.
 */
#ifndef SOCKETCALL_ENTRY_SPARC_H
#define SOCKETCALL_ENTRY_SPARC_H

#define SOCKETCALL_CALLS_PUSH /* registers: something lies at the stack pointer */

/* g1 gets the carry. 64-bit code has two condition codes; like libcs, we take the carry of xcc. */
#ifdef __arch64__
#define SOCKETCALL_ENTER "ta 0x6d\n\tmov 0, %%g1\n\tmovcs %%xcc, 1, %%g1"
#define SOCKETCALL_BIAS  2047
#define SOCKETCALL_LOST                                                                                                \
	SOCKETCALL_LOST_32, "f32", "f34", "f36", "f38", "f40", "f42", "f44", "f46", "f48", "f50", "f52", "f54", "f56", \
		"f58", "f60", "f62"
#else
#define SOCKETCALL_ENTER "ta 0x10\n\taddx %%g0, %%g0, %%g1"
#define SOCKETCALL_BIAS  0
#define SOCKETCALL_LOST  SOCKETCALL_LOST_32
#endif
#define SOCKETCALL_LOST_32                                                                                             \
	"g2", "g3", "g4", "g5", "g6", "cc", "memory", "f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9",      \
		"f10", "f11", "f12", "f13", "f14", "f15", "f16", "f17", "f18", "f19", "f20", "f21", "f22", "f23",      \
		"f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31"

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("mov %%sp, %0" : "=r"(sp));
	return sp + SOCKETCALL_BIAS;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long g1 __asm__("g1") = number;
	register unsigned long o0 __asm__("o0") = a;
	register unsigned long o1 __asm__("o1") = b;
	register unsigned long o2 __asm__("o2") = c;

	__asm__ volatile(SOCKETCALL_ENTER : "+r"(g1), "+r"(o0) : "r"(o1), "r"(o2) : SOCKETCALL_LOST);
	return g1 ? -(long)o0 : (long)o0;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long g1 __asm__("g1") = number;
	register unsigned long o0 __asm__("o0") = a;
	register unsigned long o1 __asm__("o1") = b;
	register unsigned long o2 __asm__("o2") = c;
	register unsigned long o3 __asm__("o3") = d;
	register unsigned long o4 __asm__("o4") = e;
	register unsigned long o5 __asm__("o5") = f;

	__asm__ volatile(SOCKETCALL_ENTER
			 : "+r"(g1), "+r"(o0)
			 : "r"(o1), "r"(o2), "r"(o3), "r"(o4), "r"(o5)
			 : SOCKETCALL_LOST);
	return g1 ? -(long)o0 : (long)o0;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
