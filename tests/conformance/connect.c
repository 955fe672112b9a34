/* SPDX-License-Identifier: MIT
 * CONNECT: connect(2). */
#define _GNU_SOURCE
#include "kit.h"

#include <linux/netlink.h>

static void connections(void)
{
	EACH_CONNECTION(k)
	{
		union address a, peer;
		socklen_t length, room = sizeof peer;
		int listener = new_listener(k, &a, &length), fd = new_socket(k), other = new_socket(k);

		IS(0, f("connect.%s: a socket can connect to a listener before it accepts", k->name), CONNECT, fd, &a,
		   length);
		must(!SC(GETPEERNAME, fd, &peer, &room), "a peer");
		FACT(room == length && !memcmp(&peer, &a, length),
		     f("connect.%s.peer: getpeername returns the listener's address", k->name));
		IS(-EISCONN, f("connect.%s.again: a connected socket can't connect again: EISCONN", k->name), CONNECT,
		   fd, &a, length);
		IS(-EINVAL, f("connect.%s.negative: a negative length: EINVAL", k->name), CONNECT, other, &a, -1);
		IS(-EFAULT, f("connect.%s.pointer: an address that can't be read: EFAULT", k->name), CONNECT, other,
		   nowhere(), length);
		IS(-EINVAL, f("connect.%s.129: a length beyond that of any address: EINVAL", k->name), CONNECT, other,
		   &a, 129);
		IS(-EINVAL, f("connect.%s.1: less than the family's two bytes: EINVAL", k->name), CONNECT, other, &a,
		   1);
		close(listener);
		close(fd);
		fd = new_socket(k);
		length = bind_fresh(fd, k->family, &a);
		IS(-ECONNREFUSED,
		   f("connect.%s.refused: the socket at that address doesn't listen: ECONNREFUSED", k->name), CONNECT,
		   other, &a, length);
		close(fd);
		close(other);
		listener = new_listener(k, &a, &length);
		fd = new_socket(k);
		IS(0, f("connect.%s.page-end: an address that ends where its page ends is read", k->name), CONNECT, fd,
		   memcpy(nowhere() - length, &a, length), length);
		close(listener);
		close(fd);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		union address a;
		socklen_t length;
		int listener = new_listener(&tcp6, &a, &length), fd = new_socket(&tcp6), silent = new_socket(&tcp6);

		IS(-EINVAL, "connect.tcp6.short: a length less than that of RFC 2133's sockaddr_in6: EINVAL", CONNECT,
		   fd, &a, 23);
		IS(0, "connect.tcp6: an INET6 socket can connect to a listener", CONNECT, fd, &a, length);
		close(fd);
		close(listener);
		fd = new_socket(&tcp6);
		length = bind_fresh(silent, AF_INET6, &a);
		IS(-ECONNREFUSED, "connect.tcp6.refused: the socket at that address doesn't listen: ECONNREFUSED",
		   CONNECT, fd, &a, length);
		close(fd);
		close(silent);
	}
}

static void datagrams(void)
{
	EACH_DATAGRAMS(k)
	{
		union address a, b, peer;
		int fd = new_socket(k), one = new_socket(k), other = new_socket(k);
		socklen_t la = bind_fresh(one, k->family, &a), lb = bind_fresh(other, k->family, &b),
			  room = sizeof peer;

		IS(0, f("connect.%s: connect sets a datagram socket's peer", k->name), CONNECT, fd, &a, la);
		IS(0, f("connect.%s.again: connect can set another peer", k->name), CONNECT, fd, &b, lb);
		must(!SC(GETPEERNAME, fd, &peer, &room), "a peer");
		FACT(room == lb && !memcmp(&peer, &b, lb),
		     f("connect.%s.again.peer: getpeername returns the last peer that was set", k->name));
		memset(&a, 0, sizeof a);
		IS(0, f("connect.%s.unspec: AF_UNSPEC removes the peer", k->name), CONNECT, fd, &a, sizeof a.any);
		IS(-ENOTCONN, f("connect.%s.unspec.peer: after AF_UNSPEC the socket has no peer: ENOTCONN", k->name),
		   GETPEERNAME, fd, &peer, &room);
		IS(0, f("connect.%s.unspec.again: AF_UNSPEC on a socket without a peer is no error", k->name), CONNECT,
		   fd, &a, sizeof a.any);
		IS(-EINVAL, f("connect.%s.negative: a negative length: EINVAL", k->name), CONNECT, fd, &b, -1);
		IS(-EFAULT, f("connect.%s.pointer: an address that can't be read: EFAULT", k->name), CONNECT, fd,
		   nowhere(), lb);
		room = sizeof peer;
		must(!SC(GETSOCKNAME, one, &peer, &room), "a name");
		IS(0, f("connect.%s.self: a socket may be its own peer", k->name), CONNECT, one, &peer, room);
		close(fd);
		close(one);
		close(other);
	}
}

