/* SPDX-License-Identifier: MIT
 *
 * The demultiplexer: socketcall(2) in user space, for i386, as macros for the assembler. What is made of them is an
 * *instance*, and has a name, V: run/patch/code.S is the one that is put into vDSO images, run/preload/hook.S has two.
 *
 * Contract, the kernel's: eax holds the number, ebx ecx edx esi edi ebp the arguments; eax comes back as the result,
 * every other register as it was, the flags too. socketcall's arguments are ebx, the call, and ecx, the block.
 *
 * The flags: other calls are told apart by JECXZ, and whatever follows a system call is done by instructions that
 * change no flag, so that the arithmetic flags need saving only from there to where the direct call is made. LAHF and
 * SETO, ADDB and SAHF do that: PUSHF and POPF are slow, and show a program that is single-stepped its own trap flag.
 *
 * Order of the checks, the kernel's (net/socket.c): the call's range before the block is looked at; then exactly the
 * call's words are read, or EFAULT. The block is read here, so it must not fault here: a block in the page that the
 * stack pointer points to is there, for any other the kernel is asked first.
 *
 * It must be small, since room in a vDSO is short: the calls share one piece of code, and a table, the plan, says what
 * each needs. An instance says, by macros of its own, how it reaches what it doesn't hold:
 *   ENTER_V op                         branches by `op` into the kernel, which changes no register but eax, and then
 *                                      returns: behind the branch if that is a call, else to the caller
 *   PLAN_V load, offset, index, to, scratch
 *                                      loads what lies `offset` bytes into the plan + 2 * %index to %to. %scratch, eax
 *                                      or edx, may change before that, and so may the flags
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
 * A call's entry in the plan, 16 bits: the direct number, PLAN_NUMBER_BITS; two bits that are 0; which words are zero
 * instead of what is in the block, 2 bits; and how many words the block has, 3 bits.
 */
#define PLAN_NUMBER_BITS 9
#define PLAN_ZERO_FLAGS 0x800	/* word 3: accept's flags */
#define PLAN_ZERO_ADDRESS 0x1000	/* words 4 and 5: send's and recv's address and its length */
#define PLAN_ARITY_SHIFT 13

/* How many calls there are. The name begins with .L because no symbol of it may be in the object that is linked into
 * vDSOs. */
	.set .Lcalls, 0
#define CALL(...) .set .Lcalls, .Lcalls + 1;
#include "abi/calls.def"
#undef CALL

/* ---- The plan: call 0, which is none, and the others ------------------------------------------------------------- */

/* What the code below takes for granted of a call, whose direct call has `number` and takes `width` words. */
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

/* A call that is made by a wider one has zero in the words beyond its own. */
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

/* PLAN_V for position-independent code, the plan lying a known distance from it. Needs DEMUX_HERE's functions. */
.macro PLAN_FROM_HERE plan, load, offset, index, to, scratch
	call demux_here_\scratch
9:	\load \plan + \offset - 9b(%\scratch, %\index, 2), %\to
.endm

/* The address that it returns to, in eax or edx; no other register changes, nor a flag. */
.macro DEMUX_HERE
.irp scratch, eax, edx
FUNCTION demux_here_\scratch
	movl (%esp), %\scratch
	ret
END demux_here_\scratch
.endr
.endm

/* The arithmetic flags to eax, and from there. */
.macro FLAGS_SAVE
	lahf
	seto %al
.endm

.macro FLAGS_RESTORE
	addb $0x7f, %al
	sahf
.endm

/* ---- V_entry, where calls come in, and V_copied ------------------------------------------------------------------ */

/*
 * From the block at ecx, for the call in ebx: the number to eax, the words to ebx ecx edx esi edi ebp. Six words are
 * read whatever the call: the block is in the stack pointer's page with room behind it, or a copy. The flags become
 * those in eax.
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
 * In a function, at whose end the way into the kernel has to follow. Where the kernel has no direct call it goes on at
 * `missing` with every register but eax as it came, which makes the multiplexed call after all.
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
	/* edx: how far behind the block the last byte of the page lies that the stack pointer came with */
	leal 8(%esp), %edx
	orl $(I386_PAGE - 1), %edx
	subl %ecx, %edx
	subl $(LONGEST_BLOCK - 1), %edx
	cmpl $(I386_PAGE - LONGEST_BLOCK), %edx
	ja \v\()_ask
	/* The block at ecx can be read, LONGEST_BLOCK bytes of it. */
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

	/* As V_entry for a copy of the block, at ecx, which has LONGEST_BLOCK bytes; the flags are in eax. */
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
 * Comes from V_entry, with the flags in eax; ecx and edx lie on the stack.
 *
 * Is every page of it readable? The kernel is asked (ask.h) at 8 bytes into the page, because a null pointer would mean
 * "no set" to it. Then exactly the call's words are copied to the stack. Where the kernel can't be asked it goes on at
 * `unasked`, as DEMUX does at `missing`.
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
	/* can't be asked here: leave the call as it was */
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
 * makes the cancellable calls of a multi-threaded process. It holds an `int $0x80` of its own, because the SIGCANCEL
 * handler compares the program counter with the bounds of the code from the test of the channel to there. So that the
 * call is made there, and nothing comes between the test and it, its first bytes become a call of ours, which turns the
 * arguments into those of the direct call, and goes on behind the bytes that the call damaged. The block is the libc's
 * own, on the stack: it needs no asking.
 */

/* The stub's call of us: eax becomes the place to go back to, ecx the call less one. Other calls go to `back`. */
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
 * For the call ecx + 1, whose block's address is at block(%esp): the direct call's number and its six words to to(%esp)
 * and behind it, where the address may lie itself. eax, ecx and edx change.
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

/* What the replaced bytes did, then on to eax, the place behind them. */
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
