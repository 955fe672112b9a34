/* SPDX-License-Identifier: MIT
 *
 * Calls that would block: the test begins each while it can't complete, makes the awaited event happen, and resumes the
 * call or interrupts it. There is one thread: if a call blocks nevertheless, the alarm ends this program. TAP.
 */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

static struct socketcall_host_context host;
static struct socketcall_pending pending;
static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
static struct socketcall_server server = {
	.backend = &socketcall_host_backend,
	.context = &host,
	.scratch = scratch,
	.scratch_size = sizeof scratch,
	.pending = &pending,
};
static char data[1 << 20];

#define P(pointer)      ((uint64_t)(uintptr_t)(pointer))
#define CALL(NAME, ...) begun((struct socketcall_request){ SOCKETCALL_##NAME, 6, { __VA_ARGS__ } })

static long begun(struct socketcall_request request)
{
	return socketcall_serve_request(&server, &request);
}

/* True if poll() reports the events that the pending call waits for. */
static bool is_ready(void)
{
	struct pollfd wait = { .fd = pending.fd, .events = (short)pending.events };

	return poll(&wait, 1, 20000) == 1;
}

static int64_t time_now(void)
{
	return server.backend->now(&server);
}

/* Something that happens once, just after the host's backend has made the system call `number`. */
static struct {
	long number;
	void (*happens)(const int pair[2]);
	const int *pair;
} event;

static long enter(void *context, long number, const unsigned long args[6])
{
	long r = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);

	(void)context;
	r = r < 0 ? -errno : r;
	if (number == event.number) {
		event.number = -1;
		event.happens(event.pair);
	}
	return r;
}

static void expect(long number, void (*happens)(const int pair[2]), const int pair[2])
{
	event.number = number;
	event.happens = happens;
	event.pair = pair;
	host.enter = enter;
}

static void receiving(void)
{
	struct timeval time = { 0, 50000 };
	socklen_t size = sizeof time;
	int64_t before, patience; /* nanoseconds */
	int pair[2];
	long r;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, 0);
	ok_got(r == SOCKETCALL_WOULD_BLOCK && pending.fd == pair[0] && pending.events == POLLIN &&
		       pending.deadline == -1,
	       r, "recv of nothing would block until there is something to read");
	r = socketcall_interrupt(&server);
	ok_got(r == SOCKETCALL_RESTART, r, "a signal restarts the call");
	r = socketcall_resume(&server);
	ok_got(r == SOCKETCALL_WOULD_BLOCK, r, "recv that is resumed too early would block again");
	send(pair[1], "hello", 5, 0);
	ok(is_ready(), "poll() reports the pending recv's event when bytes come");
	r = socketcall_resume(&server);
	ok_got(r == 5 && memcmp(data, "hello", 5) == 0, r, "a resumed recv returns the bytes");
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, MSG_DONTWAIT);
	ok_got(r == -EAGAIN, r, "recv of nothing with MSG_DONTWAIT is EAGAIN");
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, 0);
	ok_got(r == -EAGAIN, r, "recv of nothing on a non-blocking socket is EAGAIN");
	fcntl(pair[0], F_SETFL, 0);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
	getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, &size); /* the kernel rounds it to its ticks */
	patience = time.tv_usec * (int64_t)1000;
	before = time_now();
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, 0);
	ok_got(r == SOCKETCALL_WOULD_BLOCK && pending.deadline >= before + patience &&
		       pending.deadline <= time_now() + patience,
	       r, "recv with SO_RCVTIMEO would block until a deadline");
	r = socketcall_interrupt(&server);
	ok_got(r == -EINTR, r, "a signal makes a recv with SO_RCVTIMEO EINTR");
	while (time_now() < pending.deadline)
		poll(NULL, 0, 10);
	r = socketcall_resume(&server);
	ok_got(r == -EAGAIN, r, "recv that is resumed after the deadline is EAGAIN");
	close(pair[0]);
	close(pair[1]);
}

