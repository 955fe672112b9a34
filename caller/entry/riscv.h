/* SPDX-License-Identifier: MIT
 *
 * riscv64 and riscv32 system calls:
 *   number a7; arguments a0 to a5; `ecall`; result a0, -errno in [-4095, -1]
 *   all other registers are kept, but the vector extension's (Documentation/arch/riscv/vector.rst)
 */
#ifndef SOCKETCALL_ENTRY_RISCV_H
#define SOCKETCALL_ENTRY_RISCV_H

#ifdef __riscv_vector
#define SOCKETCALL_LOST                                                                                                \
	"memory", "vl", "vtype", "vxrm", "vxsat", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",   \
		"v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24",      \
		"v25", "v26", "v27", "v28", "v29", "v30", "v31"
#else
#define SOCKETCALL_LOST "memory"
#endif

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("mv %0, sp" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long a7 __asm__("a7") = number;
	register unsigned long a0 __asm__("a0") = a;
	register unsigned long a1 __asm__("a1") = b;
	register unsigned long a2 __asm__("a2") = c;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : SOCKETCALL_LOST);
	return (long)a0;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long a7 __asm__("a7") = number;
	register unsigned long a0 __asm__("a0") = a;
	register unsigned long a1 __asm__("a1") = b;
	register unsigned long a2 __asm__("a2") = c;
	register unsigned long a3 __asm__("a3") = d;
	register unsigned long a4 __asm__("a4") = e;
	register unsigned long a5 __asm__("a5") = f;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : SOCKETCALL_LOST);
	return (long)a0;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
