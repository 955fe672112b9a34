/* SPDX-License-Identifier: MIT
 *
 * The calling end against the kernel, on any architecture: all twenty calls, made with a block and with arguments, succeed
 * and fail as the manual pages say. Built once for each choice of doors, and, with SERVED, for a server in this process.
 * TAP.
 *
 *   calls [--close direct|multiplexed|recvmmsg|no]    with a seccomp filter of its own that answers ENOSYS at that door;
 *                                                     recvmmsg: at the multiplexed one and at recvmmsg with 32-bit times
 */
#define _GNU_SOURCE
#include <socketcall/caller.h>
#ifdef SERVED
#include "tests/unit/server/served.h"
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

typedef unsigned long word;
enum { NONE = SOCKETCALL_NONE };

/* ---- TAP ---------------------------------------------------------------------------------------------------------- */

static int tests, failures;
static const char *manner;

static void check(int good, long got, const char *format, ...)
{
	va_list arguments;

	tests++;
	failures += !good;
	printf("%sok %d - %s: ", good ? "" : "not ", tests, manner);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf(good ? "\n" : " (it was %ld)\n", got);
}

static void must(int good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- The two manners of making a call ------------------------------------------------------------------------------ */

__attribute__((unused)) static long by_arguments(int call, const word *w)
{
	switch (call) {
#define A1(k0, ...)                 (socketcall_kind_##k0) w[0]
#define A2(k0, k1, ...)             (socketcall_kind_##k0) w[0], (socketcall_kind_##k1)w[1]
#define A3(k0, k1, k2, ...)         A2(k0, k1, ), (socketcall_kind_##k2)w[2]
#define A4(k0, k1, k2, k3, ...)     A3(k0, k1, k2, ), (socketcall_kind_##k3)w[3]
#define A5(k0, k1, k2, k3, k4, ...) A4(k0, k1, k2, k3, ), (socketcall_kind_##k4)w[4]
#define A6(k0, k1, k2, k3, k4, k5)  A5(k0, k1, k2, k3, k4, ), (socketcall_kind_##k5)w[5]
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	case call:                                                                                                     \
		return socketcall_##name(A##arity(__VA_ARGS__));
#include "abi/calls.def"
#undef CALL
	}
	return -EINVAL;
}

static const struct {
	const char *name;
	long (*make)(int call, const word *words);
} manners[] = {
#ifdef SERVED
	{ "served", served },
#else
	{ "block", socketcall_raw },
	{ "arguments", by_arguments },
#endif
};
enum { MANNERS = sizeof manners / sizeof *manners };
static long (*make)(int call, const word *words);

#define W(...)           ((const word[6]){ __VA_ARGS__ })
#define P(pointer)       ((word)(pointer))
#define CALLS(NAME, ...) make(SOCKETCALL_##NAME, W(__VA_ARGS__))

/* The call answers exactly `wanted`. */
#define IS(wanted, text, NAME, ...)                                                                                    \
	do {                                                                                                           \
		long got_ = CALLS(NAME, __VA_ARGS__);                                                                  \
		check(got_ == (wanted), got_, "%s", text);                                                             \
	} while (0)

/* The call makes a descriptor, which is returned. */
#define FD(text, NAME, ...)                                                                                            \
	({                                                                                                             \
		long got_ = CALLS(NAME, __VA_ARGS__);                                                                  \
		check(got_ >= 0, got_, "%s", text);                                                                    \
		(int)got_;                                                                                             \
	})

/* ---- What the calls are made with ---------------------------------------------------------------------------------- */

static char *nowhere; /* may not be touched; before it lies a page that may */
static int file, page;

static int made(int family, int type)
{
	long fd = CALLS(SOCKET, (word)family, (word)type, 0);

	must(fd >= 0, "a socket for the tests");
	return (int)fd;
}

static void paired(int type, int pair[2])
{
	must(CALLS(SOCKETPAIR, AF_UNIX, (word)type, 0, P(pair)) == 0, "a pair for the tests");
}

static struct sockaddr_un named(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	/* in the abstract namespace, and this process's own */
	snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s-%d", name, getpid());
	return address;
}

static unsigned named_length(const struct sockaddr_un *address)
{
	return (unsigned)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address->sun_path + 1));
}

static int listening(struct sockaddr_un *address, int backlog)
{
	int fd = made(AF_UNIX, SOCK_STREAM);

	must(CALLS(BIND, (word)fd, P(address), named_length(address)) == 0, "bind for the tests");
	must(CALLS(LISTEN, (word)fd, (word)backlog) == 0, "listen for the tests");
	return fd;
}

static struct sockaddr_in loopback(int fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;

	must(CALLS(BIND, (word)fd, P(&address), sizeof address) == 0, "bind to loopback for the tests");
	must(CALLS(GETSOCKNAME, (word)fd, P(&address), P(&length)) == 0, "getsockname for the tests");
	return address;
}

/* ---- Errors that many calls share ------------------------------------------------------------------------------------ */

static const char *const names[] = {
	"no call",
#define CALL(call, NAME, name, ...) #name,
#include "abi/calls.def"
#undef CALL
};

