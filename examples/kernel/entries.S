/* SPDX-License-Identifier: MIT
 *
 * When the processor enters the kernel from user mode, it loads the stack pointer from the task state segment, which
 * points to the top of the kernel's stack, and pushes the last five words of a struct frame (kernel.c). For some faults
 * it also pushes an error code. from_fault ignores the frame, because a program that faults never continues.
 */
#define FRAME (kernel_stack + 16384 - 52)
#define KERNEL_DATA 16
#define USER_DATA 35

	/* A multiboot header. The boot loader looks for it in the file's first 8 KiB, so this section comes first. */
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
