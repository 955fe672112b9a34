/* SPDX-License-Identifier: MIT */
#include "filter/reports.h"

#include "abi/x86.h"
#include "filter/filter.h"

#include <asm/prctl.h>
#include <linux/audit.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

unsigned short filter_reports(struct sock_filter filter[FILTER_REPORTS_LENGTH], uint32_t start, uint32_t load,
			      uint32_t native)
{
	int natives = native != SECCOMP_RET_ALLOW;
	const struct sock_filter of_i386[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, natives ? 15 : 13),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, I386_SET_THREAD_AREA, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, start),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, I386_SECCOMP, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, I386_PRCTL, 0, 8),
		/* prctl(): its option, and the mode. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(1)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_MODE_FILTER, 2, 4),
		/* seccomp(): its operation. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_SET_MODE_FILTER, 0, 2),
		/* Either loads a filter. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(FILTER_MARKER_ARGUMENT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_MARKER, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, load),
	};
	const struct sock_filter of_x86_64[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, X86_64_ARCH_PRCTL, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FILTER_ARGUMENT(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH_SET_FS, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, native),
	};

	memcpy(filter, of_i386, sizeof of_i386);
	if (natives)
		memcpy(filter + sizeof of_i386 / sizeof *filter, of_x86_64, sizeof of_x86_64);
	return (sizeof of_i386 + (natives ? sizeof of_x86_64 : 0)) / sizeof *filter;
}
