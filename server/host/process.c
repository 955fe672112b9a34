/* SPDX-License-Identifier: MIT
 * Descriptors of another process: taken by pidfd_getfd(2), given by seccomp's notifications. */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static int host_of_process(void *context, int guest)
{
	const struct socketcall_process *process = context;
	long fd = syscall(SYS_pidfd_getfd, process->pidfd, guest, 0);

	return fd < 0 ? -EBADF : (int)fd;
}

static void done_of_process(void *context, int host)
{
	(void)context;
	close(host);
}

static int install_in_process(void *context, int number, int host, int flags)
{
	const struct socketcall_process *process = context;
	struct seccomp_notif_addfd add = {
		.id = process->id,
		.srcfd = (unsigned)host,
		.newfd_flags = flags & SOCK_CLOEXEC ? O_CLOEXEC : 0,
	};
	int r;

	if (number >= 0) {
		add.flags = SECCOMP_ADDFD_FLAG_SETFD;
		add.newfd = (unsigned)number;
	}
	r = ioctl(process->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	if (r < 0)
		return -errno;
	close(host);
	return r;
}

void socketcall_process_descriptors(struct socketcall_process *process, struct socketcall_descriptors *descriptors)
{
	*descriptors = (struct socketcall_descriptors){
		.host = host_of_process,
		.done = done_of_process,
		.install = install_in_process,
		.context = process,
	};
}
