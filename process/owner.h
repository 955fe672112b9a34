/* SPDX-License-Identifier: MIT
 * Whose a process is, where /proc doesn't show the process to the caller (proc(5), hidepid=). */
#ifndef PROCESS_OWNER_H
#define PROCESS_OWNER_H

#include <sys/types.h>

/*
 * Calls `attempt` with the file-system user and group of that process, and returns its result. Where the kernel doesn't
 * tell these (before Linux 6.13), calls it with those of each user of /etc/passwd until it returns neither -ENOENT nor
 * -EPERM.
 * -ENOENT, and no call, if there is no such process.
 */
int owner_try(pid_t pid, int (*attempt)(const void *context, unsigned uid, unsigned gid), const void *context);

#endif
