/* SPDX-License-Identifier: MIT
 * Descriptors of another process: taken by pidfd_getfd(2), given by seccomp's notifications. */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static int host_of_process(void *context, int guest)
{
	const struct socketcall_process *process = context;
	long fd;

	if (process->kept > 0 && guest == process->kept_number)
		return fcntl(process->kept, F_DUPFD_CLOEXEC, 0);
	fd = syscall(SYS_pidfd_getfd, process->pidfd, guest, 0);
	return fd < 0 ? -EBADF : (int)fd;
}

static void done_of_process(void *context, int host)
{
	(void)context;
	close(host);
}

/* RLIMIT_NOFILE, by /proc: prlimit() wants CAP_SYS_RESOURCE for another user's. If /proc doesn't say, installing
 * does. */
static unsigned long descriptors_most(const struct socketcall_process *process)
{
	char path[32], line[128];
	unsigned long long limit = INT_MAX;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/limits", process->pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (socketcall_host_numbers(line, "Max open files", 10, &limit, 1))
			break;
	if (file)
		fclose(file);
	return limit < INT_MAX ? (unsigned long)limit : INT_MAX;
}

/*
 * The lowest number that is free, from those on that this call has been given already. Nothing can be kept in another
 * process; a thread of it that takes the number meanwhile has the next one given in its place (install_in_process()).
 */
static int reserve_in_process(void *context)
{
	struct socketcall_process *process = context;
	unsigned long limit = descriptors_most(process);

	for (int number = process->reserved; (unsigned long)number < limit; number++) {
		long fd = syscall(SYS_pidfd_getfd, process->pidfd, number, 0);

		if (fd >= 0) {
			close((int)fd);
		} else if (errno == EBADF) {
			process->reserved = number + 1;
			return number;
		} else {
			return -EMFILE;
		}
	}
	return -EMFILE;
}

static void release_in_process(void *context, int number)
{
	struct socketcall_process *process = context;

	if (number < process->reserved)
		process->reserved = number;
}

static int install_in_process(void *context, int number, int host, int flags)
{
	struct socketcall_process *process = context;
	struct seccomp_notif_addfd add = {
		.id = process->id,
		.srcfd = (unsigned)host,
		.newfd_flags = flags & SOCK_CLOEXEC ? O_CLOEXEC : 0,
	};
	int r;

	(void)number; /* it may have been taken: the lowest one that is free is the same, or better */
	process->reserved = 0;
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
		.reserve = reserve_in_process,
		.release = release_in_process,
		.install = install_in_process,
		.context = process,
	};
}
