/* SPDX-License-Identifier: MIT */
#include "run/supervise/int80.h"

#include "abi/kernel.h"
#include "process/registers.h"
#include "run/patch/patch.h"
#include "filter/filter.h"
#include "filter/traps.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>

static int is_ours(pid_t pid)
{
	siginfo_t info;

	return !ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) && info.si_code == SYS_SECCOMP &&
	       info.si_errno == FILTER_MARKER && info.si_arch == abi_arch("i386")->token &&
	       info.si_syscall == abi_arch("i386")->socketcall;
}

enum trap_outcome trap_turn(pid_t pid)
{
	struct registers32 registers;
	uint32_t to = 0;
	int r;

	if (!is_ours(pid))
		return TRAP_OTHER;
	r = registers_get(pid, &registers);
	if (!r)
		to = patch_trap(pid, registers.eip);
	/* A program that isn't patched, or a 64-bit one, has no such entry; or the thread is gone. */
	if (!to) {
		registers_answer(pid, -ENOSYS);
		return TRAP_REFUSED;
	}
	registers.eax = registers.eip;
	registers.orig_eax = (uint32_t)-1; /* no system call any more: none to be restarted */
	registers.eip = to;
	registers_set(pid, &registers);
	return TRAP_TURNED;
}
