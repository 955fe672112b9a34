/* SPDX-License-Identifier: MIT
 * Helpers for facts: sockets of each kind, memory at a page's end, child processes, waiting for conditions. */
#ifndef CONFORMANCE_KIT_H
#define CONFORMANCE_KIT_H

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fact.h"

#define LENGTH(array) ((int)(sizeof(array) / sizeof *(array)))

/* ---- Kinds of socket --------------------------------------------------------------------------------------------- */

struct kind {
	const char *name;
	int family, type;
};
extern const struct kind kinds[]; /* EVERY: unix-stream, tcp, unix-seqpacket, unix-dgram, udp */
enum { TCP = 1, STREAMS = 3, DATAGRAMS = 2, KINDS = STREAMS + DATAGRAMS };

#define EVERY(k)           for (const struct kind *k = kinds; k < kinds + KINDS; k++)           /* five */
#define EACH_CONNECTION(k) for (const struct kind *k = kinds; k < kinds + STREAMS; k++)         /* the first three */
#define EACH_BYTES(k)      for (const struct kind *k = kinds; k < kinds + 2; k++)               /* unix-stream, tcp */
#define EACH_PACKETS(k)    for (const struct kind *k = kinds + 2; k < kinds + KINDS; k++)       /* the last three */
#define EACH_DATAGRAMS(k)  for (const struct kind *k = kinds + STREAMS; k < kinds + KINDS; k++) /* the last two */
extern const struct kind unix_stream, unix_dgram, unix_seqpacket, tcp, udp, tcp6, udp6;

union address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
	char bytes[sizeof(struct sockaddr_storage)];
};

int new_socket(const struct kind *k);
void new_pair(const struct kind *k, int pair[2]); /* connected to each other; of tcp, pair[1] was accepted */
void close_pair(const int pair[2]);
/* Fills an address: the loopback and a port that the kernel chooses, or an unused name of the abstract namespace.
 * Returns its length. */
socklen_t fresh_address(int family, union address *a);
/* Returns a socket that is bound to a fresh address, and the address. */
socklen_t bind_fresh(int fd, int family, union address *a);
int new_listener(const struct kind *k, union address *a, socklen_t *length);
int new_client(const struct kind *k, const union address *a, socklen_t length); /* connected */
bool have_ipv6(void);

/* ---- Descriptors and memory -------------------------------------------------------------------------------------- */

int closed_fd(void); /* a number at which no descriptor is open */
int file_fd(void);   /* a file */
int pipe_fd(void);   /* a pipe's reading end */
int path_fd(void);   /* a folder, by O_PATH */
bool is_open(int fd);
bool is_cloexec(int fd);
bool is_nonblocking(int fd);
/* True if both descriptors have the same socket. */
bool same_file(int a, int b);

extern size_t page;
char *nowhere(void);  /* an inaccessible page; the page before it is accessible, the one before that isn't */
char *constant(void); /* a read-only page of zeroes */

/* Five facts about the descriptor of a call: DESCRIPTORS("bind", BIND, address, length). The words are those after the
 * descriptor. */
#define DESCRIPTORS(prefix, CALL, ...)                                                                                 \
	for (const struct odd_descriptor *odd_ = odd_descriptors; odd_ < odd_descriptors + 5; odd_++)                  \
	EQ(-odd_->error, SC(CALL, odd_->fd(), __VA_ARGS__), f("%s.fd.%s: %s", prefix, odd_->name, odd_->text))
extern const struct odd_descriptor {
	const char *name;
	int (*fd)(void);
	int error;
	const char *text;
} odd_descriptors[5];

/* ---- Others ------------------------------------------------------------------------------------------------------ */

/* Starts a child that runs the function and exits with its result (0 to 255), which the parent states facts about. */
pid_t child(int (*function)(void *), void *argument);
int child_status(pid_t pid); /* waits for it; returns its exit status, or 256 + n if signal n killed it */
/* child_status(child()) */
int in_child(int (*function)(void *), void *argument);
/* Waits until the process (or thread, by its id) sleeps: then it is in its blocking call. */
void wait_asleep(pid_t process, pid_t thread);

void wait_for(int fd, short events); /* polls for up to 60 s; ends the program if the events don't happen */
void wait_taken(const int pair[2]);  /* waits up to 60 s until a thread has read all that pair[0] sent to pair[1] */
bool arrives(int fd);                /* whether sent data become readable within 3 s */
int ready(int fd, short events);     /* the events, of these and POLLHUP and POLLERR, that poll() reports now */

bool become_nobody(void); /* for a child: drops all privileges; false if it may not */

/* A message with its vector and buffers. */
struct letter {
	struct msghdr header;
	struct iovec vector;
	union {
		char control[2048];
		struct cmsghdr alignment;
	};
};
/* Makes a message with this data, without an address and control data. */
struct msghdr *letter(struct letter *l, const void *data, size_t size);

#endif
