/* SPDX-License-Identifier: MIT
 *
 * What the files of the program `calls` share: how a call is made, what it is held against, and what it is made with.
 */
#ifndef TESTS_UNIT_CALLER_CALLS_H
#define TESTS_UNIT_CALLER_CALLS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <socketcall/caller.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

typedef unsigned long word;
enum { NONE = SOCKETCALL_NONE };

extern const char *const names[]; /* the calls', by number */

/* What all calls are made with: globals, so that the macros below read like calls. */
extern long (*make)(int call, const word *words); /* the manner of making a call that is tested now */
extern char *nowhere;                             /* may not be touched; before it lies a page that may */
extern int file, page;                            /* a descriptor of /dev/null; a page's size */

#define W(...)           ((const word[6]){ __VA_ARGS__ })
#define P(pointer)       ((word)(pointer))
#define CALLS(NAME, ...) make(SOCKETCALL_##NAME, W(__VA_ARGS__))

/* The call answers exactly `wanted`. */
#define IS(wanted, text, NAME, ...)                                                                                    \
	do {                                                                                                           \
		long got_ = CALLS(NAME, __VA_ARGS__);                                                                  \
		ok_got(got_ == (wanted), got_, "%s", text);                                                            \
	} while (0)

/* The call makes a descriptor, which is returned. */
#define FD(text, NAME, ...)                                                                                            \
	({                                                                                                             \
		long got_ = CALLS(NAME, __VA_ARGS__);                                                                  \
		ok_got(got_ >= 0, got_, "%s", text);                                                                   \
		(int)got_;                                                                                             \
	})

/* Ends the program with a message unless `good`: what the tests stand on. */
void must(int good, const char *what);

int made(int family, int type);             /* a socket */
void paired(int type, int pair[2]);         /* two UNIX sockets that are connected */
struct sockaddr_un named(const char *name); /* in the abstract namespace, and this process's own */
unsigned named_length(const struct sockaddr_un *address);
int listening(struct sockaddr_un *address, int backlog); /* a UNIX stream socket that listens there */
struct sockaddr_in loopback(int fd);                     /* binds it to a free port of the loopback: its address */

/* The tests of the calls, by groups. */
void connection_calls(void); /* those that make, name, connect and shut down */
void transfer_calls(void);   /* those that send and receive, and options */

#endif
