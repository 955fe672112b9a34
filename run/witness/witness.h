/* SPDX-License-Identifier: MIT
 *
 * run/witness: whether multiplexed calls work is seen by running a small 32-bit program (witness.S) that makes one. The
 * program is carried in this one, and needs no file. */
#ifndef WITNESS_WITNESS_H
#define WITNESS_WITNESS_H

/* Can a 32-bit program that this process starts make a multiplexed socket call? */
enum witness_answer {
	WITNESS_FAILS,     /* it can't */
	WITNESS_WORKS,     /* it can: the call is open, or made directly for it */
	WITNESS_CANT_TELL, /* 32-bit programs aren't run here, or none can be started */
};

/* Runs the witness, and waits for it. Nothing of it stays. */
enum witness_answer witness_ask(void);

/* The same of a program that makes the call by an `int $0x80` of its own. */
enum witness_answer witness_ask_int80(void);

#endif
