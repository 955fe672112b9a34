/* SPDX-License-Identifier: MIT
 * Another process' memory, through /proc. */
#ifndef PROCESS_MEMORY_H
#define PROCESS_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An open target. `memory` pins the memory as it was when it was opened: an exec afterwards isn't seen through it. */
struct target {
	pid_t pid;
	uid_t owner;                    /* its effective user */
	int memory;                     /* owned: target_close() */
	uint32_t vdso;                  /* AT_SYSINFO_EHDR, 0 when there is none */
	uint32_t entry;                 /* AT_SYSINFO */
	uint32_t start;                 /* AT_ENTRY: somewhere in the program's text */
	uint32_t headers, header_count; /* AT_PHDR, AT_PHNUM: its program headers */
};

/*
 * Opens the memory of the 32-bit process that thread `pid` belongs to, for reading and writing, and reads its auxiliary
 * vector. Where the caller's own identity doesn't suffice, it tries as the target's file-system user and group. 0 or -errno:
 * EACCES or EPERM, not permitted (Yama; not dumpable; more capabilities than the caller); ESRCH or ENOENT, gone.
 * Afterwards the caller must make sure that the pid was still the process that it meant. A 64-bit process has no vdso here.
 */
int target_open(struct target *target, pid_t pid);
void target_close(struct target *target);

/* The process that a thread belongs to; 0 when it is gone. */
pid_t target_process(pid_t thread);

/* The parent of its process; 0 when that is in no sight, or the thread is gone. */
pid_t target_parent(pid_t thread);

/* How many seccomp filters a thread has; 0 when that can't be told (before Linux 5.9). */
unsigned target_filters(pid_t thread);

/* Whether a thread blocks or ignores `signal`. */
int target_shuts_out(pid_t thread, int signal);

/* Whether this process traces a thread that hasn't ended; true as well where that can't be told now (EMFILE, ENFILE). */
int target_traced(pid_t thread);

/*
 * Whether /proc numbers processes as this process does. Where it is an outer PID namespace's, the same numbers are other
 * processes', which must not be touched. 0; -ESRCH, it doesn't; -ENOENT, there is no /proc, or of an inner namespace.
 * proc(5), NSpid; pid_namespaces(7).
 */
int target_numbered(void);

/*
 * Whether this process may write to the read-only memory of `pid`, a fork of it that has not yet run a program. 0 or -errno:
 * as target_open()'s and target_numbered()'s; EIO, the system doesn't let writing be forced (proc_mem.force_override=, Linux 6.12).
 */
int target_try(pid_t pid);

/* Exactly `size` bytes at `at`. 0 or -errno (EFAULT: not all of it is there). Writing goes to read-only memory as well. */
int target_read(const struct target *target, uint32_t at, void *bytes, size_t size);
int target_write(const struct target *target, uint32_t at, const void *bytes, size_t size);

/*
 * The same as a system call of the target's would read it: not what it may not read itself (PROT_NONE). Where this process may
 * not call process_vm_readv(2), as target_read().
 */
int target_read_own(const struct target *target, uint32_t at, void *bytes, size_t size);

/* Text that comes from a file. */
struct target_text {
	uint32_t start, end;
	uint64_t device, inode, changed; /* which file, and when it was changed, where that is known */
	const char *path;                /* as /proc/pid/maps has it, or null; good until the next call */
};

/*
 * Calls each() with every executable mapping of a file, or, which is quicker, with the text of a program that is linked
 * statically and at a fixed address, until it answers other than 0. 0, what each() answered, or -errno.
 */
int target_texts(const struct target *target, int (*each)(void *context, const struct target_text *), void *context);

#endif
