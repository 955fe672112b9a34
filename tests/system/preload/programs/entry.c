/* SPDX-License-Identifier: MIT
 * Which bytes entry_is_known() accepts as a kernel entry. Linked with run/preload/entry.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/preload/preload.h"

/* Stands in for the preload's way to the kernel, which isn't needed here. */
__attribute__((regparm(1))) long hook_kernel(const char *resume, void *channel, long number, long a, long b, long c,
					     long d, long e, long f)
{
	long r = syscall(number, a, b, c, d, e, f);

	(void)resume;
	(void)channel;
	return r < 0 ? -errno : r;
}

int main(void)
{
	static const unsigned char int80[8] = { 0xcd, 0x80, 0xc3 }, text[] = "no code of any kind";
	char *page = mmap(NULL, 2 * I386_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || munmap(page + I386_PAGE, I386_PAGE))
		return 1;
	memcpy(page + I386_PAGE - 3, int80, 3);
	printf("the vDSO's entry: %d\n", entry_is_known(getauxval(AT_SYSINFO)));
	printf("int $0x80; ret: %d\n", entry_is_known((uintptr_t)int80));
	printf("a null pointer: %d\n", entry_is_known(0));
	printf("a small number: %d\n", entry_is_known(42));
	printf("unmapped memory: %d\n", entry_is_known((uintptr_t)page + I386_PAGE));
	printf("the last bytes of a page: %d\n", entry_is_known((uintptr_t)page + I386_PAGE - 3));
	printf("something else: %d\n", entry_is_known((uintptr_t)text));
	return 0;
}
