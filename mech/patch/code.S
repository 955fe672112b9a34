/* SPDX-License-Identifier: MIT
 *
 * What is put into other programs' i386 vDSO: a demultiplexer behind the vDSO's entry, and what sends glibc's cancellable
 * calls and Go's stubs to it. This is assembled to a relocatable object that the supervisor carries (object.c) and links
 * into each image (vdso.c): every section "code.*" is placed by itself where there is room, undefined symbols are places in
 * the image, and .eh_frame's entries join the image's, so that every instruction can be unwound from.
 *
 * Contract, the kernel's: eax holds the number, ebx ecx edx esi edi ebp the arguments; eax comes back as the result, every
 * other register as it was. The checks and their order are those of mech/preload/hook.S; here they must be small, so the
 * calls share one piece of code, and a table says what each needs.
 */
#include "mech/preload/asm.h"
#include "mech/preload/stub.h"

#define LONGEST_BLOCK (4 * 6)

/* A call's entry in the table: the direct number; how many words its block has; which words are zero instead. */
#define PLAN_ARITY_SHIFT 9
#define PLAN_ZERO_FLAGS 0x2000	/* word 3: accept's flags */
#define PLAN_ZERO_ADDRESS 0x4000	/* words 4 and 5: send's and recv's address and its length */

.macro PLACE section
	.section code.\section, "ax", @progbits
.endm

/* From the block at ecx, for the call in ebx: the number to eax, the words to ebx ecx edx esi edi ebp. */
.macro LOAD_WORDS
	movzwl code_plan(, %ebx, 2), %eax
	movl (%ecx), %ebx
	movl 8(%ecx), %edx
	movl 12(%ecx), %esi
	movl 16(%ecx), %edi
	movl 20(%ecx), %ebp
	movl 4(%ecx), %ecx
	testb $(PLAN_ZERO_FLAGS >> 8), %ah
	jz 7f
	xorl %esi, %esi
7:	testb $(PLAN_ZERO_ADDRESS >> 8), %ah
	jz 8f
	xorl %edi, %edi
	xorl %ebp, %ebp
8:	andb $1, %ah
.endm

/* ---- Where the vDSO's entry jumps to; Go's stubs call a little above, their number not yet loaded ---------------------
 *
 * A trapped `int $0x80` goes on above that, its number being known and eax holding the address behind it: as if it had been
 * a call.
 */
	PLACE entry
FUNCTION code_trap
	.cfi_def_cfa_offset 0
	.cfi_register eip, eax
	pushl %eax
	.cfi_def_cfa_offset 4
	.cfi_offset eip, -4
	.globl code_go386
code_go386:
	movl $socketcall_number_multiplexed, %eax
	.globl code_entry
code_entry:
	cmpl $socketcall_number_multiplexed, %eax
	jne code_pass
	leal -1(%ebx), %eax
	cmpl $(socketcall_call_sendmmsg - 1), %eax
	ja .Linvalid
	/* eax: how far behind the block the last byte of the stack pointer's page lies */
	movl %esp, %eax
	orl $(PAGE - 1), %eax
	subl %ecx, %eax
	subl $(LONGEST_BLOCK - 1), %eax
	cmpl $(PAGE - LONGEST_BLOCK), %eax
	ja code_ask
	.globl code_demux
code_demux:
	PUSH ebx
	PUSH ecx
	PUSH edx
	PUSH esi
	PUSH edi
	PUSH ebp
	LOAD_WORDS
	call code_pass
	POP ebp
	POP edi
	POP esi
	POP edx
	POP ecx
	POP ebx
	cmpl $-ENOSYS, %eax
	je code_multiplexed
	ret
.Linvalid:
	movl $-EINVAL, %eax
	ret
	/* No direct call here: the multiplexed one after all, with the registers it came with. */
	.globl code_multiplexed
code_multiplexed:
	movl $socketcall_number_multiplexed, %eax
	/* What the entry's first bytes were, put here by the linker, and on behind them. */
	.globl code_pass
code_pass:
	pushl %ecx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ecx, 0
	pushl %edx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset edx, 0
	pushl %ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebp, 0
	nop
	nop
	jmp image_resume
END code_trap

/* ---- A block that isn't in the stack pointer's page ---------------------------------------------------------------
 *
 * Is every page of it readable? rt_sigprocmask with an invalid `how` reads 8 bytes and answers EFAULT or EINVAL. It is
 * asked at 8 bytes into the page, because a null pointer would mean "no set" to it. Then exactly the call's words are
 * copied to the stack.
 */
	PLACE ask
FUNCTION code_ask
	PUSH ebx
	PUSH ecx
	PUSH edx
	PUSH esi
	PUSH edi
	movzbl code_plan + 1(, %ebx, 2), %edi
	shrl $(PLAN_ARITY_SHIFT - 8), %edi
	andl $7, %edi
	pushl %edi
	.cfi_adjust_cfa_offset 4
	leal -1(%ecx, %edi, 4), %edi
	andl $-PAGE, %edi
	andl $-PAGE, %ecx
	orl $-1, %ebx
	xorl %edx, %edx
	movl $SIGSET_BYTES, %esi
