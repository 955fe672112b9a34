/* SPDX-License-Identifier: MIT
 *
 * How a tree's first process and its supervisor come together, through a socket between them. Each pair of
 * functions here are the two ends of one conversation. The process that asks for something irrevocable, a filter,
 * first makes sure that the other end will do its part.
 *
 *	by listener:  program    a descriptor, whichever, to see that one can be passed
 *	              supervisor whether it may write the program's memory, and whether it may trace the program; is
 *	                         confined now, if the tree will be
 *	              program    loads the filter, and passes the listener
 *	by ptrace:    program    loads the filters, and says whether it could
 *	              supervisor attaches to the program, and says whether the program is to be started
 */
#ifndef SUPERVISE_HANDSHAKE_H
#define SUPERVISE_HANDSHAKE_H

#include <stdbool.h>

#include "run/supervise/supervisor.h"

struct supervisor;

/*
 * In the program's process: loads the filter, with the options' confinement, and passes its listener to the supervisor.
 * With a report(), 64-bit programs are reported as well. SUPERVISOR_BECOME_PROGRAM; or SUPERVISOR_REFUSED with
 * *refusal, and no filter is loaded.
 */
enum supervisor_start handshake_program(int socket, const struct supervisor_options *options,
					struct supervisor_refusal *refusal);

/*
 * In the supervisor's process, for the program's process `program`; supervisor->unconfined says what came of confining
 * this process. The listener; or -1 with *refusal. The listener's message stays in the socket: a process that has this
 * end of it, too, and the struct supervisor, can call this again when this process was killed, and gets the listener as
 * well. It is refused with EPIPE where the killed process hadn't come so far that the filter could be loaded.
 */
int handshake_supervisor(int socket, pid_t program, struct supervisor *supervisor, struct supervisor_refusal *refusal);

/*
 * In the program's process, a child of the supervisor: loads the filter that reports loads of filters to the
 * tracer, if it can, with `int80` the one that traps multiplexed calls, and the options' confinement; then waits until
 * it is traced. SUPERVISOR_BECOME_PROGRAM; or SUPERVISOR_REFUSED with *refusal, after which a filter may be loaded.
 */
enum supervisor_start handshake_tracee(int socket, bool int80, const struct supervisor_options *options,
				       struct supervisor_refusal *refusal);

/*
 * In the supervisor's process: confines itself likewise, and traces its child `program` and all that it will start. 0;
 * or -1 with *refusal.
 */
int handshake_tracer(int socket, pid_t program, const struct supervisor_options *options,
		     struct supervisor_refusal *refusal);

#endif
