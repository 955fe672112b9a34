/* SPDX-License-Identifier: MIT
 * The files of /proc/PID. proc(5). */
#ifndef PROCESS_PROC_H
#define PROCESS_PROC_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Opens /proc/PID/`name` with `flags`, as the caller. The descriptor, which is close-on-exec, or -errno. */
int proc_open(pid_t pid, const char *name, int flags);

/* stat(2) of /proc/PID/`name`. 0 or -errno. */
int proc_stat(pid_t pid, const char *name, struct stat *file);

/* Reads until the file ends or `size` bytes have come, through interruptions. The number of bytes, or -errno. */
ssize_t proc_read(int fd, void *buffer, size_t size);

#endif