/* Words with which nothing is wrong but the descriptor; for socket and socketpair, the family. */
static void well_formed(int call, int fd, word *w)
{
	static struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/nowhere" };
	static int value, pair[2];
	static socklen_t length;
	static char data[16];
	static struct iovec vector = { data, sizeof data };
	static struct mmsghdr message = { .msg_hdr = { .msg_iov = &vector, .msg_iovlen = 1 } };
	word words[SOCKETCALL_CALLS + 1][6] = {
		[SOCKETCALL_BIND] = { 0, P(&name), sizeof name },
		[SOCKETCALL_CONNECT] = { 0, P(&name), sizeof name },
		[SOCKETCALL_ACCEPT] = { 0, P(&name), P(&length) },
		[SOCKETCALL_GETSOCKNAME] = { 0, P(&name), P(&length) },
		[SOCKETCALL_GETPEERNAME] = { 0, P(&name), P(&length) },
		[SOCKETCALL_SOCKETPAIR] = { 0, SOCK_STREAM, 0, P(pair) },
		[SOCKETCALL_SEND] = { 0, P(data), sizeof data },
		[SOCKETCALL_RECV] = { 0, P(data), sizeof data },
		[SOCKETCALL_SENDTO] = { 0, P(data), sizeof data, 0, P(&name), sizeof name },
		[SOCKETCALL_RECVFROM] = { 0, P(data), sizeof data, 0, P(&name), P(&length) },
		[SOCKETCALL_SETSOCKOPT] = { 0, SOL_SOCKET, SO_RCVBUF, P(&value), sizeof value },
		[SOCKETCALL_GETSOCKOPT] = { 0, SOL_SOCKET, SO_RCVBUF, P(&value), P(&length) },
		[SOCKETCALL_SENDMSG] = { 0, P(&message) },
		[SOCKETCALL_RECVMSG] = { 0, P(&message) },
		[SOCKETCALL_ACCEPT4] = { 0, P(&name), P(&length) },
		[SOCKETCALL_RECVMMSG] = { 0, P(&message), 1 },
		[SOCKETCALL_SENDMMSG] = { 0, P(&message), 1 },
	};

	length = call == SOCKETCALL_GETSOCKOPT ? sizeof value : sizeof name;
	memcpy(w, words[call], sizeof words[call]);
	w[0] = (word)fd;
}

static void descriptors(void)
{
	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		word w[6];
		long got;

		if (call == SOCKETCALL_SOCKET || call == SOCKETCALL_SOCKETPAIR)
			continue;
		well_formed(call, -1, w);
		got = make(call, w);
		check(got == -EBADF, got, "%s of descriptor -1 is EBADF", names[call]);
		well_formed(call, file, w);
		got = make(call, w);
		check(got == -ENOTSOCK, got, "%s of a file is ENOTSOCK", names[call]);
	}
}

/* ---- The twenty ------------------------------------------------------------------------------------------------------- */

