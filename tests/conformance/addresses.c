/* SPDX-License-Identifier: MIT
 * Addresses in several calls: INET addresses of INET6 sockets, which UNIX names are equal, and which socket gets a
 * datagram. */
#define _GNU_SOURCE
#include "kit.h"

static void dual_stack(void)
{
	LIMITED(!have_ipv6(), ipv6)
	{
		union address a, b, peer;
		socklen_t length, room = sizeof peer;
		int listener = new_socket(&tcp6), client = new_socket(&tcp), server, no = 0, yes = 1, fd;

		memset(&a, 0, sizeof a);
		a.in6.sin6_family = AF_INET6;
		SC(SETSOCKOPT, listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
		IS(0, "addresses.dual: an INET6 socket binds the wildcard address", BIND, listener, &a, sizeof a.in6);
		must(!SC(LISTEN, listener, 4), "a listener");
		length = sizeof a;
		must(!SC(GETSOCKNAME, listener, &a, &length), "a name");
		fresh_address(AF_INET, &b);
		b.in.sin_port = a.in6.sin6_port;
		IS(0, "addresses.dual.connect: an INET socket can connect to an INET6 wildcard listener", CONNECT,
		   client, &b, sizeof b.in);
		server = FD("addresses.dual.accept: an INET6 listener accepts an INET connection", ACCEPT, listener,
			    &peer, &room);
		FACT(room == sizeof peer.in6 && IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr),
		     "addresses.dual.mapped: the INET peer's address is an IPv4-mapped one");
		EQ(INADDR_LOOPBACK, ntohl(((uint32_t *)&peer.in6.sin6_addr)[3]),
		   "addresses.dual.mapped.inner: the mapped address holds the peer's INET address");
		room = sizeof peer;
		IS(0, "addresses.dual.name: getsockname works on the accepted socket", GETSOCKNAME, server, &peer,
		   &room);
		FACT(IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr),
		     "addresses.dual.name.mapped: the accepted socket's own address is IPv4-mapped as well");
		fd = new_socket(&tcp);
		IS(-EADDRINUSE,
		   "addresses.dual.in-use: an INET6 wildcard listener uses the INET port as well: EADDRINUSE", BIND, fd,
		   &b, sizeof b.in);
		close(fd);
		close(server);
		close(client);
		close(listener);
		listener = new_socket(&tcp6);
		SC(SETSOCKOPT, listener, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
		memset(&a, 0, sizeof a);
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_addr.s6_addr[10] = a.in6.sin6_addr.s6_addr[11] = 0xff;
		a.in6.sin6_addr.s6_addr[12] = 127;
		a.in6.sin6_addr.s6_addr[15] = 1;
		IS(-EINVAL, "addresses.v6only: an IPv4-mapped address on a socket with IPV6_V6ONLY: EINVAL", BIND,
		   listener, &a, sizeof a.in6);
		SC(SETSOCKOPT, listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
		IS(0, "addresses.mapped: without IPV6_V6ONLY an IPv4-mapped address can be bound", BIND, listener, &a,
		   sizeof a.in6);
		IS(-EINVAL, "addresses.v6only.late: setting IPV6_V6ONLY after bind: EINVAL", SETSOCKOPT, listener,
		   IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
		close(listener);
		fd = new_socket(&udp6);
		memset(&a, 0, sizeof a);
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_addr.s6_addr[0] = 0xfe;
		a.in6.sin6_addr.s6_addr[1] = 0x80;
		a.in6.sin6_addr.s6_addr[15] = 77;
		IS(-EINVAL, "addresses.link-local: a link-local address without a scope: EINVAL", BIND, fd, &a,
		   sizeof a.in6);
		close(fd);
	}
}

static void unix_names(void)
{
	union address a, peer;
	socklen_t length, room;
	int one, two, fd;
	char data[4];

	/* names in the abstract namespace may contain zero bytes */
	memset(&a, 0, sizeof a);
	a.un.sun_family = AF_UNIX;
	snprintf(a.un.sun_path + 1, 40, "zero-%d", getpid());
	length = sizeof a.un;
	one = new_socket(&unix_dgram);
	two = new_socket(&unix_dgram);
	fd = new_socket(&unix_dgram);
	IS(0, "addresses.abstract.whole: an abstract name may have all 108 bytes", BIND, one, &a, length);
	IS(0, "addresses.abstract.less: a prefix of an abstract name is a name of its own", BIND, two, &a, 30);
	IS(4, "addresses.abstract.whole.to: a datagram can be sent to the 108-byte name", SENDTO, fd, "long", 4, 0, &a,
	   length);
	EQ(4, SC(RECV, one, data, 4, MSG_DONTWAIT),
	   "addresses.abstract.whole.there: the socket with the 108-byte name receives it");
	IS(4, "addresses.abstract.less.to: a datagram can be sent to the shorter name", SENDTO, fd, "less", 4, 0, &a,
	   30);
	EQ(4, SC(RECV, two, data, 4, MSG_DONTWAIT),
	   "addresses.abstract.less.there: the socket with the shorter name receives it");
	IS(-ECONNREFUSED,
	   "addresses.abstract.between: no socket has a name of a length between these two: ECONNREFUSED", SENDTO, fd,
	   "x", 1, 0, &a, 31);
	close(one);
	IS(-ECONNREFUSED, "addresses.abstract.gone: closing a socket frees its abstract name: ECONNREFUSED", SENDTO, fd,
	   "x", 1, 0, &a, length);
	close(two);
	memset(a.un.sun_path, 0, sizeof a.un.sun_path);
	one = new_socket(&unix_dgram);
	IS(0, "addresses.abstract.empty: an abstract name may be a single zero byte", BIND, one, &a,
	   sizeof(sa_family_t) + 1);
	room = sizeof peer;
	must(!SC(GETSOCKNAME, one, &peer, &room), "a name");
	EQ(sizeof(sa_family_t) + 1, room,
	   "addresses.abstract.empty.length: getsockname returns the name of a single zero byte with its length");
	IS(1, "addresses.abstract.empty.to: a datagram can be sent to the name of a single zero byte", SENDTO, fd, "x",
	   1, 0, &a, sizeof(sa_family_t) + 1);
	close(one);
	/* a path ends at a zero byte, or at the address' length */
	one = new_socket(&unix_dgram);
	memset(&a, 'z', sizeof a);
	a.un.sun_family = AF_UNIX;
	memcpy(a.un.sun_path, "path", 4);
	IS(0, "addresses.path.unterminated: a path needs no zero byte at its end", BIND, one, &a,
	   sizeof(sa_family_t) + 4);
	room = sizeof peer;
	must(!SC(GETSOCKNAME, one, &peer, &room), "a name");
	FACT(room == sizeof(sa_family_t) + 5 && !strcmp(peer.un.sun_path, "path"),
	     "addresses.path.unterminated.name: getsockname adds the zero byte to a path");
	strcpy(a.un.sun_path, "path");
	IS(1, "addresses.path.terminated: the same path with a zero byte reaches the socket", SENDTO, fd, "x", 1, 0, &a,
	   sizeof a.un);
	strcpy(a.un.sun_path, "./path");
	IS(1, "addresses.path.other: another path to the same file reaches the socket", SENDTO, fd, "x", 1, 0, &a,
	   sizeof a.un);
	must(!rename("path", "moved"), "another name");
	strcpy(a.un.sun_path, "moved");
	IS(1, "addresses.path.moved: after a rename the file's new path reaches the socket", SENDTO, fd, "x", 1, 0, &a,
	   sizeof a.un);
	room = sizeof peer;
	must(!SC(GETSOCKNAME, one, &peer, &room), "a name");
	FACT(!strcmp(peer.un.sun_path, "path"),
	     "addresses.path.moved.name: after a rename getsockname still returns the old path");
	unlink("moved");
	IS(-ENOENT, "addresses.path.unlinked: a path that was unlinked: ENOENT", SENDTO, fd, "x", 1, 0, &a,
	   sizeof a.un);
	close(one);
	close(fd);
	/* connect() binds a socket with SO_PASSCRED to a name that the kernel chooses */
	one = new_socket(&unix_dgram);
	length = bind_fresh(one, AF_UNIX, &a);
	fd = new_socket(&unix_dgram);
	must(!SC(SETSOCKOPT, fd, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)), "an option");
	IS(0, "addresses.passcred: a socket with SO_PASSCRED can connect", CONNECT, fd, &a, length);
	room = sizeof peer;
	must(!SC(GETSOCKNAME, fd, &peer, &room), "a name");
	EQ(sizeof(sa_family_t) + 6, room,
	   "addresses.passcred.autobind: connecting a socket with SO_PASSCRED gives it a name");
	close(one);
	close(fd);
}

static void inet_names(void)
{
	union address a, b, from;
	socklen_t length, room = sizeof from;
	int one = new_socket(&udp), two = new_socket(&udp), fd;
	char data[4];

	length = bind_fresh(one, AF_INET, &a);
	b = a;
	b.in.sin_addr.s_addr = htonl(0x7f000002);
	IS(0, "addresses.inet.other-address: one port can be bound at two addresses", BIND, two, &b, length);
	fd = new_socket(&udp);
	IS(3, "addresses.inet.first: a datagram can be sent to the first address", SENDTO, fd, "one", 3, 0, &a, length);
	arrives(one);
	EQ(3, SC(RECV, one, data, 4, MSG_DONTWAIT),
	   "addresses.inet.first.there: the socket at the first address receives it");
	IS(3, "addresses.inet.second: a datagram can be sent to the second address", SENDTO, fd, "two", 3, 0, &b,
	   length);
	arrives(two);
	FACT(SC(RECVFROM, two, data, 4, MSG_DONTWAIT, &from, &room) == 3 && from.in.sin_port,
	     "addresses.inet.second.there: the socket at the second address receives it");
	close(two);
	two = new_socket(&udp);
	b.in.sin_addr.s_addr = htonl(INADDR_ANY);
	IS(-EADDRINUSE,
	   "addresses.inet.wildcard: binding the wildcard where an address with that port is bound: EADDRINUSE", BIND,
	   two, &b, length);
	must(!SC(CONNECT, one, &from, room), "a peer");
	IS(1, "addresses.inet.filter: a datagram can be sent to a socket that is connected to another peer", SENDTO,
	   two, "x", 1, 0, &a, length);
	EQ(-EAGAIN, SC(RECV, one, data, 4, MSG_DONTWAIT),
	   "addresses.inet.filter.nothing: a connected socket receives only from its peer: EAGAIN");
	memset(&from.in.sin_zero, 0x77, sizeof from.in.sin_zero);
	IS(0, "addresses.inet.sin-zero: the bytes of sin_zero are ignored", CONNECT, two, &from, sizeof from.in);
	room = sizeof from;
	memset(&from, 0x5a, sizeof from);
	must(!SC(GETPEERNAME, two, &from, &room), "a peer");
	FACT(!from.in.sin_zero[0] && !from.in.sin_zero[7],
	     "addresses.inet.sin-zero.told: getpeername returns zeroes in sin_zero");
	close(one);
	close(two);
	close(fd);
}

int main(void)
{
	facts_begin();
	dual_stack();
	unix_names();
	inet_names();
	return facts_end();
}
