/* SPDX-License-Identifier: MIT
 *
 * How the demultiplexer finds out whether memory can be read: it calls rt_sigprocmask with an invalid `how`, and with
 * the address in question as the new signal set. The kernel reads the set before it checks `how`. So the result is
 * EFAULT if the memory can't be read, else EINVAL, and the signal mask never changes (kernel/signal.c,
 * sys_rt_sigprocmask, since Linux 2.6).
 */
#ifndef DEMUX_ASK_H
#define DEMUX_ASK_H

#define ASK_HOW  -1 /* the first argument, `how`; the second one is the address */
#define ASK_OLD  0  /* the third argument, where the old set is written: nowhere */
#define ASK_SIZE 8  /* the fourth argument: the size of a signal set in bytes */

#endif
