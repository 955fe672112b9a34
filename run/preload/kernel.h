/* SPDX-License-Identifier: MIT
 *
 * The few system calls that the preload makes itself, i386. They go to *hook_next, where the program's own went.
 *
 * Registers (i386): number eax; arguments ebx ecx edx esi edi ebp; result eax, -errno in [-4095, -1]; all others kept.
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
 * hook.S: the call through *hook_next. The first two parameters are there so that it can stand where cancel_original()
 * does, and are not looked at.
 */
typedef long kernel_enter(const char *resume, void *channel, long number, long a, long b, long c, long d, long e,
			  long f) __attribute__((regparm(1)));
extern __attribute__((visibility("hidden"))) kernel_enter hook_kernel;

static inline long kernel(long number, long a, long b, long c, long d, long e)
{
	return hook_kernel(0, 0, number, a, b, c, d, e, 0);
}

enum { KERNEL_SIGSET = 8 };

/*
 * Asks the kernel whether the 8 bytes at `pointer`, which isn't null, can be read (run/demux/ask.h). 0, -EFAULT, or
 * another error when it can't be asked.
 */
static inline long kernel_ask_readable(uintptr_t pointer)
{
	long r = kernel(__NR_rt_sigprocmask, ASK_HOW, (long)pointer, ASK_OLD, ASK_SIZE, 0);

	return r == -EINVAL ? 0 : r;
}

#define KERNEL_IS_ERROR(value) ((unsigned long)(value) >= -4095UL)

#endif
