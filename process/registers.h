/* SPDX-License-Identifier: MIT
 * A stopped thread's registers, as its 64-bit tracer sees them. ptrace(2). */
#ifndef PROCESS_REGISTERS_H
#define PROCESS_REGISTERS_H

#include <stdint.h>
#include <sys/types.h>

/* What PTRACE_GETREGSET gives of a thread in 32-bit mode, for NT_PRSTATUS: arch/x86/include/asm/user_32.h. */
struct registers32 {
	uint32_t ebx, ecx, edx, esi, edi, ebp, eax, ds, es, fs, gs, orig_eax, eip, cs, eflags, esp, ss;
};

/* 0, -ESRCH, or -ENOTSUP: the thread is in 64-bit mode, and *registers isn't written. */
int registers_get(pid_t pid, struct registers32 *registers);

/*
 * Writes eax to ebp, orig_eax and eip, not the others: PTRACE_SETREGSET would refuse (EIO) segment selectors that a program may
 * well have. 0 or -ESRCH.
 */
int registers_set(pid_t pid, const struct registers32 *registers);

/* In either mode: the call that the thread has stopped in, or before, has this result, and isn't made or restarted. 0 or -ESRCH. */
int registers_answer(pid_t pid, long result);

#endif
