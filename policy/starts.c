/* SPDX-License-Identifier: MIT */
#include "policy/starts.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

enum { SET_THREAD_AREA = 243 }; /* arch/x86/entry/syscalls/syscall_32.tbl */

unsigned short policy_starts(struct sock_filter filter[POLICY_STARTS_LENGTH], uint32_t action)
{
	const struct sock_filter program[POLICY_STARTS_LENGTH] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SET_THREAD_AREA, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, action),
	};

	memcpy(filter, program, sizeof program);
	return POLICY_STARTS_LENGTH;
}
