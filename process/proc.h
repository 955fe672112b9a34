/* SPDX-License-Identifier: MIT
 * Opens and reads the files of /proc/PID. proc(5). */
#ifndef PROCESS_PROC_H
#define PROCESS_PROC_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens /proc/PID/`name` with `flags`. If /proc hides the process from this process (hidepid=), the file is opened with
 * the file-system user and group of the hidden process. Returns the descriptor, which is close-on-exec, or -errno.
 */
int proc_open(pid_t pid, const char *name, int flags);

/* The same with the given file-system user and group, for which the caller needs CAP_SETUID and CAP_SETGID. */
int proc_open_as(pid_t pid, const char *name, int flags, unsigned uid, unsigned gid);

/* Calls stat(2) for /proc/PID/`name`, with the identity that proc_open() uses. Returns 0 or -errno. */
int proc_stat(pid_t pid, const char *name, struct stat *file);

/*
 * Reads the link /proc/PID/`name`, with the identity that proc_open() uses; if that isn't permitted (EACCES), with the
 * file-system user and group of the process. Returns 0, with the target in `link`, ended by a null byte and cut off to
 * fit in `size` bytes; or -errno.
 */
int proc_read_link(pid_t pid, const char *name, char *link, size_t size);

/* Opens /proc/self/`name` for reading. Returns the descriptor, which is close-on-exec, or -errno. */
int proc_open_self(const char *name);

/*
 * Makes all functions above use what is mounted at /proc now, in this process and in children that it forks later,
 * whatever is mounted or unmounted at /proc afterwards. This needs CAP_SYS_ADMIN; without it, nothing happens, and the
 * functions use whatever is at /proc. A program needs the same capability to change the mount of /proc.
 */
void proc_hold(void);

/*
 * Reads up to `size` bytes, or to the end of the file; signals don't interrupt it. Returns how many bytes, or -errno.
 */
ssize_t proc_read(int fd, void *buffer, size_t size);

#endif
