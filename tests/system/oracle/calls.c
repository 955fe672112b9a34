/* SPDX-License-Identifier: MIT
 * What the twenty calls do when they succeed: descriptors, addresses, lengths, flags, data. */
#include "samples.h"

#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t length = sizeof value;

	return sc(SYS_GETSOCKOPT, fd, level, name, &value, &length) ? -1 : value;
}

/* ---- socket, socketpair ------------------------------------------------------------------------------------------ */

static void making(void)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW };
	static const int flags[] = { 0, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_CLOEXEC | SOCK_NONBLOCK };

	for (size_t f = 0; f < COUNT(families); f++)
		for (size_t t = 0; t < COUNT(types); t++)
			for (size_t k = 0; k < COUNT(flags); k++) {
				int pair[2] = { -1, -1 };
				long r = sc(SYS_SOCKET, families[f], types[t] | flags[k], 0);

				fact_fd(r, "socket(%d, %d, 0) with flags %#x, family %d, protocol %d, %s", families[f],
					types[t], flags[k], option((int)r, SOL_SOCKET, SO_DOMAIN),
					option((int)r, SOL_SOCKET, SO_PROTOCOL), descriptor((int)r));
				close((int)r);
				r = sc(SYS_SOCKETPAIR, families[f], types[t] | flags[k], 0, pair);
				fact(r, "socketpair(%d, %d, 0) with flags %#x, %s, %s", families[f], types[t], flags[k],
				     descriptor(pair[0]), descriptor(pair[1]));
				close_pair(pair);
			}
}

/* ---- Connections ------------------------------------------------------------------------------------------------- */

static void say_names(int fd, const char *whose)
{
	struct sockaddr_storage a = { 0 };
	socklen_t length = sizeof a;
	long r = sc(SYS_GETSOCKNAME, fd, &a, &length);

	fact(r, "%s name is %s", whose, address(&a, r ? 0 : length));
	length = sizeof a;
	r = sc(SYS_GETPEERNAME, fd, &a, &length);
	fact(r, "%s peer's name is %s", whose, address(&a, r ? 0 : length));
}

static void talk(int a, int b)
{
	char buffer[64] = { 0 };

	fact(sc(SYS_SEND, a, "abcdef", 6, 0), "send");
	fact(sc(SYS_SEND, a, "ghij", 4, MSG_NOSIGNAL), "send without signal");
	wait_readable(b);
	fact(sc(SYS_RECV, b, buffer, 4, MSG_PEEK), "peek: %s", bytes(buffer, 8));
	fact(sc(SYS_RECV, b, buffer, 4, 0), "recv: %s", bytes(buffer, 8));
	fact(sc(SYS_RECV, b, buffer, 6, MSG_WAITALL), "recv of all: %s", bytes(buffer, 8));
	fact(sc(SYS_RECV, b, buffer, 6, MSG_DONTWAIT), "recv of what isn't there");
}

/* Connects, and accepts by each of the two calls, with and without an address. */
static void connection(int family, int type, int by, int flags, int with_address)
{
	struct sockaddr_storage a, peer = { 0 };
	socklen_t length, peer_length = sizeof peer;
	int listener = new_listener(family, type, &a, &length), client = new_socket(family, type), fd;
	void *where = with_address ? &peer : NULL, *room = with_address ? &peer_length : NULL;

	set_context("%s: %s %d/%d %s:", door->name, name_of[by], family, type, with_address ? "" : "with no address");
	fact(sc(SYS_CONNECT, client, &a, length), "connect to %s", address(&a, length));
	fd = (int)(by == SYS_ACCEPT ? sc(by, listener, where, room) : sc(by, listener, where, room, flags));
	fact_fd(fd, "accepted from %s with flags %#x, %s", with_address ? address(&peer, peer_length) : "somebody",
		flags, descriptor(fd));
	say_names(listener, "the listener's");
	say_names(client, "the client's");
	say_names(fd, "the server's");
	talk(client, fd);
	talk(fd, client);
	close(fd);
	close(client);
	close(listener);
}

static void connections(void)
{
	static const struct {
		int family, type;
	} kinds[] = { { AF_UNIX, SOCK_STREAM },
		      { AF_UNIX, SOCK_SEQPACKET },
		      { AF_INET, SOCK_STREAM },
		      { AF_INET6, SOCK_STREAM } };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		connection(kinds[i].family, kinds[i].type, SYS_ACCEPT, 0, 1);
		connection(kinds[i].family, kinds[i].type, SYS_ACCEPT, 0, 0);
		for (int flags = 0; flags < 4; flags++)
			connection(kinds[i].family, kinds[i].type, SYS_ACCEPT4,
				   (flags & 1 ? SOCK_CLOEXEC : 0) | (flags & 2 ? SOCK_NONBLOCK : 0), 1);
		connection(kinds[i].family, kinds[i].type, SYS_ACCEPT4, SOCK_CLOEXEC, 0);
	}
	set_context("%s:", door->name);
}