.Lask_page:
	orl $8, %ecx
	movl $__NR_rt_sigprocmask, %eax
	call code_pass
	cmpl $-EINVAL, %eax
	jne .Lunreadable
	xorl $8, %ecx
	cmpl %edi, %ecx
	movl %edi, %ecx
	jne .Lask_page
	.cfi_remember_state
	popl %ecx
	.cfi_adjust_cfa_offset -4
	movl 12(%esp), %esi
	movl 16(%esp), %ebx
	GROW LONGEST_BLOCK
.Lword:
	movl -4(%esi, %ecx, 4), %eax
	movl %eax, -4(%esp, %ecx, 4)
	decl %ecx
	jnz .Lword
	movl %esp, %ecx
	call code_demux
	SHRINK LONGEST_BLOCK
	POP edi
	POP esi
	POP edx
	POP ecx
	POP ebx
	ret
.Lunreadable:
	.cfi_restore_state
	popl %ecx
	.cfi_adjust_cfa_offset -4
	POP edi
	POP esi
	POP edx
	POP ecx
	POP ebx
	cmpl $-EFAULT, %eax
	jne code_multiplexed		/* can't be asked here: leave the call as it was */
	ret
END code_ask

/* ---- glibc 2.41's cancellation stub --------------------------------------------------------------------------------
 *
 *   long __syscall_cancel_arch(void *channel, long number, long a, long b, long c, long d, long e, long f)
 *
 * holds an `int $0x80` of its own, because the SIGCANCEL handler compares the program counter with the bounds of the code
 * from the test of the channel to there. So that the call is made there, and nothing comes between the test and it, its
 * first bytes become a call of this, which turns the arguments, a function's own, into those of the direct call, and goes
 * back to behind the bytes that the call damaged. The block is the libc's own, on the stack: it needs no asking. A direct
 * call that isn't there answers ENOSYS here: there is no going back to the multiplexed one.
 */
	PLACE cancel
FUNCTION code_cancel
	.cfi_adjust_cfa_offset 4
	popl %eax
	.cfi_adjust_cfa_offset -4
	addl $(STUB_REPLACED - STUB_CALL), %eax
	cmpl $socketcall_number_multiplexed, 8(%esp)
	jne .Lback
	movl 12(%esp), %ecx
	decl %ecx
	cmpl $(socketcall_call_sendmmsg - 1), %ecx
	ja .Lback
	pushl %eax
	.cfi_adjust_cfa_offset 4
	/* 12 number, 16 a, 20 b, 24 c, 28 d, 32 e, 36 f */
	movzwl code_plan + 2(, %ecx, 2), %ecx
	movl %ecx, %eax
	andl $((1 << PLAN_ARITY_SHIFT) - 1), %eax
	movl %eax, 12(%esp)
	movl 20(%esp), %edx
	shrl $PLAN_ARITY_SHIFT, %ecx
	andl $7, %ecx
	xorl %eax, %eax
	movl %eax, 24(%esp)
	movl %eax, 28(%esp)
	movl %eax, 32(%esp)
	movl %eax, 36(%esp)
.Lword_cancel:
	movl -4(%edx, %ecx, 4), %eax
	movl %eax, 12(%esp, %ecx, 4)
	decl %ecx
	jnz .Lword_cancel
	popl %eax
	.cfi_adjust_cfa_offset -4
.Lback:
	movl %eax, %ecx
	PUSH ebp
	PUSH edi
	PUSH esi
	PUSH ebx
	movl 20(%esp), %eax
	jmp *%ecx
END code_cancel

/* ---- The table ------------------------------------------------------------------------------------------------------ */

	PLACE plan
	.globl code_plan
code_plan:
	.short 0
/* A call that is made by a wider one has zero in the words beyond its own. */
.macro PLAN name, maker
.if socketcall_number_\name != SOCKETCALL_NONE
	.short socketcall_number_\name | socketcall_arity_\name << PLAN_ARITY_SHIFT
.else
	.set zero, 0
	.if socketcall_arity_\name <= 3 && socketcall_arity_\maker > 3
	.set zero, zero | PLAN_ZERO_FLAGS
	.endif
	.if socketcall_arity_\name <= 4 && socketcall_arity_\maker > 4
	.set zero, zero | PLAN_ZERO_ADDRESS
	.endif
	.short socketcall_number_\maker | socketcall_arity_\name << PLAN_ARITY_SHIFT | zero
.endif
.endm
#define CALL(call, NAME, name, maker, ...) PLAN name, maker;
#include "abi/calls.def"
#undef CALL

	.section .note.GNU-stack, "", @progbits
