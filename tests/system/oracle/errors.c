/* SPDX-License-Identifier: MIT
 * The errors of the twenty calls: every reachable one, and bad pointers. */
#include "samples.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

enum { HIGH_FD = 0x7ffffff0 };

/* ---- What isn't a socket ----------------------------------------------------------------------------------------- */

static void not_a_socket(int fd, const char *what)
{
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		struct sample s;

		if (call == SYS_SOCKET || call == SYS_SOCKETPAIR)
			continue;
		sample_begin(&s, call, "errors");
		s.words[0] = (uint32_t)fd;
		sample_end(&s, door->call(call, s.words), "on %s", what);
	}
}

static void descriptors(void)
{
	int null = (int)must(open("/dev/null", O_RDWR | O_CLOEXEC), "open"),
	    path = (int)must(open("/", O_PATH | O_CLOEXEC), "open");
	int directory = (int)must(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open"), pipes[2], closed;

	must(pipe(pipes), "pipe");
	closed = dup(null);
	close(closed);
	not_a_socket(-1, "descriptor -1");
	not_a_socket(AT_FDCWD, "AT_FDCWD");
	not_a_socket(INT_MIN, "descriptor INT_MIN");
	not_a_socket(HIGH_FD, "a descriptor too high");
	not_a_socket(null, "/dev/null");
	not_a_socket(path, "an O_PATH descriptor");
	not_a_socket(directory, "a directory");
	not_a_socket(pipes[0], "a pipe");
	close(null);
	close(path);
	close(directory);
	close(pipes[0]);
	close(pipes[1]);
}

/* ---- Bad pointers in every pointer of every call ----------------------------------------------------------------- */

static const struct {
	unsigned char call, word;
	const char *name;
} pointers[] = {
	{ SYS_BIND, 1, "address" },        { SYS_CONNECT, 1, "address" },     { SYS_ACCEPT, 1, "address" },
	{ SYS_ACCEPT, 2, "length" },       { SYS_GETSOCKNAME, 1, "address" }, { SYS_GETSOCKNAME, 2, "length" },
	{ SYS_GETPEERNAME, 1, "address" }, { SYS_GETPEERNAME, 2, "length" },  { SYS_SOCKETPAIR, 3, "pair" },
	{ SYS_SEND, 1, "buffer" },         { SYS_RECV, 1, "buffer" },         { SYS_SENDTO, 1, "buffer" },
	{ SYS_SENDTO, 4, "address" },      { SYS_RECVFROM, 1, "buffer" },     { SYS_RECVFROM, 4, "address" },
	{ SYS_RECVFROM, 5, "length" },     { SYS_SETSOCKOPT, 3, "value" },    { SYS_GETSOCKOPT, 3, "value" },
	{ SYS_GETSOCKOPT, 4, "length" },   { SYS_SENDMSG, 1, "header" },      { SYS_RECVMSG, 1, "header" },
	{ SYS_ACCEPT4, 1, "address" },     { SYS_ACCEPT4, 2, "length" },      { SYS_RECVMMSG, 1, "headers" },
	{ SYS_RECVMMSG, 4, "timeout" },    { SYS_SENDMMSG, 1, "headers" },
};

static void bad_pointers(void)
{
	char *end = pages(2) + 2 * PAGE, *read_only = end - 2 * PAGE;
	const struct {
		const char *name;
		uint32_t pointer;
	} bad[] = {
		{ "null", 0 },
		{ "1", 1 },
		{ "unmapped", (uint32_t)unmapped() },
		{ "untouchable", (uint32_t)end },
		{ "one byte before the untouchable", (uint32_t)end - 1 },
		{ "four bytes before the untouchable", (uint32_t)end - 4 },
		{ "read-only zeroes", (uint32_t)read_only },
		{ "0xffffe000", 0xffffe000 },
		{ "-4", (uint32_t)-4 },
		{ "-1", (uint32_t)-1 },
	};

	must(mprotect(read_only, PAGE, PROT_READ), "mprotect");
	for (size_t i = 0; i < COUNT(pointers); i++)
		for (size_t j = 0; j < COUNT(bad); j++) {
			struct sample s;

			/* libc's wrapper reads the timeout itself. */
			if (door == &door_libc && pointers[i].call == SYS_RECVMMSG && pointers[i].word == 4)
				continue;
			memset(end - 4, 0, 4);
			sample_begin(&s, pointers[i].call, "errors");
			s.words[pointers[i].word] = bad[j].pointer;
			sample_end(&s, door->call(s.call, s.words), "with its %s %s", pointers[i].name, bad[j].name);
		}
	munmap(read_only, 3 * PAGE);
}

/* Bad pointers inside a struct msghdr. */
static void bad_headers(void)
{
	static const int calls[] = { SYS_SENDMSG, SYS_RECVMSG, SYS_SENDMMSG, SYS_RECVMMSG };
	static const uint32_t bad[] = { 0, 1, 0xffffe000, (uint32_t)-1 };

	for (size_t i = 0; i < COUNT(calls); i++)
		for (size_t j = 0; j < COUNT(bad); j++)
			for (int field = 0; field < 4; field++) {
				static const char *const fields[] = { "name", "parts", "control", "first part's base" };
				struct sample s;
				struct msghdr *h = &s.messages[0].msg_hdr;

				sample_begin(&s, calls[i], "errors");
				if (field == 0)
					h->msg_name = (void *)bad[j], h->msg_namelen = 16;
				else if (field == 1)
					h->msg_iov = (void *)bad[j];
				else if (field == 2)
					h->msg_control = (void *)bad[j], h->msg_controllen = 16;
				else
					s.parts[0].iov_base = (void *)bad[j];
				sample_end(&s, door->call(s.call, s.words), "with its %s at %#x", fields[field],
					   bad[j]);
			}
}

/* ---- Errors with a reason ---------------------------------------------------------------------------------------- */

static void making(void)
{
	static const struct {
		int family, type, protocol;
	} rows[] = {
		{ AF_UNIX, 0, 0 },
		{ AF_UNIX, 99, 0 },
		{ AF_UNIX, SOCK_STREAM, 77 },
		{ AF_UNIX, SOCK_RAW, 0 },
		{ AF_UNIX, -1, 0 },
		{ AF_UNIX, 0x10000001, 0 },
		{ AF_INET, SOCK_STREAM, 17 },
		{ AF_INET, SOCK_DGRAM, 6 },
		{ AF_INET, SOCK_STREAM, -1 },
		{ AF_INET, SOCK_STREAM, 256 },
		{ AF_INET, SOCK_SEQPACKET, 0 },
		{ AF_INET, SOCK_RAW, 0 },
		{ AF_INET6, SOCK_RDM, 0 },
		{ AF_NETLINK, SOCK_STREAM, 0 },
		{ AF_NETLINK, SOCK_RAW, 99 },
		{ AF_UNSPEC, SOCK_STREAM, 0 },
		{ -1, SOCK_STREAM, 0 },
		{ 46, SOCK_STREAM, 0 },
		{ INT_MAX, SOCK_STREAM, 0 },
		{ 77, SOCK_STREAM, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int pair[2] = { -2, -2 };
		long r = sc(SYS_SOCKET, rows[i].family, rows[i].type, rows[i].protocol);

		fact_fd(r, "socket(%d, %#x, %d)", rows[i].family, rows[i].type, rows[i].protocol);
		if (r >= 0)
			close((int)r);
		r = sc(SYS_SOCKETPAIR, rows[i].family, rows[i].type, rows[i].protocol, pair);
		fact(r, "socketpair(%d, %#x, %d)", rows[i].family, rows[i].type, rows[i].protocol);
		if (!r)
			close(pair[0]), close(pair[1]);
	}
}

/* No descriptor left. */
static void exhausted(void)
{
	struct rlimit old, few;
	struct sample accept, receive;
	int pair[2], fds[1024], n = 0;
	long r;

	sample_begin(&accept, SYS_ACCEPT, "errors");
	sample_begin(&receive, SYS_ACCEPT4, "more errors");
	getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){ 64, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &few);
	while (n < 1024 && (fds[n] = dup(1)) >= 0)
		n++;
	fact(sc(SYS_SOCKET, AF_UNIX, SOCK_STREAM, 0), "socket with no descriptor left");
	fact(sc(SYS_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, pair), "socketpair with no descriptor left");
	fact(door->call(SYS_ACCEPT, accept.words), "accept with no descriptor left");
	fact(door->call(SYS_ACCEPT4, receive.words), "accept4 with no descriptor left");
	close(fds[--n]);
	pair[0] = pair[1] = -7;
	r = sc(SYS_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, pair);
	fact(r, "socketpair with one descriptor left (pair %d %d)", pair[0], pair[1]);
	while (n)
		close(fds[--n]);
	setrlimit(RLIMIT_NOFILE, &old);
	sample_end(&accept, door->call(SYS_ACCEPT, accept.words), "when there are some again");
	sample_end(&receive, door->call(SYS_ACCEPT4, receive.words), "when there are some again");
}

static void addresses_in_use(int family, int type)
{
	struct sockaddr_storage a;
	int first = new_socket(family, type), second = new_socket(family, type);
	socklen_t length = bind_any(first, family, &a);

	fact(sc(SYS_BIND, second, &a, length), "bind to an address in use, family %d", family);
	fact(sc(SYS_BIND, first, &a, length), "bind once more, family %d", family);
	if (type == SOCK_STREAM) {
		fact(sc(SYS_CONNECT, second, &a, length), "connect to a socket that doesn't listen, family %d", family);
		fact(sc(SYS_ACCEPT, first, NULL, NULL), "accept on a socket that doesn't listen, family %d", family);
		fact(sc(SYS_ACCEPT4, first, NULL, NULL, 0), "accept4 on a socket that doesn't listen, family %d",
		     family);
		must(sc(SYS_LISTEN, first, 1), "listen");
		fact(sc(SYS_CONNECT, first, &a, length), "connect of a socket that listens, family %d", family);
		must(sc(SYS_CONNECT, second, &a, length), "connect");
		fact(sc(SYS_CONNECT, second, &a, length), "connect once more, family %d", family);
		fact(sc(SYS_LISTEN, second, 1), "listen on a connected socket, family %d", family);
		fact(sc(SYS_BIND, second, &a, length), "bind of a connected socket, family %d", family);
		fact(sc(SYS_SENDTO, second, "x", 1, 0, &a, length),
		     "sendto with an address on a connected socket, family %d", family);
	} else {
		fact(sc(SYS_LISTEN, first, 1), "listen on datagrams, family %d", family);
		fact(sc(SYS_ACCEPT, first, NULL, NULL), "accept on datagrams, family %d", family);
		fact(sc(SYS_ACCEPT4, first, NULL, NULL, 0), "accept4 on datagrams, family %d", family);
	}
	close(first);
	close(second);
}

static void unconnected(int family, int type)
{
	struct sockaddr_storage a;
	socklen_t length = sizeof a;
	char buffer[16];
	int fd = new_socket(family, type | SOCK_NONBLOCK);

	set_context("%s: unconnected, family %d, type %d:", door->name, family, type);
	fact(sc(SYS_GETPEERNAME, fd, &a, &length), "getpeername");
	fact(sc(SYS_SEND, fd, "x", 1, MSG_NOSIGNAL), "send");
	fact(sc(SYS_SEND, fd, "x", 1, -1 & ~(MSG_OOB | 0x4000000)),
	     "send with every flag but MSG_OOB and MSG_ZEROCOPY");
	fact(sc(SYS_RECV, fd, buffer, 1, 0), "recv");
	fact(sc(SYS_RECV, fd, buffer, 1, MSG_OOB), "recv of what is out of band");
	fact(sc(SYS_RECV, fd, buffer, 1, MSG_ERRQUEUE), "recv from the error queue");
	fact(sc(SYS_SHUTDOWN, fd, SHUT_WR), "shutdown");
	fact(sc(SYS_SHUTDOWN, fd, -1), "shutdown -1");
	fact(sc(SYS_SHUTDOWN, fd, 3), "shutdown 3");
	length = any_address(&a, AF_UNSPEC);
	fact(sc(SYS_CONNECT, fd, &a, 16), "connect to AF_UNSPEC");
	a.ss_family = 77;
	fact(sc(SYS_CONNECT, fd, &a, length), "connect to family 77, %u bytes", length);
	fact(sc(SYS_BIND, fd, &a, 16), "bind to family 77");
	a.ss_family = family == AF_INET ? AF_INET6 : AF_INET;
	fact(sc(SYS_BIND, fd, &a, sizeof a), "bind to another family");
	fact(sc(SYS_CONNECT, fd, &a, sizeof a), "connect to another family");
	close(fd);
	set_context("%s:", door->name);
}

static volatile sig_atomic_t pipe_signals;

static void on_sigpipe(int number)
{
	(void)number;
	pipe_signals++;
}

static void broken_pipes(void)
{
	struct iovec part = { "x", 1 };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };
	struct mmsghdr m = { .msg_hdr = h };
	int pair[2];

	signal(SIGPIPE, on_sigpipe);
	new_pair(SOCK_STREAM, pair);
	close(pair[1]);
	for (int flags = 0; flags <= MSG_NOSIGNAL; flags += MSG_NOSIGNAL) {
		pipe_signals = 0;
		fact(sc(SYS_SEND, pair[0], "x", 1, flags), "send, flags %x, nobody there", flags);
		fact(sc(SYS_SENDTO, pair[0], "x", 1, flags, NULL, 0), "sendto, flags %x, nobody there", flags);
		fact(sc(SYS_SENDMSG, pair[0], &h, flags), "sendmsg, flags %x, nobody there", flags);
		fact(sc(SYS_SENDMMSG, pair[0], &m, 1, flags), "sendmmsg, flags %x, nobody there", flags);
		say("there came %d SIGPIPE", (int)pipe_signals);
	}
	signal(SIGPIPE, SIG_IGN);
	close(pair[0]);
}

