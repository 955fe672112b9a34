/* SPDX-License-Identifier: MIT
 * Answering a listener: each waiting program is patched and let go on. */
#ifndef SUPERVISE_BY_LISTENER_H
#define SUPERVISE_BY_LISTENER_H

#include "run/supervise/supervisor.h"

/* Serves the next waiting call, if it wasn't withdrawn meanwhile: to be called when the listener is readable. */
void serve_next(int listener, const struct supervisor_options *options);

/* Serves until nobody uses the filter any more. */
void serve_all(int listener, const struct supervisor_options *options);

#endif
