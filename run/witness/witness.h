/* SPDX-License-Identifier: MIT
 * A small 32-bit program, run to see for itself. */
#ifndef WITNESS_WITNESS_H
#define WITNESS_WITNESS_H

/* Can a 32-bit program that this process starts make a multiplexed socket call? */
enum witness_answer {
	WITNESS_FAILS,     /* it can't */
	WITNESS_WORKS,     /* it can: the call is open, or made directly for it */
	WITNESS_CANT_TELL, /* 32-bit programs aren't run here, or none can be started */
};

enum witness_answer witness_ask(void);

/* The same of a program that makes the call by an `int $0x80` of its own. */
enum witness_answer witness_ask_int80(void);

#endif
