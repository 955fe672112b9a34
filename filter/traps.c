/* SPDX-License-Identifier: MIT */
#include "filter/traps.h"

#include "filter/filter.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

unsigned short filter_traps(struct sock_filter filter[FILTER_TRAPS_LENGTH], const struct abi_arch *arch)
{
	const struct sock_filter program[FILTER_TRAPS_LENGTH] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch->token, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)arch->socketcall, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FILTER_CALLER_HIGH),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | FILTER_MARKER),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	memcpy(filter, program, sizeof program);
	return FILTER_TRAPS_LENGTH;
}
