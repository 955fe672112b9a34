/* SPDX-License-Identifier: MIT
 * Turns multiplexed calls that a program makes by an `int $0x80` of its own, in a traced tree with a filter that traps
 * them (filter/traps.h). Such an instruction can't be patched, because a jump doesn't fit in its two bytes. Instead the
 * trap's SIGSYS stops the thread for its tracer. The thread's registers are set so that it goes on in the patched entry
 * of its vDSO, as if it had called that entry, and the SIGSYS isn't delivered. So the thread makes the direct call
 * itself, outside of any signal handler. */
#ifndef SUPERVISE_INT80_H
#define SUPERVISE_INT80_H

#include <sys/types.h>

struct supervisor;

enum int80_outcome {
	INT80_NOT_OURS, /* the SIGSYS doesn't come from the filter of filter/traps.h: deliver it to the program */
	INT80_TURNED,   /* the thread will go on in the vDSO's entry: don't deliver the signal */
	INT80_REFUSED,  /* there is no such entry, and the call fails with ENOSYS: don't deliver the signal */
};

/* Sets the registers of the traced thread `pid`, which has stopped because a SIGSYS is to be delivered to it. */
enum int80_outcome int80_turn(struct supervisor *supervisor, pid_t pid);

#endif
