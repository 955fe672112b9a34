/* SPDX-License-Identifier: MIT
 *
 * A supervisor beside its tree ends after the program, as an orphan that process 1 has adopted. Some programs that run
 * as process 1 (the entry point of a container) wait only for children that they started themselves. Then each `run`
 * leaves one zombie more, until no process can be started any more. An orphan can do nothing against that itself.
 *
 * So if several dead supervisors are children of process 1, a process is started that stays, the reaper. It starts the
 * supervisors of later runs of the same user in this PID namespace as its own children, and reaps them. It takes no
 * part in serving trees: if it is killed, the supervisors go on. It ends when it finds that process 1 collects orphans
 * after all.
 */
#ifndef SUPERVISE_REAPER_H
#define SUPERVISE_REAPER_H

#include <sys/types.h>

struct supervisor_options;

/*
 * Has a reaper start a supervisor for the calling process, which will become the program. Starts a reaper first if
 * there is none. Returns the socket for the handshake; or -1: as far as can be seen, process 1 collects orphans; or no
 * reaper can be started; or a reaper's child couldn't do what the options require. Then the caller must start the
 * supervisor itself.
 */
int reaper_connect(const struct supervisor_options *options);

#endif
