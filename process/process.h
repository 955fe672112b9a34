/* SPDX-License-Identifier: MIT
 *
 * process: reads and changes another process from outside, through /proc, ptrace(2) and seccomp_unotify(2). It does not
 * know what the changes are for, and uses no other room than abi/.
 *
 *   process.h    opens a process: its memory, and its auxiliary vector
 *   memory.h     reads and writes the memory
 *   mappings.h   which executable mappings a process has, and of which files
 *   status.h     a thread's /proc/PID/status: its process, its parent, its tracer, its filters, its signals
 *   threads.h    stops all threads of a process
 *   proc.h       opens the files of /proc/PID, for those above
 *   owner.h      acts as the owner of a process, for a /proc that hides processes
 *   registers.h  a stopped thread's registers
 *   remote.h     makes system calls in a stopped thread
 *   ptrace.h     constants of ptrace(2) and siginfo_t that libc's headers lack
 *   listener.h   receives and answers system calls that a seccomp filter reports
 *   child.h      creates child processes that a program does not notice
 *   pass.h       passes a descriptor to a related process
 *
 * Functions take a thread or a process by its number (TID, PID). The kernel may give the number to another thread as
 * soon as the thread has ended and has been reaped. The number stays valid while a reported call of the thread waits
 * for its answer, and while ptrace(2) keeps the thread stopped: then the thread cannot be reaped.
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
	pid_t pid;                      /* the thread that process_open() was called with */
	uid_t owner;                    /* the owner of /proc/PID: the effective user, or root if not dumpable */
	int memory;                     /* the descriptor of /proc/PID/mem; process_close() closes it */
	bool is_read_only;              /* /proc/PID/mem can't be opened for writing: only a tracer writes to memory */
	uint32_t vdso;                  /* AT_SYSINFO_EHDR; 0: no 32-bit vDSO, or a 64-bit process */
	uint32_t vdso_entry;            /* AT_SYSINFO: the function by which libcs enter the kernel */
	uint32_t program_entry;         /* AT_ENTRY: an address in the program's text */
	uint32_t headers, header_count; /* AT_PHDR, AT_PHNUM: the address of the program headers, and their number */
};

/*
 * Opens the memory of the process that thread `pid` belongs to, and reads its auxiliary vector. The memory is opened
 * for reading and writing, or, if that isn't permitted, for reading: a Landlock sandbox may forbid this process to open
 * any file for writing. Returns 0, or -errno: EACCES or EPERM, not permitted (Yama; the process isn't dumpable, or has
 * more capabilities than this one); ESRCH or ENOENT, there is no such thread. This function looks the number up several
 * times. So the caller must check afterwards that it is still the number of the thread that was meant.
 */
int process_open(struct process *process, pid_t pid);

/* Closes the memory. */
void process_close(struct process *process);

/*
 * Opens /proc/PID/`name` with `flags`. If that isn't permitted, opens it with the file-system user and group of the
 * process, so that root without CAP_SYS_PTRACE can open files of programs that gave up root. Returns the descriptor,
 * which is close-on-exec, or -errno.
 */
int process_open_file(pid_t pid, const char *name, int flags);

#endif