/* How many clients that don't wait a listening socket accepts. */
static void backlog(int wanted)
{
	struct sockaddr_storage a;
	socklen_t length;
	int listener = new_listener(AF_UNIX, SOCK_STREAM, &a, &length), fds[16], n = 0;
	long r;

	fact(sc(SYS_LISTEN, listener, wanted), "listen with a backlog of %d", wanted);
	do {
		fds[n] = new_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
		r = sc(SYS_CONNECT, fds[n], &a, length);
	} while (++n < 16 && !r);
	fact(r, "the last of %d connections", n);
	while (n)
		close(fds[--n]);
	close(listener);
}

/* A non-blocking connect that succeeds. */
static void connect_later(void)
{
	struct sockaddr_storage a;
	socklen_t length;
	int listener = new_listener(AF_INET, SOCK_STREAM, &a, &length),
	    fd = new_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	struct pollfd p = { fd, POLLOUT, 0 };

	fact(sc(SYS_CONNECT, fd, &a, length), "connect of TCP without waiting");
	fact(poll(&p, 1, PATIENCE_MS), "it becomes writable");
	fact(option(fd, SOL_SOCKET, SO_ERROR), "and SO_ERROR is");
	fact(sc(SYS_CONNECT, fd, &a, length), "connect once more");
	fact(sc(SYS_CONNECT, fd, &a, length), "connect a third time");
	close(fd);
	close(listener);
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

static void paths(void)
{
	struct sockaddr_un un = { AF_UNIX, "a socket" };
	struct stat s;
	int fd = new_socket(AF_UNIX, SOCK_DGRAM), other = new_socket(AF_UNIX, SOCK_DGRAM);

	fact(sc(SYS_BIND, fd, &un, sizeof un), "bind to a path");
	say_names(fd, "that socket's");
	fact(stat("a socket", &s), "stat says %s", S_ISSOCK(s.st_mode) ? "it is a socket" : "it isn't a socket");
	fact(sc(SYS_CONNECT, other, &un, offsetof(struct sockaddr_un, sun_path) + 8),
	     "connect with no zero at the end");
	say_names(other, "the other's");
	talk(other, fd);
	unlink("a socket");
	close(fd);
	close(other);
}

static void netlink(void)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} request = { { sizeof request, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 7, 0 }, { .ifi_family = AF_UNSPEC } };
	char reply[16384] = { 0 };
	struct sockaddr_storage a;
	socklen_t length = any_address(&a, AF_NETLINK);
	int fd = new_socket(AF_NETLINK, SOCK_RAW);
	struct nlmsghdr *h = (struct nlmsghdr *)reply;

	fact(sc(SYS_BIND, fd, &a, length), "bind of netlink");
	say_names(fd, "netlink's");
	fact(sc(SYS_SENDTO, fd, &request, sizeof request, 0, &a, length), "sendto the kernel");
	memset(&a, 0xff, sizeof a);
	length = sizeof a;
	say("recvfrom the kernel: %s",
	    sc(SYS_RECVFROM, fd, reply, sizeof reply, 0, &a, &length) > 100 ? "a message" : "none");
	say("it is from %s, its type is %u, its number %u", address(&a, length), h->nlmsg_type, h->nlmsg_seq);
	close(fd);
}

/* ---- Datagrams --------------------------------------------------------------------------------------------------- */

/* The memory that a socket's queue takes. Data may arrive late by the loopback interface. */
static uint32_t queued(int fd)
{
	uint32_t memory[16] = { 0 };
	socklen_t length = sizeof memory;

	must(getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length), "getsockopt SO_MEMINFO");
	return memory[0];
}

static void wait_queued(int fd, uint32_t before)
{
	for (int tries = 0; queued(fd) == before; tries++) {
		if (tries > PATIENCE_MS)
			die(-ETIMEDOUT, "waited for a datagram to arrive");
		nap();
	}
}

