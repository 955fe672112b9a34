/* SPDX-License-Identifier: MIT
 * Answering a listener: each waiting program is patched and let go on. */
#ifndef SUPERVISE_BY_LISTENER_H
#define SUPERVISE_BY_LISTENER_H

#include "run/supervise/supervisor.h"

/* Serves the next waiting call, if it wasn't withdrawn meanwhile: to be called when the listener is readable. */
void serve_next(int listener, supervisor_report *report);

/* Serves until nobody uses the filter any more. */
void serve_all(int listener, supervisor_report *report);

#endif