static void socket_calls(void)
{
	struct rlimit limit, low;
	int fd;

	fd = FD("socket makes a UNIX stream socket", SOCKET, AF_UNIX, SOCK_STREAM, 0);
	check(fcntl(fd, F_GETFD) == 0, fcntl(fd, F_GETFD), "which isn't closed by exec");
	close(fd);
	fd = FD("socket with SOCK_CLOEXEC and SOCK_NONBLOCK", SOCKET, AF_INET,
		SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	check(fcntl(fd, F_GETFD) == FD_CLOEXEC, fcntl(fd, F_GETFD), "makes one that exec closes");
	check(fcntl(fd, F_GETFL) & O_NONBLOCK, fcntl(fd, F_GETFL), "and that doesn't block");
	close(fd);
	IS(-EAFNOSUPPORT, "socket of family 9999 is EAFNOSUPPORT", SOCKET, 9999, SOCK_STREAM, 0);
	IS(-EAFNOSUPPORT, "socket of family -1 is EAFNOSUPPORT", SOCKET, (word)-1, SOCK_STREAM, 0);
	IS(-EINVAL, "socket of type 15 is EINVAL", SOCKET, AF_UNIX, 15, 0);
	IS(-EINVAL, "socket with an unknown flag is EINVAL", SOCKET, AF_UNIX, SOCK_STREAM | 0x10000000, 0);
	IS(-EPROTONOSUPPORT, "socket of protocol 99 is EPROTONOSUPPORT", SOCKET, AF_UNIX, SOCK_STREAM, 99);
	IS(-ESOCKTNOSUPPORT, "socket of a type that the family lacks is ESOCKTNOSUPPORT", SOCKET, AF_INET,
	   SOCK_SEQPACKET, 0);
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &low);
	IS(-EMFILE, "socket without a descriptor left is EMFILE", SOCKET, AF_UNIX, SOCK_STREAM, 0);
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void bind_calls(void)
{
	struct sockaddr_un name = named("bind");
	struct sockaddr_in other = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	int fd = made(AF_UNIX, SOCK_STREAM), second = made(AF_UNIX, SOCK_STREAM), inet = made(AF_INET, SOCK_STREAM);

	IS(-EFAULT, "bind to an address that can't be read is EFAULT", BIND, (word)fd, P(nowhere), 16);
	IS(-EINVAL, "bind with a length of -1 is EINVAL", BIND, (word)fd, P(&name), (word)-1);
	IS(-EINVAL, "bind with too long an address is EINVAL", BIND, (word)fd, P(&name), 1000);
	IS(0, "bind gives a name", BIND, (word)fd, P(&name), named_length(&name));
	IS(-EINVAL, "bind of a socket that has one is EINVAL", BIND, (word)fd, P(&name), named_length(&name));
	IS(-EADDRINUSE, "bind to a name in use is EADDRINUSE", BIND, (word)second, P(&name), named_length(&name));
	IS(-EADDRNOTAVAIL, "bind to another host's address is EADDRNOTAVAIL", BIND, (word)inet, P(&other),
	   sizeof other);
	close(fd);
	close(second);
	close(inet);
}

static void connect_calls(void)
{
	struct sockaddr_un name = named("connect"), absent = named("nobody");
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in odd = { .sin_family = 99 };
	int listener = listening(&name, 8), fd = made(AF_UNIX, SOCK_STREAM), dgram = made(AF_UNIX, SOCK_DGRAM);
	int inet = made(AF_INET, SOCK_STREAM), server = made(AF_INET, SOCK_STREAM), stream = made(AF_UNIX, SOCK_STREAM);
	struct sockaddr_in at = loopback(server);

	IS(-EFAULT, "connect to an address that can't be read is EFAULT", CONNECT, (word)fd, P(nowhere), 16);
	IS(-EINVAL, "connect with a length of -1 is EINVAL", CONNECT, (word)fd, P(&name), (word)-1);
	IS(-ECONNREFUSED, "connect to a name that nobody has is ECONNREFUSED", CONNECT, (word)fd, P(&absent),
	   named_length(&absent));
	snprintf(path.sun_path, sizeof path.sun_path, "/tmp/socketcall-calls-%d", getpid());
	unlink(path.sun_path);
	must(CALLS(BIND, (word)stream, P(&path), sizeof path) == 0, "bind to a name in /tmp");
	IS(-EPROTOTYPE, "connect of a datagram socket to a stream's name is EPROTOTYPE", CONNECT, (word)dgram, P(&path),
	   sizeof path);
	unlink(path.sun_path);
	IS(-ENOENT, "connect to a name that isn't there is ENOENT", CONNECT, (word)dgram, P(&path), sizeof path);
	close(stream);
	IS(0, "connect reaches a listener", CONNECT, (word)fd, P(&name), named_length(&name));
	IS(-EISCONN, "connect of a connected socket is EISCONN", CONNECT, (word)fd, P(&name), named_length(&name));
	IS(-EAFNOSUPPORT, "connect to an address of another family is EAFNOSUPPORT", CONNECT, (word)inet, P(&odd),
	   sizeof odd);
	IS(-ECONNREFUSED, "connect to a port where nobody listens is ECONNREFUSED", CONNECT, (word)inet, P(&at),
	   sizeof at);
	must(CALLS(LISTEN, (word)server, 1) == 0, "listen");
	IS(0, "connect reaches a TCP listener", CONNECT, (word)inet, P(&at), sizeof at);
	close(listener);
	close(fd);
	close(dgram);
	close(inet);
	close(server);
}

static void listen_calls(void)
{
	struct sockaddr_un name = named("listen");
	int fd = made(AF_UNIX, SOCK_STREAM), dgram = made(AF_UNIX, SOCK_DGRAM), inet = made(AF_INET, SOCK_STREAM);

	IS(-EINVAL, "listen without a name is EINVAL", LISTEN, (word)fd, 1);
	must(CALLS(BIND, (word)fd, P(&name), named_length(&name)) == 0, "bind");
	IS(0, "listen", LISTEN, (word)fd, 1);
	IS(0, "listen once more", LISTEN, (word)fd, (word)-1);
	IS(0, "listen of a TCP socket finds a port by itself", LISTEN, (word)inet, 1);
	IS(-EOPNOTSUPP, "listen of a datagram socket is EOPNOTSUPP", LISTEN, (word)dgram, 1);
	close(fd);
	close(dgram);
	close(inet);
}

static void accept_calls(int four)
{
	struct sockaddr_un name = named(four ? "accept4" : "accept"), peer;
	int listener = listening(&name, 8), client = made(AF_UNIX, SOCK_STREAM), dgram = made(AF_UNIX, SOCK_DGRAM), fd;
	int call = four ? SOCKETCALL_ACCEPT4 : SOCKETCALL_ACCEPT;
	socklen_t length = sizeof peer;
	long got;

#define ACCEPTS(fd, address, length) make(call, W((word)(fd), P(address), P(length), 0))
	fcntl(listener, F_SETFL, O_NONBLOCK);
	got = ACCEPTS(listener, 0, 0);
	check(got == -EAGAIN, got, "%s with nobody waiting is EAGAIN", names[call]);
	got = ACCEPTS(client, 0, 0);
	check(got == -EINVAL, got, "%s of a socket that doesn't listen is EINVAL", names[call]);
	got = ACCEPTS(dgram, 0, 0);
	check(got == -EOPNOTSUPP, got, "%s of a datagram socket is EOPNOTSUPP", names[call]);
	must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
	fd = (int)ACCEPTS(listener, &peer, &length);
	check(fd >= 0, fd, "%s takes the connection", names[call]);
	check(length == sizeof(sa_family_t) && peer.sun_family == AF_UNIX, (long)length,
	      "and says that the other end has no name");
	check(fcntl(fd, F_GETFD) == 0 && !(fcntl(fd, F_GETFL) & O_NONBLOCK), fd,
	      "and has none of the listener's flags");
	close(fd);
	close(client);
	if (four) {
		client = made(AF_UNIX, SOCK_STREAM);
		must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
		fd = FD("accept4 with SOCK_CLOEXEC and SOCK_NONBLOCK", ACCEPT4, (word)listener, 0, 0,
			SOCK_CLOEXEC | SOCK_NONBLOCK);
		check(fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_NONBLOCK), fd, "sets both");
		close(fd);
		IS(-EINVAL, "accept4 with an unknown flag is EINVAL", ACCEPT4, (word)listener, 0, 0, 0x10000000);
		close(client);
	}
	client = made(AF_UNIX, SOCK_STREAM);
	must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
	length = (socklen_t)-1;
	got = ACCEPTS(listener, &peer, &length);
	check(got == -EINVAL, got, "%s with a room of -1 is EINVAL", names[call]);
	close(client);
	client = made(AF_UNIX, SOCK_STREAM);
	must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
	got = ACCEPTS(listener, &peer, nowhere);
	check(got == -EFAULT, got, "%s with an unreadable length is EFAULT", names[call]);
	close(client);
	close(dgram);
	close(listener);
#undef ACCEPTS
}

