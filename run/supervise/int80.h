/* SPDX-License-Identifier: MIT
 * Multiplexed calls that a filter traps (filter/traps.h) in traced programs. */
#ifndef SUPERVISE_INT80_H
#define SUPERVISE_INT80_H

#include <sys/types.h>

/*
 * To be called when the traced thread `pid` has stopped because it is to get SIGSYS. Where that comes of the filter of
 * filter_traps(), the thread's `int $0x80` becomes a call of its vDSO's entry, patched before, which makes the direct call in
 * the program itself, outside of any signal handler; where it can't, the call answers ENOSYS. 1: so, and the signal isn't to
 * be delivered; 2: likewise, but with ENOSYS; 0: it is some other SIGSYS.
 */
enum trap_outcome { TRAP_OTHER, TRAP_TURNED, TRAP_REFUSED };
enum trap_outcome trap_turn(pid_t pid);

#endif