static void unix_errors(void)
{
	union address a = { .un = { .sun_family = AF_UNIX, .sun_path = "name" } }, b;
	socklen_t length = sizeof a.un, lb;
	int stream = new_socket(&unix_stream), dgram = new_socket(&unix_dgram), listener, client, fill[8], used = 0;
	long r = 0;

	IS(-ENOENT, "connect.path.enoent: a missing path: ENOENT", CONNECT, stream, &a, length);
	must(!close(open("name", O_CREAT | O_WRONLY, 0600)), "a file");
	IS(-ECONNREFUSED, "connect.path.file: the path of a regular file: ECONNREFUSED", CONNECT, stream, &a, length);
	unlink("name");
	must(!SC(BIND, dgram, &a, length), "a name");
	IS(-EPROTOTYPE, "connect.path.type: a stream socket connects to a datagram socket's path: EPROTOTYPE", CONNECT,
	   stream, &a, length);
	close(dgram);
	IS(-ECONNREFUSED, "connect.path.stale: a path whose socket is closed: ECONNREFUSED", CONNECT, stream, &a,
	   length);
	unlink("name");
	strcpy(a.un.sun_path, "absent/name");
	IS(-ENOENT, "connect.path.folder: a path in a missing folder: ENOENT", CONNECT, stream, &a, length);
	must(!symlink("loop", "loop"), "a symbolic link");
	strcpy(a.un.sun_path, "loop");
	IS(-ELOOP, "connect.path.eloop: a path through a symbolic link to itself: ELOOP", CONNECT, stream, &a, length);
	unlink("loop");
	must(!close(open("plain", O_CREAT | O_WRONLY, 0600)), "a file");
	strcpy(a.un.sun_path, "plain/name");
	IS(-ENOTDIR, "connect.path.enotdir: a path below a regular file: ENOTDIR", CONNECT, stream, &a, length);
	unlink("plain");
	lb = fresh_address(AF_UNIX, &b);
	IS(-ECONNREFUSED, "connect.abstract.nobody: an abstract name that no socket has: ECONNREFUSED", CONNECT, stream,
	   &b, lb);
	b.un.sun_family = AF_INET;
	IS(-EINVAL, "connect.unix.family: another family's address: EINVAL", CONNECT, stream, &b, lb);
	b.un.sun_family = AF_UNIX;
	IS(-EINVAL, "connect.unix.long: a length beyond a sockaddr_un's: EINVAL", CONNECT, stream, &b,
	   sizeof(struct sockaddr_un) + 1);
	IS(-EINVAL, "connect.unix.family-alone: an address of only a family: EINVAL", CONNECT, stream, &b,
	   sizeof(sa_family_t));
	listener = new_socket(&unix_stream);
	lb = bind_fresh(listener, AF_UNIX, &b);
	IS(-ECONNREFUSED, "connect.unix.no-listener: the socket with that name doesn't listen: ECONNREFUSED", CONNECT,
	   stream, &b, lb);
	must(!SC(LISTEN, listener, 1), "a listener");
	IS(-EINVAL, "connect.unix.listener: a listening socket can't connect: EINVAL", CONNECT, listener, &b, lb);
	for (; used < LENGTH(fill) && r == 0; used++) {
		fill[used] = (int)SC(SOCKET, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		r = SC(CONNECT, fill[used], &b, lb);
	}
	EQ(-EAGAIN, r, "connect.unix.full: a nonblocking socket connects while the listener's queue is full: EAGAIN");
	EQ(3, used, "connect.unix.full.count: with a backlog of 1, two connections fit in the queue");
	client = (int)SC(ACCEPT, listener, 0, 0);
	IS(0, "connect.unix.full.again: after an accept the queue has room again", CONNECT, fill[used - 1], &b, lb);
	while (used)
		close(fill[--used]);
	close(client);
	close(stream);
	close(listener);

	{
		int one = new_socket(&unix_dgram), other = new_socket(&unix_dgram), third = new_socket(&unix_dgram);
		union address c;
		socklen_t lc = bind_fresh(other, AF_UNIX, &c);

		lb = bind_fresh(one, AF_UNIX, &b);
		must(!SC(CONNECT, one, &c, lc), "a peer");
		IS(-EPERM, "connect.unix-dgram.taken: the socket with that name has another peer: EPERM", CONNECT,
		   third, &b, lb);
		IS(0, "connect.unix-dgram.mutual: two datagram sockets can be each other's peers", CONNECT, other, &b,
		   lb);
		close(one);
		IS(-ECONNREFUSED, "connect.unix-dgram.gone: a name whose socket is closed: ECONNREFUSED", CONNECT,
		   third, &b, lb);
		close(other);
		close(third);
	}
}

static void inet_errors(void)
{
	union address a, b;
	socklen_t length, room = sizeof b;
	int listener = new_listener(&tcp, &a, &length), fd = new_socket(&tcp), accepted, waiting, tries = 0;
	long r = 0;
	int fill[64];

	IS(-EINVAL, "connect.tcp.short: a length less than a sockaddr_in's: EINVAL", CONNECT, fd, &a, sizeof a.in - 1);
	a.any.sa_family = 99;
	IS(-EAFNOSUPPORT, "connect.tcp.family: another family's address: EAFNOSUPPORT", CONNECT, fd, &a, length);
	a.any.sa_family = AF_INET;
	IS(-EISCONN, "connect.tcp.listener: a listening socket can't connect: EISCONN", CONNECT, listener, &a, length);
	must(!fcntl(fd, F_SETFL, O_NONBLOCK), "flags");
	IS(-EINPROGRESS, "connect.tcp.nonblock: a nonblocking socket starts to connect: EINPROGRESS", CONNECT, fd, &a,
	   length);
	wait_for(fd, POLLOUT);
	IS(0, "connect.tcp.nonblock.done: when the connection is made, the next connect succeeds", CONNECT, fd, &a,
	   length);
	IS(-EISCONN, "connect.tcp.nonblock.again: a further connect fails: EISCONN", CONNECT, fd, &a, length);
	accepted = (int)SC(ACCEPT, listener, 0, 0);
	b.any.sa_family = AF_UNSPEC;
	IS(0, "connect.tcp.unspec: AF_UNSPEC ends a TCP connection", CONNECT, fd, &b, sizeof b.any);
	IS(-ENOTCONN, "connect.tcp.unspec.peer: after AF_UNSPEC the socket has no peer: ENOTCONN", GETPEERNAME, fd, &b,
	   &room);
	wait_for(accepted, POLLIN);
	EQ(-ECONNRESET, SC(RECV, accepted, &b, 1, 0),
	   "connect.tcp.unspec.reset: after AF_UNSPEC the other end receives a reset: ECONNRESET");
	close(fd);
	close(accepted);
	close(listener);

	fd = new_socket(&tcp);
	listener = new_socket(&tcp);
	length = bind_fresh(listener, AF_INET, &a);
	must(!fcntl(fd, F_SETFL, O_NONBLOCK), "flags");
	IS(-EINPROGRESS,
	   "connect.tcp.nonblock.refused: a nonblocking connect starts even if nobody listens: EINPROGRESS", CONNECT,
	   fd, &a, length);
	wait_for(fd, POLLOUT);
	IS(-ECONNREFUSED,
	   "connect.tcp.nonblock.refused.told: the next connect reports that nobody listens: ECONNREFUSED", CONNECT, fd,
	   &a, length);
	close(fd);
	close(listener);

	listener = new_socket(&tcp);
	length = bind_fresh(listener, AF_INET, &a);
	must(!SC(LISTEN, listener, 0), "a listener");
	/* until the queue is full; the loopback may need time for a connection that there is room for */
	do {
		waiting = fill[tries] = (int)SC(SOCKET, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		r = SC(CONNECT, waiting, &a, length) == -EINPROGRESS ? SC(CONNECT, waiting, &a, length) : 1;
	} while (r == 0 && ++tries < LENGTH(fill));
	EQ(-EALREADY, r, "connect.tcp.already: a connect while the connection is being made: EALREADY");
	for (int i = 0; i <= tries && i < LENGTH(fill); i++)
		close(fill[i]);
	close(listener);

	fd = new_socket(&udp);
	fresh_address(AF_INET, &a);
	a.in.sin_port = htons(9);
	a.in.sin_addr.s_addr = htonl(0x7fffffff);
	IS(-EACCES, "connect.udp.broadcast: a broadcast address without SO_BROADCAST: EACCES", CONNECT, fd, &a,
	   sizeof a.in);
	must(!SC(SETSOCKOPT, fd, SOL_SOCKET, SO_BROADCAST, &(int){ 1 }, sizeof(int)), "an option");
	IS(0, "connect.udp.broadcast.allowed: a broadcast address is allowed with SO_BROADCAST", CONNECT, fd, &a,
	   sizeof a.in);
	close(fd);
	fd = new_socket(&udp);
	a.in.sin_addr.s_addr = htonl(INADDR_ANY);
	IS(0, "connect.udp.any: a socket can connect to the wildcard address", CONNECT, fd, &a, sizeof a.in);
	room = sizeof b;
	must(!SC(GETPEERNAME, fd, &b, &room), "a peer");
	EQ(INADDR_LOOPBACK, ntohl(b.in.sin_addr.s_addr),
	   "connect.udp.any.peer: the wildcard address becomes the loopback address");
	room = sizeof b;
	must(!SC(GETSOCKNAME, fd, &b, &room), "a name");
	FACT(b.in.sin_port && b.in.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
	     "connect.udp.binds: connect binds the socket to an address and a port");
	close(fd);
}

static void netlink(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK }, b;
	int fd = (int)SC(SOCKET, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	socklen_t room = sizeof b;

	LIMITED(fd < 0, netlink)
	{
		IS(-EINVAL, "connect.netlink.short: less than the family's two bytes: EINVAL", CONNECT, fd, &a, 1);
		IS(0, "connect.netlink: a NETLINK socket can connect to the kernel", CONNECT, fd, &a, sizeof a);
		must(!SC(GETPEERNAME, fd, &b, &room), "a peer");
		FACT(room == sizeof b && b.nl_pid == 0, "connect.netlink.peer: the kernel's port is 0");
	}
	close(fd);
}

/* In a child: connects to "mine", a path that only its owner may write to. The argument is the socket's type. */
static int to_mine(void *argument)
{
	union address a = { .un = { .sun_family = AF_UNIX, .sun_path = "mine" } };

	if (!become_nobody())
		return 255;
	return (int)-SC(CONNECT, new_socket(argument), &a, sizeof a.un);
}

static void privilege(void)
{
	static struct kind stream = { "unix-stream", AF_UNIX, SOCK_STREAM },
			   dgram = { "unix-dgram", AF_UNIX, SOCK_DGRAM };
	union address a = { .un = { .sun_family = AF_UNIX, .sun_path = "mine" } };

	for (int i = 0; i < 2; i++) {
		struct kind *k = i ? &dgram : &stream;
		int fd = new_socket(k);

		must(!SC(BIND, fd, &a, sizeof a.un) && !chmod("mine", 0500), "a name");
		if (!i)
			must(!SC(LISTEN, fd, 1), "a listener");
		LIMITED(in_child(to_mine, k) == 255, user)
		EQ(EACCES, in_child(to_mine, k),
		   f("connect.%s.path.eacces: a path without write permission: EACCES", k->name));
		unlink("mine");
		close(fd);
	}
}

int main(void)
{
	union address a;
	socklen_t length = fresh_address(AF_UNIX, &a);

	facts_begin();
	DESCRIPTORS("connect", CONNECT, &a, length);
	IS(-EBADF, "connect.fd.first: the descriptor is checked before the length and the address: EBADF", CONNECT, -1,
	   nowhere(), -1);
	connections();
	datagrams();
	unix_errors();
	inet_errors();
	netlink();
	privilege();
	return facts_end();
}
