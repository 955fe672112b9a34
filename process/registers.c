/* SPDX-License-Identifier: MIT */
#include "process/registers.h"

#include "process/listener.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* What PTRACE_GETREGSET writes for a thread in 32-bit mode, and for one in 64-bit mode. */
union either {
	struct registers32 word32;
	struct user_regs_struct word64;
};

int registers_get(pid_t pid, struct registers32 *registers)
{
	union either either;
	struct iovec set = { &either, sizeof either };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &set))
		return -ESRCH;
	if (set.iov_len != sizeof *registers)
		return -ENOTSUP;
	*registers = either.word32;
	return 0;
}

/* PTRACE_GETREGS writes the tracer's layout, here the 64-bit one, in whichever mode the thread is. */
static int get(pid_t pid, struct user_regs_struct *all)
{
	return ptrace(PTRACE_GETREGS, pid, NULL, all) ? -ESRCH : 0;
}

/*
 * One request sets all registers, so that a tracer that is killed leaves either all old values or all new ones. The
 * kernel sets the registers in the order of struct user_regs_struct, which ends with ds, es, fs and gs. It refuses with
 * EIO some selectors that a program can have in these four (arch/x86/kernel/ptrace.c, genregs_set() and
 * set_segment_reg()). These four aren't changed here, and all others are set before the refusal. So EIO is a success.
 */
static int set(pid_t pid, const struct user_regs_struct *all)
{
	return ptrace(PTRACE_SETREGS, pid, NULL, all) && errno != EIO ? -ESRCH : 0;
}

_Static_assert(offsetof(struct user_regs_struct, ds) > offsetof(struct user_regs_struct, rsp),
	       "the kernel sets the data segments' selectors last");

int registers_set(pid_t pid, const struct registers32 *registers)
{
	struct user_regs_struct all;
	int r = get(pid, &all);

	if (r)
		return r;
	all.rbx = registers->ebx;
	all.rcx = registers->ecx;
	all.rdx = registers->edx;
	all.rsi = registers->esi;
	all.rdi = registers->edi;
	all.rbp = registers->ebp;
	all.rax = registers->eax;
	all.orig_rax = (unsigned long)(int32_t)registers->orig_eax; /* sign-extended: -1, no call, has all bits set */
	all.rip = registers->eip;
	return set(pid, &all);
}

int registers_answer(pid_t pid, long result)
{
	struct user_regs_struct all;
	int r = get(pid, &all);

	if (r)
		return r;
	all.orig_rax = (unsigned long)-1;
	all.rax = (unsigned long)result;
	return set(pid, &all);
}

int registers_set_fifth(pid_t pid, bool is_i386, int number, uint32_t value)
{
	struct user_regs_struct all;
	int r = get(pid, &all);

	if (r)
		return r;
	/* A call that will be repeated has this result: ERESTARTNOINTR, or after a signal ERESTARTSYS (512). */
	if ((int)all.orig_rax != number ||
	    ((int)all.rax != -LISTENER_RESTARTED && (int)all.rax != 1 - LISTENER_RESTARTED))
		return -EAGAIN;
	if (is_i386)
		all.rdi = value;
	else
		all.r8 = value;
	return set(pid, &all);
}
