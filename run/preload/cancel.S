/* SPDX-License-Identifier: MIT
 *
 * The code that glibc's cancellation stub calls (demux.h): stub.c writes `call cancel_entry` over its first bytes. The
 * system call is still made inside the stub's bounds: cancel_entry calls cancel_original, which does what the replaced
 * bytes did and goes on behind them. The stub then returns to cancel_entry. So if the kernel has no such direct call,
 * cancel_entry can make the multiplexed one.
 */
#include "run/demux/demux.h"

.macro PLAN_cancel load, offset, index, to, scratch
	PLAN_FROM_HERE hook_plan, \load, \offset, \index, \to, \scratch
.endm

	.text
FUNCTION cancel_entry
	CANCEL_CHECKS cancel_original
	PUSH edi
	GROW 32
	/* from esp: 0 channel, 4 number, 8 to 31 six words; the caller's: 40 channel, 44 number, 48 call, 52 block */
	movl %eax, %edi
	movl 40(%esp), %eax
	movl %eax, (%esp)
	CANCEL_WORDS cancel, 4, 52
	movl %edi, %eax
	call cancel_original
	cmpl $-ENOSYS, %eax
	je .Lmissing
.Ldone:
	.cfi_remember_state
	SHRINK 32
	POP edi
	ret

.Lmissing:
	.cfi_restore_state
	cmpl $socketcall_call_recvmmsg, 48(%esp)
	jne .Lmultiplexed
	movl 52(%esp), %eax
	movl %eax, (%esp)
	movl %edi, 4(%esp)
	movl 40(%esp), %eax
	movl %eax, 8(%esp)
	call hook_recvmmsg_time64
	cmpl $-ENOSYS, %eax
	jne .Ldone
.Lmultiplexed:
	movl %edi, %eax
	SHRINK 32
	POP edi
	jmp cancel_original
END cancel_entry

/*
 * The unpatched __syscall_cancel_arch. In C:
 * long cancel_original(const char *resume, void *channel, long number, long a, …, long f)
 * with `resume`, the address behind the replaced bytes, in eax (regparm(1)).
 */
FUNCTION cancel_original
	CANCEL_BACK
END cancel_original

/*
 * ld.so's notification function jumps here (glibc.c). It was empty before, so a caller may rely on it to change no
 * register.
 */
FUNCTION glibc_objects_entry
	PUSH eax
	PUSH ecx
	PUSH edx
	call glibc_on_objects
	POP edx
	POP ecx
	POP eax
	ret
END glibc_objects_entry

	.section .note.GNU-stack, "", @progbits
