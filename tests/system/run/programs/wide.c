/* SPDX-License-Identifier: MIT
 * A 64-bit program that makes listen(-1, 0) as a multiplexed call, by an `int $0x80`, and prints the result. Its vDSO
 * has no 32-bit entry that could make the direct call. */
#include <stdio.h>
static const unsigned block[] = { -1U, 0 };
int main(void)
{
	long r;
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "0"(102L), "b"(4L), "c"((long)block)
			 : "memory", "r8", "r9", "r10", "r11");
	printf("%d\n", (int)r);
	return 0;
}