static void not_now(void)
{
	struct sockaddr_storage a;
	socklen_t length;
	struct msghdr h = { 0 };
	struct mmsghdr m = { 0 };
	int listener = new_listener(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, &a, &length), fd, pair[2], n = 0;
	char buffer[4096] = { 0 };
	long r;

	fact(sc(SYS_ACCEPT, listener, NULL, NULL), "accept when nobody came");
	fact(sc(SYS_ACCEPT4, listener, NULL, NULL, 0), "accept4 when nobody came");
	fact(sc(SYS_ACCEPT4, listener, NULL, NULL, 1), "accept4 with an unknown flag");
	fact(sc(SYS_ACCEPT4, -1, NULL, NULL, -1), "accept4 with every flag and no descriptor");
	fact(sc(SYS_RECV, listener, buffer, 1, 0), "recv on a listening socket");
	fact(sc(SYS_SEND, listener, buffer, 1, 0), "send on a listening socket");
	fact(sc(SYS_LISTEN, listener, -1), "listen with a negative backlog");
	must(sc(SYS_LISTEN, listener, 0), "listen");
	do {
		fd = new_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
		r = sc(SYS_CONNECT, fd, &a, length);
		fact(r, "connect %d to a listener with no backlog", ++n);
	} while (!r && n < 16);
	new_pair(SOCK_STREAM, pair);
	fact(sc(SYS_RECV, pair[0], buffer, 1, MSG_DONTWAIT), "recv when nothing came");
	fact(sc(SYS_RECVFROM, pair[0], buffer, 1, MSG_DONTWAIT, NULL, NULL), "recvfrom when nothing came");
	fact(sc(SYS_RECVMSG, pair[0], &h, MSG_DONTWAIT), "recvmsg when nothing came");
	fact(sc(SYS_RECVMMSG, pair[0], &m, 1, MSG_DONTWAIT, NULL), "recvmmsg when nothing came");
	do
		r = sc(SYS_SEND, pair[0], buffer, sizeof buffer, MSG_DONTWAIT);
	while (r > 0);
	fact(r, "send when there is no room");
	h.msg_iov = &(struct iovec){ buffer, 1 };
	h.msg_iovlen = 1;
	m.msg_hdr = h;
	fact(sc(SYS_SENDTO, pair[0], buffer, 1, MSG_DONTWAIT, NULL, 0), "sendto when there is no room");
	fact(sc(SYS_SENDMSG, pair[0], &h, MSG_DONTWAIT), "sendmsg when there is no room");
	fact(sc(SYS_SENDMMSG, pair[0], &m, 1, MSG_DONTWAIT), "sendmmsg when there is no room");
	close(pair[0]);
	close(pair[1]);
	close(listener);
}

