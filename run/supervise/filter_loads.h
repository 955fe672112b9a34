/* SPDX-License-Identifier: MIT
 * Programs that load seccomp filters of their own. */
#ifndef SUPERVISE_FILTER_LOADS_H
#define SUPERVISE_FILTER_LOADS_H

#include "process/listener.h"
#include "run/supervise/supervisor.h"

/*
 * Answers the waiting `call`, by which a 32-bit program loads a filter (filter/reports.h). A filter that would refuse the
 * direct calls which its multiplexed ones have become (filter/equalize.h) is loaded with something put before it: the thread is
 * stopped, given memory for that, makes the call with it, and gives the memory back. That is told of. Any other filter, and
 * where that can't be done, is loaded as it is; what the kernel says of the program's own filter is what the program gets
 * wherever the longer one isn't taken.
 */
void loads_answer(int listener, const struct listener_call *call, const struct supervisor_options *options);

/*
 * The same for the traced thread `pid`, which has stopped at PTRACE_EVENT_SECCOMP for such a call. Whether it was let go on;
 * else it is as it was.
 */
int loads_stopped(pid_t pid, const struct supervisor_options *options);

#endif
