/* SPDX-License-Identifier: MIT
 * GETSOCKNAME: getsockname(2). */
#define _GNU_SOURCE
#include "address_out.h"

#include <linux/netlink.h>

static void bound(void)
{
	EVERY(k)
	{
		union address a;
		socklen_t length;
		int fd = new_socket(k);

		length = bind_fresh(fd, k->family, &a);
		ADDRESS_OUT(f("getsockname.%s", k->name), GETSOCKNAME, fd, &a, length);
		close(fd);
	}
}

static void unbound(void)
{
	EVERY(k)
	{
		union address a;
		socklen_t length = sizeof a;
		int fd = new_socket(k);

		memset(&a, 0x5a, sizeof a);
		IS(0, f("getsockname.%s.unbound: an unbound socket has an address as well", k->name), GETSOCKNAME, fd,
		   &a, &length);
		EQ(k->family == AF_UNIX ? sizeof(sa_family_t) : sizeof a.in, length,
		   f("getsockname.%s.unbound.length: an unbound UNIX socket's address is only the family, INET's a "
		     "sockaddr_in",
		     k->name));
		FACT(a.any.sa_family == k->family &&
			     (k->family == AF_UNIX || (!a.in.sin_port && !a.in.sin_addr.s_addr)),
		     f("getsockname.%s.unbound.address: an unbound socket's address is zero except for the family",
		       k->name));
		close(fd);
	}
}

static void connected(void)
{
	EACH_CONNECTION(k)
	{
		union address a, b;
		socklen_t length, room = sizeof b;
		int listener = new_listener(k, &a, &length), client = new_client(k, &a, length), server;

		server = (int)SC(ACCEPT, listener, 0, 0);
		must(!SC(GETSOCKNAME, server, &b, &room), "a name");
		FACT(room == length && !memcmp(&a, &b, length),
		     f("getsockname.%s.accepted: an accepted socket has the listener's name", k->name));
		room = sizeof b;
		must(!SC(GETSOCKNAME, client, &b, &room), "a name");
		FACT(k->family == AF_UNIX ? room == sizeof(sa_family_t)
					  : b.in.sin_port && b.in.sin_port != a.in.sin_port,
		     f("getsockname.%s.client: connect gives an INET socket a port, and a UNIX socket no name",
		       k->name));
		close(server);
		close(client);
		close(listener);
	}
}

static void others(void)
{
	struct sockaddr_nl nl;
	socklen_t length = sizeof nl;
	int fd = (int)SC(SOCKET, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	LIMITED(fd < 0, netlink)
	{
		memset(&nl, 0x5a, sizeof nl);
		IS(0, "getsockname.netlink: a NETLINK socket's address is returned", GETSOCKNAME, fd, &nl, &length);
		EQ(sizeof nl, length, "getsockname.netlink.length: the length of a NETLINK address is written");
		FACT(nl.nl_family == AF_NETLINK && !nl.nl_pid && !nl.nl_groups,
		     "getsockname.netlink.address: an unbound NETLINK socket's address is zero except for the family");
	}
	close(fd);
	LIMITED(!have_ipv6(), ipv6)
	{
		union address a, b;
		socklen_t room = sizeof b;

		fd = new_socket(&tcp6);
		length = bind_fresh(fd, AF_INET6, &a);
		IS(0, "getsockname.tcp6: an INET6 socket's address is returned", GETSOCKNAME, fd, &b, &room);
		FACT(room == sizeof b.in6 && IN6_IS_ADDR_LOOPBACK(&b.in6.sin6_addr) && b.in6.sin6_port,
		     "getsockname.tcp6.address: the INET6 address and port are right");
		close(fd);
	}
}

int main(void)
{
	union address a;
	socklen_t length = sizeof a;

	facts_begin();
	DESCRIPTORS("getsockname", GETSOCKNAME, &a, &length);
	IS(-EBADF, "getsockname.fd.first: the descriptor is checked before the pointers: EBADF", GETSOCKNAME, -1,
	   nowhere(), nowhere());
	bound();
	unbound();
	connected();
	others();
	return facts_end();
}