static void internet(void)
{
	struct sockaddr_in a = { AF_INET, htons(1), { htonl(INADDR_LOOPBACK) }, { 0 } };
	static char big[70000];
	int tcp = new_socket(AF_INET, SOCK_STREAM), udp = new_socket(AF_INET, SOCK_DGRAM), error = -1;
	socklen_t length = sizeof error;

	fact(sc(SYS_CONNECT, tcp, &a, sizeof a), "connect to a port where nobody listens");
	close(tcp);
	tcp = new_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	a.sin_addr.s_addr = htonl(0x7f000001);
	fact(sc(SYS_CONNECT, tcp, &a, sizeof a), "connect without waiting to a port where nobody listens");
	wait_readable(tcp);
	must(sc(SYS_GETSOCKOPT, tcp, SOL_SOCKET, SO_ERROR, &error, &length), "getsockopt");
	fact(-error, "and then SO_ERROR is");
	fact(sc(SYS_SENDTO, udp, "x", 1, 0, NULL, 0), "sendto on UDP without an address");
	fact(sc(SYS_SEND, udp, "x", 1, 0), "send on UDP without an address");
	fact(sc(SYS_SENDTO, udp, big, sizeof big, 0, &a, sizeof a), "sendto on UDP, too long");
	a.sin_port = 0;
	fact(sc(SYS_SENDTO, udp, "x", 1, 0, &a, sizeof a), "sendto on UDP to port 0");
	a.sin_port = htons(1);
	fact(sc(SYS_CONNECT, udp, &a, sizeof a), "connect of UDP");
	fact(sc(SYS_SEND, udp, "x", 1, 0), "send to where nobody is");
	wait_readable(udp);
	fact(sc(SYS_SEND, udp, "x", 1, 0), "send again");
	a.sin_addr.s_addr = htonl(INADDR_BROADCAST);
	fact(sc(SYS_CONNECT, udp, &a, sizeof a), "connect to the broadcast address");
	a.sin_addr.s_addr = htonl(0xc0000201);
	fact(sc(SYS_CONNECT, udp, &a, sizeof a), "connect to where no route leads");
	fact(sc(SYS_BIND, udp, &a, sizeof a), "bind to another machine's address");
	close(udp);
	close(tcp);
}

