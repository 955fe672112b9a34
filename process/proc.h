/* SPDX-License-Identifier: MIT
 * The files of /proc/PID. proc(5). */
#ifndef PROCESS_PROC_H
#define PROCESS_PROC_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens /proc/PID/`name` with `flags`, as the caller; where /proc doesn't show that process to the caller (hidepid=),
 * as the file-system user and group of the process. The descriptor, which is close-on-exec, or -errno.
 */
int proc_open(pid_t pid, const char *name, int flags);

/* The same as that file-system user and group, for which the caller needs CAP_SETUID and CAP_SETGID. */
int proc_open_as(pid_t pid, const char *name, int flags, unsigned uid, unsigned gid);

/* stat(2) of /proc/PID/`name`, as proc_open(). 0 or -errno. */
int proc_stat(pid_t pid, const char *name, struct stat *file);

/*
 * Reads the link /proc/PID/`name` as proc_open() opens a file, or, where that isn't permitted, as the file-system user
 * and group of the process. 0 with *link, of which a path's end is missing if it needs more than `size` bytes; or
 * -errno.
 */
int proc_read_link(pid_t pid, const char *name, char *link, size_t size);

/* Opens /proc/self/`name` for reading. The descriptor, which is close-on-exec, or -errno. */
int proc_open_self(const char *name);

/*
 * Keeps what is at /proc now for all functions above, in this process and in children that it forks from now on,
 * whatever anybody mounts there or unmounts later. Whoever may do that in this process' mount namespace has
 * CAP_SYS_ADMIN there; without it in this process nothing is kept, and nothing else happens.
 */
void proc_hold(void);

/* Reads until the file ends or `size` bytes have come, through interruptions. The number of bytes, or -errno. */
ssize_t proc_read(int fd, void *buffer, size_t size);

#endif
