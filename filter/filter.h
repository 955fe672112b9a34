/* SPDX-License-Identifier: MIT
 *
 * filter/: seccomp filters (classic BPF programs) as arrays of instructions. This room writes filters, and finds
 * out what a given filter answers. Only load.c makes system calls.
 *
 *   build.h      writes filters: instructions, and jumps to labels
 *   closed.h     a filter that refuses socketcall with an errno
 *   reports.h    a filter by which a supervisor is notified of program starts and of programs' own filters
 *   sockets.h    a filter by which a supervisor is notified of sockets that are made
 *   traps.h      a filter that turns socketcall into SIGSYS
 *   equalize.h   what goes before a program's own filter, so that direct calls get the answers of multiplexed ones
 *   interpret.h  what a filter answers to a call of which only some words are known
 *   join.h       makes one filter of two, of which the second decides what the first allows
 *   load.h       loads a filter into the calling thread
 *
 * This header states what these files share: where a filter finds the words of a call, and the marker.
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Offsets of 32-bit words in struct seccomp_data, which is all that a filter can read. What has 64 bits there is
 * two words, the low one first: x86 is little-endian.
 */
enum filter_word {
	FILTER_NUMBER = offsetof(struct seccomp_data, nr), /* the system call's number */
	FILTER_ARCH = offsetof(struct seccomp_data, arch), /* AUDIT_ARCH_* */
	/* The address behind the instruction that makes the call. */
	FILTER_CALLER = offsetof(struct seccomp_data, instruction_pointer),
	FILTER_CALLER_HIGH = FILTER_CALLER + sizeof(uint32_t),
};

/* The words of argument `i`, from 0 to FILTER_ARGUMENTS - 1. */
#define FILTER_ARGUMENT(i)      (offsetof(struct seccomp_data, args) + (i) * sizeof(uint64_t))
#define FILTER_ARGUMENT_HIGH(i) (FILTER_ARGUMENT(i) + sizeof(uint32_t))
enum { FILTER_ARGUMENTS = 6 };

enum {
	/*
	 * Marks what comes from socketcall itself ("SC" in ASCII):
	 *   - When the supervisor loads a program's filter in the program's thread, it passes the marker as an argument
	 *     that the kernel ignores. filter_reports() reports each load but these.
	 *   - It is the SECCOMP_RET_DATA of filter_traps(), and under ptrace of filter_reports(). A tracer reads it as
	 *     si_errno of the SIGSYS, or by PTRACE_GETEVENTMSG, and so knows the event from those of other filters.
	 */
	FILTER_MARKER = 0x5343,
	FILTER_MARKER_ARGUMENT = 4, /* the argument of seccomp() or prctl(), from 0 on; i386's edi */
};

#endif
