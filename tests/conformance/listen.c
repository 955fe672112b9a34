/* SPDX-License-Identifier: MIT
 * LISTEN: listen(2). */
#define _GNU_SOURCE
#include "kit.h"

static void listens(void)
{
	EACH_CONNECTION(k)
	{
		union address a;
		socklen_t length, room;
		int fd = new_socket(k), value;

		length = bind_fresh(fd, k->family, &a);
		room = sizeof value;
		must(!SC(GETSOCKOPT, fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &room), "an option");
		EQ(0, value, f("listen.%s.before: SO_ACCEPTCONN is 0 before listen", k->name));
		IS(0, f("listen.%s: a bound socket can listen", k->name), LISTEN, fd, 1);
		must(!SC(GETSOCKOPT, fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &room), "an option");
		EQ(1, value, f("listen.%s.after: SO_ACCEPTCONN is 1 after listen", k->name));
		IS(0, f("listen.%s.again: listen again, with another backlog, is no error", k->name), LISTEN, fd, 5);
		IS(0, f("listen.%s.zero: a backlog of 0 is no error", k->name), LISTEN, fd, 0);
		IS(0, f("listen.%s.negative: a negative backlog is no error", k->name), LISTEN, fd, -1);
		IS(0, f("listen.%s.huge: a backlog beyond the system's limit is no error", k->name), LISTEN, fd,
		   0x7fffffff);
		IS(-EINVAL, f("listen.%s.bind: a listening socket can't be bound again: EINVAL", k->name), BIND, fd, &a,
		   fresh_address(k->family, &a));
		IS(-ENOTCONN, f("listen.%s.peer: a listening socket has no peer: ENOTCONN", k->name), GETPEERNAME, fd,
		   &a, &length);
		close(fd);
		{
			int pair[2];

			new_pair(k, pair);
			IS(-EINVAL, f("listen.%s.connected: a connected socket can't listen: EINVAL", k->name), LISTEN,
			   pair[0], 1);
			close_pair(pair);
		}
	}
	EACH_DATAGRAMS(k)
	{
		union address a;
		int fd = new_socket(k);

		IS(-EOPNOTSUPP, f("listen.%s: a datagram socket can't listen: EOPNOTSUPP", k->name), LISTEN, fd, 1);
		bind_fresh(fd, k->family, &a);
		IS(-EOPNOTSUPP, f("listen.%s.bound: a bound datagram socket can't listen: EOPNOTSUPP", k->name), LISTEN,
		   fd, 1);
		close(fd);
	}
}

static void nameless(void)
{
	union address a, b;
	socklen_t length = sizeof a;
	int fd = new_socket(&unix_stream), other;

	IS(-EINVAL, "listen.unix-stream.nameless: a UNIX socket without a name can't listen: EINVAL", LISTEN, fd, 1);
	close(fd);
	fd = new_socket(&unix_seqpacket);
	IS(-EINVAL, "listen.unix-seqpacket.nameless: a UNIX socket without a name can't listen: EINVAL", LISTEN, fd, 1);
	close(fd);
	fd = new_socket(&tcp);
	IS(0, "listen.tcp.nameless: a TCP socket can listen without bind", LISTEN, fd, 1);
	must(!SC(GETSOCKNAME, fd, &a, &length), "a name");
	FACT(a.in.sin_port && a.in.sin_addr.s_addr == htonl(INADDR_ANY),
	     "listen.tcp.nameless.name: listen without bind chooses a port, at the wildcard address");
	close(fd);
	LIMITED(!have_ipv6(), ipv6)
	{
		fd = new_socket(&tcp6);
		IS(0, "listen.tcp6.nameless: an INET6 TCP socket can listen without bind", LISTEN, fd, 1);
		close(fd);
	}
	fd = new_socket(&tcp);
	other = new_socket(&tcp);
	SC(SETSOCKOPT, fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	SC(SETSOCKOPT, other, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	length = bind_fresh(fd, AF_INET, &a);
	b = a;
	must(!SC(BIND, other, &b, length), "a shared port");
	IS(0, "listen.tcp.shared: one of two sockets that share a port by SO_REUSEADDR can listen", LISTEN, fd, 1);
	IS(-EADDRINUSE, "listen.tcp.shared.other: while one listens, the other can't: EADDRINUSE", LISTEN, other, 1);
	close(fd);
	IS(0, "listen.tcp.shared.after: when the first is closed, the other can listen", LISTEN, other, 1);
	close(other);
}

int main(void)
{
	facts_begin();
	DESCRIPTORS("listen", LISTEN, 1);
	listens();
	nameless();
	return facts_end();
}
