/* SPDX-License-Identifier: MIT
 * Reads and writes another process' memory through /proc/PID/mem. proc(5). */
#ifndef PROCESS_MEMORY_H
#define PROCESS_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/process.h"

/*
 * Reads `size` bytes at address `at`, even if the process itself may not read there (PROT_NONE). Returns 0, or -errno:
 * EFAULT, not all of the bytes are mapped.
 */
int memory_read(const struct process *process, uint32_t at, void *bytes, size_t size);

/*
 * Like memory_read(), but with the process' own access rights, as the kernel reads a system call's arguments: EFAULT
 * also means that the process may not read there (PROT_NONE). If this process may not use process_vm_readv(2), the same
 * as memory_read().
 */
int memory_read_as_itself(const struct process *process, uint32_t at, void *bytes, size_t size);

/*
 * Writes `size` bytes at address `at`, even if the memory is read-only. Some systems don't let /proc/PID/mem write to
 * read-only memory, or don't let it be opened for writing; then ptrace(2) writes the bytes, if this process traces the
 * other and has stopped it. Returns 0, or -errno: EFAULT, not all of the bytes are mapped; EIO, the memory is read-only
 * and neither way can write to it; EACCES, /proc/PID/mem can't be opened for writing and ptrace(2) failed.
 */
int memory_write(const struct process *process, uint32_t at, const void *bytes, size_t size);

/*
 * Tries whether this process may write to read-only memory of process `pid`, which must be a fork of this process that
 * hasn't called exec. Returns 0, or -errno: the errors of process_open() and status_check_namespace(); EIO, the system
 * doesn't let /proc/PID/mem write to read-only memory (proc_mem.force_override=, Linux 6.12).
 */
int memory_try_write(pid_t pid);

#endif