static void receiving_all(void)
{
	int pair[2];
	long r;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	send(pair[1], "abc", 3, 0);
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, MSG_WAITALL);
	ok_got(r == SOCKETCALL_WOULD_BLOCK, r, "MSG_WAITALL with fewer bytes would block");
	r = socketcall_interrupt(&server);
	ok_got(r == 3, r, "a signal ends recv with MSG_WAITALL, which returns the bytes that have come");
	send(pair[1], "defg", 4, 0);
	r = socketcall_resume(&server);
	ok_got(r == SOCKETCALL_WOULD_BLOCK, r, "resumed with more bytes, but not all, recv would still block");
	send(pair[1], "hijklm", 6, 0);
	r = socketcall_resume(&server);
	ok_got(r == 10 && memcmp(data, "abcdefghij", 10) == 0, r,
	       "resumed with all bytes, recv returns them in their order");
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, MSG_WAITALL);
	ok_got(r == SOCKETCALL_WOULD_BLOCK, r, "recv with MSG_WAITALL of more bytes than are left would block");
	shutdown(pair[1], SHUT_WR);
	r = socketcall_resume(&server);
	ok_got(r == 3 && memcmp(data, "klm", 3) == 0, r, "resumed at the stream's end, recv returns the rest");
	close(pair[0]);
	close(pair[1]);
}

static void sending(void)
{
	static char all[sizeof data];
	size_t got = 0;
	int pair[2], small = 4096;
	long r;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (char)(i * 7 + i / 251);
	r = CALL(SEND, (uint64_t)pair[0], P(data), sizeof data, 0);
	ok_got(r == SOCKETCALL_WOULD_BLOCK && pending.events == POLLOUT, r,
	       "send of more than there is room for would block until there is room");
	r = socketcall_interrupt(&server);
	ok_got(r > 0 && r < (long)sizeof data, r, "a signal ends send, which returns the number of sent bytes");
	r = SOCKETCALL_WOULD_BLOCK;
	for (int i = 0; i < 100000 && (r == SOCKETCALL_WOULD_BLOCK || got < sizeof all); i++) {
		ssize_t n = recv(pair[1], all + got, sizeof all - got, MSG_DONTWAIT);

		got += n > 0 ? (size_t)n : 0;
		if (r == SOCKETCALL_WOULD_BLOCK)
			r = socketcall_resume(&server);
	}
	ok_got(r == (long)sizeof data, r, "a send that is resumed until it ends sends all bytes");
	ok(got == sizeof all && memcmp(all, data, sizeof all) == 0, "the peer receives each byte once, in their order");
	close(pair[0]);
	close(pair[1]);
}

/* Memory that is mapped after at() has been asked for it twice: once for one piece, once for any pieces. */
static void *at_third_time(void *context, uint64_t address, size_t *size, int writable)
{
	(void)size;
	(void)writable;
	return ++*(int *)context > 2 ? (void *)(uintptr_t)address : NULL;
}

static void send_and_shut_down(const int pair[2])
{
	send(pair[1], "last", 4, 0);
	shutdown(pair[0], SHUT_RD);
}

static void close_peer(const int pair[2])
{
	close(pair[1]);
}

/* Events between two system calls of the backend, and between the last attempt and a signal. */
static void unlucky_moments(void)
{
	int pair[2], asked = 0;
	long r;

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	expect(SYS_recvfrom, send_and_shut_down, pair);
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, 0);
	ok_got(r == 4 && event.number < 0, r, "recv returns a datagram that comes after EAGAIN, before a shutdown");
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, 0);
	ok_got(r == 0, r, "recv after a shutdown returns 0");
	close(pair[0]);
	close(pair[1]);

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	expect(SYS_recvfrom, send_and_shut_down, pair);
	server.memory.at = at_third_time;
	server.memory.context = &asked;
	memset(data, 0, 4);
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, 0);
	server.memory = socketcall_same_process;
	ok_got(r == 4 && memcmp(data, "last", 4) == 0, r, "so does recv into memory that is mapped meanwhile");
	close(pair[0]);
	close(pair[1]);

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	while (send(pair[0], data, 4096, MSG_DONTWAIT) > 0)
		;
	r = CALL(SEND, (uint64_t)pair[0], P(data), 4096, 0);
	ok_got(r == SOCKETCALL_WOULD_BLOCK, r, "send to a full socket would block");
	expect(SYS_getsockopt, close_peer, pair);
	r = socketcall_resume(&server);
	ok_got(r == -ECONNRESET && !server.sigpipe && event.number < 0, r,
	       "send is ECONNRESET, not EPIPE, if the peer is closed after the look for an error");
	close(pair[0]);
	host.enter = NULL;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, 0);
	send(pair[1], "hello", 5, 0);
	r = r == SOCKETCALL_WOULD_BLOCK ? socketcall_interrupt(&server) : r;
	ok_got(r == 5, r, "recv that a signal interrupts returns the bytes that came before the signal");
	send(pair[1], "ab", 2, 0);
	r = CALL(RECV, (uint64_t)pair[0], P(data), 10, MSG_WAITALL);
	send(pair[1], "hello", 5, 0);
	r = r == SOCKETCALL_WOULD_BLOCK ? socketcall_interrupt(&server) : r;
	ok_got(r == 7, r, "so does recv with MSG_WAITALL");
	close(pair[0]);
	close(pair[1]);
}

