/* SPDX-License-Identifier: MIT
 *
 * System-call numbers of x86 that more than one room needs, apart from the socket calls: those are in
 * abi/arch/i386.def and abi/arch/x86_64.def. They can't come from the kernel's <asm/unistd.h>, which gives every
 * number of the architecture that is being compiled for the same name (__NR_getpid) and so can't state both
 * architectures' in one file. tests/unit/abi/families.t compares each enumerator with the kernel's headers.
 */
#ifndef ABI_X86_H
#define ABI_X86_H

/* i386: arch/x86/entry/syscalls/syscall_32.tbl. 64-bit programs make these calls, too, by `int $0x80`. */
enum abi_i386_number {
	I386_GETPID = 20, /* has no arguments and no effect: a call for its own sake */
	I386_MUNMAP = 91,
	I386_MODIFY_LDT = 123,      /* by Go up to 1.6 instead of set_thread_area, with another first word than 0 */
	I386_PRCTL = 172,           /* prctl(PR_SET_SECCOMP) loads a filter */
	I386_RT_SIGACTION = 174,    /* filter/reports.h says who makes it with which arguments */
	I386_MMAP2 = 192,           /* mmap() with an offset in pages of 4096 bytes */
	I386_SET_THREAD_AREA = 243, /* by every libc once in a program's start, by Go in each thread */
	I386_SECCOMP = 354,         /* seccomp(SECCOMP_SET_MODE_FILTER) loads a filter */
	I386_IO_URING_SETUP = 425,
	I386_IO_URING_ENTER = 426,
};

/* x86-64: arch/x86/entry/syscalls/syscall_64.tbl. x32 has the same numbers with __X32_SYSCALL_BIT set. */
enum abi_x86_64_number {
	X86_64_GETPID = 39,
	X86_64_ARCH_PRCTL = 158, /* with ARCH_SET_FS by every libc once in a program's start */
	X86_64_IO_URING_SETUP = 425,
	X86_64_IO_URING_ENTER = 426,
};

#endif
