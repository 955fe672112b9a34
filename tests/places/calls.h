/* SPDX-License-Identifier: MIT
 * What the table's programs in C share: all twenty calls, and the check of each result. */
#ifndef WHERE_CALLS_H
#define WHERE_CALLS_H

#include <stdbool.h>

/* Prints `what`, with errno's text, and ends the process with status 1. */
_Noreturn void fail(const char *what);

/* Returns r; fails if it is negative. */
long check(long r, const char *what);

/* Waits until the condition is true; fails after 30 s. */
void wait_until(bool (*condition)(const void *), const void *context, const char *what);

/* Both ends of a new TCP connection over the loopback interface. */
struct connection {
	int listener, client, server;
};
struct connection make_connection(void);

/* Makes all twenty calls, and checks the result of each. */
void all_calls(void);

#endif