/* Connects two TCP sockets, and fills the first one until a call would block that sends `size` bytes. */
static long full_connection(int pair[2], size_t size, bool half_closed)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t length = sizeof name;
	long r = 0;

	bind(listener, (struct sockaddr *)&name, sizeof name);
	listen(listener, 1);
	getsockname(listener, (struct sockaddr *)&name, &length);
	pair[1] = socket(AF_INET, SOCK_STREAM, 0);
	connect(pair[1], (struct sockaddr *)&name, sizeof name);
	pair[0] = accept(listener, NULL, NULL);
	close(listener);
	if (half_closed)
		shutdown(pair[1], SHUT_WR);
	for (int i = 0; i < 1000000 && r >= 0; i++) {
		while (size == 1 && send(pair[0], data, sizeof data, MSG_DONTWAIT) > 0)
			;
		r = CALL(SEND, (uint64_t)pair[0], P(data), size, 0);
	}
	return r;
}

/* True when poll() reports an error of the socket: the peer's reset has arrived. */
static bool is_reset(int fd)
{
	struct pollfd wait = { .fd = fd };

	return poll(&wait, 1, 20000) == 1 && wait.revents & POLLERR;
}

/* The peer resets a connection while a call waits to send. */
static void reset_connections(void)
{
	int pair[2];
	long r = full_connection(pair, 1, true);

	ok_got(r == SOCKETCALL_WOULD_BLOCK && !pending.done, r, "send of one byte on a full TCP connection blocks");
	close(pair[1]);
	ok(is_reset(pair[0]), "the reset of a half-closed connection arrives");
	r = socketcall_resume(&server);
	ok_got(r == -EPIPE && server.sigpipe, r,
	       "send is EPIPE, with SIGPIPE, if the peer resets a connection whose other direction it has closed");
	close(pair[0]);

	r = full_connection(pair, sizeof data, false);
	ok_got(r == SOCKETCALL_WOULD_BLOCK && pending.done, r, "send of many bytes would block after some of them");
	close(pair[1]);
	ok(is_reset(pair[0]), "the reset of a connection arrives");
	r = socketcall_resume(&server);
	ok_got(r > 0 && !server.sigpipe, r, "if the peer resets the connection, send returns the bytes that it sent");
	r = CALL(SEND, (uint64_t)pair[0], P(data), 1, 0);
	ok_got(r == -ECONNRESET && !server.sigpipe, r, "the next send is ECONNRESET");
	r = CALL(SEND, (uint64_t)pair[0], P(data), 1, 0);
	ok_got(r == -EPIPE && server.sigpipe, r, "the one after it is EPIPE");
	close(pair[0]);

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	r = CALL(SEND, (uint64_t)pair[0], P(data), sizeof data, 0);
	shutdown(pair[1], SHUT_RD);
	r = r == SOCKETCALL_WOULD_BLOCK ? socketcall_resume(&server) : 0;
	ok_got(r > 0 && !server.sigpipe, r, "send that has sent bytes before EPIPE returns their number");
	close(pair[0]);
	close(pair[1]);
}