/* A handshake that isn't completed: the listening socket's queue, which has room for one, is full. */
static void in_progress(void)
{
	struct sockaddr_storage a;
	socklen_t length;
	int listener = new_listener(AF_INET, SOCK_STREAM, &a, &length), first = new_socket(AF_INET, SOCK_STREAM);
	int fd = new_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);

	must(sc(SYS_LISTEN, listener, 0), "listen");
	must(sc(SYS_CONNECT, first, &a, length), "connect");
	wait_readable(listener);
	fact(sc(SYS_CONNECT, fd, &a, length), "connect without waiting when the queue is full");
	fact(sc(SYS_CONNECT, fd, &a, length), "connect once more");
	fact(sc(SYS_SEND, fd, "x", 1, 0), "send before it is connected");
	length = sizeof a;
	fact(sc(SYS_GETPEERNAME, fd, &a, &length), "getpeername before it is connected");
	close(fd);
	close(first);
	close(listener);
}

static void paths(void)
{
	struct sockaddr_un un = { AF_UNIX, "/nonexistent/socket" };
	int fd = new_socket(AF_UNIX, SOCK_STREAM);
	socklen_t length = sizeof un;

	fact(sc(SYS_BIND, fd, &un, length), "bind below a folder that isn't there");
	fact(sc(SYS_CONNECT, fd, &un, length), "connect to a path that isn't there");
	strcpy(un.sun_path, "/dev/null");
	fact(sc(SYS_BIND, fd, &un, length), "bind to a path that is there");
	fact(sc(SYS_CONNECT, fd, &un, length), "connect to a path that isn't a socket");
	strcpy(un.sun_path, "/dev/null/below");
	fact(sc(SYS_BIND, fd, &un, length), "bind below a file");
	memset(un.sun_path, 'a', sizeof un.sun_path);
	fact(sc(SYS_CONNECT, fd, &un, length), "connect to a path of 108 letters");
	abstract(&un, "nobody is called so");
	fact(sc(SYS_CONNECT, fd, &un, length), "connect to an abstract name that isn't there");
	close(fd);
	fd = new_socket(AF_UNIX, SOCK_DGRAM);
	fact(sc(SYS_SENDTO, fd, "x", 1, 0, &un, length), "sendto to an abstract name that isn't there");
	close(fd);
}