static void datagrams(int family)
{
	struct sockaddr_storage a, b, from;
	socklen_t a_length, b_length, length;
	char buffer[64];
	int one = new_socket(family, SOCK_DGRAM), two = new_socket(family, SOCK_DGRAM);

	set_context("%s: datagrams of family %d:", door->name, family);
	a_length = bind_any(one, family, &a);
	b_length = bind_any(two, family, &b);
	for (int i = 0; i < 3; i++) {
		static const char *const texts[] = { "first", "", "third and long" };
		uint32_t before = queued(two);

		fact(sc(SYS_SENDTO, one, texts[i], strlen(texts[i]), 0, &b, b_length), "sendto %s",
		     address(&b, b_length));
		if (family != AF_UNIX)
			wait_queued(two, before);
	}
	for (int i = 0; i < 4; i++) {
		static const int flags[] = { MSG_PEEK, 0, 0, MSG_TRUNC };

		memset(buffer, '.', sizeof buffer);
		memset(&from, 0, sizeof from);
		length = sizeof from;
		fact(sc(SYS_RECVFROM, two, buffer, 8, flags[i], &from, &length),
		     "recvfrom with flags %#x, %s from %s, right: %d", flags[i], bytes(buffer, 16),
		     address(&from, length), length == a_length && !memcmp(&from, &a, length));
	}
	fact(sc(SYS_RECVFROM, two, buffer, 8, MSG_DONTWAIT, &from, &length), "recvfrom when all are read");
	fact(sc(SYS_CONNECT, one, &b, b_length), "connect");
	say_names(one, "its");
	fact(sc(SYS_SEND, one, "more, ", 6, family == AF_UNIX ? 0 : MSG_MORE), "send with more to come");
	fact(sc(SYS_SEND, one, "and more", 8, 0), "send of more");
	fact(sc(SYS_RECV, two, buffer, sizeof buffer, 0), "recv");
	fact(sc(SYS_RECVFROM, two, buffer, 0, MSG_DONTWAIT, NULL, NULL), "recvfrom with no room and no address");
	close(one);
	close(two);
	set_context("%s:", door->name);
}

/* ---- shutdown ---------------------------------------------------------------------------------------------------- */

