/* SPDX-License-Identifier: MIT
 * What the table's programs in C have to get right. */
#ifndef WHERE_CALLS_H
#define WHERE_CALLS_H

/* Says what was wrong, with errno's text, and ends the process with status 1. */
_Noreturn void wrong(const char *what);

/* r, unless it is negative, which is wrong. */
long right(long r, const char *what);

/* A bounded wait for a condition. */
void wait_until(int (*condition)(const void *), const void *context, const char *what);

/* Two ends of a new TCP connection over the loopback. */
struct connection {
	int listener, client, server;
};
struct connection connected(void);

/* All twenty calls, each with a result that is looked at. */
void all_calls(void);

#endif
