/* SPDX-License-Identifier: MIT
 * GETPEERNAME: getpeername(2). */
#define _GNU_SOURCE
#include "address_out.h"

#include <linux/netlink.h>

static void connected(void)
{
	EACH_CONNECTION(k)
	{
		union address a, b, own;
		socklen_t length, own_length, room = sizeof b;
		int listener = new_listener(k, &a, &length), client = new_socket(k), server;

		own_length = bind_fresh(client, k->family, &own);
		must(!SC(CONNECT, client, &a, length), "a connection");
		server = (int)SC(ACCEPT, listener, 0, 0);
		ADDRESS_OUT(f("getpeername.%s", k->name), GETPEERNAME, client, &a, length);
		must(!SC(GETPEERNAME, server, &b, &room), "a peer");
		FACT(room == own_length && !memcmp(&own, &b, room),
		     f("getpeername.%s.accepted: the accepted socket's peer is the client", k->name));
		close(server);
		if (k->family != AF_UNIX) {
			must(!SC(SHUTDOWN, client, SHUT_WR), "a shutdown");
			while (SC(GETPEERNAME, client, &b, &room) == 0)
				usleep(1000);
		}
		room = sizeof b;
		IS(k->family == AF_UNIX ? 0 : -ENOTCONN,
		   f("getpeername.%s.gone: when a connection has ended, a UNIX socket still has its peer, a TCP socket "
		     "none",
		     k->name),
		   GETPEERNAME, client, &b, &room);
		close(client);
		close(listener);
	}
	EACH_DATAGRAMS(k)
	{
		union address a;
		socklen_t length;
		int fd = new_socket(k), peer = new_socket(k);

		length = bind_fresh(peer, k->family, &a);
		must(!SC(CONNECT, fd, &a, length), "a peer");
		ADDRESS_OUT(f("getpeername.%s", k->name), GETPEERNAME, fd, &a, length);
		close(peer);
		IS(0, f("getpeername.%s.gone: a closed socket remains the peer", k->name), GETPEERNAME, fd, &a,
		   &length);
		close(fd);
	}
}

static void unconnected(void)
{
	EVERY(k)
	{
		union address a;
		socklen_t length = sizeof a;
		int fd = new_socket(k);

		IS(-ENOTCONN, f("getpeername.%s.unconnected: a socket without a peer: ENOTCONN", k->name), GETPEERNAME,
		   fd, &a, &length);
		IS(-ENOTCONN,
		   f("getpeername.%s.unconnected.first: the peer is checked before the pointers: ENOTCONN", k->name),
		   GETPEERNAME, fd, nowhere(), nowhere());
		close(fd);
	}
	for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
		union address a;
		socklen_t length = sizeof a;
		int pair[2];

		if (k->family != AF_UNIX)
			continue;
		new_pair(k, pair);
		IS(0, f("getpeername.%s.pair: each end of a pair has a peer", k->name), GETPEERNAME, pair[0], &a,
		   &length);
		FACT(length == sizeof(sa_family_t) && a.any.sa_family == AF_UNIX,
		     f("getpeername.%s.pair.nameless: the peer in a pair has no name", k->name));
		close(pair[1]);
		length = sizeof a;
		IS(k->type == SOCK_DGRAM ? 0 : 0,
		   f("getpeername.%s.pair.closed: a pair's closed end remains the peer", k->name), GETPEERNAME, pair[0],
		   &a, &length);
		close(pair[0]);
	}
}

static void others(void)
{
	struct sockaddr_nl nl = { 0 };
	union address a;
	socklen_t length = sizeof nl;
	int fd = (int)SC(SOCKET, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), pair[2];

	LIMITED(fd < 0, netlink)
	{
		IS(0, "getpeername.netlink: a NETLINK socket has a peer, the kernel", GETPEERNAME, fd, &nl, &length);
		FACT(length == sizeof nl && nl.nl_family == AF_NETLINK && !nl.nl_pid,
		     "getpeername.netlink.port: the kernel's port is 0");
	}
	close(fd);
	LIMITED(!have_ipv6(), ipv6)
	{
		new_pair(&tcp6, pair);
		length = sizeof a;
		IS(0, "getpeername.tcp6: an INET6 socket's peer is returned", GETPEERNAME, pair[0], &a, &length);
		FACT(length == sizeof a.in6 && IN6_IS_ADDR_LOOPBACK(&a.in6.sin6_addr),
		     "getpeername.tcp6.address: the peer has the INET6 loopback address");
		close_pair(pair);
		new_pair(&udp6, pair);
		length = sizeof a;
		IS(0, "getpeername.udp6: an INET6 datagram socket's peer is returned", GETPEERNAME, pair[0], &a,
		   &length);
		close_pair(pair);
	}
}

int main(void)
{
	union address a;
	socklen_t length = sizeof a;

	facts_begin();
	DESCRIPTORS("getpeername", GETPEERNAME, &a, &length);
	connected();
	unconnected();
	others();
	return facts_end();
}