static void name_calls(void)
{
	struct sockaddr_un name = named("name"), got;
	int listener = listening(&name, 1), client = made(AF_UNIX, SOCK_STREAM), lone = made(AF_INET, SOCK_STREAM);
	socklen_t length = sizeof got, negative = (socklen_t)-1, small = 3;

	IS(0, "getsockname", GETSOCKNAME, (word)listener, P(&got), P(&length));
	check(length == named_length(&name) && memcmp(&got, &name, length) == 0, (long)length, "tells the name");
	IS(0, "getsockname with little room", GETSOCKNAME, (word)listener, P(&got), P(&small));
	check(small == named_length(&name), (long)small, "tells how much it would have needed");
	IS(-EINVAL, "getsockname with a room of -1 is EINVAL", GETSOCKNAME, (word)listener, P(&got), P(&negative));
	IS(-EFAULT, "getsockname to where nothing can be written is EFAULT", GETSOCKNAME, (word)listener, P(nowhere),
	   P(&length));
	IS(-EFAULT, "getsockname with an unreadable length is EFAULT", GETSOCKNAME, (word)listener, P(&got),
	   P(nowhere));
	IS(-ENOTCONN, "getpeername without a peer is ENOTCONN", GETPEERNAME, (word)lone, P(&got), P(&length));
	must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
	length = sizeof got;
	IS(0, "getpeername", GETPEERNAME, (word)client, P(&got), P(&length));
	check(length == named_length(&name) && memcmp(&got, &name, length) == 0, (long)length, "tells the peer's name");
	IS(-EFAULT, "getpeername to where nothing can be written is EFAULT", GETPEERNAME, (word)client, P(nowhere),
	   P(&length));
	IS(-EINVAL, "getpeername with a room of -1 is EINVAL", GETPEERNAME, (word)client, P(&got), P(&negative));
	close(listener);
	close(client);
	close(lone);
}

static void socketpair_calls(void)
{
	int pair[2] = { -1, -1 };

	IS(0, "socketpair", SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, P(pair));
	check(pair[0] >= 0 && pair[1] > pair[0] && fcntl(pair[1], F_GETFD) == FD_CLOEXEC, pair[0],
	      "makes two descriptors with the flags");
	close(pair[0]);
	close(pair[1]);
	IS(-EAFNOSUPPORT, "socketpair of family 9999 is EAFNOSUPPORT", SOCKETPAIR, 9999, SOCK_STREAM, 0, P(pair));
	IS(-EOPNOTSUPP, "socketpair of AF_INET is EOPNOTSUPP", SOCKETPAIR, AF_INET, SOCK_STREAM, 0, P(pair));
	IS(-EPROTONOSUPPORT, "socketpair of protocol 99 is EPROTONOSUPPORT", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 99,
	   P(pair));
	IS(-EINVAL, "socketpair with an unknown flag is EINVAL", SOCKETPAIR, AF_UNIX, SOCK_STREAM | 0x10000000, 0,
	   P(pair));
	IS(-EFAULT, "socketpair to where nothing can be written is EFAULT", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0,
	   P(nowhere));
}

