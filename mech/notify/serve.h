/* SPDX-License-Identifier: MIT
 * Answering a listener: each waiting program is patched and let go on. */
#ifndef NOTIFY_SERVE_H
#define NOTIFY_SERVE_H

#include "mech/notify/supervisor.h"

/* Serves the next waiting call, if it wasn't withdrawn meanwhile: to be called when the listener is readable. */
void serve_next(int listener, supervisor_report *report);

/* Serves until nobody uses the filter any more. */
void serve_all(int listener, supervisor_report *report);

#endif