static void accepting(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t length = sizeof name;
	long r;

	bind(listener, (struct sockaddr *)&name, sizeof name);
	r = CALL(ACCEPT4, (uint64_t)listener, 0, 0, 0);
	ok_got(r == -EINVAL, r, "accept on a socket that doesn't listen fails at once");
	listen(listener, 1);
	getsockname(listener, (struct sockaddr *)&name, &length);
	r = CALL(ACCEPT4, (uint64_t)listener, 0, 0, 0);
	ok_got(r == SOCKETCALL_WOULD_BLOCK && pending.events == POLLIN, r, "accept would block");
	r = CALL(CONNECT, (uint64_t)client, P(&name), sizeof name);
	for (int i = 0; i < 1000 && r == SOCKETCALL_WOULD_BLOCK && is_ready(); i++)
		r = socketcall_resume(&server);
	ok_got(r == 0, r, "connect connects");
	ok(!(fcntl(client, F_GETFL) & O_NONBLOCK), "after connect the socket still blocks");
	r = CALL(CONNECT, (uint64_t)client, P(&name), sizeof name);
	ok_got(r == -EISCONN, r, "a second connect is EISCONN");
	r = CALL(ACCEPT4, (uint64_t)listener, 0, 0, 0);
	for (int i = 0; i < 1000 && r == SOCKETCALL_WOULD_BLOCK && is_ready(); i++)
		r = socketcall_resume(&server);
	ok_got(r >= 0, r, "accept returns the connection");
	close((int)r);
	close(client);
	close(listener);
}

static void full_backlog(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0socketcall waiting" };
	socklen_t length = offsetof(struct sockaddr_un, sun_path) + 24;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), clients[8], i = 0;
	long r = 0;

	snprintf(name.sun_path + 12, 12, "%d", (int)getpid());
	bind(listener, (struct sockaddr *)&name, length);
	listen(listener, 0);
	for (; i < 8; i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		r = CALL(CONNECT, (uint64_t)clients[i], P(&name), length);
		if (r)
			break;
	}
	ok_got(r == SOCKETCALL_WOULD_BLOCK && pending.events == 0 && pending.deadline > 0, r,
	       "connect to a UNIX socket whose backlog is full has a deadline for the next try");
	ok_got(socketcall_interrupt(&server) == SOCKETCALL_RESTART, r, "a signal restarts connect");
	close(accept(listener, NULL, NULL));
	r = socketcall_resume(&server);
	ok_got(r == 0, r, "connect that is resumed when the backlog has room succeeds");
	while (i >= 0)
		close(clients[i--]);
	close(listener);
}

static void vectors(void)
{
	struct iovec parts[3] = { { data, 8 }, { data + 8, 8 }, { data + 16, 8 } };
	struct mmsghdr messages[3] = { { .msg_hdr = { .msg_iov = &parts[0], .msg_iovlen = 1 } },
				       { .msg_hdr = { .msg_iov = &parts[1], .msg_iovlen = 1 } },
				       { .msg_hdr = { .msg_iov = &parts[2], .msg_iovlen = 1 } } };
	int pair[2];
	long r;

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	send(pair[1], "one", 3, 0);
	r = CALL(RECVMMSG, (uint64_t)pair[0], P(messages), 3, 0, 0);
	ok_got(r == SOCKETCALL_WOULD_BLOCK, r, "recvmmsg of more messages than there are would block");
	r = socketcall_interrupt(&server);
	ok_got(r == 1, r, "a signal ends recvmmsg, which returns the number of received messages");
	send(pair[1], "two", 3, 0);
	r = socketcall_resume(&server);
	ok_got(r == SOCKETCALL_WOULD_BLOCK, r, "resumed with the next message, recvmmsg would still block");
	send(pair[1], "three", 5, 0);
	r = socketcall_resume(&server);
	ok_got(r == 3 && memcmp(data, "one", 3) == 0 && memcmp(data + 8, "two", 3) == 0 && messages[2].msg_len == 5, r,
	       "resumed with all messages, recvmmsg returns them in their order");
	send(pair[1], "four", 4, 0);
	r = CALL(RECVMMSG, (uint64_t)pair[0], P(messages), 3, MSG_WAITFORONE, 0);
	ok_got(r == 1, r, "recvmmsg with MSG_WAITFORONE returns one message");
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	server.arch = socketcall_arch_here();
	server.memory = socketcall_same_process;
	receiving();
	receiving_all();
	sending();
	unlucky_moments();
	reset_connections();
	accepting();
	full_backlog();
	vectors();
	ok(sizeof pending <= SOCKETCALL_PENDING, "SOCKETCALL_PENDING is enough for the pending state");
	return plan();
}
