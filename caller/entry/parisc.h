/* SPDX-License-Identifier: MIT
 *
 * parisc (32-bit) system calls:
 *   number r20; arguments r26 to r21, downwards; `ble 0x100(%sr2, %r0)`, with a delay slot
 *   result r28, -errno in [-4095, -1]; r1, r2, r19 to r26, r29 and r31 are lost, all others kept
 *   r19, which position-independent code uses, is kept in r4
 *
 * The stack grows upwards: what is used lies below the stack pointer.
 */
#ifndef SOCKETCALL_ENTRY_PARISC_H
#define SOCKETCALL_ENTRY_PARISC_H

#ifdef __PIC__
#define SOCKETCALL_ENTER "copy %%r19, %%r4\n\tble 0x100(%%sr2, %%r0)\n\tnop\n\tcopy %%r4, %%r19"
#define SOCKETCALL_LOST  "r1", "r2", "r4", "r29", "r31", "memory"
#else
#define SOCKETCALL_ENTER "ble 0x100(%%sr2, %%r0)\n\tnop"
#define SOCKETCALL_LOST  "r1", "r2", "r19", "r29", "r31", "memory"
#endif

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("copy %%r30, %0" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long r20 __asm__("r20") = number;
	register unsigned long r26 __asm__("r26") = a;
	register unsigned long r25 __asm__("r25") = b;
	register unsigned long r24 __asm__("r24") = c;
	register long r28 __asm__("r28");

	__asm__ volatile(SOCKETCALL_ENTER
			 : "=r"(r28), "+r"(r20), "+r"(r26), "+r"(r25), "+r"(r24)
			 :
			 : "r21", "r22", "r23", SOCKETCALL_LOST);
	return r28;
}

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long r20 __asm__("r20") = number;
	register unsigned long r26 __asm__("r26") = a;
	register unsigned long r25 __asm__("r25") = b;
	register unsigned long r24 __asm__("r24") = c;
	register unsigned long r23 __asm__("r23") = d;
	register unsigned long r22 __asm__("r22") = e;
	register unsigned long r21 __asm__("r21") = f;
	register long r28 __asm__("r28");

	__asm__ volatile(SOCKETCALL_ENTER
			 : "=r"(r28), "+r"(r20), "+r"(r26), "+r"(r25), "+r"(r24), "+r"(r23), "+r"(r22), "+r"(r21)
			 :
			 : SOCKETCALL_LOST);
	return r28;
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
