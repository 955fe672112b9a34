/* SPDX-License-Identifier: MIT
 *
 * The few i386 system calls that the preload makes itself. They enter the kernel by *hook_next, as the program's calls
 * would without the hook.
 *
 * The registers: eax is the number; ebx ecx edx esi edi ebp are the arguments; eax becomes the result, an error if it
 * is -4095 to -1; all other registers keep their values.
 */
#ifndef PRELOAD_KERNEL_H
#define PRELOAD_KERNEL_H

#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/mman.h>
#include <stdint.h>

#include "abi/i386.h"
#include "run/demux/ask.h"

/*
 * hook.S: hook_kernel() makes a system call by *hook_next. It ignores its first two parameters, which it has so that
 * its type is that of cancel_original().
 */
typedef long kernel_enter(const char *resume, void *channel, long number, long a, long b, long c, long d, long e,
			  long f) __attribute__((regparm(1)));
extern __attribute__((visibility("hidden"))) kernel_enter hook_kernel;

static inline long kernel(long number, long a, long b, long c, long d, long e)
{
	return hook_kernel(0, 0, number, a, b, c, d, e, 0);
}

enum { KERNEL_SIGSET = 8 /* bytes of a signal set */ };

/*
 * Asks the kernel whether the 8 bytes at `pointer`, which must not be null, can be read (run/demux/ask.h). Returns 0 if
 * they can; -EFAULT if they can't; or another error if a filter refuses the question.
 */
static inline long kernel_ask_readable(uintptr_t pointer)
{
	long r = kernel(__NR_rt_sigprocmask, ASK_HOW, (long)pointer, ASK_OLD, ASK_SIZE, 0);

	return r == -EINVAL ? 0 : r;
}

/* True if the result of a system call is an error, -4095 to -1. */
#define KERNEL_IS_ERROR(value) ((unsigned long)(value) >= -4095UL)

#endif
