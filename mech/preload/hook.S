/* SPDX-License-Identifier: MIT
 *
 * The hook at %gs:0x10. An i386 libc enters the kernel by `call *%gs:0x10`; the pointer there is the hook's once
 * start.c has run, and hook_next is what it was: the vDSO's entry, or libc's own `int $0x80`.
 *
 * Contract, the kernel's: eax holds the number, ebx ecx edx esi edi ebp the arguments; eax comes back as the result,
 * every other register as it was (the arithmetic flags are lost, as every caller takes for granted). socketcall's
 * arguments are ebx, the call, and ecx, the block.
 *
 * Order of the checks, the kernel's (net/socket.c): the call's range before the block is looked at; then exactly the
 * call's words are read, or EFAULT. The block is read here, so it must not fault here: a block in the page that the stack
 * pointer points to is there, for any other the kernel is asked first.
 *
 * There are two variants of everything, made from the same macros:
 *   patched   absolute addresses and branches straight into the vDSO, filled in at start (start.c, install.c)
 *   pic       position-independent and slower, for a system that doesn't let text be replaced
 */
#include "mech/demux/asm.h"

#define LONGEST_BLOCK (4 * 6)

/* ---- What differs between the variants -------------------------------------------------------------------------- */

/* Places in the patched page that want the distance to *hook_next, as offsets into the page. */
	.pushsection .rodata.hook_sites, "a"
	.globl hook_sites
	.hidden hook_sites
	.p2align 2
hook_sites:
	.popsection

.macro SITE
	.pushsection .rodata.hook_sites
	.long 9000f - hook_page
	.popsection
9000:	.long 0
.endm

.macro NEXT_IF_NOT_EQUAL_patched
	.byte 0x0f, 0x85
	SITE
.endm
.macro JUMP_NEXT_patched
	.byte 0xe9
	SITE
.endm
.macro CALL_NEXT_patched
	.byte 0xe8
	SITE
.endm
.macro DISPATCH_patched
	.byte 0xff, 0x24, 0x9d		/* jmp *hook_table(,%ebx,4) */
.Ltable_site:
	.long 0
.endm

.macro NEXT_IF_NOT_EQUAL_pic
	jne hook_next_pic
.endm
.macro JUMP_NEXT_pic
	jmp hook_next_pic
.endm
.macro CALL_NEXT_pic
	call hook_next_pic
.endm
.macro DISPATCH_pic
	call hook_here_eax
.Lbase_pic:
	addl .Ltable_pic - .Lbase_pic(%eax, %ebx, 4), %eax
	jmp *%eax
.endm

/* ---- What both have --------------------------------------------------------------------------------------------- */

.macro HOOK v
FUNCTION hook_entry_\v
	cmpl $socketcall_number_multiplexed, %eax
	NEXT_IF_NOT_EQUAL_\v
	cmpl $socketcall_call_sendmmsg, %ebx
	ja handler_\v\()_invalid
	/* eax: how far behind the block the last byte of the stack pointer's page lies */
	movl %esp, %eax
	orl $(PAGE - 1), %eax
	subl %ecx, %eax
	subl $(LONGEST_BLOCK - 1), %eax
	cmpl $(PAGE - LONGEST_BLOCK), %eax
	ja .Lask_\v
.Lgo_\v:
	DISPATCH_\v

	/*
	 * Is every page of the block readable? rt_sigprocmask with an invalid `how` reads 8 bytes and answers EFAULT or
	 * EINVAL. It is asked at 8 bytes into the page, because a null pointer would mean "no set" to it.
	 */
.Lask_\v:
	testl %ebx, %ebx
	je handler_\v\()_invalid
	PUSH ebx
	PUSH ecx
	PUSH edx
	PUSH esi
	PUSH edi
	call hook_here_eax
.Lask_base_\v:
	movzbl hook_bytes - .Lask_base_\v(%eax, %ebx), %edi
	leal -1(%ecx, %edi), %edi
	andl $-PAGE, %edi
	andl $-PAGE, %ecx
	orl $-1, %ebx
	xorl %edx, %edx
	movl $SIGSET_BYTES, %esi
.Lask_page_\v:
	orl $8, %ecx
	movl $__NR_rt_sigprocmask, %eax
	CALL_NEXT_\v
	cmpl $-EINVAL, %eax
	jne .Lunreadable_\v
	xorl $8, %ecx
	cmpl %edi, %ecx
	movl %edi, %ecx
	jne .Lask_page_\v
	.cfi_remember_state
	POP edi
	POP esi
	POP edx
	POP ecx
	POP ebx
	jmp .Lgo_\v
.Lunreadable_\v:
	.cfi_restore_state
	POP edi
	POP esi
	POP edx
	POP ecx
	POP ebx
	cmpl $-EFAULT, %eax
	jne .Lmultiplexed_\v		/* can't be asked here: leave the call as it was */
	ret

	/* Neither 32-bit-time recvmmsg: try the one with 64-bit times. */