static void shutdowns(int type)
{
	for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
		int pair[2];
		char buffer[8];
		struct pollfd p;

		new_pair(type, pair);
		p = (struct pollfd){ pair[1], POLLIN | POLLOUT | POLLRDHUP, 0 };
		fact(sc(SYS_SHUTDOWN, pair[0], how), "shutdown %d of type %d", how, type);
		fact(poll(&p, 1, 0), "events at the other end: %#x", p.revents);
		fact(sc(SYS_RECV, pair[1], buffer, 8, MSG_DONTWAIT), "recv at the other end");
		fact(sc(SYS_SEND, pair[1], "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL), "send at the other end");
		fact(sc(SYS_RECV, pair[0], buffer, 8, MSG_DONTWAIT), "recv");
		fact(sc(SYS_SEND, pair[0], "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL), "send");
		close_pair(pair);
	}
}

/* ---- Options ----------------------------------------------------------------------------------------------------- */

static void say_option(int fd, int level, int name, const char *text, const void *value, socklen_t size)
{
	char room[256];
	socklen_t length = sizeof room;
	long r;

	memset(room, '.', sizeof room);
	fact(sc(SYS_SETSOCKOPT, fd, level, name, value, size), "setsockopt %s to %s", text, bytes(value, size));
	r = sc(SYS_GETSOCKOPT, fd, level, name, room, &length);
	fact(r, "getsockopt %s, length %u, %s", text, length, r ? "" : bytes(room, length + 4));
	length = size - 1;
	memset(room, '.', sizeof room);
	r = sc(SYS_GETSOCKOPT, fd, level, name, room, &length);
	fact(r, "getsockopt %s with room for less, length %u, %s", text, length, bytes(room, size + 2));
}

static void options(void)
{
	static const int numbers[] = { 0, 1, 77 };
	static const struct timeval timeouts[] = { { 0, 0 },       { 1, 500000 }, { -1, 0 },
						   { 0, 1000000 }, { 0, -1 },     { INT_MAX, 0 } };
	static const int64_t new_timeouts[][2] = { { 2, 250000 }, { 0x100000000, 0 }, { -5, 3 } };
	static struct sock_filter none[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog filter = { 1, none };
	struct linger linger = { 1, 7 };
	struct ucred who;
	socklen_t length = sizeof who;
	int fd = new_socket(AF_INET, SOCK_STREAM), pair[2];
	char buffer[8];

	for (size_t i = 0; i < COUNT(numbers); i++) {
		say_option(fd, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR", &numbers[i], 4);
		say_option(fd, SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE", &numbers[i], 4);
		say_option(fd, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", &numbers[i], 4);
		say_option(fd, SOL_SOCKET, SO_PRIORITY, "SO_PRIORITY", &numbers[i], 4);
		say_option(fd, IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY", &numbers[i], 4);
		say_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE", &numbers[i], 4);
		say_option(fd, IPPROTO_IP, IP_TTL, "IP_TTL", &numbers[i], 4);
		say_option(fd, IPPROTO_IP, IP_TOS, "IP_TOS", &numbers[i], 4);
	}
	for (size_t i = 0; i < COUNT(timeouts); i++) {
		say_option(fd, SOL_SOCKET, SO_RCVTIMEO, "SO_RCVTIMEO", &timeouts[i], sizeof timeouts[i]);
		say_option(fd, SOL_SOCKET, SO_SNDTIMEO, "SO_SNDTIMEO", &timeouts[i], sizeof timeouts[i]);
	}
	for (size_t i = 0; i < COUNT(new_timeouts); i++)
		say_option(fd, SOL_SOCKET, 66, "SO_RCVTIMEO_NEW", new_timeouts[i], sizeof new_timeouts[i]);
	say_option(fd, SOL_SOCKET, SO_LINGER, "SO_LINGER", &linger, sizeof linger);
	say_option(fd, SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE", "lo", 3);
	say_option(fd, IPPROTO_TCP, TCP_CONGESTION, "TCP_CONGESTION", "reno", 5);
	close(fd);
	new_pair(SOCK_DGRAM, pair);
	memset(&who, 0xff, sizeof who);
	fact(sc(SYS_GETSOCKOPT, pair[0], SOL_SOCKET, SO_PEERCRED, &who, &length),
	     "getsockopt SO_PEERCRED, %s pid, uid %d, gid %d, %u", who.pid == getpid() ? "our" : "another", who.uid,
	     who.gid, length);
	fact(sc(SYS_SETSOCKOPT, pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter),
	     "setsockopt SO_ATTACH_FILTER");
	fact(sc(SYS_SEND, pair[0], "x", 1, MSG_DONTWAIT), "send into a filter that takes nothing");
	fact(sc(SYS_RECV, pair[1], buffer, 1, MSG_DONTWAIT), "recv behind it");
	fact(sc(SYS_SETSOCKOPT, pair[1], SOL_SOCKET, SO_DETACH_FILTER, NULL, 0),
	     "setsockopt SO_DETACH_FILTER with nothing");
	fact(sc(SYS_SETSOCKOPT, pair[1], SOL_SOCKET, SO_DETACH_FILTER, &numbers[0], 4), "setsockopt SO_DETACH_FILTER");
	close_pair(pair);
}

/* SO_RCVTIMEO and SO_SNDTIMEO run out. */
static void timeouts(void)
{
	struct timeval soon = { 0, 20000 };
	struct timespec before, after;
	int pair[2];
	char buffer[4096] = { 0 };
	long r;

	new_pair(SOCK_STREAM, pair);
	fact(sc(SYS_SETSOCKOPT, pair[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon), "setsockopt SO_RCVTIMEO");
	fact(sc(SYS_SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon), "setsockopt SO_SNDTIMEO");
	clock_gettime(CLOCK_MONOTONIC, &before);
	r = sc(SYS_RECV, pair[0], buffer, 1, 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	fact(r, "recv when nothing comes in time");
	say("it took %s", (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec > 10000000
				  ? "long enough"
				  : "too little");
	while ((r = sc(SYS_SEND, pair[0], buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
		;
	fact(sc(SYS_SEND, pair[0], buffer, 1, 0), "send when no room comes in time");
	close_pair(pair);
}

static void all_calls(void)
{
	set_context("%s:", door->name);
	sample_all("calls");
	making();
	connections();
	for (int n = 0; n < 4; n++)
		backlog(n);
	connect_later();
	paths();
	netlink();
	datagrams(AF_UNIX);
	datagrams(AF_INET);
	datagrams(AF_INET6);
	shutdowns(SOCK_STREAM);
	shutdowns(SOCK_DGRAM);
	options();
	timeouts();
}

int main(void)
{
	static const struct door *const doors[] = { &door_raw, &door_libc, &door_syscall };

	oracle_begin("calls");
	for (size_t i = 0; i < COUNT(doors); i++) {
		door = doors[i];
		all_calls();
	}
	return 0;
}
