/* SPDX-License-Identifier: MIT
 * Reads and writes the registers of a stopped thread that this process traces. ptrace(2). */
#ifndef PROCESS_REGISTERS_H
#define PROCESS_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* PTRACE_GETREGSET's NT_PRSTATUS of a thread in 32-bit mode: user_regs_struct of arch/x86/include/asm/user_32.h. */
struct registers32 {
	uint32_t ebx, ecx, edx, esi, edi, ebp, eax, ds, es, fs, gs, orig_eax, eip, cs, eflags, esp, ss;
};

/*
 * Reads a stopped thread's registers. Returns 0; -ESRCH, the thread isn't stopped or has ended; -ENOTSUP, the thread is
 * in 64-bit mode, and *registers isn't written.
 */
int registers_get(pid_t pid, struct registers32 *registers);

/*
 * Writes eax, ebx, ecx, edx, esi, edi, ebp, orig_eax and eip; the other registers keep their values. One request writes
 * them all, so a tracer that is killed meanwhile has written all or none. Returns 0 or -ESRCH.
 */
int registers_set(pid_t pid, const struct registers32 *registers);

/*
 * Gives `result` to the system call in which, or before which, the thread is stopped; the kernel neither makes the call
 * nor restarts it. For threads in 32-bit and 64-bit mode, by one request. Returns 0 or -ESRCH.
 */
int registers_answer(pid_t pid, long result);

/*
 * Sets the fifth argument of the call that the kernel will repeat when the stopped thread goes on (listener_repeat()).
 * The call is system call `number` of i386 if `is_i386`, else of x86-64. For threads in 32-bit and 64-bit mode. Returns
 * 0; -ESRCH; or -EAGAIN, and sets nothing: the thread has stopped elsewhere, because a signal handler came first.
 */
int registers_set_fifth(pid_t pid, bool is_i386, int number, uint32_t value);

#endif
