/* SPDX-License-Identifier: MIT */
#include "filter/join.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <string.h>

int filter_join(struct sock_filter *filter, int length, unsigned capacity, const struct sock_filter *second,
		int second_length)
{
	if (length < 0 || second_length < 0)
		return length < 0 ? length : second_length;
	if ((unsigned)length + (unsigned)second_length > capacity || length + second_length > BPF_MAXINSNS)
		return -E2BIG;
	for (int i = 0; i < length; i++)
		if (filter[i].code == (BPF_RET | BPF_K) && filter[i].k == SECCOMP_RET_ALLOW)
			filter[i] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (unsigned)(length - i - 1));
	memcpy(filter + length, second, (unsigned)second_length * sizeof *second);
	return length + second_length;
}
