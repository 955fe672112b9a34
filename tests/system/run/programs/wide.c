/* SPDX-License-Identifier: MIT
 *
 * A program of 64 bits that makes listen(-1, 0) as a multiplexed call, by an `int $0x80`, and prints what that
 * returns. It has no entry in its vDSO that could make the call directly.
 */
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
