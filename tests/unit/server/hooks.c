/* SPDX-License-Identifier: MIT
 *
 * Tests the backend's hooks: two guests in one process, each with its own descriptors; guests with fewer privileges
 * than this process; paths and credentials that differ for the guest; system calls that a hook makes; and a guest in
 * another process. TAP.
 */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

#define P(pointer) ((uint64_t)(uintptr_t)(pointer))
#define CALL(guest, NAME, ...)                                                                                         \
	socketcall_serve_request(&(guest)->server,                                                                     \
				 &(struct socketcall_request){ SOCKETCALL_##NAME, 6, { __VA_ARGS__ } })

enum { NUMBERS = 5, FREE = -1, RESERVED = -2 };

/* A guest with a small table of descriptors, whose numbers begin at 100. */
struct guest {
	struct socketcall_server server;
	struct socketcall_host_context host;
	int table[NUMBERS], flags[NUMBERS];
	int may_raw, entered, denied;
	unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
};

static int host_of_guest(void *context, int number)
{
	const struct guest *guest = context;

	return number >= 100 && number < 100 + NUMBERS && guest->table[number - 100] >= 0 ? guest->table[number - 100]
											  : -EBADF;
}

static int reserve(void *context)
{
	struct guest *guest = context;

	for (int i = 0; i < NUMBERS; i++)
		if (guest->table[i] == FREE) {
			guest->table[i] = RESERVED;
			return 100 + i;
		}
	return -EMFILE;
}

static void release(void *context, int number)
{
	struct guest *guest = context;

	guest->table[number - 100] = FREE;
}

static int install(void *context, int number, int host, int flags)
{
	struct guest *guest = context;

	if (number < 0)
		number = reserve(context);
	if (number < 0)
		return number;
	guest->table[number - 100] = host;
	guest->flags[number - 100] = flags;
	return number;
}

static int capable(void *context, int capability)
{
	struct guest *guest = context;

	guest->denied += capability == CAP_NET_RAW && !guest->may_raw;
	return guest->may_raw;
}

/* The guest's paths are below a folder of its own. */
static int path_in(void *context, struct sockaddr_un *name, int length)
{
	char path[sizeof name->sun_path];
	int size = snprintf(path, sizeof path, "in/%.*s", length - (int)offsetof(struct sockaddr_un, sun_path),
			    name->sun_path);

	(void)context;
	if (size >= (int)sizeof path)
		return -ENAMETOOLONG;
	memcpy(name->sun_path, path, (size_t)size + 1);
	return (int)offsetof(struct sockaddr_un, sun_path) + size + 1;
}

static int path_out(void *context, struct sockaddr_un *name, int length)
{
	(void)context;
	memmove(name->sun_path, name->sun_path + 3, (size_t)length - offsetof(struct sockaddr_un, sun_path) - 3);
	return length - 3;
}

static void credentials_out(void *context, struct ucred *credentials)
{
	(void)context;
	credentials->pid = 7;
	credentials->uid = 1000;
}

static long enter(void *context, long number, const unsigned long args[6])
{
	struct guest *guest = context;
	long r;

	guest->entered++;
	r = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
	return r < 0 ? -errno : r;
}

static struct guest *new_guest(void)
{
	struct guest *guest = aligned_alloc(16, sizeof *guest);

	memset(guest, 0, sizeof *guest);
	guest->server = (struct socketcall_server){
		.arch = socketcall_arch_here(),
		.memory = socketcall_same_process,
		.backend = &socketcall_host_backend,
		.context = &guest->host,
		.scratch = guest->scratch,
		.scratch_size = sizeof guest->scratch,
	};
	guest->host.descriptors = (struct socketcall_descriptors){
		.host = host_of_guest,
		.reserve = reserve,
		.release = release,
		.install = install,
		.context = guest,
	};
	for (int i = 0; i < NUMBERS; i++)
		guest->table[i] = FREE;
	return guest;
}

static void close_all(struct guest *guest)
{
	for (int i = 0; i < NUMBERS; i++)
		if (guest->table[i] >= 0)
			close(guest->table[i]);
	free(guest);
}

static int in_use(const struct guest *guest)
{
	int count = 0;

	for (int i = 0; i < NUMBERS; i++)
		count += guest->table[i] != FREE;
	return count;
}

static int descriptors_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* ---- Descriptors ------------------------------------------------------------------------------------------------- */

struct rights {
	struct cmsghdr header;
	int fds[2];
};

/* Sends `count` descriptors from one guest to the other. */
static long pass(struct guest *from, int out, struct guest *to, int in, const int *numbers, int count,
		 struct rights *got, struct msghdr *message)
{
	static char byte;
	static struct iovec part = { &byte, 1 };
	struct rights rights = { .header = { CMSG_LEN(sizeof(int) * (size_t)count), SOL_SOCKET, SCM_RIGHTS } };
	struct msghdr sent = { .msg_iov = &part,
			       .msg_iovlen = 1,
			       .msg_control = &rights,
			       .msg_controllen = CMSG_LEN(sizeof(int) * (size_t)count) };
	long r;

	memcpy(rights.fds, numbers, sizeof(int) * (size_t)count);
	r = CALL(from, SENDMSG, (uint64_t)out, P(&sent), 0);
	if (r < 0)
		return r;
	*message =
		(struct msghdr){ .msg_iov = &part, .msg_iovlen = 1, .msg_control = got, .msg_controllen = sizeof *got };
	return CALL(to, RECVMSG, (uint64_t)in, P(message), MSG_CMSG_CLOEXEC);
}

static void two_guests(void)
{
	struct guest *a = new_guest(), *b = new_guest();
	int pair[2] = { 0, 0 }, between[2], before = descriptors_open();
	struct msghdr message;
	struct rights got;
	long r = CALL(a, SOCKETPAIR, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, P(pair));

	ok_got(r == 0 && pair[0] == 100 && pair[1] == 101, r, "a pair gets the guest's lowest numbers");
	ok(a->flags[0] == SOCK_CLOEXEC, "the guest's descriptor has SOCK_CLOEXEC");
	ok(fcntl(a->table[0], F_GETFD) == FD_CLOEXEC, "the server's own descriptors are close-on-exec");
	r = CALL(b, SOCKET, AF_UNIX, SOCK_STREAM, 0);
	ok_got(r == 100 && b->flags[0] == 0 && b->table[0] != a->table[0], r, "another guest has its own numbers");
	r = CALL(b, SEND, 101, P("x"), 1, 0);
	ok_got(r == -EBADF, r, "the other guest's numbers are EBADF");
	r = CALL(b, LISTEN, (uint64_t)a->table[0], 1);
	ok_got(r == -EBADF, r, "this process' own numbers are EBADF");
	socketpair(AF_UNIX, SOCK_STREAM, 0, between);
	a->table[2] = between[0];
	b->table[1] = between[1];
	r = pass(a, 102, b, 101, pair, 2, &got, &message);
	ok_got(r == 1 && got.fds[0] == 102 && got.fds[1] == 103 && message.msg_controllen == CMSG_SPACE(8), r,
	       "descriptors that one guest sends to the other get the receiver's numbers");
	ok(b->flags[2] == SOCK_CLOEXEC && message.msg_flags == MSG_CMSG_CLOEXEC,
	   "received descriptors have the flag that the receiver asked for");
	r = CALL(b, SEND, 102, P("hi"), 2, 0);
	ok_got(r == 2 && recv(a->table[1], &(char[4]){ 0 }, 4, MSG_DONTWAIT) == 2, r,
	       "the received descriptors are the sender's sockets");
	r = pass(a, 102, b, 101, pair, 2, &got, &message);
	ok_got(r == 1 && got.fds[0] == 104 && message.msg_controllen == CMSG_SPACE(4) && message.msg_flags & MSG_CTRUNC,
	       r, "of two descriptors, one arrives where one number is left, and MSG_CTRUNC is set");
	pair[1] = 55;
	r = pass(a, 102, b, 101, pair, 2, &got, &message);
	ok_got(r == -EBADF, r, "a descriptor that the guest doesn't have can't be sent");
	close_all(a);
	close_all(b);
	ok(descriptors_open() == before, "when both guests have ended, none of their descriptors is open");
}

static void full_table(void)
{
	struct guest *a = new_guest();
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int client = socket(AF_INET, SOCK_STREAM, 0), pair[2] = { 7, 7 }, before;
	socklen_t length = sizeof name;
	long r;

	CALL(a, SOCKET, AF_INET, SOCK_STREAM, 0);
	CALL(a, BIND, 100, P(&name), sizeof name);
	CALL(a, LISTEN, 100, 5);
	CALL(a, GETSOCKNAME, 100, P(&name), P(&length));
	connect(client, (struct sockaddr *)&name, sizeof name);
	r = CALL(a, SOCKETPAIR, AF_INET, SOCK_STREAM, 0, P(pair));
	ok_got(r == -EOPNOTSUPP && pair[0] == 101 && pair[1] == 102 && in_use(a) == 1, r,
	       "a socketpair that fails has written the numbers, which are free again");
	pair[0] = 7;
	r = CALL(a, SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, 8);
	ok_got(r == -EFAULT && in_use(a) == 1, r, "if a socketpair can't write the numbers, they are free again");
	for (int i = 0; i < 3; i++)
		CALL(a, SOCKET, AF_UNIX, SOCK_DGRAM, 0);
	before = descriptors_open();
	r = CALL(a, SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, P(pair));
	ok_got(r == -EMFILE && pair[0] == 7 && in_use(a) == 4 && descriptors_open() == before, r,
	       "a pair without two free numbers is EMFILE, and writes none");
	CALL(a, SOCKET, AF_UNIX, SOCK_DGRAM, 0);
	r = CALL(a, ACCEPT, 100, 0, 0);
	ok_got(r == -EMFILE, r, "accept without a free number is EMFILE");
	r = CALL(a, SOCKET, AF_UNIX, SOCK_DGRAM, 0);
	ok_got(r == -EMFILE && descriptors_open() == before + 1, r,
	       "socket without a free number is EMFILE, and leaves nothing open");
	close(a->table[1]);
	a->table[1] = FREE;
	r = CALL(a, ACCEPT, 100, P(&name), 8);
	ok_got(r == -EFAULT && in_use(a) == 4, r, "accept frees its number if the name can't be written");
	connect(client = (close(client), socket(AF_INET, SOCK_STREAM, 0)),
		(struct sockaddr *)&(struct sockaddr_in){ AF_INET, name.sin_port, { htonl(INADDR_LOOPBACK) }, { 0 } },
		sizeof name);
	r = CALL(a, ACCEPT, 100, 0, 0);
	ok_got(r == 101, r, "with a free number accept returns the connection");
	close(client);
	close_all(a);
}

/* ---- Identity, and system calls ---------------------------------------------------------------------------------- */

static void identity(void)
{
	struct guest *a = new_guest();
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "sock" };
	socklen_t length = sizeof name;
	struct ucred peer = { 0, 0, 0 };
	int pair[2];
	long r;

	a->host.identity = (struct socketcall_identity){ .path_in = path_in,
							 .path_out = path_out,
							 .credentials_out = credentials_out,
							 .capable = capable,
							 .context = a };
	mkdir("in", 0700);
	CALL(a, SOCKET, AF_UNIX, SOCK_STREAM, 0);
	r = CALL(a, BIND, 100, P(&name), offsetof(struct sockaddr_un, sun_path) + 5);
	ok_got(r == 0 && access("in/sock", F_OK) == 0, r, "bind creates the path in the guest's folder");
	memset(&name, 0, sizeof name);
	r = CALL(a, GETSOCKNAME, 100, P(&name), P(&length));
	ok_got(r == 0 && strcmp(name.sun_path, "sock") == 0, r, "getsockname returns the guest's path");
	unlink("in/sock");
	rmdir("in");
	r = CALL(a, SOCKET, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	ok_got(r == -EPERM && in_use(a) == 1, r, "a guest without CAP_NET_RAW has no raw sockets");
	r = CALL(a, SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, P(pair));
	length = sizeof peer;
	r = CALL(a, GETSOCKOPT, (uint64_t)pair[0], SOL_SOCKET, SO_PEERCRED, P(&peer), P(&length));
	ok_got(r == 0 && peer.pid == 7 && peer.uid == 1000, r, "SO_PEERCRED returns the hook's credentials");
	close_all(a);
}

/* SO_PEERPIDFD's descriptor becomes the guest's if its number can be written; otherwise it is closed. */
static void pidfd(void)
{
	enum { PEERPIDFD = 77, NOWHERE_ADDRESS = 8 }; /* Linux 6.5 */
	struct guest *a = new_guest();
	int pair[2], fd = 7, before;
	socklen_t length = sizeof fd;
	long r;

	CALL(a, SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, P(pair));
	before = descriptors_open();
	r = CALL(a, GETSOCKOPT, (uint64_t)pair[0], SOL_SOCKET, PEERPIDFD, P(&fd), P(&length));
	if (r == -ENOPROTOOPT) {
		ok(fd == 7, "there is no SO_PEERPIDFD here");
		close_all(a);
		return;
	}
	ok_got(r == 0 && fd == 102 && a->flags[2] == SOCK_CLOEXEC && descriptors_open() == before + 1, r,
	       "SO_PEERPIDFD creates a descriptor of the guest");
	r = CALL(a, GETSOCKOPT, (uint64_t)pair[0], SOL_SOCKET, PEERPIDFD, NOWHERE_ADDRESS, P(&length));
	ok_got(r == -EFAULT && in_use(a) == 3 && descriptors_open() == before + 1, r,
	       "if the number can't be written, the descriptor is closed");
	length = 2;
	fd = 7 << 16;
	r = CALL(a, GETSOCKOPT, (uint64_t)pair[0], SOL_SOCKET, PEERPIDFD, P(&fd), P(&length));
	ok_got(r == 0 && fd == (7 << 16) + 103 && length == 2 && in_use(a) == 4, r,
	       "if two bytes of the number are written, the descriptor stays");
	close_all(a);
}

static void entering(void)
{
	struct guest *a = new_guest();
	long r;

	a->host.enter = enter;
	a->host.enter_context = a;
	r = CALL(a, SOCKET, AF_UNIX, SOCK_STREAM, 0);
	ok_got(r == 100 && a->entered == 1, r, "the hook makes a socket call");
	r = CALL(a, SEND, 100, P("x"), 1, 0);
	ok_got(r == -ENOTCONN && a->entered == 2, r, "the guest gets the hook's error");
	close_all(a);
}

static void sigpipe(void)
{
	static const struct {
		int type, flags, wanted;
		const char *what;
	} rows[] = { { SOCK_STREAM, 0, 1, "a stream sends SIGPIPE" },
		     { SOCK_STREAM, MSG_NOSIGNAL, 0, "a stream doesn't send SIGPIPE with MSG_NOSIGNAL" },
		     { SOCK_SEQPACKET, 0, 0, "a seqpacket socket doesn't send SIGPIPE" } };
	struct guest *a = new_guest();
	int pair[2];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		long r;

		socketpair(AF_UNIX, rows[i].type, 0, pair);
		close(pair[1]);
		a->table[0] = pair[0];
		r = CALL(a, SEND, 100, P("x"), 1, (uint64_t)rows[i].flags);
		ok_got(r == -EPIPE && a->server.sigpipe == rows[i].wanted, r, "%s", rows[i].what);
		CALL(a, SHUTDOWN, 100, SHUT_WR);
		ok(a->server.sigpipe == 0, "the call after that reports no SIGPIPE");
		close(pair[0]);
	}
	a->table[0] = FREE;
	close_all(a);
}

/* ---- Another process --------------------------------------------------------------------------------------------- */

/* A child whose memory has a hole after its first page. It keeps a socket, and waits until it is killed. */
static void other_process(void)
{
	struct guest *a = new_guest();
	char *there = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), got[16];
	struct socketcall_process process = { .pidfd = -1, .listener = -1 };
	int pair[2], ready[2];
	long r;

	munmap(there + 4096, 4096);
	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	if (pipe(ready))
		abort();
	process.pid = fork();
	if (process.pid == 0) {
		strcpy(there + 4096 - 8, "theirs!");
		strcpy(there, "other");
		dup2(pair[0], 200);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(pair[0]);
	if (read(ready[0], got, 1) != 1)
		abort();
	process.pidfd = (int)syscall(SYS_pidfd_open, process.pid, 0);
	socketcall_process_memory(&process, &a->server.memory);
	socketcall_process_descriptors(&process, &a->host.descriptors);
	r = CALL(a, SEND, 200, P(there + 4096 - 8), 8, 0);
	ok_got(r == 8 && recv(pair[1], got, sizeof got, 0) == 8 && strcmp(got, "theirs!") == 0, r,
	       "bytes of another process' memory are sent by its socket");
	r = CALL(a, SEND, 200, P(there + 4096 - 8), 9, 0);
	ok_got(r == -EFAULT && recv(pair[1], got, sizeof got, MSG_DONTWAIT) < 0, r,
	       "no bytes are sent from across the end of the other process's memory");
	send(pair[1], "received", 9, 0);
	r = CALL(a, RECV, 200, P(there), 4096, 0);
	ok_got(r == 9, r, "the other process's socket receives");
	ok(there[0] == 0, "received bytes aren't written to this process' memory");
	send(pair[1], "more", 4, 0);
	r = CALL(a, RECV, 200, P(there + 4096), 1, 0);
	ok_got(r == -EFAULT, r, "an address outside of the other process's memory is EFAULT");
	r = CALL(a, SEND, 199, P(there), 1, 0);
	ok_got(r == -EBADF, r, "a descriptor that the other process doesn't have is EBADF");
	r = CALL(a, SEND, 200, P(there), 9, 0);
	ok_got(r == 9 && recv(pair[1], got, sizeof got, 0) == 9 && strcmp(got, "received") == 0, r,
	       "received bytes are written to the other process's memory");
	kill(process.pid, SIGKILL);
	waitpid(process.pid, NULL, 0);
	r = CALL(a, SEND, 200, P(there), 1, 0);
	ok_got(r == -EBADF || r == -EFAULT, r, "a process that has ended is EBADF or EFAULT");
	close(process.pidfd);
	close(pair[1]);
	free(a);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	two_guests();
	full_table();
	identity();
	pidfd();
	entering();
	sigpipe();
	other_process();
	return plan();
}
