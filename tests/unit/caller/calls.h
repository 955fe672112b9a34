/* SPDX-License-Identifier: MIT
 *
 * For the files of the program `calls`: how a call is made, assertions about its result, and things to call it with.
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

/* Global, so that the macros below read like calls. */
extern long (*make)(int call, const word *words); /* makes a call in the way that is tested now */
extern char *nowhere;                             /* an inaccessible page, after an accessible one */
extern int file, page;                            /* a descriptor of /dev/null; a page's size */

/* A block; a pointer as a word; the result of a call by its name and words. */
#define W(...)           ((const word[6]){ __VA_ARGS__ })
#define P(pointer)       ((word)(pointer))
#define CALLS(NAME, ...) make(SOCKETCALL_##NAME, W(__VA_ARGS__))

/* Asserts that the call returns `wanted`. */
#define IS(wanted, text, NAME, ...)                                                                                    \
	do {                                                                                                           \
		long got_ = CALLS(NAME, __VA_ARGS__);                                                                  \
		ok_got(got_ == (wanted), got_, "%s", text);                                                            \
	} while (0)

/* Asserts that the call returns a descriptor, which is the value of this expression. */
#define FD(text, NAME, ...)                                                                                            \
	({                                                                                                             \
		long got_ = CALLS(NAME, __VA_ARGS__);                                                                  \
		ok_got(got_ >= 0, got_, "%s", text);                                                                   \
		(int)got_;                                                                                             \
	})

/* For preparations: ends the program with a message unless `good`. */
void must(int good, const char *what);

int new_socket(int family, int type);               /* a socket */
void new_pair(int type, int pair[2]);               /* two UNIX sockets that are connected */
struct sockaddr_un abstract_name(const char *name); /* in the abstract namespace, and this process's own */
unsigned named_length(const struct sockaddr_un *address);
int new_listener(struct sockaddr_un *address, int backlog); /* a UNIX stream socket that listens there */
struct sockaddr_in loopback(int fd);                        /* binds it to a free port of the loopback: its address */

/* The tests of the calls, by groups. */
void connection_calls(void); /* those that make, name, connect and shut down */
void transfer_calls(void);   /* those that send and receive, and options */

#endif
