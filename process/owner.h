/* SPDX-License-Identifier: MIT
 * Acts as the owner of a process that /proc hides from this process (proc(5), hidepid=). */
#ifndef PROCESS_OWNER_H
#define PROCESS_OWNER_H

#include <sys/types.h>

/*
 * Calls attempt(context, uid, gid) with the file-system user and group of process `pid`, and returns its result. Before
 * Linux 6.13 the kernel doesn't tell a hidden process' user. Then attempt() is called with each user of /etc/passwd,
 * until it returns neither -ENOENT nor -EPERM. Returns -ENOENT, without a call of attempt(), if there is no such
 * process.
 */
int owner_try(pid_t pid, int (*attempt)(const void *context, unsigned uid, unsigned gid), const void *context);

#endif
