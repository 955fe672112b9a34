/* SPDX-License-Identifier: MIT
 * A process that stands beside somebody else's program must not be in the way there: neither of its terminal,
 * session or folder, nor of its descriptors. */
#ifndef SUPERVISE_SURROUNDINGS_H
#define SUPERVISE_SURROUNDINGS_H

#include "run/supervise/supervisor.h"

#include <sys/resource.h>

/*
 * Leaves the session and the folder, and closes every descriptor but the `count` of keep[] and the options', none of
 * which is a standard one. The standard ones become /dev/null; with a report() standard error stays.
 */
void leave_surroundings(const int *keep, unsigned count, const struct supervisor_options *options);

/*
 * Moves a descriptor that was just made, close-on-exec, above the three standard ones, if it is one of these: a program
 * may have been started without some of them, and then must find them closed. The descriptor; or -1 with errno, also
 * when `descriptor` is -1.
 */
int descriptor_above_standard(int descriptor);

/*
 * Makes a pair of connected sockets for messages, neither of them one of the three standard descriptors. 0, or -1
 * with errno.
 */
int socket_pair_above_standard(int ends[2]);

/* The same of a pipe, whose end for reading is ends[0]. */
int pipe_above_standard(int ends[2]);

/*
 * Raises this process' soft limit of open descriptors (RLIMIT_NOFILE), as far as the hard one lets it, if it is too low
 * for a supervisor. What it was is written to *before. Child processes inherit the new one. 0; or -EMFILE, and nothing
 * is raised, if the hard limit is too low as well.
 */
int raise_descriptor_limit(const struct supervisor_options *options, struct rlimit *before);

/* In the process that becomes the program, and in its parent. */
void restore_descriptor_limit(const struct rlimit *before);

#endif
