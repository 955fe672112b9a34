/* SPDX-License-Identifier: MIT
 * ptrace(2), with what libc's header lacks: <linux/ptrace.h> has it, which can't be included beside <sys/ptrace.h>. */
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
