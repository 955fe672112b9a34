/* SPDX-License-Identifier: MIT
 * What /proc/PID/status says of a thread. proc(5). */
#ifndef PROCESS_STATUS_H
#define PROCESS_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The name of a thread, as /proc/PID/comm has it, in `name`, which has `size` bytes with its null byte. It is the
 * program's to choose, and may be read on a terminal: what isn't printable ASCII becomes a '?'. False, and the name is
 * empty: the thread is gone, or `pid` is 0.
 */
bool status_name(pid_t pid, char *name, size_t size);

/*
 * Which thread or process it is, to be compared as bytes: a number is given away again as soon as whoever had it has
 * been waited for, and the new one started later.
 */
struct status_identity {
	uint64_t number;  /* 0: nobody */
	uint64_t started; /* clock ticks since the system started */
};

/* That of a thread, or of a process, which is its first thread. All zero when it is gone. */
struct status_identity status_identify(pid_t thread);

/* The process (thread group) that a thread belongs to; 0 when the thread is gone. */
pid_t status_process(pid_t thread);

/* The parent of its process; 0 when the parent is in an outer PID namespace, or the thread is gone. */
pid_t status_parent(pid_t thread);

/* How many seccomp filters a thread has; 0 also when that can't be told (before Linux 5.9, or the thread is gone). */
unsigned status_filters(pid_t thread);

/* Whether a thread blocks `signal`, or its process ignores it. False when the thread is gone. */
bool status_blocks_or_ignores(pid_t thread, int signal);

/* Whether a thread has a signal that it is yet to handle. False when the thread is gone. */
bool status_has_signal(pid_t thread);

/* Whether a thread is dead or gone. */
bool status_is_dead(pid_t thread);

/*
 * Whether this process traces a thread that hasn't ended. True as well where that can't be told for want of descriptors
 * (EMFILE, ENFILE): there will be some again.
 */
bool status_is_traced_by_us(pid_t thread);

/*
 * The user and the group that are checked when the thread opens files: setfsuid(2). 0, or -errno: the thread is gone.
 */
int status_file_system_ids(pid_t thread, unsigned *uid, unsigned *gid);

/*
 * Whether /proc is mounted for this process' PID namespace. In the /proc of an outer one this process' numbers are
 * those of other processes, which must not be touched. 0; -ESRCH, it is an outer one's; -ENOENT, there is no /proc, or
 * an inner one's. proc(5), NSpid; pid_namespaces(7).
 */
int status_check_namespace(void);

#endif
