/* SPDX-License-Identifier: MIT
 * What facts are told with: sockets of each kind, memory at a page's end, children, and waiting for what must come. */
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
/* Loopback and a port that the kernel chooses, or a name of the abstract namespace that nobody has; its length. */
socklen_t fresh_address(int family, union address *a);
/* Bound to a fresh address; that. */
socklen_t bind_fresh(int fd, int family, union address *a);
int new_listener(const struct kind *k, union address *a, socklen_t *length);
int new_client(const struct kind *k, const union address *a, socklen_t length); /* connected */
int have_ipv6(void);

/* ---- Descriptors and memory -------------------------------------------------------------------------------------- */

int closed_fd(void); /* a number that is no descriptor's */
int file_fd(void);   /* a file */
int pipe_fd(void);   /* a pipe's reading end */
int path_fd(void);   /* a folder, by O_PATH */
int is_open(int fd);
int is_cloexec(int fd);
int is_nonblocking(int fd);
/* The descriptor's socket is the other's. */
int same_file(int a, int b);

extern size_t page;
char *nowhere(void);  /* a page that may not be touched; before it lies one that may, and no other */
char *constant(void); /* a page of zeroes that may only be read */

/* Five facts about any call's descriptor: DESCRIPTORS("bind", BIND, address, length), words without the descriptor. */
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

/* A child runs the function and ends with what it returns (0 to 255). Its calls' results are facts of the parent's. */
pid_t child(int (*function)(void *), void *argument);
int child_status(pid_t pid); /* waits for it; 256 and the signal's number for a signal's end */
/* child_status(child()): what happens to another process. */
int in_child(int (*function)(void *), void *argument);
/* The process (or thread, by its id) sleeps: it got to its call, which blocks. */
void wait_asleep(pid_t process, pid_t thread);

void wait_for(int fd, short events); /* poll(), up to 60 s; the program ends if it doesn't come to pass */
void wait_taken(const int pair[2]);  /* until a thread has read all that pair[0] sent to pair[1]; up to 60 s, as well */
int arrives(int fd);                 /* whether what was sent over a network is there within 3 s */
int ready(int fd, short events);     /* which of the events, or POLLHUP and POLLERR, hold now */

int become_nobody(void); /* in a child: gives up all privileges; whether that was possible */

/* What a message needs, in one piece. */
struct letter {
	struct msghdr header;
	struct iovec vector;
	union {
		char control[2048];
		struct cmsghdr alignment;
	};
};
/* A message of that data without address and control. */
struct msghdr *letter(struct letter *l, const void *data, size_t size);

#endif
