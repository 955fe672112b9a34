/* SPDX-License-Identifier: MIT
 * Reads another process's identity, and whether a signal is pending for it, from /proc. */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum { PIDFD_OF_THREAD = 0200 }; /* PIDFD_THREAD, Linux 6.9 */

/* A thread's /proc/TID/status. */
struct status {
	unsigned long long process, mask, user[4], group[4];
	/* sets of signals: pending for the thread alone, pending for the whole process, blocked, ignored */
	unsigned long long own, shared, blocked, ignored;
	unsigned long long capabilities;
};

int socketcall_host_numbers(const char *line, const char *name, int base, unsigned long long *numbers, int count)
{
	size_t length = strlen(name);
	char *end;

	if (strncmp(line, name, length) != 0)
		return 0;
	line += length;
	for (int i = 0; i < count; i++, line = end) {
		numbers[i] = strtoull(line, &end, base);
		if (end == line)
			return 0;
	}
	return 1;
}

/* Returns 0, or -ESRCH. */
static int status_of(int thread, struct status *s)
{
	char path[32], line[512];
	int fields = 0;
	FILE *file;

	*s = (struct status){ .process = (unsigned)thread, .mask = 022 };
	snprintf(path, sizeof path, "/proc/%d/status", thread);
	file = fopen(path, "re");
	if (!file)
		return -ESRCH;
	while (fgets(line, sizeof line, file)) {
		fields += socketcall_host_numbers(line, "Umask:", 8, &s->mask, 1);
		fields += socketcall_host_numbers(line, "Tgid:", 10, &s->process, 1);
		fields += socketcall_host_numbers(line, "Uid:", 10, s->user, 4);
		fields += socketcall_host_numbers(line, "Gid:", 10, s->group, 4);
		fields += socketcall_host_numbers(line, "SigPnd:", 16, &s->own, 1);
		fields += socketcall_host_numbers(line, "ShdPnd:", 16, &s->shared, 1);
		fields += socketcall_host_numbers(line, "SigBlk:", 16, &s->blocked, 1);
		fields += socketcall_host_numbers(line, "SigIgn:", 16, &s->ignored, 1);
		fields += socketcall_host_numbers(line, "CapEff:", 16, &s->capabilities, 1);
	}
	fclose(file);
	return fields == 9 ? 0 : -ESRCH;
}

/* The path itself stays the same. Instead this process takes on the guest's working directory, umask and file-system
 * IDs: so a relative path leads to the guest's file, and the kernel checks the guest's permissions. */
static int path_in_of_process(void *context, struct sockaddr_un *name, int length)
{
	struct socketcall_process *process = context;
	struct status s;
	char folder[32];

	(void)name;
	if (status_of(process->pid, &s))
		return -EACCES;
	snprintf(folder, sizeof folder, "/proc/%d/cwd", process->pid);
	if (chdir(folder))
		return -errno;
	process->moved = 1;
	umask((mode_t)s.mask);
	setfsgid((gid_t)s.group[3]);
	setfsuid((uid_t)s.user[3]);
	return length;
}

static int process_is_capable(void *context, int capability)
{
	const struct socketcall_process *process = context;
	struct status s;

	return status_of(process->pid, &s) == 0 && s.capabilities >> capability & 1;
}

void socketcall_process_identity(struct socketcall_process *process, struct socketcall_identity *identity)
{
	*identity = (struct socketcall_identity){
		.path_in = path_in_of_process,
		.capable = process_is_capable,
		.context = process,
	};
}

void socketcall_process_begin(struct socketcall_process *process)
{
	process->remembers = 1;
	process->remembered = 0;
}

void socketcall_process_done(struct socketcall_process *process)
{
	process->remembers = 0;
	process->remembered = 0;
	if (!process->moved)
		return;
	process->moved = 0;
	setfsuid(geteuid());
	setfsgid(getegid());
}

/* True if the thread of the notification waits for its answer still: so it lives, and the TID is its own. */
static int is_waiting(const struct socketcall_process *process)
{
	return !process->id || ioctl(process->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &process->id) == 0;
}

int socketcall_process_open(struct socketcall_process *process)
{
	struct status s;

	process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, PIDFD_OF_THREAD);
	process->stays = process->pidfd >= 0;
	if (process->pidfd < 0 && errno == EINVAL && status_of(process->pid, &s) == 0) {
		process->pidfd = (int)syscall(SYS_pidfd_open, (int)s.process, 0);
		process->stays = process->pidfd >= 0 && (int)s.process == process->pid;
	}
	if (process->pidfd < 0)
		return -errno;
	if (is_waiting(process))
		return 0;
	close(process->pidfd);
	process->pidfd = -1;
	process->stays = 0;
	return -ESRCH;
}

int socketcall_process_interrupted(struct socketcall_process *process)
{
	struct status s;
	int shared, was = process->signalled;

	if (status_of(process->pid, &s))
		return 0;
	shared = (s.shared & ~s.blocked & ~s.ignored) != 0;
	process->signalled = shared;
	return (s.own & ~s.blocked & ~s.ignored) != 0 || (shared && was);
}
