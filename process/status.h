/* SPDX-License-Identifier: MIT
 * Reads /proc/PID/status, stat and comm of a thread. proc(5). */
#ifndef PROCESS_STATUS_H
#define PROCESS_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Copies the name of a thread from /proc/PID/comm to `name`, which has `size` bytes including the null byte. The
 * program chooses the name, and it may be printed on a terminal: so each byte that isn't printable ASCII is replaced by
 * '?'. Returns false, with an empty name, if the thread is gone or `pid` is 0.
 */
bool status_name(pid_t pid, char *name, size_t size);

/*
 * Identifies a thread or process, unlike its number alone: the kernel gives the number of a reaped thread to a new one,
 * but the new one has a later start time. Two identities can be compared as bytes.
 */
struct status_identity {
	uint64_t number;  /* TID or PID; 0: none */
	uint64_t started; /* clock ticks since the system booted */
};

/* Returns the identity of a thread, or of a process, by its number. All zero if it is gone. */
struct status_identity status_identify(pid_t thread);

/* Returns the process (thread group) that a thread belongs to; 0 if the thread is gone. */
pid_t status_process(pid_t thread);

/* Returns the parent of a thread's process; 0 if the parent is in an outer PID namespace, or the thread is gone. */
pid_t status_parent(pid_t thread);

/*
 * Returns how many seccomp filters a thread has; 0 also if that is unknown (before Linux 5.9, or the thread is gone).
 */
unsigned status_filters(pid_t thread);

/* True if a thread blocks `signal`, or its process ignores it. False if the thread is gone. */
bool status_blocks_or_ignores(pid_t thread, int signal);

/*
 * True if a signal is pending for a thread or its process that would interrupt a call: the thread doesn't block it, and
 * the process doesn't ignore it. For a traced process the kernel keeps ignored signals pending, too (sig_ignored() in
 * Linux 6.18's kernel/signal.c). False if the thread is gone.
 */
bool status_has_signal(pid_t thread);

/* True if a thread has ended, whether it has been reaped or not. */
bool status_is_dead(pid_t thread);

/*
 * True if this process traces the thread and the thread hasn't ended. Also true if the status can't be read for another
 * reason than the thread's end (EMFILE, ENFILE): so a caller that polls tries again.
 */
bool status_is_traced_by_us(pid_t thread);

/*
 * Reads the file-system user and group of a thread, which the kernel checks when the thread opens files: setfsuid(2).
 * Returns 0, or -errno: the thread is gone.
 */
int status_file_system_ids(pid_t thread, unsigned *uid, unsigned *gid);

/*
 * Checks that /proc is mounted for this process' PID namespace. In the /proc of an outer namespace, the numbers by
 * which this process knows others belong to unrelated processes, which must not be changed. Returns 0; -ESRCH, /proc is
 * an outer namespace's; or -ENOENT, there is no /proc, or it is an inner namespace's. proc(5), NSpid;
 * pid_namespaces(7).
 */
int status_check_namespace(void);

#endif
