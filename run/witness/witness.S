/* SPDX-License-Identifier: MIT
 *
 * A 32-bit program that makes one multiplexed call, shutdown(-1, 0), by the vDSO's entry as a libc does. It exits with
 * 0 if the result is EBADF, the kernel's answer to this socket call, else with 1. Before the call it calls
 * set_thread_area, as every libc does at its start, because that is the call by which `socketcall run` notices a
 * program. It sets its name to "socketcall", so that nobody takes it for a program of the user's. With one argument, it
 * makes the call by an `int $0x80` of its own. With two arguments, it makes no call and exits with 0.
 */
#include <asm/errno.h>
#include <asm/unistd.h>

#include "abi/native.h"

#define AT_SYSINFO 32	/* elf.h */
#define PR_SET_NAME 15	/* linux/prctl.h */

	.text
	.globl _start
_start:
	movl $__NR_prctl, %eax
	movl $PR_SET_NAME, %ebx
	leal name, %ecx
	int $0x80
	movl $__NR_set_thread_area, %eax
	xorl %ebx, %ebx
	int $0x80

	/* On the stack are argc, the arguments, null, the environment, null, and the auxiliary vector. */
	movl (%esp), %eax
	leal 8(%esp, %eax, 4), %esi
.Lenvironment:
	lodsl
	testl %eax, %eax
	jnz .Lenvironment
	leal int80, %ebp
.Lauxiliary:
	lodsl
	movl %eax, %edx
	lodsl
	cmpl $AT_SYSINFO, %edx
	cmovel %eax, %ebp
	testl %edx, %edx
	jnz .Lauxiliary

	leal int80, %eax
	cmpl $2, (%esp)
	cmovel %eax, %ebp
	movl $-EBADF, %eax
	ja .Ldone

	pushl $0
	pushl $-1
	movl $socketcall_number_multiplexed, %eax
	movl $socketcall_call_shutdown, %ebx
	movl %esp, %ecx
	call *%ebp
.Ldone:
	xorl %ebx, %ebx
	cmpl $-EBADF, %eax
	setne %bl
	movl $__NR_exit, %eax
	int $0x80
	hlt
int80:
	int $0x80
	ret
name:
	.asciz "socketcall"

	.section .note.GNU-stack, "", @progbits
