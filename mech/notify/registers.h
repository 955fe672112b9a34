/* SPDX-License-Identifier: MIT
 * A 32-bit thread's registers, as its 64-bit tracer sees them. */
#ifndef NOTIFY_REGISTERS_H
#define NOTIFY_REGISTERS_H

#include <stdint.h>

/* What PTRACE_GETREGSET gives of a thread in 32-bit mode, for NT_PRSTATUS: arch/x86/include/asm/user_32.h. */
struct registers32 {
	uint32_t ebx, ecx, edx, esi, edi, ebp, eax, ds, es, fs, gs, orig_eax, eip, cs, eflags, esp, ss;
};

#endif
