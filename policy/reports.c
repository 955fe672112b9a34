/* SPDX-License-Identifier: MIT */
#include "policy/reports.h"

#include "policy/verdict.h"

#include <linux/audit.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

unsigned short policy_reports(struct sock_filter filter[POLICY_REPORTS_LENGTH], uint32_t start, uint32_t load)
{
	const struct sock_filter program[POLICY_REPORTS_LENGTH] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 13),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POLICY_REPORTS_START, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, start),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POLICY_REPORTS_SECCOMP, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POLICY_REPORTS_PRCTL, 0, 8),
		/* prctl(): its option, and the mode. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, VERDICT_ARGUMENT(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, VERDICT_ARGUMENT(1)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_MODE_FILTER, 2, 4),
		/* seccomp(): its operation. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, VERDICT_ARGUMENT(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_SET_MODE_FILTER, 0, 2),
		/* Either loads a filter. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, VERDICT_ARGUMENT(POLICY_REPORTS_NOT_AT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POLICY_REPORTS_NOT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, load),
	};

	memcpy(filter, program, sizeof program);
	return POLICY_REPORTS_LENGTH;
}
