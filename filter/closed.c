/* SPDX-License-Identifier: MIT */
#include "filter/closed.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

unsigned short filter_closed(struct sock_filter filter[FILTER_CLOSED_LENGTH], const struct abi_arch *arch, int error)
{
	const struct sock_filter program[FILTER_CLOSED_LENGTH] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch->token, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)arch->socketcall, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	memcpy(filter, program, sizeof program);
	return FILTER_CLOSED_LENGTH;
}
