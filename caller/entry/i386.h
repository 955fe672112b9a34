/* SPDX-License-Identifier: MIT
 *
 * i386 system calls:
 *   number eax; arguments ebx ecx edx esi edi ebp; result eax, -errno in [-4095, -1]; all other registers kept
 *
 * The entry is `int $0x80`, which works in every thread. With SOCKETCALL_I386_GS defined, it is `call *%gs:0x10`, the
 * vDSO's entry: many times faster, but only for threads that glibc or musl has set up.
 */
#ifndef SOCKETCALL_ENTRY_I386_H
#define SOCKETCALL_ENTRY_I386_H

/* SOCKETCALL_ENTER is for assembly with operands, where % is doubled; SOCKETCALL_ENTER_PLAIN for the function below. */
#ifdef SOCKETCALL_I386_GS
#define SOCKETCALL_ENTER          "call *%%gs:0x10"
#define SOCKETCALL_ENTER_FUNCTION "socketcall_enter_gs"
#define SOCKETCALL_ENTER_PLAIN    "call *%gs:0x10"
#else
#define SOCKETCALL_ENTER          "int $0x80"
#define SOCKETCALL_ENTER_FUNCTION "socketcall_enter_int80"
#define SOCKETCALL_ENTER_PLAIN    "int $0x80"
#endif

#define SOCKETCALL_CALLS_PUSH /* a return address: something lies at the stack pointer */

SOCKETCALL_INLINE unsigned long socketcall_stack_pointer(void)
{
	unsigned long sp;

	__asm__("movl %%esp, %0" : "=r"(sp));
	return sp;
}

SOCKETCALL_INLINE long socketcall_enter3(long number, unsigned long a, unsigned long b, unsigned long c)
{
	long result;

	__asm__ volatile(SOCKETCALL_ENTER : "=a"(result) : "0"(number), "b"(a), "c"(b), "d"(c) : "cc", "memory");
	return result;
}

#ifndef __clang__
SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	long result;

	__asm__ volatile(SOCKETCALL_ENTER
			 : "=a"(result)
			 : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "cc", "memory");
	return result;
}
#endif

/*
 * The sixth argument is in ebp, which a compiler may be using as the frame pointer. So this is a function, with unwind
 * information for each instruction. Every object file has it, and the linker (with -flto, the assembler) keeps one.
 */
/* clang-format off */
#define SOCKETCALL_PUSH(reg) \
	"	pushl %" #reg "\n" \
	"	.cfi_adjust_cfa_offset 4\n" \
	"	.cfi_rel_offset " #reg ", 0\n"
#define SOCKETCALL_POP(reg) \
	"	popl %" #reg "\n" \
	"	.cfi_adjust_cfa_offset -4\n" \
	"	.cfi_restore " #reg "\n"
__asm__(".ifndef " SOCKETCALL_ENTER_FUNCTION "\n"
	".pushsection .text." SOCKETCALL_ENTER_FUNCTION ", \"axG\", @progbits, " SOCKETCALL_ENTER_FUNCTION ", comdat\n"
	"	.weak " SOCKETCALL_ENTER_FUNCTION "\n"
	"	.hidden " SOCKETCALL_ENTER_FUNCTION "\n"
	"	.type " SOCKETCALL_ENTER_FUNCTION ", @function\n"
	SOCKETCALL_ENTER_FUNCTION ":\n"
	"	.cfi_startproc\n"
	SOCKETCALL_PUSH(ebp)
	SOCKETCALL_PUSH(edi)
	SOCKETCALL_PUSH(esi)
	SOCKETCALL_PUSH(ebx)
	"	movl 20(%esp), %eax\n"
	"	movl 24(%esp), %ebx\n"
	"	movl 28(%esp), %ecx\n"
	"	movl 32(%esp), %edx\n"
	"	movl 36(%esp), %esi\n"
	"	movl 40(%esp), %edi\n"
	"	movl 44(%esp), %ebp\n"
	"	" SOCKETCALL_ENTER_PLAIN "\n"
	SOCKETCALL_POP(ebx)
	SOCKETCALL_POP(esi)
	SOCKETCALL_POP(edi)
	SOCKETCALL_POP(ebp)
	"	ret\n"
	"	.cfi_endproc\n"
	"	.size " SOCKETCALL_ENTER_FUNCTION ", . - " SOCKETCALL_ENTER_FUNCTION "\n"
	".popsection\n"
	".endif\n");
/* clang-format on */
#undef SOCKETCALL_PUSH
#undef SOCKETCALL_POP

#ifdef __cplusplus
extern "C"
#else
extern
#endif
	__attribute__((__visibility__("hidden"), __cdecl__, __regparm__(0))) long
	socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
			  unsigned long e, unsigned long f) __asm__(SOCKETCALL_ENTER_FUNCTION);

#ifdef __clang__
/*
 * In functions with over-aligned variables, Clang addresses the stack by esi, and yet lets inline assembly overwrite
 * esi. So inline assembly must not use esi here.
 */
SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter6(number, a, b, c, d, e, 0);
}
#endif

#endif
