/* SPDX-License-Identifier: MIT
 * The version of the running kernel, and a constant of kernels that libc's headers lack. */
#ifndef ABI_KERNEL_H
#define ABI_KERNEL_H

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/utsname.h>

/*
 * si_code of a SIGSYS that a seccomp filter sent: <asm-generic/siginfo.h>, which can't be included beside <signal.h>.
 */
#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

/* A version as one number, so that versions can be compared. */
#define KERNEL_RELEASE(major, minor) ((major) << 12 | (minor))

/* Returns the running kernel's version, KERNEL_RELEASE() of its first two numbers, or -errno: -EINVAL, it has none. */
static inline int kernel_release(void)
{
	struct utsname name;
	char *dot;
	long major;

	if (uname(&name))
		return -errno;
	major = strtol(name.release, &dot, 10);
	if (*dot != '.')
		return -EINVAL;
	return (int)KERNEL_RELEASE(major, strtol(dot + 1, NULL, 10));
}

#endif
