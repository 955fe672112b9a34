/* SPDX-License-Identifier: MIT
 *
 * Multiplexed calls that a program makes by an `int $0x80` of its own, where the tree is traced and a filter traps
 * them (filter/traps.h). Two bytes hold no jump, so such code can't be patched. Instead the thread, which has
 * stopped because it is to get the trap's SIGSYS, goes on in the patched entry of its vDSO, as if it had called
 * that: it makes the direct call itself, outside of any signal handler.
 */
#ifndef SUPERVISE_INT80_H
#define SUPERVISE_INT80_H

#include <sys/types.h>

struct supervisor;

enum int80_outcome {
	INT80_NOT_OURS, /* the SIGSYS doesn't come from the filter of filter/traps.h, and is the program's */
	INT80_TURNED,   /* the thread will go on in the vDSO's entry. The signal must not be delivered */
	INT80_REFUSED,  /* there is no such entry, and the call's result is ENOSYS. The signal must not be delivered */
};

/* Sets the registers of the traced thread `pid`, which has stopped because it is to get SIGSYS. */
enum int80_outcome int80_turn(struct supervisor *supervisor, pid_t pid);

#endif
