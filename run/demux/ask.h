/* SPDX-License-Identifier: MIT
 *
 * How a demultiplexer asks the kernel whether memory can be read: rt_sigprocmask with an invalid `how`. It reads a signal
 * set, and answers EFAULT or EINVAL; nothing else comes of it (kernel/signal.c, since Linux 2.6; sys_rt_sigprocmask).
 */
#ifndef DEMUX_ASK_H
#define DEMUX_ASK_H

#define ASK_HOW  -1 /* the first argument */
#define ASK_OLD  0  /* the third */
#define ASK_SIZE 8  /* the fourth: of a set, in bytes */

#endif
