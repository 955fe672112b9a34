/* SPDX-License-Identifier: MIT
 *
 * Functions whose unwind information is complete at every instruction. Without it a thread cancelled inside one would
 * silently skip its cleanup handlers.
 */
#ifndef DEMUX_ASM_H
#define DEMUX_ASM_H

#include <asm/errno.h>
#include <asm/unistd.h>

#include "abi/native.h"

.macro LABEL name
	.globl \name
	.hidden \name
\name:
.endm

.macro FUNCTION name
	.p2align 4
	.type \name, @function
	LABEL \name
	.cfi_startproc
.endm

.macro END name
	.cfi_endproc
	.size \name, . - \name
.endm

.macro PUSH reg
	pushl %\reg
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset \reg, 0
.endm

/* The register keeps its value up to the function's end, or up to where the next rule for it stands. */
.macro PUSH_KEPT reg
	pushl %\reg
	.cfi_adjust_cfa_offset 4
.endm

.macro POP reg
	popl %\reg
	.cfi_adjust_cfa_offset -4
	.cfi_restore \reg
.endm

/*
 * At the start of a function whose first instruction needs rules of its own. Without this the assembler would put these
 * into a common information entry (CIE) that no other function shares, 28 bytes long.
 */
.macro SHARE_CIE
	.cfi_remember_state
.endm

/* Room on the stack that holds no saved register. */
.macro GROW bytes
	subl $\bytes, %esp
	.cfi_adjust_cfa_offset \bytes
.endm

.macro SHRINK bytes
	addl $\bytes, %esp
	.cfi_adjust_cfa_offset -\bytes
.endm

#endif
