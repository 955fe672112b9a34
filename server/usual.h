/* SPDX-License-Identifier: MIT
 *
 * Keeps apart what usual calls don't reach. A system call leaves the processor's instruction cache full of the kernel's
 * code, so what a call costs between two system calls is the number of cache lines that its code lies in, and the
 * number of functions that it calls, rather than what it computes.
 */
#ifndef SERVER_USUAL_H
#define SERVER_USUAL_H

/* A function that usual calls don't reach. Compilers put it, and the branches to it, apart from other code. */
#define APART __attribute__((__noinline__, __cold__))

/* A part of the usual way: it has no cache line of its own, and what its callers know is constant in it. */
#define PART inline __attribute__((__always_inline__))

/* A condition that usual calls don't fulfil. */
#define RARELY(condition) __builtin_expect(!!(condition), 0)

#endif
