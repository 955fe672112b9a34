/* SPDX-License-Identifier: MIT */
#include "run/preload/bytes.h"

char *install_begin(const char *page, size_t length)
{
	/* kernel() passes 0 as the sixth argument, the offset. */
	long r = kernel(__NR_mmap2, 0, (long)length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *copy = (char *)r;

	if (KERNEL_IS_ERROR(r))
		return NULL;
	for (size_t i = 0; i < length; i++)
		copy[i] = page[i];
	return copy;
}

long install_end(char *page, size_t length, char *copy)
{
	long r = kernel(__NR_mprotect, (long)copy, (long)length, PROT_READ | PROT_EXEC, 0, 0);

	if (!r)
		r = kernel(__NR_mremap, (long)copy, (long)length, (long)length, MREMAP_MAYMOVE | MREMAP_FIXED,
			   (long)page);
	if (r == (long)page)
		return 0;
	kernel(__NR_munmap, (long)copy, (long)length, 0, 0, 0);
	return KERNEL_IS_ERROR(r) ? r : -EPERM; /* 0 or another address: a filter answered, and nothing was moved */
}

long install_branch(char *place, unsigned char opcode, const char *target)
{
	char *page = (char *)((uintptr_t)place & -(uintptr_t)I386_PAGE);
	size_t length = (uintptr_t)place + I386_BRANCH_BYTES > (uintptr_t)page + I386_PAGE ? 2 * I386_PAGE : I386_PAGE;
	uint32_t distance = i386_distance((uintptr_t)place, (uintptr_t)target);
	char *copy = install_begin(page, length);

	if (!copy)
		return -ENOMEM;
	i386_put_branch((unsigned char *)copy + (place - page), opcode, distance);
	return install_end(page, length, copy);
}
