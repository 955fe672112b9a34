/* SPDX-License-Identifier: MIT */
#include "process/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_ROOM = 64 };

static void write_path(char path[PATH_ROOM], pid_t pid, const char *name)
{
	snprintf(path, PATH_ROOM, "/proc/%d/%s", (int)pid, name);
}

int proc_open(pid_t pid, const char *name, int flags)
{
	char path[PATH_ROOM];
	int fd;

	write_path(path, pid, name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int proc_stat(pid_t pid, const char *name, struct stat *file)
{
	char path[PATH_ROOM];

	write_path(path, pid, name);
	return stat(path, file) ? -errno : 0;
}

ssize_t proc_read(int fd, void *buffer, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, (char *)buffer + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}
