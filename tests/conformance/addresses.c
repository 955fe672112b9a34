/* SPDX-License-Identifier: MIT
 * Addresses in several calls: INET in INET6, which UNIX names are equal, what is written into a short buffer. */
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
		IS(0, "addresses.dual: an INET6 socket takes the wildcard", BIND, listener, &a, sizeof a.in6);
		must(!SC(LISTEN, listener, 4), "a listener");
		length = sizeof a;
		must(!SC(GETSOCKNAME, listener, &a, &length), "a name");
		fresh_address(AF_INET, &b);
		b.in.sin_port = a.in6.sin6_port;
		IS(0, "addresses.dual.connect: an INET socket reaches it", CONNECT, client, &b, sizeof b.in);
		server = FD("addresses.dual.accept: it is accepted", ACCEPT, listener, &peer, &room);
		FACT(room == sizeof peer.in6 && IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr),
		     "addresses.dual.mapped: by a mapped address");
		EQ(INADDR_LOOPBACK, ntohl(((uint32_t *)&peer.in6.sin6_addr)[3]),
		   "addresses.dual.mapped.inner: which holds the INET one");
		room = sizeof peer;
		IS(0, "addresses.dual.name: the accepted socket has a name", GETSOCKNAME, server, &peer, &room);
		FACT(IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr), "addresses.dual.name.mapped: mapped as well");
		fd = new_socket(&tcp);
		IS(-EADDRINUSE, "addresses.dual.in-use: the INET port is in use: EADDRINUSE", BIND, fd, &b,
		   sizeof b.in);
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
		IS(-EINVAL, "addresses.v6only: with IPV6_V6ONLY a mapped address: EINVAL", BIND, listener, &a,
		   sizeof a.in6);
		SC(SETSOCKOPT, listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
		IS(0, "addresses.mapped: and without, it is taken", BIND, listener, &a, sizeof a.in6);
		IS(-EINVAL, "addresses.v6only.late: IPV6_V6ONLY can't be set after bind: EINVAL", SETSOCKOPT, listener,
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
	IS(0, "addresses.abstract.whole: an abstract name of all 108 bytes", BIND, one, &a, length);
	IS(0, "addresses.abstract.less: less of the same bytes is another name", BIND, two, &a, 30);
	IS(4, "addresses.abstract.whole.to: the long name is reached", SENDTO, fd, "long", 4, 0, &a, length);
	EQ(4, SC(RECV, one, data, 4, MSG_DONTWAIT), "addresses.abstract.whole.there: by its whole length");
	IS(4, "addresses.abstract.less.to: the short one is", SENDTO, fd, "less", 4, 0, &a, 30);
	EQ(4, SC(RECV, two, data, 4, MSG_DONTWAIT), "addresses.abstract.less.there: by its own");
	IS(-ECONNREFUSED, "addresses.abstract.between: no socket has a name between them: ECONNREFUSED", SENDTO, fd,
	   "x", 1, 0, &a, 31);
	close(one);
	IS(-ECONNREFUSED, "addresses.abstract.gone: a name is gone with its socket: ECONNREFUSED", SENDTO, fd, "x", 1,
	   0, &a, length);
	close(two);
	memset(a.un.sun_path, 0, sizeof a.un.sun_path);
	one = new_socket(&unix_dgram);
	IS(0, "addresses.abstract.empty: a single zero is a name", BIND, one, &a, sizeof(sa_family_t) + 1);
	room = sizeof peer;
	must(!SC(GETSOCKNAME, one, &peer, &room), "a name");
	EQ(sizeof(sa_family_t) + 1, room, "addresses.abstract.empty.length: of one byte");
	IS(1, "addresses.abstract.empty.to: that is reached", SENDTO, fd, "x", 1, 0, &a, sizeof(sa_family_t) + 1);
	close(one);
	/* a path ends at a zero byte, or at the address' length */
	one = new_socket(&unix_dgram);
	memset(&a, 'z', sizeof a);
	a.un.sun_family = AF_UNIX;
	memcpy(a.un.sun_path, "path", 4);
	IS(0, "addresses.path.unterminated: a path that its length ends", BIND, one, &a, sizeof(sa_family_t) + 4);
	room = sizeof peer;
	must(!SC(GETSOCKNAME, one, &peer, &room), "a name");
	FACT(room == sizeof(sa_family_t) + 5 && !strcmp(peer.un.sun_path, "path"),
	     "addresses.path.unterminated.name: getsockname returns it with a zero byte");
	strcpy(a.un.sun_path, "path");
	IS(1, "addresses.path.terminated: the same with a zero reaches it", SENDTO, fd, "x", 1, 0, &a, sizeof a.un);
	strcpy(a.un.sun_path, "./path");
	IS(1, "addresses.path.other: so does another way there", SENDTO, fd, "x", 1, 0, &a, sizeof a.un);
	must(!rename("path", "moved"), "another name");
	strcpy(a.un.sun_path, "moved");
	IS(1, "addresses.path.moved: and its file's new name", SENDTO, fd, "x", 1, 0, &a, sizeof a.un);
	room = sizeof peer;
	must(!SC(GETSOCKNAME, one, &peer, &room), "a name");
	FACT(!strcmp(peer.un.sun_path, "path"), "addresses.path.moved.name: though the socket keeps its own");
	unlink("moved");
	IS(-ENOENT, "addresses.path.unlinked: unlinked, it isn't reached: ENOENT", SENDTO, fd, "x", 1, 0, &a,
	   sizeof a.un);
	close(one);
	close(fd);
	/* connect() binds a socket with SO_PASSCRED to a name that the kernel chooses */
	one = new_socket(&unix_dgram);
	length = bind_fresh(one, AF_UNIX, &a);
	fd = new_socket(&unix_dgram);
	must(!SC(SETSOCKOPT, fd, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)), "an option");
	IS(0, "addresses.passcred: a socket with SO_PASSCRED connects", CONNECT, fd, &a, length);
	room = sizeof peer;
	must(!SC(GETSOCKNAME, fd, &peer, &room), "a name");
	EQ(sizeof(sa_family_t) + 6, room, "addresses.passcred.autobind: and the kernel gives it a name");
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
	IS(0, "addresses.inet.other-address: the same port at another address", BIND, two, &b, length);
	fd = new_socket(&udp);
	IS(3, "addresses.inet.first: the first is reached", SENDTO, fd, "one", 3, 0, &a, length);
	arrives(one);
	EQ(3, SC(RECV, one, data, 4, MSG_DONTWAIT), "addresses.inet.first.there: by its address");
	IS(3, "addresses.inet.second: the second is", SENDTO, fd, "two", 3, 0, &b, length);
	arrives(two);
	FACT(SC(RECVFROM, two, data, 4, MSG_DONTWAIT, &from, &room) == 3 && from.in.sin_port,
	     "addresses.inet.second.there: by its own");
	close(two);
	two = new_socket(&udp);
	b.in.sin_addr.s_addr = htonl(INADDR_ANY);
	IS(-EADDRINUSE, "addresses.inet.wildcard: the wildcard includes the address: EADDRINUSE", BIND, two, &b,
	   length);
	must(!SC(CONNECT, one, &from, room), "a peer");
	IS(1, "addresses.inet.filter: another socket sends to a connected one", SENDTO, two, "x", 1, 0, &a, length);
	EQ(-EAGAIN, SC(RECV, one, data, 4, MSG_DONTWAIT),
	   "addresses.inet.filter.nothing: and receives from its peer alone: EAGAIN");
	memset(&from.in.sin_zero, 0x77, sizeof from.in.sin_zero);
	IS(0, "addresses.inet.sin-zero: what is in sin_zero doesn't matter", CONNECT, two, &from, sizeof from.in);
	room = sizeof from;
	memset(&from, 0x5a, sizeof from);
	must(!SC(GETPEERNAME, two, &from, &room), "a peer");
	FACT(!from.in.sin_zero[0] && !from.in.sin_zero[7],
	     "addresses.inet.sin-zero.told: getsockname returns zeroes there");
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