static void types_apart(void)
{
	struct sockaddr_storage a;
	socklen_t length;
	int listener = new_listener(AF_UNIX, SOCK_STREAM, &a, &length), fd = new_socket(AF_UNIX, SOCK_DGRAM), pair[2];

	fact(sc(SYS_CONNECT, fd, &a, length), "connect of datagrams to a stream");
	fact(sc(SYS_SENDTO, fd, "x", 1, 0, &a, length), "sendto of datagrams to a stream");
	new_pair(SOCK_SEQPACKET, pair);
	fact(sc(SYS_SEND, pair[0], "x", 1, MSG_OOB), "send out of band on packets");
	fact(sc(SYS_RECV, pair[0], &a, 1, MSG_OOB), "recv out of band on packets");
	fact(sc(SYS_BIND, pair[0], &a, -1), "bind with length -1");
	close(pair[0]);
	close(pair[1]);
	close(fd);
	close(listener);
}

static void all_errors(void)
{
	set_context("%s:", door->name);
	descriptors();
	bad_pointers();
	bad_headers();
	making();
	exhausted();
	addresses_in_use(AF_UNIX, SOCK_STREAM);
	addresses_in_use(AF_UNIX, SOCK_DGRAM);
	addresses_in_use(AF_INET, SOCK_STREAM);
	addresses_in_use(AF_INET6, SOCK_DGRAM);
	unconnected(AF_UNIX, SOCK_STREAM);
	unconnected(AF_UNIX, SOCK_DGRAM);
	unconnected(AF_UNIX, SOCK_SEQPACKET);
	unconnected(AF_INET, SOCK_STREAM);
	unconnected(AF_INET, SOCK_DGRAM);
	unconnected(AF_INET6, SOCK_STREAM);
	unconnected(AF_NETLINK, SOCK_RAW);
	broken_pipes();
	not_now();
	internet();
	in_progress();
	paths();
	types_apart();
}

int main(void)
{
	oracle_begin("errors");
	door = &door_raw;
	all_errors();
	door = &door_libc;
	all_errors();
	return 0;
}
