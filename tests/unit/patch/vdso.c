/* SPDX-License-Identifier: MIT
 * Prints this kernel's i386 vDSO: the distance of AT_SYSINFO from AT_SYSINFO_EHDR as four bytes, then the memory from
 * AT_SYSINFO_EHDR on, up to four pages, as far as it is mapped. Freestanding, so that it needs no 32-bit libc, and runs
 * in an empty guest. */
#include <elf.h>

enum { EXIT = 1, WRITE = 4, PAGE = 4096, PAGES = 4 };

static int call(int number, int a, const void *b, int c)
{
	int r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return r;
}

__attribute__((used, noreturn)) static void print(const unsigned *stack)
{
	const unsigned *word = stack + 1 + stack[0] + 1;
	unsigned image = 0, entry = 0;

	while (*word++)
		;
	for (; word[0] != AT_NULL; word += 2) {
		if (word[0] == AT_SYSINFO_EHDR)
			image = word[1];
		if (word[0] == AT_SYSINFO)
			entry = word[1];
	}
	entry -= image;
	call(WRITE, 1, &entry, sizeof entry);
	for (int i = 0; i < PAGES && call(WRITE, 1, (const void *)(image + i * PAGE), PAGE) == PAGE; i++)
		;
	for (;;)
		call(EXIT, image ? 0 : 1, 0, 0);
}

__asm__(".globl _start\n_start:\tmovl %esp, %eax\n\tandl $-16, %esp\n\tsubl $12, %esp\n\tpushl %eax\n\tcall print\n");