static void send_recv_calls(void)
{
	char data[64] = "";
	static char large[1 << 20];
	int stream[2], dgram[2], udp = made(AF_INET, SOCK_DGRAM), lone = made(AF_UNIX, SOCK_STREAM);
	int tcp = made(AF_INET, SOCK_STREAM);
	long got;

	paired(SOCK_STREAM, stream);
	paired(SOCK_DGRAM, dgram);
	IS(5, "send", SEND, (word)stream[0], P("hello"), 5, 0);
	IS(5, "recv with MSG_PEEK", RECV, (word)stream[1], P(data), sizeof data, MSG_PEEK);
	IS(5, "recv after that", RECV, (word)stream[1], P(data), sizeof data, 0);
	check(memcmp(data, "hello", 5) == 0, data[0], "has what was sent");
	IS(-EAGAIN, "recv with MSG_DONTWAIT and nothing there is EAGAIN", RECV, (word)stream[1], P(data), sizeof data,
	   MSG_DONTWAIT);
	IS(5, "send of a datagram", SEND, (word)dgram[0], P("hello"), 5, 0);
	IS(5, "recv of 2 bytes of it with MSG_TRUNC says 5", RECV, (word)dgram[1], P(data), 2, MSG_TRUNC);
	do
		got = CALLS(SEND, (word)stream[0], P(large), sizeof large, MSG_DONTWAIT);
	while (got > 0);
	check(got == -EAGAIN, got, "send with MSG_DONTWAIT and no room is EAGAIN");
	IS(-EMSGSIZE, "send of too long a datagram is EMSGSIZE", SEND, (word)dgram[0], P(large), sizeof large, 0);
	IS(-EFAULT, "send of what can't be read is EFAULT", SEND, (word)dgram[0], P(nowhere), 5, 0);
	IS(-ENOTCONN, "send without a peer is ENOTCONN", SEND, (word)lone, P(data), 1, 0);
	IS(-EDESTADDRREQ, "send without an address is EDESTADDRREQ", SEND, (word)udp, P(data), 1, 0);
	IS(-EOPNOTSUPP, "send with a flag that the socket lacks is EOPNOTSUPP", SEND, (word)dgram[0], P(data), 1,
	   MSG_OOB);
	IS(-EINVAL, "recv of a stream without a peer is EINVAL", RECV, (word)lone, P(data), 1, 0);
	IS(-ENOTCONN, "recv of a TCP socket without a peer is ENOTCONN", RECV, (word)tcp, P(data), 1, 0);
	must(CALLS(SEND, (word)dgram[0], P("hello"), 5, 0) == 5, "send");
	IS(-EFAULT, "recv to where nothing can be written is EFAULT", RECV, (word)dgram[1], P(nowhere), 5, 0);
	close(stream[1]);
	IS(-EPIPE, "send to an end that is closed is EPIPE", SEND, (word)stream[0], P(data), 1, MSG_NOSIGNAL);
	close(stream[0]);
	close(dgram[0]);
	close(dgram[1]);
	close(udp);
	close(lone);
	close(tcp);
}

static void sendto_recvfrom_calls(void)
{
	struct sockaddr_un name = named("sendto"), absent = named("nobody");
	struct sockaddr_in at, from;
	int udp = made(AF_INET, SOCK_DGRAM), sender = made(AF_INET, SOCK_DGRAM), stream[2];
	int dgram = made(AF_UNIX, SOCK_DGRAM);
	socklen_t length = sizeof from, negative = (socklen_t)-1;
	char data[16] = "";

	at = loopback(udp);
	paired(SOCK_STREAM, stream);
	IS(5, "sendto an address", SENDTO, (word)sender, P("hello"), 5, 0, P(&at), sizeof at);
	IS(5, "recvfrom", RECVFROM, (word)udp, P(data), sizeof data, 0, P(&from), P(&length));
	check(memcmp(data, "hello", 5) == 0, data[0], "has what was sent");
	check(length == sizeof from && from.sin_family == AF_INET && from.sin_port != 0, (long)length,
	      "and says from where");
	IS(-EFAULT, "sendto an address that can't be read is EFAULT", SENDTO, (word)sender, P("hello"), 5, 0,
	   P(nowhere), sizeof at);
	IS(-EINVAL, "sendto with a length of -1 is EINVAL", SENDTO, (word)sender, P("hello"), 5, 0, P(&at), (word)-1);
	IS(-EISCONN, "sendto over a connected stream is EISCONN", SENDTO, (word)stream[0], P("hello"), 5, 0, P(&name),
	   named_length(&name));
	IS(-ECONNREFUSED, "sendto a name that nobody has is ECONNREFUSED", SENDTO, (word)dgram, P("hello"), 5, 0,
	   P(&absent), named_length(&absent));
	IS(0, "sendto of nothing", SENDTO, (word)sender, 0, 0, 0, P(&at), sizeof at);
	IS(0, "recvfrom of nothing, without asking from where", RECVFROM, (word)udp, P(data), sizeof data, 0, 0, 0);
	IS(-EAGAIN, "recvfrom with MSG_DONTWAIT and nothing there is EAGAIN", RECVFROM, (word)udp, P(data), sizeof data,
	   MSG_DONTWAIT, 0, 0);
	must(CALLS(SENDTO, (word)sender, P("hello"), 5, 0, P(&at), sizeof at) == 5, "sendto");
	IS(-EINVAL, "recvfrom with a room of -1 is EINVAL", RECVFROM, (word)udp, P(data), sizeof data, 0, P(&from),
	   P(&negative));
	must(CALLS(SENDTO, (word)sender, P("hello"), 5, 0, P(&at), sizeof at) == 5, "sendto");
	IS(-EFAULT, "recvfrom with an unreadable length is EFAULT", RECVFROM, (word)udp, P(data), sizeof data, 0,
	   P(&from), P(nowhere));
	close(udp);
	close(sender);
	close(dgram);
	close(stream[0]);
	close(stream[1]);
}

