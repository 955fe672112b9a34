/* SPDX-License-Identifier: MIT
 *
 * i386's system calls, made by a 64-bit x86 process, with nothing of a libc in between: `int $0x80`, number in eax;
 * arguments in ebx, ecx, edx, esi, edi, ebp. Pointers must be below 4 GiB. Kernels before 4.17 lose r8 to r11. The
 * kernel cuts the arguments to 32 bits, but a seccomp filter is shown all 64.
 */
#ifndef ABI_INT80_H
#define ABI_INT80_H

#ifndef __x86_64__
#error "the 32-bit entry of an x86-64 kernel"
#endif

/* Returns the result, or -errno. edi is 0; ebp stays as it is. Where the kernel has no such entry, this is SIGSEGV. */
static inline int int80_call(long number, long a, long b, long c, long d)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0L)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

#endif
