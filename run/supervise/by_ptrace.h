/* SPDX-License-Identifier: MIT
 * Following a tree by ptrace(2): each process is patched when it execs. */
#ifndef SUPERVISE_BY_PTRACE_H
#define SUPERVISE_BY_PTRACE_H

#include "run/supervise/supervisor.h"

/*
 * In the program's process: waits at the socket until it is traced, and then loads the filters: with `traps` that
 * which traps multiplexed calls, and, if it can, that which stops loads of filters. 0, or -1 with *refusal.
 */
int trace_me(int socket, int traps, struct supervisor_refusal *refusal);

/* In the supervisor: the other end of trace_me(). Traces `program` and all it will start. 0 or -errno. */
int trace_begin(int socket, pid_t program);

/*
 * Deals with a stop of the traced process or thread `pid` that waitpid() told by `status`, and lets it go on. Whether the
 * stop is one of job control, for all to see: then it stays stopped.
 */
int trace_stop(pid_t pid, int status, const struct supervisor_options *options);

#endif
