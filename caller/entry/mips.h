/* SPDX-License-Identifier: MIT
 *
 * mips o32 system calls:
 *   number $2 (v0); arguments $4 to $7 (a0 to a3), the fifth and sixth at 16 and 20 bytes from the stack pointer;
 *   `syscall`; if $7 is 0, $2 is the result; else $2 is errno
 *   $1, $3, $8 to $15, $24, $25, hi and lo are lost, all others kept
 */
#ifndef SOCKETCALL_ENTRY_MIPS_H
#define SOCKETCALL_ENTRY_MIPS_H

#ifdef __mips16
#error "socketcall: MIPS16 has no system call instruction; compile this with -mno-mips16"
#endif

#if defined(__mips_isa_rev) && __mips_isa_rev >= 6
#define SOCKETCALL_LOST "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "memory"
#else
#define SOCKETCALL_LOST                                                                                                \
	"$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo", "memory"
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
	register unsigned long failed __asm__("$7");

	__asm__ volatile("syscall" : "+r"(v0), "=r"(failed) : "r"(a0), "r"(a1), "r"(a2) : SOCKETCALL_LOST);
	return failed ? -v0 : v0;
}

/*
 * C's calling convention passes the first four arguments in the registers, and the next two at the places on the stack,
 * where the kernel expects a system call's arguments. So the number is the last argument. Every object file has this
 * function, and the linker keeps one.
 */
__asm__(".ifndef socketcall_enter\n"
	".pushsection .text.socketcall_enter, \"axG\", @progbits, socketcall_enter, comdat\n"
	"	.set push\n"
	"	.set nomips16\n"
	"	.set noreorder\n"
	"	.weak socketcall_enter\n"
	"	.hidden socketcall_enter\n"
	"	.type socketcall_enter, @function\n"
	"	.ent socketcall_enter\n"
	"socketcall_enter:\n"
	"	.frame $29, 0, $31\n"
	"	.cfi_startproc\n"
	"	lw $2, 24($29)\n"
	"	nop\n"
	"	syscall\n"
	"	beqz $7, 1f\n"
	"	nop\n"
	"	subu $2, $0, $2\n"
	"1:	jr $31\n"
	"	nop\n"
	"	.cfi_endproc\n"
	"	.end socketcall_enter\n"
	"	.size socketcall_enter, . - socketcall_enter\n"
	"	.set pop\n"
	".popsection\n"
	".endif\n");

#ifdef __cplusplus
extern "C"
#else
extern
#endif
	__attribute__((__visibility__("hidden"))) long
	socketcall_enter(unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e,
			 unsigned long f, long number);

SOCKETCALL_INLINE long socketcall_enter6(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e, unsigned long f)
{
	return socketcall_enter(a, b, c, d, e, f, number);
}

SOCKETCALL_INLINE long socketcall_enter5(long number, unsigned long a, unsigned long b, unsigned long c,
					 unsigned long d, unsigned long e)
{
	return socketcall_enter(a, b, c, d, e, 0, number);
}

#endif
