/* SPDX-License-Identifier: MIT */
#include "filter/load.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

int filter_load(struct sock_filter *filter, int length)
{
	struct sock_fprog program = { .len = (unsigned short)length, .filter = filter };

	if (length < 0)
		return length;
	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 0;
	if (errno != EACCES)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}
