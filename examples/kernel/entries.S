/* SPDX-License-Identifier: MIT
 *
 * From user mode the processor comes to the top of the kernel's stack, and leaves the last five words of a struct frame
 * there. Of a fault it may leave one more, but no program goes on after that.
 */
#define FRAME (kernel_stack + 16384 - 52)
#define KERNEL_DATA 16
#define USER_DATA 35

	/* This section is the first one, so the boot loader finds these words: a multiboot header. */
	.section .init, "ax"
	.balign 4
	.long 0x1badb002, 1, -0x1badb002 - 1

	.globl _start, from_program, from_fault
_start:	mov $FRAME, %esp
	push %ebx
	call boot
	jmp to_program

from_program:
	pusha
	mov $KERNEL_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	cld
	call on_system_call
	jmp to_program

from_fault:
	mov $KERNEL_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	cld
	mov $FRAME, %esp
	call on_fault

to_program:
	mov $USER_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov $FRAME, %esp
	popa
	iret

	.section .note.GNU-stack, "", @progbits
