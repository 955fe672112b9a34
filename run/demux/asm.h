/* SPDX-License-Identifier: MIT
 *
 * Assembler macros for functions whose unwind information is complete at every instruction. If a thread were cancelled
 * at an instruction without it, the unwinder would stop there, and the thread's cleanup handlers would silently be
 * skipped.
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

/*
 * Pushes a register whose value the function doesn't change before its end, or before the next rule for the register.
 * So the unwinder needs no rule for it.
 */
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
 * Stands at the start of a function whose first instruction needs unwind rules of its own. Without it the assembler
 * would put these rules into a common information entry (CIE) of 28 bytes that no other function shares.
 */
.macro SHARE_CIE
	.cfi_remember_state
.endm

/* Allocates stack memory for other things than saved registers. */
.macro GROW bytes
	subl $\bytes, %esp
	.cfi_adjust_cfa_offset \bytes
.endm

.macro SHRINK bytes
	addl $\bytes, %esp
	.cfi_adjust_cfa_offset -\bytes
.endm

#endif
