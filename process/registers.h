/* SPDX-License-Identifier: MIT
 * A stopped thread's registers, as its 64-bit tracer sees them. ptrace(2). */
#ifndef PROCESS_REGISTERS_H
#define PROCESS_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What PTRACE_GETREGSET gives of a thread in 32-bit mode, for NT_PRSTATUS: arch/x86/include/asm/user_32.h. */
struct registers32 {
	uint32_t ebx, ecx, edx, esi, edi, ebp, eax, ds, es, fs, gs, orig_eax, eip, cs, eflags, esp, ss;
};

/*
 * Reads a stopped thread's registers. 0; -ESRCH; -ENOTSUP, the thread is in 64-bit mode, and *registers isn't written.
 */
int registers_get(pid_t pid, struct registers32 *registers);

/*
 * Writes the registers of a call's number and arguments, eax to ebp, and orig_eax and eip, by one request: a tracer
 * that is killed meanwhile has written all or none of them. The others stay as they are. 0 or -ESRCH.
 */
int registers_set(pid_t pid, const struct registers32 *registers);

/*
 * Gives the call that the thread has stopped in, or before, this result: it isn't made or restarted. For threads in
 * 32-bit and 64-bit mode, by one request. 0 or -ESRCH.
 */
int registers_answer(pid_t pid, long result);

/*
 * Sets the fifth argument of a call that the stopped thread makes once more when it goes on (listener_repeat()):
 * the call `number` of i386 (`is_i386`) or of x86-64. For threads in 32-bit and 64-bit mode. 0; -ESRCH; -EAGAIN,
 * and nothing is set: the thread has stopped elsewhere, on its way to a signal's handler.
 */
int registers_set_fifth(pid_t pid, bool is_i386, int number, uint32_t value);

#endif
