/* SPDX-License-Identifier: MIT
 *
 * A supervisor ends after the program that was started, as an orphan of process 1. Some processes 1 collect none but
 * their own children (a manager that is a container's entry point), and would have one more zombie for each `run`,
 * until no process can be started any more. Nothing that an orphan can do spares its parent that.
 *
 * So where several supervisors lie dead beneath process 1, one process is started that stays, the reaper: it starts the
 * supervisors of later runs of the same user in this PID namespace, as its own children, and reaps them. It has nothing
 * to do with what they serve: if it is killed, they go on. It ends when process 1 is seen to collect orphans after all.
 */
#ifndef SUPERVISE_REAPER_H
#define SUPERVISE_REAPER_H

#include <sys/types.h>

struct supervisor_options;

/*
 * Has a reaper start a supervisor for the calling process, which will be the program, and starts a reaper if there is
 * none. The socket for the handshake. Or -1: process 1 collects orphans, as far as can be seen; or there can't be a
 * reaper, or it couldn't do what the options want. Then the supervisor has to be started here.
 */
int reaper_connect(const struct supervisor_options *options);

#endif
