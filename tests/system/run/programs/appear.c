/* SPDX-License-Identifier: MIT
 *
 * Maps code that makes multiplexed calls after the program's start: glibc's cancellation stub and Go's stubs, byte by
 * byte as compilers make them. Without a libc; i386. Usage: appear HOW
 *
 *	packed    in anonymous memory, from which the program then starts as a libc does: like an unpacked program
 *	plugin    in a file's mapping, where Go's runtime starts after the program's own start: like a Go plugin
 *	glibc     in a file's mapping, where glibc creates its first thread: like a libc that is opened later
 *	old       in the program's own text, which starts as Go up to 1.6 does
 *	late      in anonymous memory, with no call that shows that it is there
 *
 * Prints a letter for each one whose call works, in this order: c, the cancellation stub; s, Go's stub for socketcall;
 * 3 and 6, Go's stubs for any call; n, if these two still make other calls correctly.
 */
#include <asm/unistd.h>
#include <linux/mman.h>
#include <stdbool.h>
#include <stdint.h>

enum { LISTEN = 4, EBADF = 9, PAGE = 4096, GO_SIGNAL = 64, GLIBC_SIGNAL = 33 };

/* The code in memory that isn't executable, and so isn't patched, with its entry points; and a copy in the text. */
extern const unsigned char code_begin[], code_end[], code_starts[], code_asks[], code_installs[], code_cancellable[],
	code_socketcall[], code_any3[], code_any6[], text_begin[];

__asm__(".macro CODE p\n"
	"	.p2align 4\n"
	"\\p\\()begin:\n"
	/* long code_starts(number, ebx, ecx, edx, esi): any call from here. */
	"\\p\\()starts:\n"
	"\\p\\()asks:\n"
	"\\p\\()installs:\n"
	"	pushl %ebx\n	pushl %esi\n"
	"	movl 12(%esp), %eax\n	movl 16(%esp), %ebx\n	movl 20(%esp), %ecx\n"
	"	movl 24(%esp), %edx\n	movl 28(%esp), %esi\n"
	"	int $0x80\n"
	"	popl %esi\n	popl %ebx\n	ret\n"
	"	.p2align 4\n"
	/* long code_cancellable(channel, number, a, b, c, d, e, f): run/demux/stub.h */
	"\\p\\()cancellable:\n"
	"	pushl %ebp\n	pushl %edi\n	pushl %esi\n	pushl %ebx\n"
	"	movl 20(%esp), %eax\n	testb $8, (%eax)\n	jne 1f\n"
	"	movl 24(%esp), %eax\n	movl 28(%esp), %ebx\n	movl 32(%esp), %ecx\n"
	"	movl 36(%esp), %edx\n	movl 40(%esp), %esi\n	movl 44(%esp), %edi\n	movl 48(%esp), %ebp\n"
	"	int $0x80\n"
	"	popl %ebx\n	popl %esi\n	popl %edi\n	popl %ebp\n	ret\n"
	"1:	popl %ebx\n	popl %esi\n	popl %edi\n	popl %ebp\n"
	"	.byte 0xe9, 0, 0, 0, 0\n	ret\n"
	"	.p2align 4\n"
	/* long code_socketcall(call, a, b, …) */
	"\\p\\()socketcall:\n"
	"	.byte 0xb8, 102, 0, 0, 0\n"
	"	movl 4(%esp), %ebx\n	leal 8(%esp), %ecx\n"
	"	.byte 0xba, 0, 0, 0, 0, 0xbe, 0, 0, 0, 0, 0xbf, 0, 0, 0, 0\n"
	"	int $0x80\n	ret\n"
	"	.p2align 4\n"
	/* long code_any3(number, a, b, c), and code_any6() */
	"\\p\\()any3:\n"
	"	movl 4(%esp), %eax\n	movl 8(%esp), %ebx\n	movl 12(%esp), %ecx\n	movl 16(%esp), %edx\n"
	"	.byte 0xbe, 0, 0, 0, 0, 0xbf, 0, 0, 0, 0\n"
	"	int $0x80\n	ret\n"
	"	.p2align 4\n"
	"\\p\\()any6:\n"
	"	movl 4(%esp), %eax\n	movl 8(%esp), %ebx\n	movl 12(%esp), %ecx\n	movl 16(%esp), %edx\n"
	"	movl 20(%esp), %esi\n	movl 24(%esp), %edi\n	movl 28(%esp), %ebp\n"
	"	int $0x80\n	ret\n"
	"	.skip 64, 0x90\n"
	"\\p\\()end:\n"
	".endm\n"
	".pushsection .data\n	CODE code_\n	.popsection\n"
	".pushsection .text\n	CODE text_\n	.popsection\n");

