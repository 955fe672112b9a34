/* SPDX-License-Identifier: MIT
 * A hostile program. No libc has started it, so its vDSO isn't patched yet. It replaces the vDSO by one that is as
 * valid but longer, and makes the supervisor patch that. Then it runs the program that its arguments name, which must
 * be served as usual. Without a libc; i386. */
#include <asm/unistd.h>
#include <elf.h>
#include <linux/mman.h>

enum { LONG = 16384, HEADERS = 12288, MAP = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS };

static unsigned char image[LONG];

static long kernel(long number, long a, const void *b, const void *c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

static void copy(unsigned char *to, const unsigned char *from, unsigned long size)
{
	while (size--)
		*to++ = *from++;
}

static int forge(unsigned char *vdso)
{
	unsigned long where[] = { (unsigned long)vdso, LONG, PROT_READ | PROT_WRITE | PROT_EXEC, MAP, -1UL, 0 };
	Elf32_Ehdr *header = (Elf32_Ehdr *)image;

	copy(image, vdso, ((Elf32_Ehdr *)vdso)->e_shoff);
	copy(image + HEADERS, vdso + ((Elf32_Ehdr *)vdso)->e_shoff, header->e_shnum * sizeof(Elf32_Shdr));
	header->e_shoff = HEADERS;
	if (kernel(__NR_mmap, (long)where, 0, 0) != (long)vdso)
		return 1;
	copy(vdso, image, LONG);
	kernel(__NR_set_thread_area, 0, 0, 0);
	return 0;
}

__attribute__((used)) static void start(char **stack)
{
	char **arguments = stack + 2, **environment = stack + 1 + (long)*stack + 1, **p = environment;
	const Elf32_auxv_t *auxv;

	while (*p++)
		;
	for (auxv = (const Elf32_auxv_t *)p; auxv->a_type != AT_NULL; auxv++)
		if (auxv->a_type == AT_SYSINFO_EHDR && !forge((unsigned char *)auxv->a_un.a_val))
			kernel(__NR_execve, (long)arguments[0], arguments, environment);
	kernel(__NR_exit, 1, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %esp, %eax\n\tpush %eax\n\tcall start");
