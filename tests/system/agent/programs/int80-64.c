/* SPDX-License-Identifier: MIT
 *
 * A 64-bit program, whose code lies above 4 GiB, makes a multiplexed call of i386. Exits with 0 if its result is
 * ENOSYS. */
#include <errno.h>

int main(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(102), "b"(1), "c"(0) : "memory");
	return (int)result == -ENOSYS ? 0 : 1;
}
