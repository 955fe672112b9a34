/* SPDX-License-Identifier: MIT */
#include "run/supervise/confine.h"

#include "filter/join.h"
#include "filter/load.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>

int confine_program(const struct supervisor_confinement *confinement)
{
	if (!confinement)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	/* Casting const away is safe: the kernel only copies the instructions. */
	return filter_load((struct sock_filter *)confinement->filter, confinement->length);
}

int confine_self(const struct supervisor_confinement *confinement)
{
	int r = confine_program(confinement);

	if (!confinement || r)
		return r;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -errno : 0;
}

int confine_filter(const struct supervisor_confinement *confinement, struct sock_filter *filter, int length)
{
	if (!confinement)
		return length;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return filter_join(filter, length, BPF_MAXINSNS, confinement->filter, confinement->length);
}
