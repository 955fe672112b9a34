/* SPDX-License-Identifier: MIT
 *
 * The hook at %gs:0x10. An i386 libc enters the kernel by `call *%gs:0x10`. start.c sets the pointer there to the
 * hook's address, and keeps the old value in hook_next: the address of the vDSO's entry, or of libc's own `int $0x80`.
 *
 * There are two instances of the demultiplexer (demux.h has its contract):
 *   hook_patched   has absolute addresses and branches directly to the vDSO; start.c and install.c fill these in
 *   hook_pic       is position-independent and slower, for systems that don't let text be replaced
 */
#include "run/demux/demux.h"

/* An instance. V_missing makes recvmmsg by the call with 64-bit times if the kernel has none with 32-bit times. */
.macro HOOK v
FUNCTION \v
	DEMUX \v, \v\()_missing
	/* The kernel has no such direct call. Make the multiplexed call with the registers that it came with. */
	LABEL \v\()_multiplexed
	movl $socketcall_number_multiplexed, %eax
	ENTER_\v jmp
END \v

	DEMUX_ASK \v, \v\()_multiplexed

FUNCTION \v\()_missing
	PUSH ecx
	leal -socketcall_call_recvmmsg(%ebx), %ecx
	jecxz .L\v\()_recvmmsg
.L\v\()_give_up:
	.cfi_remember_state
	POP ecx
	jmp \v\()_multiplexed
.L\v\()_recvmmsg:
	.cfi_restore_state
	movl (%esp), %ecx
	PUSH edx
	FLAGS_SAVE
	pushl %eax
	.cfi_adjust_cfa_offset 4
	GROW 12
	movl %ecx, (%esp)
	movl $0, 4(%esp)
	call hook_recvmmsg_time64
	SHRINK 12
	movl %eax, %edx
	popl %eax
	.cfi_adjust_cfa_offset -4
	FLAGS_RESTORE
	movl %edx, %eax
	POP edx
	leal ENOSYS(%eax), %ecx
	jecxz .L\v\()_give_up
	POP ecx
	ret
END \v\()_missing
.endm

/* ---- The patched instance, on pages of its own ------------------------------------------------------------------- */

/*
 * The table of words in these pages to which start.c adds a value (struct hook_site). plan 1: the plan's address. plan
 * 0: the distance from the pages' end to *hook_next. Branches to *hook_next are assembled as branches to the pages'
 * end, which is so far away that the assembler makes no short branch. Each word is at the end of its instruction.
 */
	.section .rodata.hook_sites, "a", @progbits
	.p2align 2
LABEL hook_sites

.macro SITE plan
	.pushsection .rodata.hook_sites
	.long 9f - 4 - hook_page, \plan
	.popsection
9:
.endm

.macro ENTER_hook_patched op
	\op hook_page_end
	SITE 0
.endm

.macro PLAN_hook_patched load, offset, index, to, scratch
	\load \offset(, %\index, 2), %\to
	SITE 1
.endm

	.section .text.hook_patched, "ax", @progbits
	.p2align 12
LABEL hook_page
	HOOK hook_patched
	.p2align 12
LABEL hook_page_end

	.section .rodata.hook_sites
.Lsites_end:
LABEL hook_site_count
	.long (.Lsites_end - hook_sites) / 8
LABEL hook_page_bytes
	.long hook_page_end - hook_page

/* ---- The position-independent instance --------------------------------------------------------------------------- */

.macro PLAN_hook_pic load, offset, index, to, scratch
	PLAN_FROM_HERE hook_plan, \load, \offset, \index, \to, \scratch
.endm

.macro ENTER_hook_pic op
	\op hook_enter
.endm

	.text
	HOOK hook_pic
	DEMUX_HERE

/* Jumps to *hook_next, and changes no register and no flag. */
FUNCTION hook_enter
	pushl %eax
	.cfi_adjust_cfa_offset 4
	PUSH eax
	call demux_here_eax
9:	movl hook_next - 9b(%eax), %eax
	movl %eax, 4(%esp)
	POP eax
	ret
END hook_enter

	.p2align 2
LABEL hook_plan
	DEMUX_PLAN

/* ---- Helpers ----------------------------------------------------------------------------------------------------- */

/* long hook_kernel(const char *, void *, long number, long a, …, long f) with the first parameter in eax: kernel.h. */
FUNCTION hook_kernel
	PUSH ebp
	PUSH edi
	PUSH esi
	PUSH ebx
	movl 24(%esp), %eax
	movl 28(%esp), %ebx
	movl 32(%esp), %ecx
	movl 36(%esp), %edx
	movl 40(%esp), %esi
	movl 44(%esp), %edi
	movl 48(%esp), %ebp
	call hook_enter
	POP ebx
	POP esi
	POP edi
	POP ebp
	ret
END hook_kernel

/*
 * The constructor. glibc passes argc, argv and the environment, but musl passes nothing. So this reads the third word
 * in assembler: a C function with three parameters could use their stack slots for other values, and in musl these
 * slots are part of the caller's stack frame.
 */
FUNCTION hook_constructor
	movl 12(%esp), %eax
	GROW 12
	movl %eax, (%esp)
	call preload_start
	SHRINK 12
	ret
END hook_constructor

	.section .init_array, "aw", @init_array
	.p2align 2
	.long hook_constructor

	.section .note.GNU-stack, "", @progbits
