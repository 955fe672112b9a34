/* SPDX-License-Identifier: MIT
 *
 * How a demultiplexer asks the kernel whether memory can be read: by rt_sigprocmask with an invalid `how`. The kernel
 * reads the new signal set, which is at the address in question, before it looks at `how`: the result is EFAULT if the
 * set can't be read, or else EINVAL, and nothing changes (kernel/signal.c, sys_rt_sigprocmask, since Linux 2.6).
 */
#ifndef DEMUX_ASK_H
#define DEMUX_ASK_H

#define ASK_HOW  -1 /* the first argument; the second is the address */
#define ASK_OLD  0  /* the third */
#define ASK_SIZE 8  /* the fourth: of a set, in bytes */

#endif