static void shutdown_calls(void)
{
	int pair[2], tcp = made(AF_INET, SOCK_STREAM);
	char data[4];

	paired(SOCK_STREAM, pair);
	IS(-EINVAL, "shutdown of 99 is EINVAL", SHUTDOWN, (word)pair[0], 99);
	IS(-ENOTCONN, "shutdown of a TCP socket without a peer is ENOTCONN", SHUTDOWN, (word)tcp, SHUT_RDWR);
	IS(0, "shutdown for writing", SHUTDOWN, (word)pair[0], SHUT_WR);
	IS(0, "and the other end reads an end", RECV, (word)pair[1], P(data), sizeof data, 0);
	close(pair[0]);
	close(pair[1]);
	close(tcp);
}

static void option_calls(void)
{
	int pair[2], value = 0, one = 1;
	socklen_t length = sizeof value, negative = (socklen_t)-1;

	paired(SOCK_SEQPACKET, pair);
	IS(0, "getsockopt", GETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_TYPE, P(&value), P(&length));
	check(value == SOCK_SEQPACKET && length == sizeof value, value, "tells the socket's type");
	IS(0, "setsockopt", SETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_PASSCRED, P(&one), sizeof one);
	value = 0;
	IS(0, "getsockopt of what was set", GETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_PASSCRED, P(&value), P(&length));
	check(value == 1, value, "reads it back");
	IS(-ENOPROTOOPT, "getsockopt of an unknown option is ENOPROTOOPT", GETSOCKOPT, (word)pair[0], SOL_SOCKET, 9999,
	   P(&value), P(&length));
	IS(-EINVAL, "getsockopt with a room of -1 is EINVAL", GETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_TYPE, P(&value),
	   P(&negative));
	IS(-EFAULT, "getsockopt with an unreadable length is EFAULT", GETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_TYPE,
	   P(&value), P(nowhere));
	IS(-EFAULT, "getsockopt to where nothing can be written is EFAULT", GETSOCKOPT, (word)pair[0], SOL_SOCKET,
	   SO_TYPE, P(nowhere), P(&length));
	IS(-ENOPROTOOPT, "setsockopt of an unknown option is ENOPROTOOPT", SETSOCKOPT, (word)pair[0], SOL_SOCKET, 9999,
	   P(&one), sizeof one);
	IS(-EINVAL, "setsockopt with too short a value is EINVAL", SETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_PASSCRED,
	   P(&one), 1);
	IS(-EFAULT, "setsockopt of what can't be read is EFAULT", SETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_PASSCRED,
	   P(nowhere), sizeof one);
	close(pair[0]);
	close(pair[1]);
}

union rights {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void message_calls(void)
{
	union rights out = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS }
	};
	union rights in;
	char first[4] = "", second[16] = "";
	struct iovec parts[2] = { { (char *)"hel", 3 }, { (char *)"lo", 2 } },
		     places[2] = { { first, 3 }, { second, 16 } };
	static struct iovec many[1025];
	struct msghdr message = {
		.msg_iov = parts, .msg_iovlen = 2, .msg_control = &out, .msg_controllen = sizeof out
	};
	int pair[2], passed = -1;

	paired(SOCK_DGRAM, pair);
	memcpy(CMSG_DATA(&out.header), &file, sizeof file);
	IS(5, "sendmsg of two parts and a descriptor", SENDMSG, (word)pair[0], P(&message), 0);
	message =
		(struct msghdr){ .msg_iov = places, .msg_iovlen = 2, .msg_control = &in, .msg_controllen = sizeof in };
	IS(5, "recvmsg into two parts", RECVMSG, (word)pair[1], P(&message), MSG_CMSG_CLOEXEC);
	check(memcmp(first, "hel", 3) == 0 && memcmp(second, "lo", 2) == 0, first[0], "has what was sent");
	check(message.msg_controllen == CMSG_SPACE(sizeof(int)) || message.msg_controllen == CMSG_LEN(sizeof(int)),
	      (long)message.msg_controllen, "and as much beside it");
	memcpy(&passed, CMSG_DATA(&in.header), sizeof passed);
	check(in.header.cmsg_type == SCM_RIGHTS && fcntl(passed, F_GETFD) == FD_CLOEXEC, passed,
	      "and the descriptor, which exec closes");
	close(passed);

	message = (struct msghdr){ .msg_iov = parts, .msg_iovlen = 2 };
	must(CALLS(SENDMSG, (word)pair[0], P(&message), 0) == 5, "sendmsg");
	message = (struct msghdr){ .msg_iov = places, .msg_iovlen = 1 };
	IS(3, "recvmsg of less than was sent", RECVMSG, (word)pair[1], P(&message), 0);
	check(message.msg_flags & MSG_TRUNC, message.msg_flags, "says so by MSG_TRUNC");

	message = (struct msghdr){ .msg_iov = many, .msg_iovlen = 1025 };
	IS(-EMSGSIZE, "sendmsg of 1025 parts is EMSGSIZE", SENDMSG, (word)pair[0], P(&message), 0);
	IS(-EMSGSIZE, "recvmsg into 1025 parts is EMSGSIZE", RECVMSG, (word)pair[1], P(&message), MSG_DONTWAIT);
	IS(-EFAULT, "sendmsg of a message that can't be read is EFAULT", SENDMSG, (word)pair[0], P(nowhere), 0);
	IS(-EFAULT, "recvmsg to a message that can't be read is EFAULT", RECVMSG, (word)pair[1], P(nowhere), 0);
	message = (struct msghdr){ .msg_iov = places, .msg_iovlen = 2 };
	IS(-EAGAIN, "recvmsg with MSG_DONTWAIT and nothing there is EAGAIN", RECVMSG, (word)pair[1], P(&message),
	   MSG_DONTWAIT);
	out.header.cmsg_len = 1;
	message =
		(struct msghdr){ .msg_iov = parts, .msg_iovlen = 2, .msg_control = &out, .msg_controllen = sizeof out };
	IS(-EINVAL, "sendmsg with a header too short for one is EINVAL", SENDMSG, (word)pair[0], P(&message), 0);
	close(pair[0]);
	close(pair[1]);
}

