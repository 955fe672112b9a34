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

enum { ADD_AND_ANSWER = 1 << 1 }; /* SECCOMP_ADDFD_FLAG_SEND, Linux 5.14 */

/* The thread's descriptor, here, or -1 and errno. */
static int taken(struct socketcall_process *process, int number)
{
	struct socketcall_process now = { .pid = process->pid };
	int fd = (int)syscall(SYS_pidfd_getfd, process->pidfd, number, 0);

	/* a pidfd that was kept is of a thread that is no more */
	if (fd >= 0 || errno != ESRCH || socketcall_process_open(&now))
		return fd;
	dup3(now.pidfd, process->pidfd, O_CLOEXEC);
	close(now.pidfd);
	return (int)syscall(SYS_pidfd_getfd, process->pidfd, number, 0);
}

static int host_of_process(void *context, int guest)
{
	struct socketcall_process *process = context;
	int fd;

	if (process->kept > 0 && guest == process->kept_number)
		return fcntl(process->kept, F_DUPFD_CLOEXEC, 0);
	fd = taken(process, guest);
	return fd < 0 ? -EBADF : fd;
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
		int fd = taken(process, number);

		if (fd >= 0) {
			close(fd);
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
	add.flags = process->answers ? ADD_AND_ANSWER : 0;
	r = ioctl(process->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	if (r < 0 && errno == EINVAL && add.flags) {
		add.flags = 0;
		r = ioctl(process->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	}
	if (r < 0)
		return -errno;
	process->answered = add.flags != 0;
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
