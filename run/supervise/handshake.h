/* SPDX-License-Identifier: MIT
 *
 * The conversation of the program's process and its supervisor, through a socket between them, before the program
 * starts. Each pair of functions here is the two ends of one conversation. Loading a filter can't be undone, so the
 * process that loads one first makes sure that the other end can do its part.
 *
 *	by listener:  program     sends a descriptor, any one, to see that descriptors can be passed
 *	              supervisor  says whether it can write the program's memory, and whether it may trace the
 *	                          program. If there is a confinement, it has confined itself before
 *	              program     loads the filter, and passes the listener
 *	by ptrace:    program     loads the filters, and says whether that succeeded
 *	              supervisor  attaches to the program, and says whether the program is to be started
 */
#ifndef SUPERVISE_HANDSHAKE_H
#define SUPERVISE_HANDSHAKE_H

#include <stdbool.h>

#include "run/supervise/supervisor.h"

struct supervisor;

/*
 * In the program's process: loads the filter, joined with the options' confinement, and passes its listener to the
 * supervisor. With on_event(), starts of 64-bit programs are reported as well. Returns SUPERVISOR_BECOME_PROGRAM; or
 * SUPERVISOR_REFUSED with *refusal, and no filter is loaded.
 */
enum supervisor_start handshake_program(int socket, const struct supervisor_options *options,
					struct supervisor_refusal *refusal);

/*
 * In the supervisor's process, for the program's process `program`. supervisor->confine_error is the result of
 * confine_self(). Returns the listener; or -1 with *refusal.
 *
 * The message with the listener stays in the socket. So if this process is killed, another one that has this end of the
 * socket and the struct supervisor can call this function again, and gets the listener as well. The refusal is EPIPE if
 * the killed process had begun the handshake, but wasn't ready for the filter.
 */
int handshake_supervisor(int socket, pid_t program, struct supervisor *supervisor, struct supervisor_refusal *refusal);

/*
 * In the program's process, a child of the supervisor. Loads the options' confinement; with `int80`, the filter that
 * traps multiplexed calls; and, if possible, the filter that stops loads of filters for the tracer. Then waits until
 * the supervisor traces this process. Returns SUPERVISOR_BECOME_PROGRAM; or SUPERVISOR_REFUSED with *refusal: filters
 * may be loaded nevertheless.
 */
enum supervisor_start handshake_tracee(int socket, bool int80, const struct supervisor_options *options,
				       struct supervisor_refusal *refusal);

/*
 * In the supervisor's process: attaches to its child `program`, and so to all of its descendants; then confines this
 * process by the options' confinement. Returns 0; or -1 with *refusal.
 */
int handshake_tracer(int socket, pid_t program, const struct supervisor_options *options,
		     struct supervisor_refusal *refusal);

#endif
