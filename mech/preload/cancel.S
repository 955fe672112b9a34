/* SPDX-License-Identifier: MIT
 *
 * glibc 2.41 and later make the cancellable calls of a multi-threaded process through a function of their own,
 *   long __syscall_cancel_arch(void *channel, long number, long a, long b, long c, long d, long e, long f)
 * which holds a literal `int $0x80`, because its SIGCANCEL handler compares the program counter with the bounds of that
 * code. glibc.c puts `call cancel_entry` in its first bytes. The system call is still made inside the bounds, by
 * cancel_original, which does what the replaced bytes did and goes on behind them.
 *
 * Only libc calls this function, always with a block of its own on the stack: the block needs no asking.
 */
#include "mech/demux/asm.h"
#include "mech/demux/stub.h"

	.text
FUNCTION cancel_entry
	.cfi_adjust_cfa_offset 4
	popl %eax
	.cfi_adjust_cfa_offset -4
	addl $(STUB_REPLACED - STUB_CALL), %eax
	cmpl $socketcall_number_multiplexed, 8(%esp)
	jne cancel_original
	movl 12(%esp), %ecx
	decl %ecx
	cmpl $(socketcall_call_sendmmsg - 1), %ecx
	ja cancel_original
	PUSH esi
	PUSH edi
	GROW 32
	/* 0 channel, 4 number, 8 to 31 six words; the caller's: 44 channel, 48 number, 52 call, 56 block */
	movl %eax, %edi
	call hook_here_eax
.Lbase:
	movl .Lplan - .Lbase(%eax, %ecx, 4), %esi
	movl 44(%esp), %eax
	movl %eax, (%esp)
	movzwl %si, %eax
	movl %eax, 4(%esp)
	xorl %eax, %eax
	movl %eax, 16(%esp)
	movl %eax, 20(%esp)
	movl %eax, 24(%esp)
	movl %eax, 28(%esp)
	shrl $16, %esi
	movl 56(%esp), %edx
.Lword:
	movl -4(%edx, %esi, 4), %eax
	movl %eax, 4(%esp, %esi, 4)
	decl %esi
	jnz .Lword
	movl %edi, %eax
	call cancel_original
	cmpl $-ENOSYS, %eax
	je .Lnodirect
.Ldone:
	.cfi_remember_state
	SHRINK 32
	POP edi
	POP esi
	ret

.Lnodirect:
	.cfi_restore_state
	cmpl $socketcall_call_recvmmsg, 52(%esp)
	jne .Lmultiplexed
	movl 56(%esp), %eax
	movl %eax, (%esp)
	movl %edi, 4(%esp)
	movl 44(%esp), %eax
	movl %eax, 8(%esp)
	call hook_recvmmsg_time64
	cmpl $-ENOSYS, %eax
	jne .Ldone
.Lmultiplexed:
	movl %edi, %eax
	SHRINK 32
	POP edi
	POP esi
	jmp cancel_original
END cancel_entry

/*
 * __syscall_cancel_arch as it was: what the replaced instructions did, then on to eax, the address behind them. In C:
 * long cancel_original(const char *resume, void *channel, long number, long a, …, long f) with one register parameter.
 */
FUNCTION cancel_original
	movl %eax, %ecx
	PUSH ebp
	PUSH edi
	PUSH esi
	PUSH ebx
	movl 20(%esp), %eax
	jmp *%ecx
END cancel_original

/* Where ld.so's notification goes (glibc.c). A caller that saw an empty function may expect it to change no register. */
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

/* number | arity << 16, from call 1 on */
	.p2align 2
.macro PLAN name, maker
.if socketcall_number_\name == SOCKETCALL_NONE
	.long socketcall_number_\maker | socketcall_arity_\name << 16
.else
	.long socketcall_number_\name | socketcall_arity_\name << 16
.endif
.endm
.Lplan:
#define CALL(call, NAME, name, maker, arity, ...) PLAN name, maker;
#include "abi/calls.def"
#undef CALL

	.section .note.GNU-stack, "", @progbits
