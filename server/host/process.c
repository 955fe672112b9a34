/* SPDX-License-Identifier: MIT
 * Hooks for another process's descriptors: pidfd_getfd(2) takes them, SECCOMP_IOCTL_NOTIF_ADDFD gives them. */
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

/* Copies the thread's descriptor into this process. Returns the copy, or -1 with errno. */
static int take_descriptor(struct socketcall_process *process, int number)
{
	struct socketcall_process now = { .pid = process->pid, .listener = process->listener, .id = process->id };
	int fd = (int)syscall(SYS_pidfd_getfd, process->pidfd, number, 0);

	/* ESRCH: the thread of the kept pidfd is dead. If another one has its TID, and waits for this notification,
	 * reopen the pidfd for that one. */
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
	fd = take_descriptor(process, guest);
	return fd < 0 ? -EBADF : fd;
}

static void done_of_process(void *context, int host)
{
	(void)context;
	close(host);
}

/* The process's RLIMIT_NOFILE from /proc, since prlimit() needs CAP_SYS_RESOURCE for another user's process. If /proc
 * can't be read, there is no limit here, and install_in_process() reports EMFILE. */
static unsigned long descriptor_limit(const struct socketcall_process *process)
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
 * Returns the process's lowest free number above those that this call has reserved already. Nothing can hold the number
 * in another process: if a thread takes it meanwhile, install_in_process() gives the next free one.
 */
static int reserve_in_process(void *context)
{
	struct socketcall_process *process = context;
	unsigned long limit = descriptor_limit(process);

	for (int number = process->reserved; (unsigned long)number < limit; number++) {
		int fd = take_descriptor(process, number);

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

	/* Let the kernel choose the lowest free number. That is `number`, unless another thread has opened or closed a
	 * descriptor meanwhile. Adding at a fixed number would replace a descriptor that another thread has opened. */
	(void)number;
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
