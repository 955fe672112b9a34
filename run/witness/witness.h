/* SPDX-License-Identifier: MIT
 *
 * run/witness: whether multiplexed calls work is seen by running a small 32-bit program (witness.S) that makes one. It
 * is carried in this one. It is run from memory, or, where that isn't allowed (vm.memfd_noexec, a filter), from a file
 * that is removed again.
 *
 *   doors.h    which socket calls come to the kernel, multiplexed and directly, without any 32-bit program
 */
#ifndef WITNESS_WITNESS_H
#define WITNESS_WITNESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Can a 32-bit program that this process starts make a multiplexed socket call? */
enum witness_answer {
	WITNESS_FAILS,     /* it can't: the call fails, or a filter kills the program for it */
	WITNESS_WORKS,     /* it can: the call is open, or made directly for it */
	WITNESS_CANT_TELL, /* none could be run */
	WITNESS_KILLED,    /* a filter kills 32-bit programs, though they make no socket call */
};

/* Runs the witness, and waits for it. Nothing of it stays. */
enum witness_answer witness_ask(void);

/* The same of a program that makes the call by an `int $0x80` of its own. */
enum witness_answer witness_ask_int80(void);

/*
 * The same as either, with *error set to 0, or for WITNESS_CANT_TELL to -errno of what failed: -ENOEXEC, the kernel
 * runs no 32-bit programs; else there is no place for a program to be run from, or no process to be had.
 */
enum witness_answer witness_ask_why(bool int80, int *error);

/*
 * Starts the witness, traced by this process and stopped before its first instruction. 0 with *pid, which the caller
 * kills and waits for; or -errno.
 */
int witness_start_stopped(pid_t *pid);

#endif
