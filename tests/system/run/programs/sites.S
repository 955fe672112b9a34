/* SPDX-License-Identifier: MIT
 * A program whose text contains two of Go's stubs, the second exactly 1 MiB after the text's start. Without arguments
 * it starts as a libc does, and exits with the number of stubs that are patched by then. With arguments it first
 * removes both stubs, starts, and executes the program that the arguments name. Without a libc; i386. */
#include <asm/unistd.h>
#include <linux/mman.h>

#define JUMP_SHORT 0xeb
#define AT 13 /* if the stub is patched, a jump follows the int $0x80 here */

	.text
	.globl _start
_start:
	cmpl $1, (%esp)
	je .Lstart
	movl $__NR_mprotect, %eax
	movl $_start, %ebx
	movl $(end - _start), %ecx
	movl $(PROT_READ | PROT_WRITE | PROT_EXEC), %edx
	int $0x80
	movb $0, near
	movb $0, far
.Lstart:
	movl $__NR_set_thread_area, %eax
	xorl %ebx, %ebx
	int $0x80
	cmpl $1, (%esp)
	je .Lcount
	/* argc, its name, the program, … */
	movl (%esp), %eax
	leal 8(%esp, %eax, 4), %edx
	leal 8(%esp), %ecx
	movl 8(%esp), %ebx
	movl $__NR_execve, %eax
	int $0x80
	movl $255, %ebx
	jmp .Lexit
.Lcount:
	xorl %ebx, %ebx
	cmpb $JUMP_SHORT, near + AT
	sete %bl
	xorl %eax, %eax
	cmpb $JUMP_SHORT, far + AT
	sete %al
	addl %eax, %ebx
.Lexit:
	movl $__NR_exit, %eax
	int $0x80

near:	.byte 0xb8, 102, 0, 0, 0	/* mov $102, %eax, as Go's assembler has it */
	movl 4(%esp), %ebx
	leal 8(%esp), %ecx
	.byte 0xba, 0, 0, 0, 0		/* mov $0, %edx, likewise */
	int $0x80
	ret
	.org 1 << 20
far:	.byte 0xb8, 102, 0, 0, 0
	movl 4(%esp), %ebx
	leal 8(%esp), %ecx
	.byte 0xba, 0, 0, 0, 0		/* mov $0, %edx, likewise */
	int $0x80
	ret
	.skip 4096
end:
	.section .note.GNU-stack, "", @progbits
