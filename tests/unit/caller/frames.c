/* SPDX-License-Identifier: MIT
 * Makes calls from functions with unusual frames: with objects of variable size and large alignment, and with an empty
 * stack. */
#include <socketcall/caller.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "tests/fixtures/tap.h"

__attribute__((noinline)) static void fill(char *big, char *variable, int n)
{
	memset(big, 77, 64);
	memset(variable, 0, (size_t)n);
	__asm__ volatile("" : : "r"(big), "r"(variable) : "memory");
}

/*
 * Makes a call of five words, once by its function and once by socketcall_raw(). A frame with an aligned object and one
 * of variable size needs a base pointer besides the stack pointer and the frame pointer. Returns 1 if the calls left
 * the aligned object unchanged.
 */
__attribute__((noinline)) static int five(int fd, int n, long *typed, long *raw)
{
	_Alignas(64) char big[64];
	char *variable = __builtin_alloca((size_t)n);
	unsigned long block[5] = { (unsigned long)fd, SOL_SOCKET, SO_RCVBUF, (unsigned long)variable,
				   (unsigned long)n };

	fill(big, variable, n);
	*typed = socketcall_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, variable, (unsigned)n);
	*raw = socketcall_raw(SOCKETCALL_SETSOCKOPT, block);
	return big[3] == 77 && big[63] == 77;
}

/* The same with a call of six words, by its function alone. */
__attribute__((noinline)) static int six(int fd, int n, long *typed)
{
	_Alignas(64) char big[64];
	char *variable = __builtin_alloca((size_t)n);

	fill(big, variable, n);
	*typed = socketcall_sendto(fd, variable, (unsigned long)n, 0, 0, 0);
	return big[3] == 77 && big[63] == 77;
}

#ifdef __aarch64__
/* Makes a call with the stack pointer at the end of an empty stack, where the block is, too. */
long with_stack(void *end);
__asm__(".text\n"
	"with_stack:\n"
	"	stp x29, x30, [sp, #-32]!\n"
	"	str x19, [sp, #16]\n"
	"	mov x19, sp\n"
	"	mov sp, x0\n"
	"	mov x1, x0\n"
	"	mov w0, #4\n"
	"	bl raw_of_a_leaf\n"
	"	mov sp, x19\n"
	"	ldr x19, [sp, #16]\n"
	"	ldp x29, x30, [sp], #32\n"
	"	ret\n");
long raw_of_a_leaf(int call, const unsigned long *args);
__attribute__((used)) long raw_of_a_leaf(int call, const unsigned long *args)
{
	return socketcall_raw(call, args);
}

static long at_the_end_of_a_stack(void)
{
	char *stack = mmap(NULL, 131072, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(stack + 65536, 65536, PROT_NONE);
	return with_stack(stack + 65536);
}
#endif

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 24, good;
	long typed = 0, raw = 0;

	good = five(-1, n, &typed, &raw) && typed == -EBADF && raw == -EBADF;
	ok(good, "a call of five words from a frame with all kinds of objects (%ld %ld)", typed, raw);
	good = six(-1, n, &typed) && typed == -EBADF;
	ok(good, "a call of six words (%ld)", typed);
#ifdef __aarch64__
	raw = at_the_end_of_a_stack();
	ok(raw == -EFAULT, "a block beyond the end of an empty stack is EFAULT (%ld)", raw);
#endif
	return plan();
}
