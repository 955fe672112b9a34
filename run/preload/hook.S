/* SPDX-License-Identifier: MIT
 *
 * The hook at %gs:0x10. An i386 libc enters the kernel by `call *%gs:0x10`. Once start.c has run, the pointer there is
 * the hook's address, and hook_next is what it was before: the address of the vDSO's entry, or of libc's own `int
 * $0x80`.
 *
 * There are two instances of the demultiplexer, whose contract stands in demux.h:
 *   hook_patched   absolute addresses and a branch straight into the vDSO, filled in at start (start.c, install.c)
 *   hook_pic       position-independent and slower, for a system that doesn't let text be replaced
 */
#include "run/demux/demux.h"

/* The instance, with recvmmsg's way round a kernel that has none with 32-bit times. */
.macro HOOK v
FUNCTION \v
	DEMUX \v, \v\()_missing
	/* No direct call here: the multiplexed one after all, with the registers it came with. */
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
 * The words of these pages to which start.c adds something. plan 1: the plan's address. plan 0: the distance from the
 * pages' end to *hook_next, because branches to *hook_next are assembled as branches to the pages' end; that is so far
 * away that no assembler makes a short branch of it. Each word is the last of its instruction.
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

/* To *hook_next, changing no register and no flag. */
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

/* ---- Helpers -------------------------------------------------------------------------------- */

/* long hook_kernel(const char *, void *, long number, long a, …, long f) with one register parameter: see kernel.h. */
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
 * The constructor. glibc passes argc, argv and the environment, musl nothing: so the third word is read here, where no
 * compiler can take the three for a function's own and use them as scratch, which would be musl's stack frame.
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
