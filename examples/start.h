/* SPDX-License-Identifier: MIT
 * The entry point of a program without a libc, for each architecture: calls start(), which doesn't return, on a stack
 * that is aligned as the architecture's ABI demands. */

__attribute__((noreturn, used)) void start(void);

/* clang-format off */
#if defined(__mips__) && _MIPS_SIM == 1 /* o32 */
__asm__(".globl __start\n"
	"__start: bal 1f\n"
	"1:	.set noreorder\n"
	"	.cpload $31\n"
	"	.set reorder\n"
	"	addiu $29, $29, -32\n"
	"	la $25, start\n"
	"	jr $25\n");
#elif defined(__mips__)
__asm__(".globl __start\n"
	"__start: bal 1f\n"
	"1:	.cpsetup $31, $16, 1b\n"
	"	dla $25, start\n"
	"	jr $25\n");
#elif defined(__s390x__)
__asm__(".globl _start\n_start: aghi %r15, -160\nbrasl %r14, start\n");
#elif defined(__s390__)
__asm__(".globl _start\n_start: ahi %r15, -96\nbrasl %r14, start\n");
#elif defined(__x86_64__) || defined(__i386__)
__asm__(".globl _start\n_start: call start\n");
#elif defined(__aarch64__) || defined(__arm__)
__asm__(".globl _start\n_start: bl start\n");
#elif defined(__riscv)
__asm__(".globl _start\n"
	"_start:\n"
	"	.option push\n"
	"	.option norelax\n"
	"	lla gp, __global_pointer$\n"
	"	.option pop\n"
	"	tail start\n");
#elif defined(__alpha__)
__asm__(".globl _start\n"
	"	.ent _start\n"
	"_start: br $27, 1f\n"
	"1:	ldgp $29, 0($27)\n"
	"	jsr $26, start\n"
	"	.end _start\n");
#elif defined(__hppa__)
__asm__(".import start, code\n"
	".import $global$, data\n"
	".globl _start\n"
	".type _start, @function\n"
	"_start: ldil LR'$global$, %r27\n"
	"	ldo RR'$global$(%r27), %r27\n"
	"	ldo 64(%r30), %r30\n"
	"	bl start, %r2\n"
	"	nop\n");
#elif defined(__powerpc__) && !defined(__powerpc64__)
__asm__(".globl _start\n_start: li 0, 0\nstwu 1, -16(1)\nstw 0, 0(1)\nbl start\n");
#else /* the stack at the kernel's entry is already as a C function expects it */
__attribute__((noreturn)) void _start(void) __attribute__((alias("start")));
#endif
/* clang-format on */
