/* SPDX-License-Identifier: MIT
 * Separates a supervisor's process from the program's surroundings. The process is forked from a process of the user,
 * and must not keep the user's terminal, session, working directory or descriptors in use. */
#ifndef SUPERVISE_SURROUNDINGS_H
#define SUPERVISE_SURROUNDINGS_H

#include "run/supervise/supervisor.h"

#include <sys/resource.h>

/*
 * Starts a new session, changes to /, and closes every descriptor except the `count` ones of keep[] and those of
 * options->keep, all of which must be above 2. Standard input, output and error become /dev/null; with on_event(),
 * standard error stays. Calls proc_hold().
 */
void leave_surroundings(const int *keep, unsigned count, const struct supervisor_options *options);

/*
 * If the new, close-on-exec descriptor is 0, 1 or 2, moves it to a number above. A program may have been started with
 * some of these closed; a socket of ours must not appear there as its standard input, output or error. Returns the
 * descriptor; or -1 with errno, also if `descriptor` is -1.
 */
int descriptor_above_standard(int descriptor);

/* Creates a connected pair of SOCK_SEQPACKET sockets, both above descriptor 2. Returns 0, or -1 with errno. */
int socket_pair_above_standard(int ends[2]);

/* The same for a pipe; ends[0] is the end for reading. */
int pipe_above_standard(int ends[2]);

/*
 * If this process' soft limit of open descriptors (RLIMIT_NOFILE) is too low for a supervisor, raises it, as far as the
 * hard limit permits. The former limits are written to *before. Child processes inherit the new limit. Returns 0; or
 * -EMFILE, with nothing changed, if the hard limit is too low as well.
 */
int raise_descriptor_limit(const struct supervisor_options *options, struct rlimit *before);

/* Restores the limits. To be called in each process in which the start function returns. */
void restore_descriptor_limit(const struct rlimit *before);

#endif
