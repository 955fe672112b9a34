/* SPDX-License-Identifier: MIT
 *
 * The code that is written into the i386 vDSO of other programs: a demultiplexer to which the vDSO's entry jumps, and
 * functions that glibc's cancellation stub and Go's stubs call. This file is assembled to a relocatable object, which
 * is part of the supervisor (object.c) and is linked into each image (image.c). Each section "code.*" can be placed
 * anywhere in the image. The undefined symbol image_resume is an address in the image. The entries of .eh_frame are
 * added to the image's, so that a debugger or a cancelled thread can unwind from every instruction.
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

/* ---- code_entry: the target of the jump at the vDSO's entry ------------------------------------------------------ */
/*
 * Go's stubs for socketcall call code_go instead of code_entry, because no bytes are left in the stubs to load the
 * number.
 *
 * code_trap is for a thread that made a multiplexed call by an `int $0x80` of the program's own, which a filter trapped
 * or reported. The supervisor sets the thread's eip to code_trap, and eax to the address behind that `int $0x80`. This
 * address is pushed as the return address, so that the rest is as if the thread had called the vDSO's entry.
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
	/*
	 * image.c replaces the next five bytes by the instructions of the entry that the jump displaced. Behind them,
	 * the thread goes on in the entry.
	 */
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
	 * The code below is part of this function, so that it needs no .eh_frame entry of its own: .eh_frame has little
	 * space left.
	 */
/*
 * The last resort: the kernel has no such direct call, so the multiplexed call is made after all, with the registers
 * that it came with. This code has an `int $0x80` of its own. The call may be reported to the supervisor, which tells
 * it by this instruction's address from a call that was made before the entry was patched: it must not send this call
 * to the demultiplexer again.
 */
	LABEL code_last
	movl $socketcall_number_multiplexed, %eax
	int $0x80
	LABEL code_last_end
	ret
/*
 * Go's stubs for any system call are patched to call these two functions. These load the registers whose loads the edit
 * has removed from the stub, and then the call, whichever it is, is made as if the stub had called the vDSO's entry.
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
 * glibc's cancellation stub calls this. It replaces the stub's arguments by those of the direct call, on the stack,
 * where the ABI lets a function change its own arguments. The stub then makes the direct call itself. If the kernel has
 * no such call, the stub returns ENOSYS, because it doesn't come back here.
 */
	PLACE cancel
FUNCTION code_cancel
	CANCEL_CHECKS .Lback
	pushl %eax
	.cfi_adjust_cfa_offset 4
	/* from esp: 12 number, 16 a (the call), 20 b (the block), 24 c, 28 d, 32 e, 36 f */
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
