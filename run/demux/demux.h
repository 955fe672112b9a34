/* SPDX-License-Identifier: MIT
 *
 * The demultiplexer: socketcall(2) in user space, for i386, as assembler macros. Each use of the macros is an
 * *instance* with a name, V: run/patch/code.S is the instance that is written into vDSO images, and run/preload/hook.S
 * has two.
 *
 * The contract is the kernel's: eax is the number, ebx ecx edx esi edi ebp are the arguments. eax becomes the result;
 * all other registers keep their values, and so do the flags. socketcall's arguments are the call in ebx and the
 * address of the block in ecx.
 *
 * The flags: JECXZ, which changes no flag, tells socketcall from other system calls, and only instructions that change
 * no flag follow a system call. So the arithmetic flags must be saved only between these two places. LAHF and SETO save
 * them, ADDB and SAHF restore them. PUSHF and POPF are slower, and would write the trap flag of a single-stepped
 * program to the program's stack.
 *
 * The order of the checks is the kernel's (net/socket.c): first the call's range, then exactly the call's words are
 * read, or the result is EFAULT. This code reads the block itself, and must not fault. A block in the page that the
 * stack pointer points to can be read. For any other block the kernel is asked first (ask.h).
 *
 * The code must be small, because a vDSO has little space. So all calls share one piece of code, and a table, the plan,
 * says what each call needs. An instance defines these macros, by which the code reaches what lies elsewhere:
 *   ENTER_V op                         enters the kernel by the branch `op`, and changes no register but eax. If `op`
 *                                      is a call, it returns to the next instruction; if a jump, to the caller
 *   PLAN_V load, offset, index, to, scratch
 *                                      loads what lies at the plan + `offset` + 2 * %index to %to. Before the
 *                                      load, it may change %scratch (eax or edx) and the flags
 */
#ifndef DEMUX_DEMUX_H
#define DEMUX_DEMUX_H

#include "abi/i386.h"
#include "run/demux/ask.h"
#include "run/demux/asm.h"
#include "run/demux/stub.h"

#define WORDS 6
#define LONGEST_BLOCK (4 * WORDS)

/*
 * A call's entry in the plan has 16 bits, from the lowest: the number of the direct call (PLAN_NUMBER_BITS); two bits
 * that are 0; two bits for words that must be zero instead of being read from the block; three bits for how many words
 * the block has.
 */
#define PLAN_NUMBER_BITS 9
#define PLAN_ZERO_FLAGS 0x800	/* word 3: accept's flags */
#define PLAN_ZERO_ADDRESS 0x1000	/* words 4 and 5: send's and recv's address and its length */
#define PLAN_ARITY_SHIFT 13

/*
 * The number of calls. The name begins with .L so that it isn't a symbol of the object that is linked into vDSO images.
 */
	.set .Lcalls, 0
#define CALL(...) .set .Lcalls, .Lcalls + 1;
#include "abi/calls.def"
#undef CALL

/* ---- The plan: call 0, which doesn't exist, and the others ------------------------------------------------------- */

/* Checks what the code below assumes about a call whose direct call has `number` and takes `width` words. */
.macro CHECK_CALL name, number, width
.if socketcall_call_\name != .Lplanned
	.error "abi/calls.def: the rows aren't in the calls' order, or one is missing before this one"
.endif
.if \number >= 1 << PLAN_NUMBER_BITS
	.error "a number above 511 has no room in the plan: PLAN_NUMBER_BITS 11 makes room for numbers up to 2047"
.endif
.if socketcall_arity_\name < 1 || socketcall_arity_\name > \width || \width > WORDS
	.error "a call has 1 to 6 words, and no more than the one that makes it"
.endif
.if \width > socketcall_arity_\name && (socketcall_arity_\name < 3 || socketcall_arity_\name > 4)
	.error "no bit in the plan makes those words zero that the wider call has and this one lacks"
.endif
.endm

/* A call without a direct number is made by its maker, which takes more words. The additional words are zero. */
.macro PLANNED name, maker
.set .Lplanned, .Lplanned + 1
.if socketcall_number_\name != SOCKETCALL_NONE
	CHECK_CALL \name, socketcall_number_\name, socketcall_arity_\name
	.short socketcall_number_\name | socketcall_arity_\name << PLAN_ARITY_SHIFT
.else
	CHECK_CALL \name, socketcall_number_\maker, socketcall_arity_\maker
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

.macro DEMUX_PLAN
	.set .Lplanned, 0
	.short 0
#define CALL(call, NAME, name, maker, ...) PLANNED name, maker;
#include "abi/calls.def"
#undef CALL
.endm

/* PLAN_V for position-independent code at a fixed distance from the plan. Needs the functions of DEMUX_HERE. */
.macro PLAN_FROM_HERE plan, load, offset, index, to, scratch
	call demux_here_\scratch