static void messages_calls(void)
{
	char data[2][8] = { "one", "three" };
	struct iovec parts[2] = { { data[0], 3 }, { data[1], 5 } };
	struct mmsghdr messages[2] = { { .msg_hdr = { .msg_iov = &parts[0], .msg_iovlen = 1 } },
				       { .msg_hdr = { .msg_iov = &parts[1], .msg_iovlen = 1 } } };
	/* the kernel's timespec for these numbers, which isn't always libc's */
	struct {
		__typeof__(__builtin_choose_expr((int)socketcall_number_recvmmsg != NONE, 0L, 0LL)) seconds,
			nanoseconds;
	} soon = { 5, 0 }, bad = { 0, 1000000000 };
	int pair[2];

	paired(SOCK_DGRAM, pair);
	IS(2, "sendmmsg of two", SENDMMSG, (word)pair[0], P(messages), 2, 0);
	check(messages[0].msg_len == 3 && messages[1].msg_len == 5, (long)messages[1].msg_len,
	      "says how long they were");
	messages[0].msg_len = messages[1].msg_len = 0;
	parts[0].iov_len = parts[1].iov_len = 8;
	IS(2, "recvmmsg of two with a timeout", RECVMMSG, (word)pair[1], P(messages), 2, 0, P(&soon));
	check(messages[0].msg_len == 3 && messages[1].msg_len == 5, (long)messages[1].msg_len,
	      "says how long they were");
	check(soon.seconds < 5 && soon.nanoseconds > 0, (long)soon.seconds, "and what is left of the time");
	IS(-EAGAIN, "recvmmsg with MSG_DONTWAIT and nothing there is EAGAIN", RECVMMSG, (word)pair[1], P(messages), 2,
	   MSG_DONTWAIT, 0);
	IS(-EINVAL, "recvmmsg with a bad timeout is EINVAL", RECVMMSG, (word)pair[1], P(messages), 2, MSG_DONTWAIT,
	   P(&bad));
	IS(-EINVAL, "which is looked at before the descriptor", RECVMMSG, (word)-1, P(messages), 2, 0, P(&bad));
	IS(-EFAULT, "recvmmsg with an unreadable timeout is EFAULT", RECVMMSG, (word)-1, P(messages), 2, 0, P(nowhere));
	IS(2, "sendmmsg once more", SENDMMSG, (word)pair[0], P(messages), 2, 0);
	IS(1, "recvmmsg of one", RECVMMSG, (word)pair[1], P(messages), 1, 0, 0);
	IS(1, "recvmmsg of two with MSG_WAITFORONE, when one is there", RECVMMSG, (word)pair[1], P(messages), 2,
	   MSG_WAITFORONE, 0);
	IS(-EFAULT, "sendmmsg of messages that can't be read is EFAULT", SENDMMSG, (word)pair[0], P(nowhere), 1, 0);
	IS(-EFAULT, "recvmmsg to messages that can't be read is EFAULT", RECVMMSG, (word)pair[1], P(nowhere), 1,
	   MSG_DONTWAIT, 0);
	messages[1].msg_hdr.msg_iov = (struct iovec *)nowhere;
	IS(1, "sendmmsg stops at the message that can't be read", SENDMMSG, (word)pair[0], P(messages), 2, 0);
	IS(0, "sendmmsg of none", SENDMMSG, (word)pair[0], P(messages), 0, 0);
	close(pair[0]);
	close(pair[1]);
}

/* ---- The block --------------------------------------------------------------------------------------------------------- */

/* What a call answers to well-formed words of which the first is -1. */
static long to_minus_one(int call)
{
	return call == SOCKETCALL_SOCKET || call == SOCKETCALL_SOCKETPAIR ? -EAFNOSUPPORT : -EBADF;
}

