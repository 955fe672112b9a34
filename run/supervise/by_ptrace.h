/* SPDX-License-Identifier: MIT
 * Serves a tree by ptrace(2): each process is traced from its start on, and patched when it calls exec. */
#ifndef SUPERVISE_BY_PTRACE_H
#define SUPERVISE_BY_PTRACE_H

#include <stdbool.h>
#include <sys/types.h>

struct supervisor;

/*
 * Deals with a stop of the traced thread `pid`, for which waitpid() returned `status`, and lets the thread go on.
 * Returns true if job control has stopped the thread's process: then the thread stays stopped, as it would without a
 * tracer.
 */
bool trace_stop(struct supervisor *supervisor, pid_t pid, int status);

#endif
