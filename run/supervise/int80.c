/* SPDX-License-Identifier: MIT */
#include "run/supervise/int80.h"

#include "abi/abi.h"
#include "abi/kernel.h"
#include "filter/filter.h"
#include "process/registers.h"
#include "run/patch/patch.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>

static bool is_of_our_filter(pid_t pid)
{
	siginfo_t info;

	return !ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) && info.si_code == SYS_SECCOMP &&
	       info.si_errno == FILTER_MARKER && info.si_arch == abi_arch("i386")->token &&
	       info.si_syscall == abi_arch("i386")->socketcall;
}

enum int80_outcome int80_turn(struct supervisor *supervisor, pid_t pid)
{
	struct registers32 registers;
	uint32_t entry = 0;

	if (!is_of_our_filter(pid))
		return INT80_NOT_OURS;
	if (!registers_get(pid, &registers))
		entry = patch_int80_entry(&supervisor->patcher, pid, registers.eip);
	/* The program isn't patched, or is a 64-bit program, or the thread has ended. */
	if (!entry) {
		registers_answer(pid, -ENOSYS);
		return INT80_REFUSED;
	}
	registers.eax = registers.eip;     /* the entry pushes eax as its return address */
	registers.orig_eax = (uint32_t)-1; /* not in a system call: the kernel must not restart one */
	registers.eip = entry;
	registers_set(pid, &registers);
	return INT80_TURNED;
}
