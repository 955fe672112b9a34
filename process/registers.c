/* SPDX-License-Identifier: MIT */
#include "process/registers.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* What PTRACE_GETREGSET gives, by the thread's mode. */
union either {
	struct registers32 word32;
	struct user_regs_struct word64;
};

static int poke(pid_t pid, size_t at, unsigned long value)
{
	return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs) + at, value) ? -ESRCH : 0;
}

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

int registers_set(pid_t pid, const struct registers32 *registers)
{
	const struct {
		size_t at;
		uint32_t value;
	} all[] = {
		{ offsetof(struct user_regs_struct, rbx), registers->ebx },
		{ offsetof(struct user_regs_struct, rcx), registers->ecx },
		{ offsetof(struct user_regs_struct, rdx), registers->edx },
		{ offsetof(struct user_regs_struct, rsi), registers->esi },
		{ offsetof(struct user_regs_struct, rdi), registers->edi },
		{ offsetof(struct user_regs_struct, rbp), registers->ebp },
		{ offsetof(struct user_regs_struct, rax), registers->eax },
		{ offsetof(struct user_regs_struct, rip), registers->eip },
	};
	/* -1 is no call in all of its bits. */
	int r = poke(pid, offsetof(struct user_regs_struct, orig_rax), (unsigned long)(int32_t)registers->orig_eax);

	for (size_t i = 0; !r && i < sizeof all / sizeof *all; i++)
		r = poke(pid, all[i].at, all[i].value);
	return r;
}

int registers_answer(pid_t pid, long result)
{
	int r = poke(pid, offsetof(struct user_regs_struct, orig_rax), (unsigned long)-1);

	return r ? r : poke(pid, offsetof(struct user_regs_struct, rax), (unsigned long)result);
}