static long kernel(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

static uintptr_t base; /* the code's address */

/*
 * Calls the code at `code` with up to eight words. Like Go's callers, it expects only the stack pointer to be
 * preserved.
 */
static long call(const unsigned char *code, const long *words)
{
	long result;
	uintptr_t at = base + (uintptr_t)(code - code_begin);

	__asm__ volatile("pushl %%ebp\n\tpushl %%ebx\n\t"
			 "pushl 28(%%esi)\n\tpushl 24(%%esi)\n\tpushl 20(%%esi)\n\tpushl 16(%%esi)\n\t"
			 "pushl 12(%%esi)\n\tpushl 8(%%esi)\n\tpushl 4(%%esi)\n\tpushl (%%esi)\n\t"
			 "call *%%eax\n\taddl $32, %%esp\n\tpopl %%ebx\n\tpopl %%ebp"
			 : "=a"(result), "+S"(words)
			 : "0"(at)
			 : "ecx", "edx", "edi", "memory");
	return result;
}

static int map(int fd)
{
	unsigned long where[] = { 0, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, (unsigned long)fd, 0 };

	if (fd < 0)
		where[3] |= MAP_ANONYMOUS;
	base = (uintptr_t)kernel(__NR_mmap, (long)where, 0, 0);
	return base >= (uintptr_t)-4095;
}

static void copy(unsigned char *to, const unsigned char *from)
{
	for (long i = 0; i < code_end - code_begin; i++)
		to[i] = from[i];
}

static int map_nothing(void)
{
	if (map(-1))
		return 1;
	copy((unsigned char *)base, code_begin);
	return 0;
}

static int map_file(void)
{
	/* not O_TMPFILE in /tmp: Linux 6.1's overlay has no such files */
	long fd = kernel(__NR_memfd_create, (long)"appear", 0, 0);

	if (fd < 0 || kernel(__NR_write, fd, (long)code_begin, code_end - code_begin) < 0)
		return 1;
	return map((int)fd);
}

static void start_as_libc(void)
{
	kernel(__NR_set_thread_area, 0, 0, 0);
}

static int set_up(char how)
{
	struct {
		uintptr_t handler;
		unsigned long flags, restorer, mask[2];
	} action = { 0 };

	switch (how) {
	case 'k':
		if (map_nothing())
			return 1;
		call(code_starts, (const long[8]){ __NR_set_thread_area });
		return 0;
	case 'u':
		start_as_libc();
		if (map_file())
			return 1;
		call(code_asks, (const long[8]){ __NR_rt_sigaction, GO_SIGNAL, 0, (long)&action, 8 });
		return 0;
	case 'g':
		start_as_libc();
		if (map_file())
			return 1;
		action.handler = base;
		return kernel(__NR_rt_sigaction, GLIBC_SIGNAL, (long)&action, 0) > 0;
	case 'o':
		base = (uintptr_t)text_begin;
		call(code_starts, (const long[8]){ __NR_modify_ldt, 1 });
		return 0;
	case 'l':
		start_as_libc();
		return map_nothing();
	}
	return 1;
}

static bool is_made(long result)
{
	return result == -EBADF;
}

static char letters[8];

static long run(char how)
{
	static const long block[] = { -1, 0 };
	static const int channel = 0;
	char *p = letters;
	long pid = kernel(__NR_getpid, 0, 0, 0);

	if (set_up(how))
		return 1;
	if (is_made(call(code_cancellable, (const long[8]){ (long)&channel, 102, LISTEN, (long)block })))
		*p++ = 'c';
	if (is_made(call(code_socketcall, (const long[8]){ LISTEN, -1, 0 })))
		*p++ = 's';
	if (is_made(call(code_any3, (const long[8]){ 102, LISTEN, (long)block })))
		*p++ = '3';
	if (is_made(call(code_any6, (const long[8]){ 102, LISTEN, (long)block })))
		*p++ = '6';
	/* mmap2 has six arguments. */
	if (call(code_any3, (const long[8]){ __NR_getpid }) == pid &&
	    (unsigned long)call(code_any6, (const long[8]){ __NR_mmap2, 0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
							    -1, 0 }) < -4095UL)
		*p++ = 'n';
	*p++ = '\n';
	kernel(__NR_write, 1, (long)letters, p - letters);
	return 0;
}

__attribute__((used)) static void start(const char **stack)
{
	const char *how = stack[0] == (const char *)2 ? stack[2] : "?";

	/* packed and plugin begin with the same letter: run() calls them k and u */
	kernel(__NR_exit, run(how[0] == 'p' ? (how[1] == 'a' ? 'k' : 'u') : how[0]), 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %esp, %eax\n\tandl $-16, %esp\n\tsubl $12, %esp\n\tpush %eax\n\tcall start");
