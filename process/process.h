/* SPDX-License-Identifier: MIT
 *
 * process: another process, seen from outside. This room knows how to look at a process and how to change it; it
 * doesn't know why somebody wants to. It uses nothing of this project but abi/.
 *
 *   process.h    opening a process: its memory, and what its auxiliary vector says
 *   memory.h     reading and writing the memory
 *   mappings.h   which executable code of which files is mapped
 *   status.h     a thread's /proc/PID/status: its process, its parent, its tracer, its filters, its signals
 *   proc.h       the files of /proc/PID, for the four above; owner.h, for a /proc that hides processes
 *   registers.h  a stopped thread's registers
 *   remote.h     system calls made in a stopped thread
 *   ptrace.h     constants of ptrace(2) and siginfo_t that libc's headers lack
 *   listener.h   system calls of other processes, reported by a seccomp filter
 *   child.h      child processes that no other part of the program notices
 *   pass.h       passing a descriptor to a related process
 *
 * A process or a thread is named by its number, which the kernel may give to another one as soon as the thread has been
 * waited for. Each function says what keeps the number valid: a listener's call that still waits, or a stop under
 * ptrace.
 */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A 32-bit process whose memory is open. `memory` refers to the address space that the process had when it was opened:
 * after an exec it still refers to the old one, never to the new program's.
 */
struct process {
	pid_t pid;                      /* of the thread by which it was opened */
	uid_t owner;                    /* its effective user */
	int memory;                     /* the descriptor of /proc/PID/mem, owned: process_close() */
	bool is_read_only;              /* it couldn't be opened for writing: only its tracer writes to the memory */
	uint32_t vdso;                  /* AT_SYSINFO_EHDR; 0: it has no 32-bit vDSO, or is a 64-bit process */
	uint32_t vdso_entry;            /* AT_SYSINFO: where libcs enter the kernel */
	uint32_t program_entry;         /* AT_ENTRY: an address in the program's text */
	uint32_t headers, header_count; /* AT_PHDR, AT_PHNUM: the program headers, and how many there are */
};

/*
 * Opens the memory of the process that thread `pid` belongs to for reading and writing, and reads its auxiliary vector.
 * Where it may be read alone (a Landlock sandbox lets nobody open files for writing), it is opened for that. 0, or
 * -errno: EACCES or EPERM, not permitted (Yama, not dumpable, more capabilities than the caller); ESRCH or ENOENT,
 * there is no such thread. The number is used several times here: afterwards the caller must make sure that it is still
 * the thread that it meant.
 */
int process_open(struct process *process, pid_t pid);
void process_close(struct process *process);

/*
 * Opens /proc/PID/`name` with `flags`: as the caller, and if that isn't permitted, as the file-system user and group of
 * the process. So a caller that is root, but has no CAP_SYS_PTRACE, reaches programs that gave up root. The descriptor,
 * which is close-on-exec, or -errno.
 */
int process_open_file(pid_t pid, const char *name, int flags);

#endif
