/* SPDX-License-Identifier: MIT
 * System calls by number, with six arguments: enter(). i386 has three entries; each file of this folder defines its
 * own. */
#ifndef CONFORMANCE_ENTRY_COMMON_H
#define CONFORMANCE_ENTRY_COMMON_H

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "abi/native.h"
#include "../entry.h"

enum { NONE = SOCKETCALL_NONE };

#ifdef __i386__
/* An assembler function, because ebp is the sixth argument, and may also be the compiler's frame pointer. It has unwind
 * information, which debuggers and cancellation need. */
#define ENTER_BY(instruction)                                                                                          \
	__asm__(".pushsection .text\n"                                                                                 \
		".globl enter_kernel\n"                                                                                \
		".type enter_kernel, @function\n"                                                                      \
		"enter_kernel:\n"                                                                                      \
		"  .cfi_startproc\n"                                                                                   \
		"  pushl %ebp\n .cfi_adjust_cfa_offset 4\n .cfi_rel_offset ebp, 0\n"                                   \
		"  pushl %edi\n .cfi_adjust_cfa_offset 4\n .cfi_rel_offset edi, 0\n"                                   \
		"  pushl %esi\n .cfi_adjust_cfa_offset 4\n .cfi_rel_offset esi, 0\n"                                   \
		"  pushl %ebx\n .cfi_adjust_cfa_offset 4\n .cfi_rel_offset ebx, 0\n"                                   \
		"  movl 20(%esp), %eax\n"                                                                              \
		"  movl 24(%esp), %ebx\n"                                                                              \
		"  movl 28(%esp), %ecx\n"                                                                              \
		"  movl 32(%esp), %edx\n"                                                                              \
		"  movl 36(%esp), %esi\n"                                                                              \
		"  movl 40(%esp), %edi\n"                                                                              \
		"  movl 44(%esp), %ebp\n" instruction "\n"                                                             \
		"  popl %ebx\n .cfi_adjust_cfa_offset -4\n .cfi_restore ebx\n"                                         \
		"  popl %esi\n .cfi_adjust_cfa_offset -4\n .cfi_restore esi\n"                                         \
		"  popl %edi\n .cfi_adjust_cfa_offset -4\n .cfi_restore edi\n"                                         \
		"  popl %ebp\n .cfi_adjust_cfa_offset -4\n .cfi_restore ebp\n"                                         \
		"  ret\n"                                                                                              \
		"  .cfi_endproc\n"                                                                                     \
		".size enter_kernel, . - enter_kernel\n"                                                               \
		".popsection\n")
extern long enter_kernel(long number, word a, word b, word c, word d, word e, word f) __attribute__((cdecl));
#else
/* Other architectures have one entry, which their libc's syscall() uses. */
#define ENTER_BY(instruction) extern const struct entry entry
static inline long enter_kernel(long number, word a, word b, word c, word d, word e, word f)
{
	long r = syscall(number, a, b, c, d, e, f);

	return r == -1 ? -errno : r;
}
#endif

static inline long enter_multiplexed(int call, const word *block)
{
	return enter_kernel(socketcall_number_multiplexed, (word)call, (word)block, 0, 0, 0, 0);
}

#endif
