/* SPDX-License-Identifier: MIT
 * Reading and writing another process' memory, through /proc/PID/mem. proc(5). */
#ifndef PROCESS_MEMORY_H
#define PROCESS_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/process.h"

/*
 * Reads `size` bytes at `at`, also where the process itself may not read. 0, or -errno: EFAULT, not all of them are
 * mapped.
 */
int memory_read(const struct process *process, uint32_t at, void *bytes, size_t size);

/*
 * As memory_read(), but as a system call of the process would read it: EFAULT also where it may not read (PROT_NONE).
 * Where the caller may not call process_vm_readv(2), this is memory_read().
 */
int memory_read_as_itself(const struct process *process, uint32_t at, void *bytes, size_t size);

/*
 * Writes `size` bytes at `at`, also to read-only memory. Where the system doesn't let /proc/PID/mem write to read-only
 * memory, or doesn't let it be opened for writing, but the caller traces the process and has stopped it, it is done by
 * ptrace. 0, or -errno: EFAULT, not all of it is mapped; EIO, it is read-only and this may not be written to; EACCES,
 * it can't be opened for writing and isn't traced.
 */
int memory_write(const struct process *process, uint32_t at, const void *bytes, size_t size);

/*
 * Tries whether this process may write to read-only memory of `pid`, which must be a fork of this process that hasn't
 * exec'd yet. 0, or -errno: as process_open()'s and status_check_namespace()'s; EIO, the system doesn't let
 * /proc/PID/mem write to read-only memory (proc_mem.force_override=, Linux 6.12).
 */
int memory_try_write(pid_t pid);

#endif
