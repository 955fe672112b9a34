/* SPDX-License-Identifier: MIT */
#include "mech/notify/trap.h"

#include "mech/notify/registers.h"
#include "mech/patch/patch.h"
#include "policy/traps.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code: asm-generic/siginfo.h */
#endif

static int is_ours(pid_t pid)
{
	siginfo_t info;

	return !ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) && info.si_code == SYS_SECCOMP &&
	       info.si_errno == POLICY_TRAPS_MARK && info.si_arch == abi_arch("i386")->token &&
	       info.si_syscall == abi_arch("i386")->socketcall;
}

enum trap_outcome trap_turn(pid_t pid)
{
	union {
		struct registers32 word32;
		struct user_regs_struct word64;
	} registers;
	struct iovec set = { &registers, sizeof registers };
	enum trap_outcome outcome = TRAP_REFUSED;

	if (!is_ours(pid))
		return TRAP_OTHER;
	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &set))
		return TRAP_REFUSED; /* it is gone */
	if (set.iov_len != sizeof registers.word32) {
		registers.word64.rax = (unsigned long long)-ENOSYS; /* a 64-bit program: it has no such entry */
	} else {
		uint32_t from = registers.word32.eip, to = patch_trap(pid, from);

		registers.word32.eax = to ? from : (uint32_t)-ENOSYS;
		registers.word32.orig_eax = (uint32_t)-1; /* no system call any more: none to be restarted */
		if (to) {
			registers.word32.eip = to;
			outcome = TRAP_TURNED;
		}
	}
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &set);
	return outcome;
}