9:	\load \plan + \offset - 9b(%\scratch, %\index, 2), %\to
.endm

/* Functions that load their own return address into eax or edx. They change no other register and no flag. */
.macro DEMUX_HERE
.irp scratch, eax, edx
FUNCTION demux_here_\scratch
	movl (%esp), %\scratch
	ret
END demux_here_\scratch
.endr
.endm

/* Saves the arithmetic flags in eax, and restores them from there. */
.macro FLAGS_SAVE
	lahf
	seto %al
.endm

.macro FLAGS_RESTORE
	addb $0x7f, %al
	sahf
.endm

/* ---- V_entry, where calls arrive, and V_copied ------------------------------------------------------------------- */

/*
 * Loads the number of the direct call in ebx to eax, and the words of the block at ecx to ebx ecx edx esi edi ebp. It
 * always reads six words. That is possible because the block is a copy of that length, or lies in the stack pointer's
 * page with six words before the page's end. Restores the flags from eax.
 */
.macro LOAD_WORDS v
	PLAN_\v movzwl, 0, ebx, edx, edx
	movl 12(%ecx), %esi
	movl 16(%ecx), %edi
	movl 20(%ecx), %ebp
	testb $(PLAN_ZERO_FLAGS >> 8), %dh
	jz 7f
	xorl %esi, %esi
7:	testb $(PLAN_ZERO_ADDRESS >> 8), %dh
	jz 8f
	xorl %edi, %edi
	xorl %ebp, %ebp
8:	andb $(((1 << PLAN_NUMBER_BITS) - 1) >> 8), %dh
	FLAGS_RESTORE
	movl %edx, %eax
	movl (%ecx), %ebx
	movl 8(%ecx), %edx
	movl 4(%ecx), %ecx
.endm

/*
 * The body of a function. If the kernel has no such direct call, this jumps to `missing` with all registers but eax as
 * they came; the code there makes the multiplexed call after all.
 */
.macro DEMUX v, missing
	LABEL \v\()_entry
	PUSH ecx
	leal -socketcall_number_multiplexed(%eax), %ecx
	jecxz .L\v\()_socketcall
	.cfi_remember_state
	POP ecx
	ENTER_\v jmp
.L\v\()_socketcall:
	.cfi_restore_state
	FLAGS_SAVE
	movl (%esp), %ecx
	PUSH edx
	leal -1(%ebx), %edx
	cmpl $(.Lcalls - 1), %edx
	jbe .L\v\()_in_range
	FLAGS_RESTORE
	movl $-EINVAL, %eax
	jmp .L\v\()_done
.L\v\()_in_range:
	/* edx: the distance from the block to the last byte of the page to which esp pointed at the entry */
	leal 8(%esp), %edx
	orl $(I386_PAGE - 1), %edx
	subl %ecx, %edx
	subl $(LONGEST_BLOCK - 1), %edx
	cmpl $(I386_PAGE - LONGEST_BLOCK), %edx
	ja \v\()_ask
	/* LONGEST_BLOCK bytes at ecx can be read. */
.L\v\()_demux:
	PUSH ebx
	PUSH esi
	PUSH edi
	PUSH ebp
	LOAD_WORDS \v
	ENTER_\v call
	POP ebp
	POP edi
	POP esi
	POP ebx
.L\v\()_done:
	POP edx
	leal ENOSYS(%eax), %ecx
	.cfi_remember_state
	jecxz .L\v\()_missing
	POP ecx
	ret

	/* Like V_entry, but ecx points to a copy of the block with LONGEST_BLOCK bytes, and eax contains the flags. */
	LABEL \v\()_copied
	PUSH_KEPT ecx
	PUSH_KEPT edx
	jmp .L\v\()_demux

.L\v\()_missing:
	.cfi_restore_state
	POP ecx
	jmp \missing
.endm

/* ---- V_ask: a block that isn't in the stack pointer's page ----------------------------------------------------------
 *
 * V_entry jumps here, with the flags in eax, and ecx and edx on the stack.
 *
 * Asks the kernel (ask.h) whether every page of the block can be read. It asks about the address 8 bytes into the page,
 * because for a null pointer the kernel reads no signal set. Then it copies exactly the call's words to the stack. If
 * the kernel answers neither EINVAL nor EFAULT (a filter refuses the question), it jumps to `unasked` with all
 * registers but eax as they came.
 */
.macro DEMUX_ASK v, unasked
FUNCTION \v\()_ask
	SHARE_CIE
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset ecx, 4
	.cfi_rel_offset edx, 0
	PUSH ebx
	PUSH esi
	PUSH edi
	pushl %eax
	.cfi_adjust_cfa_offset 4
	PLAN_\v movl, -2, ebx, edi, eax	/* the entry is the upper half */
	shrl $(PLAN_ARITY_SHIFT + 16), %edi
	pushl %edi
	.cfi_adjust_cfa_offset 4
	leal -1(%ecx, %edi, 4), %edi
	andl $-I386_PAGE, %edi
	andl $-I386_PAGE, %ecx
	orl $ASK_HOW, %ebx
	xorl %edx, %edx			/* ASK_OLD */
	leal ASK_SIZE - ASK_HOW(%ebx), %esi
