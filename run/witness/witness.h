/* SPDX-License-Identifier: MIT
 *
 * run/witness: finds out whether multiplexed calls work, by running a small 32-bit program (witness.S) that makes one.
 * The program is embedded in this one. It is run from memory, or, if that isn't allowed (vm.memfd_noexec, a filter),
 * from a temporary file.
 *
 *   doors.h    which multiplexed and direct socket calls reach the kernel, without running a 32-bit program
 */
#ifndef WITNESS_WITNESS_H
#define WITNESS_WITNESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Can a 32-bit program that this process starts make a multiplexed socket call? */
enum witness_answer {
	WITNESS_FAILS,     /* no: the call fails, or a filter kills the program for it */
	WITNESS_WORKS,     /* yes: the call is open, or a supervisor or the preload makes it directly */
	WITNESS_CANT_TELL, /* the witness could not be run */
	WITNESS_KILLED,    /* a filter kills the witness, even if it makes no socket call */
};

/*
 * Runs the witness, and waits until it has ended; WITNESS_CANT_TELL if it hasn't after half a minute. Leaves no process
 * and no file behind, also if this process is killed, except that a file may be left in a folder for temporary files
 * where /proc isn't mounted.
 */
enum witness_answer witness_ask(void);

/* The same for a program that makes the call by an `int $0x80` of its own. */
enum witness_answer witness_ask_int80(void);

/*
 * Like witness_ask_int80() if `int80`, else like witness_ask(). For WITNESS_CANT_TELL sets *error to -errno of what
 * failed: -ENOEXEC, the kernel runs no 32-bit programs; -ETIMEDOUT, the witness doesn't end; other errors, the program
 * can't be run from memory or any folder, or no process can be created. Else, or if the error isn't known, sets *error
 * to 0.
 */
enum witness_answer witness_ask_why(bool int80, int *error);

/*
 * Starts the witness, traced by this process and stopped before its first instruction. Returns 0 with *pid, a child
 * that the caller must kill and reap, and that ends when this process ends; or -errno. No outer filter may kill for
 * prctl() and getppid().
 */
int witness_start_stopped(pid_t *pid);

#endif
