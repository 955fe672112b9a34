/* SPDX-License-Identifier: MIT
 * Serving a tree by ptrace(2): each process is traced from its start on, and patched when it execs. */
#ifndef SUPERVISE_BY_PTRACE_H
#define SUPERVISE_BY_PTRACE_H

#include <stdbool.h>
#include <sys/types.h>

struct supervisor;

/*
 * Deals with a stop of the traced thread `pid` that waitpid() told by `status`, and has the thread go on. True when
 * its process was stopped by a signal for job control, which is for all to see: then the thread stays stopped.
 */
bool trace_stop(struct supervisor *supervisor, pid_t pid, int status);

#endif