static void blocks(void)
{
	static const int odd[] = { 0, 21, -1, INT_MIN, INT_MAX, 256, 65537 };
	word *end = (word *)nowhere;
	char *constant = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long got;

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		got = make(odd[i], (const word *)nowhere);
		check(got == -EINVAL, got, "call %d is EINVAL, whatever the block", odd[i]);
	}
	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		static const unsigned char arity[] = {
			0,
#define CALL(call, NAME, name, maker, words, ...) words,
#include "abi/calls.def"
#undef CALL
		};
		int n = arity[call];
		char *unaligned = nowhere - n * (int)sizeof(word) - 1;
		word w[6];

		well_formed(call, -1, w);
		memcpy(unaligned, w, (size_t)n * sizeof *w);
		got = make(call, NULL);
		check(got == -EFAULT, got, "%s with a null block is EFAULT", names[call]);
		got = make(call, (const word *)nowhere);
		check(got == -EFAULT, got, "%s with a block that can't be read is EFAULT", names[call]);
		got = make(call, (const word *)(~0UL - 3));
		check(got == -EFAULT, got, "%s with a block at the end of all addresses is EFAULT", names[call]);
		got = make(call, end - n + 1);
		check(got == -EFAULT, got, "%s with a block of which all but the last word can be read is EFAULT",
		      names[call]);
		got = make(call, (const word *)(void *)(nowhere - n * (int)sizeof(word) + 1));
		check(got == -EFAULT, got, "%s with all but the block's last byte is EFAULT", names[call]);
		got = make(call, (const word *)(void *)unaligned);
		check(got == to_minus_one(call), got, "%s reads a block that isn't aligned", names[call]);
		memcpy(end - n, w, (size_t)n * sizeof *w);
		got = make(call, end - n);
		check(got == to_minus_one(call), got, "%s reads a block that ends where memory does", names[call]);
		memcpy(constant, w, sizeof w);
		mprotect(constant, (size_t)page, PROT_READ);
		got = make(call, (const word *)(void *)constant);
		mprotect(constant, (size_t)page, PROT_READ | PROT_WRITE);
		check(got == to_minus_one(call), got, "%s reads a block in read-only memory", names[call]);
	}
	if (sizeof(word) == 8) {
		word junk = (word)0x12345678 << 16 << 16;

		got = make(SOCKETCALL_SOCKET, W(junk | AF_UNIX, junk | SOCK_STREAM, junk));
		check(got >= 0, got, "what is above an int's 32 bits is dropped");
		close((int)got);
		got = make(SOCKETCALL_LISTEN, W(junk | 0xffffffff, junk));
		check(got == -EBADF, got, "and what is below is the int");
	}
}

/* ---- A closed door ------------------------------------------------------------------------------------------------------ */

enum { MULTIPLEXED = 1, DIRECT = 2, RECVMMSG = 4 };

static void close_doors(int doors)
{
	static const long numbers[] = {
		socketcall_number_multiplexed,
		socketcall_number_recvmmsg_time64,
#define CALL(call, NAME, name, ...) socketcall_number_##name,
#include "abi/calls.def"
#undef CALL
	};
	struct sock_filter code[64] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	struct sock_fprog program = { 1, code };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		int is = i == 0 ? MULTIPLEXED : numbers[i] == socketcall_number_recvmmsg ? DIRECT | RECVMMSG : DIRECT;

		if (numbers[i] == NONE || !(is & doors))
			continue;
		code[program.len++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
	     "a seccomp filter");
}

/* Which doors this build may try. */
#if defined(SOCKETCALL_DIRECT_ONLY)
enum { TRIED = DIRECT };
#elif defined(SOCKETCALL_MULTIPLEXED_ONLY)
enum { TRIED = MULTIPLEXED };
#else
enum { TRIED = DIRECT | MULTIPLEXED };
#endif

/* Every call is ENOSYS, and by the direct door alone call 0 and an unreadable block are told first. */
static void all_closed(void)
{
	long got;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		got = make(call, W((word)-1, 0, 0, 0, 0, 0));
		check(got == -ENOSYS, got, "%s is ENOSYS where no door that may be tried is open", names[call]);
	}
}

int main(int argc, char **argv)
{
	int open = ((int)socketcall_number_multiplexed == NONE ? 0 : MULTIPLEXED) | DIRECT;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	page = (int)sysconf(_SC_PAGESIZE);
	if (argc == 3 && strcmp(argv[1], "--close") == 0) {
		int doors = strcmp(argv[2], "direct") == 0        ? DIRECT
			    : strcmp(argv[2], "multiplexed") == 0 ? MULTIPLEXED
			    : strcmp(argv[2], "recvmmsg") == 0    ? MULTIPLEXED | RECVMMSG
								  : 0;

		if (doors)
			close_doors(doors);
		open &= ~doors;
	}
	nowhere = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(nowhere != MAP_FAILED, "mmap");
	nowhere += page;
	must(mprotect(nowhere, (size_t)page, PROT_NONE) == 0, "mprotect");
	file = open ? openat(AT_FDCWD, "/dev/null", O_RDWR) : -1;
	for (int i = 0; i < MANNERS; i++) {
		make = manners[i].make;
		manner = manners[i].name;
		if (!(TRIED & open)) {
			all_closed();
			continue;
		}
		must(file >= 0, "/dev/null");
		if (i == 0)
			blocks();
		descriptors();
		socket_calls();
		bind_calls();
		connect_calls();
		listen_calls();
		accept_calls(0);
		accept_calls(1);
		name_calls();
		socketpair_calls();
		send_recv_calls();
		sendto_recvfrom_calls();
		shutdown_calls();
		option_calls();
		message_calls();
		messages_calls();
	}
	printf("1..%d\n", tests);
	return failures > 0;
}
