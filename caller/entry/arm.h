/* SPDX-License-Identifier: MIT
 *
 * arm (EABI) system calls:
 *   number r7; arguments r0 to r5; `svc #0`; result r0, -errno in [-4095, -1]; all other registers kept
 *
 * In Thumb code, r7 is the frame pointer, which unwinders need. So there the system call is made in a function that has
 * its own unwind information. Every object file has this function, and the linker (with -flto, the assembler) keeps
 * one.
 */
#ifndef SOCKETCALL_ENTRY_ARM_H
#define SOCKETCALL_ENTRY_ARM_H

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("mov %0, sp" : "=r"(sp));
	return sp;
}

#ifdef __thumb__

/*
 * An unwind table refers to a function of the language's runtime (__aeabi_unwind_cpp_pr0), which only programs with
 * exceptions are sure to link. So only they get the table, and their function has another name.
 */
#ifdef __EXCEPTIONS
#define SOCKETCALL_ENTER_FUNCTION    "socketcall_enter_unwound"
#define SOCKETCALL_UNWIND(directive) "	" directive "\n"
#else
#define SOCKETCALL_ENTER_FUNCTION "socketcall_enter"
#define SOCKETCALL_UNWIND(directive)
#endif

/*
 * Returns to the mode that the compiler expects outside of functions: Clang expects Thumb; GCC expects Arm if the
 * processor has it.
 */
#if defined(__ARM_ARCH_ISA_ARM) && !defined(__clang__)
#define SOCKETCALL_MODE ".arm\n"
#else
#define SOCKETCALL_MODE ""
#endif

/* C's calling convention passes a to d in the kernel's registers, and e, f and the number on the stack. */
/* clang-format off */
__asm__(".ifndef " SOCKETCALL_ENTER_FUNCTION "\n"
	".pushsection .text." SOCKETCALL_ENTER_FUNCTION ", \"axG\", %progbits, " SOCKETCALL_ENTER_FUNCTION ", comdat\n"
	"	.syntax unified\n"
	"	.thumb\n"
	"	.p2align 2\n"
	"	.weak " SOCKETCALL_ENTER_FUNCTION "\n"
	"	.hidden " SOCKETCALL_ENTER_FUNCTION "\n"
	"	.thumb_func\n"
	"	.type " SOCKETCALL_ENTER_FUNCTION ", %function\n"
	SOCKETCALL_ENTER_FUNCTION ":\n"
	SOCKETCALL_UNWIND(".fnstart")
	"	push {r4, r5, r7, lr}\n"
	SOCKETCALL_UNWIND(".save {r4, r5, r7, lr}")
	"	ldr r4, [sp, #16]\n"
	"	ldr r5, [sp, #20]\n"
	"	ldr r7, [sp, #24]\n"
	"	svc #0\n"
	"	pop {r4, r5, r7, pc}\n"
	SOCKETCALL_UNWIND(".fnend")
	"	.size " SOCKETCALL_ENTER_FUNCTION ", . - " SOCKETCALL_ENTER_FUNCTION "\n"
	".popsection\n"
	SOCKETCALL_MODE
	".endif\n");
/* clang-format on */
#undef SOCKETCALL_MODE
#undef SOCKETCALL_UNWIND

#ifdef __cplusplus
extern "C"
#else
extern
#endif
	__attribute__((__visibility__("hidden"))) long
	socketcall_enter(unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e,
			 unsigned long f, long number) __asm__(SOCKETCALL_ENTER_FUNCTION);

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	return socketcall_enter(a, b, c, d, e, f, number);
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	return socketcall_enter(a, b, c, 0, 0, 0, number);
}

#else

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	register long r7 __asm__("r7") = number;
	register unsigned long r0 __asm__("r0") = a;
	register unsigned long r1 __asm__("r1") = b;
	register unsigned long r2 __asm__("r2") = c;
	register unsigned long r3 __asm__("r3") = d;
	register unsigned long r4 __asm__("r4") = e;
	register unsigned long r5 __asm__("r5") = f;

	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "cc", "memory");
	return (long)r0;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	register long r7 __asm__("r7") = number;
	register unsigned long r0 __asm__("r0") = a;
	register unsigned long r1 __asm__("r1") = b;
	register unsigned long r2 __asm__("r2") = c;

	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "cc", "memory");
	return (long)r0;
}

#endif

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}

#endif