.Lrecvmmsg_time64_\v:
	PUSH ecx
	PUSH edx
	GROW 12
	movl %ecx, (%esp)
	movl $0, 4(%esp)
	call hook_recvmmsg_time64
	SHRINK 12
	POP edx
	POP ecx
	cmpl $-ENOSYS, %eax
	je .Lmultiplexed_\v
	ret

	/* No direct call here: the multiplexed one after all, with the registers it came with. */
.Lmultiplexed_\v:
	movl $socketcall_number_multiplexed, %eax
	JUMP_NEXT_\v
END hook_entry_\v

/* One function per call, handler_<variant>_<name>, and one for what is no call: call 0 has it in the tables. */
FUNCTION handler_\v\()_invalid
	movl $-EINVAL, %eax
	ret
END handler_\v\()_invalid
#define CALL(call, NAME, name, maker, arity, ...) HANDLER \v, name, maker;
#include "abi/calls.def"
#undef CALL
.endm

/* `number` and `width` of the direct call that makes `name`; the words that it has beyond socketcall_arity_\name are zero. */
.macro HANDLER v, name, maker
.if socketcall_number_\name == SOCKETCALL_NONE
	.set number, socketcall_number_\maker
	.set width, socketcall_arity_\maker
.else
	.set number, socketcall_number_\name
	.set width, socketcall_arity_\name
.endif
FUNCTION handler_\v\()_\name
	PUSH ebx
	PUSH ecx
	.if width > 2
	PUSH edx
	.endif
	.if width > 3
	PUSH esi
	.endif
	.if width > 4
	PUSH edi
	.endif
	.if width > 5
	PUSH ebp
	.endif
	movl $number, %eax
	movl (%ecx), %ebx
	WORD edx, 2, \name
	WORD esi, 3, \name
	WORD edi, 4, \name
	WORD ebp, 5, \name
	movl 4(%ecx), %ecx
	CALL_NEXT_\v
	.if width > 5
	POP ebp
	.endif
	.if width > 4
	POP edi
	.endif
	.if width > 3
	POP esi
	.endif
	.if width > 2
	POP edx
	.endif
	POP ecx
	POP ebx
	cmpl $-ENOSYS, %eax
	.ifc \name, recvmmsg
	je .Lrecvmmsg_time64_\v
	.else
	je .Lmultiplexed_\v
	.endif
	ret
END handler_\v\()_\name
.endm

/* Load word `index` of the block, or the zero that takes its place. */
.macro WORD reg, index, name
	.if \index < socketcall_arity_\name
	movl 4 * \index(%ecx), %\reg
	.elseif \index < width
	xorl %\reg, %\reg
	.endif
.endm

/* ---- The patched variant, on pages of its own -------------------------------------------------------------------- */

	.section .text.hook_patched, "ax", @progbits
	.p2align 12
	.globl hook_page
	.hidden hook_page
hook_page:
	HOOK patched
	.p2align 12
.Lpage_end:

	.section .rodata.hook_sites
.Lsites_end:
	.globl hook_site_count, hook_table_site, hook_page_bytes
	.hidden hook_site_count, hook_table_site, hook_page_bytes
hook_site_count:
	.long (.Lsites_end - hook_sites) / 4
hook_table_site:
	.long .Ltable_site - hook_page
hook_page_bytes:
	.long .Lpage_end - hook_page

	.section .data.rel.ro.hook_table, "aw", @progbits
	.p2align 2
	.globl hook_table
	.hidden hook_table
hook_table:
	.long handler_patched_invalid
#define CALL(call, NAME, name, ...) .long handler_patched_##name;
#include "abi/calls.def"
#undef CALL

/* ---- The position-independent variant ---------------------------------------------------------------------------- */

	.text
	HOOK pic

	.p2align 2
.Ltable_pic:
	.long handler_pic_invalid - .Lbase_pic
#define CALL(call, NAME, name, ...) .long handler_pic_##name - .Lbase_pic;
#include "abi/calls.def"
#undef CALL

/* To *hook_next, changing no register. */
FUNCTION hook_next_pic
	GROW 4
	PUSH eax
	call hook_here_eax
.Lnext_base:
	movl hook_next - .Lnext_base(%eax), %eax
	movl %eax, 4(%esp)
	POP eax
	ret
END hook_next_pic

/* ---- Helpers ------------------------------------------------------------------------------------------------------ */

/* Bytes of each call's block. */
	.globl hook_bytes
	.hidden hook_bytes
hook_bytes:
	.byte 0
#define CALL(call, NAME, name, maker, arity, ...) .byte 4 * arity;
#include "abi/calls.def"
#undef CALL

/* The address that it returns to, in eax; no other register changes. */
FUNCTION hook_here_eax
	movl (%esp), %eax
	ret
END hook_here_eax

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
	call hook_next_pic
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
	call start
	SHRINK 12
	ret
END hook_constructor

	.section .init_array, "aw", @init_array
	.p2align 2
	.long hook_constructor

	.section .note.GNU-stack, "", @progbits