.L\v\()_ask_page:
	movb $8, %cl
	movl $__NR_rt_sigprocmask, %eax
	ENTER_\v call
	cmpl $-EINVAL, %eax
	jne .L\v\()_unreadable
	movb $0, %cl
	cmpl %edi, %ecx
	movl %edi, %ecx
	jne .L\v\()_ask_page
	.cfi_remember_state
	popl %edx
	.cfi_adjust_cfa_offset -4
	popl %eax
	.cfi_adjust_cfa_offset -4
	movl 16(%esp), %esi
	movl 8(%esp), %ebx
	GROW LONGEST_BLOCK
.L\v\()_word:
	movl -4(%esi, %edx, 4), %ecx
	movl %ecx, -4(%esp, %edx, 4)
	decl %edx
	jnz .L\v\()_word
	movl %esp, %ecx
	call \v\()_copied
	leal LONGEST_BLOCK(%esp), %esp
	.cfi_adjust_cfa_offset -LONGEST_BLOCK
.L\v\()_asked:
	POP edi
	POP esi
	POP ebx
	POP edx
	POP ecx
	ret
.L\v\()_unreadable:
	.cfi_restore_state
	popl %ecx
	.cfi_adjust_cfa_offset -4
	leal EFAULT(%eax), %ecx
	popl %eax
	.cfi_adjust_cfa_offset -4
	FLAGS_RESTORE
	leal -EFAULT(%ecx), %eax
	jecxz .L\v\()_asked
	/* The kernel can't be asked. The code at `unasked` makes the multiplexed call. */
	POP edi
	POP esi
	POP ebx
	POP edx
	POP ecx
	jmp \unasked
END \v\()_ask
.endm

/* ---- glibc 2.41's cancellation stub ---------------------------------------------------------------------------------
 *
 *   long __syscall_cancel_arch(void *channel, long number, long a, long b, long c, long d, long e, long f)
 *
 * makes the cancellable system calls of a multi-threaded process. It has an `int $0x80` of its own, because the handler
 * of SIGCANCEL compares the program counter with the bounds of the code from the test of the channel to the `int
 * $0x80`. So the direct call must be made by this instruction, too, with nothing between the test and it. Therefore the
 * stub's first bytes are replaced by a call of our code, which replaces the stub's arguments by those of the direct
 * call, does what the replaced bytes did, and goes on behind them. The kernel needn't be asked about the block: glibc
 * itself has put it on the stack.
 */

/*
 * The start of the code that the stub calls. Pops the return address, and loads to eax the address behind the replaced
 * bytes, where the stub goes on. Loads the call less one to ecx. If the system call isn't socketcall, or the call is
 * out of range, jumps to `back`.
 */
.macro CANCEL_CHECKS back
	.cfi_adjust_cfa_offset 4
	popl %eax
	.cfi_adjust_cfa_offset -4
	addl $(STUB_REPLACED - STUB_CALL), %eax
	cmpl $socketcall_number_multiplexed, 8(%esp)
	jne \back
	movl 12(%esp), %ecx
	decl %ecx
	cmpl $(.Lcalls - 1), %ecx
	ja \back
.endm

/*
 * For the call ecx + 1, whose block's address is at block(%esp): stores the direct call's number and its six words from
 * to(%esp) on. block(%esp) may be one of the words that are overwritten. Changes eax, ecx and edx.
 */
.macro CANCEL_WORDS v, to, block
	PLAN_\v movzwl, 2, ecx, ecx, eax
	movl %ecx, %eax
	andl $((1 << PLAN_NUMBER_BITS) - 1), %eax
	movl %eax, \to(%esp)
	movl \block(%esp), %edx
	shrl $PLAN_ARITY_SHIFT, %ecx
	xorl %eax, %eax
	movl %eax, \to + 12(%esp)
	movl %eax, \to + 16(%esp)
	movl %eax, \to + 20(%esp)
	movl %eax, \to + 24(%esp)
.L\v\()_word_cancel:
	movl -4(%edx, %ecx, 4), %eax
	movl %eax, \to(%esp, %ecx, 4)
	decl %ecx
	jnz .L\v\()_word_cancel
.endm

/* Does what the replaced bytes did, and jumps to eax, the address behind them. */
.macro CANCEL_BACK
	movl %eax, %ecx
	PUSH_KEPT ebp
	PUSH_KEPT edi
	PUSH_KEPT esi
	PUSH_KEPT ebx
	movl 20(%esp), %eax
	jmp *%ecx
.endm

#endif
