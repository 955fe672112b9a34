/* SPDX-License-Identifier: MIT
 *
 * The code that is put into the i386 vDSO of other programs: a demultiplexer behind the vDSO's entry, and what sends
 * glibc's cancellable calls and Go's stubs to it. This is assembled to a relocatable object that the supervisor carries
 * (object.c) and links into each image (image.c): every section "code.*" is placed by itself where there is room,
 * undefined symbols are places in the image, and .eh_frame's entries join the image's, so that every instruction can be
 * unwound from.
 */
#include "run/demux/demux.h"

.macro PLACE section
	.section code.\section, "ax", @progbits
.endm

.macro ENTER_code op
	\op code_pass
.endm

.macro PLAN_code load, offset, index, to, scratch
	\load code_plan + \offset(, %\index, 2), %\to
.endm

/* ---- code_entry: where the vDSO's entry jumps to ----------------------------------------------------------------- */
/*
 * Go's stubs for socketcall call code_go, because there is no room left in them to load the number. A thread whose `int
 * $0x80` a filter trapped goes on at code_trap, with the address behind that `int $0x80` in eax: it becomes the return
 * address, and the rest is as if the thread had called the vDSO's entry.
 */
	PLACE entry
FUNCTION code_trap
	SHARE_CIE
	.cfi_def_cfa_offset 0
	.cfi_register eip, eax
	pushl %eax
	.cfi_def_cfa_offset 4
	.cfi_offset eip, -4
	.globl code_go
code_go:
	movl $socketcall_number_multiplexed, %eax
	DEMUX code, code_last
	/* What the entry's first bytes were, put here by the linker, and on behind them. */
	LABEL code_pass
	.cfi_remember_state
	PUSH_KEPT ecx
	PUSH_KEPT edx
	PUSH ebp
	nop
	nop
	jmp image_resume
	.cfi_restore_state
	/*
	 * What follows belongs to this function so that it takes no entry of its own in .eh_frame, where room is short.
	 */
/*
 * There is no direct call here, so the multiplexed one is made after all, with the registers it came with. It is made
 * by an instruction of its own, so that whoever has multiplexed calls reported, or trapped, knows it from one that was
 * made before the entry was patched: there is nothing left to turn it into.
 */
	LABEL code_last
	movl $socketcall_number_multiplexed, %eax
	int $0x80
	LABEL code_last_end
	ret
/*
 * Called by Go's stubs for any call: they load what the edit has left of the registers, and the call, whichever it is,
 * is made as if the stub had called the vDSO's entry.
 */
	LABEL code_go_any6
	movl 28(%esp), %edi
	movl 32(%esp), %ebp
	jmp code_entry
	LABEL code_go_any3
	xorl %edi, %edi
	jmp code_entry
END code_trap

	PLACE ask
	DEMUX_ASK code, code_last

/*
 * Turns the arguments of glibc's stub into those of the direct call, in place, which the stub then makes itself: a
 * function's arguments are its own to change. If there is no such direct call, the stub gets ENOSYS: it has no way back
 * to here.
 */
	PLACE cancel
FUNCTION code_cancel
	CANCEL_CHECKS .Lback
	pushl %eax
	.cfi_adjust_cfa_offset 4
	/* 12 number, 16 a, 20 b, 24 c, 28 d, 32 e, 36 f */
	CANCEL_WORDS code, 12, 20
	popl %eax
	.cfi_adjust_cfa_offset -4
.Lback:
	CANCEL_BACK
END code_cancel

	PLACE plan
LABEL code_plan
	DEMUX_PLAN

	.section .note.GNU-stack, "", @progbits
