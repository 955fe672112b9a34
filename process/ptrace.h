/* SPDX-License-Identifier: MIT
 * ptrace(2), with constants that libc's header may lack. <linux/ptrace.h> defines them, but conflicts with
 * <sys/ptrace.h>. */
#ifndef PROCESS_PTRACE_H
#define PROCESS_PTRACE_H

#include <sys/ptrace.h>

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif
#ifndef PTRACE_GETSIGMASK
#define PTRACE_GETSIGMASK 0x420a
#define PTRACE_SETSIGMASK 0x420b
#endif

#endif
