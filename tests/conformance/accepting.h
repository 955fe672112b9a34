/* SPDX-License-Identifier: MIT
 * Facts that accept and accept4 have in common. Define NAME, a string, and CALL before you include this. */
#include "kit.h"

#include <sys/resource.h>

/* Returns a client whose connection the listener has. TCP's connect() may return before the listener has it. */
static int connected_to(const struct kind *k, int listener)
{
	union address a;
	socklen_t length = sizeof a;
	int client;

	must(!SC(GETSOCKNAME, listener, &a, &length), "a name");
	client = new_client(k, &a, length);
	if (!limited())
		wait_for(listener, POLLIN);
	return client;
}

static void accepts(void)
{
	EACH_CONNECTION(k)
	{
		union address a, own, peer;
		socklen_t length, room = sizeof peer, own_length;
		int listener = new_listener(k, &a, &length), client = new_socket(k), fd;

		own_length = bind_fresh(client, k->family, &own);
		must(!SC(CONNECT, client, &a, length), "a connection");
		memset(&peer, 0x5a, sizeof peer);
		fd = FD(f(NAME ".%s: a connection is accepted", k->name), CALL, listener, &peer, &room, 0);
		EQ(own_length, room, f(NAME ".%s.length: the length of the peer's address is written", k->name));
		FACT(!memcmp(&peer, &own, own_length), f(NAME ".%s.address: the peer's address is written", k->name));
		FACT(peer.bytes[own_length] == 0x5a,
		     f(NAME ".%s.beyond: nothing is written beyond the address", k->name));
		FACT(fcntl(fd, F_GETFD) == 0 && fcntl(fd, F_GETFL) == O_RDWR,
		     f(NAME ".%s.flags: the new descriptor has no flags", k->name));
		EQ(1, SC(SEND, client, "x", 1, 0), f(NAME ".%s.sends: the client can send", k->name));
		EQ(1, SC(RECV, fd, &peer, 1, 0),
		   f(NAME ".%s.receives: the new socket receives what the client sent", k->name));
		FACT(is_open(listener) && !same_file(listener, fd),
		     f(NAME ".%s.other: the new socket isn't the listener, and the listener stays open", k->name));
		close(fd);
		close(client);

		client = connected_to(k, listener);
		fd = FD(f(NAME ".%s.null: the address may be null", k->name), CALL, listener, NULL, NULL, 0);
		close(fd);
		close(client);
		client = connected_to(k, listener);
		room = 77;
		fd = FD(f(NAME ".%s.null.length: without an address its length isn't used", k->name), CALL, listener,
			NULL, &room, 0);
		EQ(77, room, f(NAME ".%s.null.length.kept: without an address its length isn't written", k->name));
		close(fd);
		close(client);
		client = connected_to(k, listener);
		room = 0;
		memset(&peer, 0x5a, sizeof peer);
		fd = FD(f(NAME ".%s.room.0: an address buffer of length 0 is no error", k->name), CALL, listener, &peer,
			&room, 0);
		FACT(room >= sizeof(sa_family_t) && peer.bytes[0] == 0x5a,
		     f(NAME ".%s.room.0.length: with a buffer of length 0 only the address' full length is written",
		       k->name));
		close(fd);
		close(client);
		client = connected_to(k, listener);
		room = (socklen_t)-1;
		IS(-EINVAL, f(NAME ".%s.room.negative: a negative length of the address buffer: EINVAL", k->name), CALL,
		   listener, &peer, &room, 0);
		close(client);
		client = connected_to(k, listener);
		room = sizeof peer;
		IS(-EFAULT, f(NAME ".%s.address.nowhere: an address that can't be written: EFAULT", k->name), CALL,
		   listener, nowhere(), &room, 0);
		fcntl(listener, F_SETFL, O_NONBLOCK);
		IS(-EAGAIN,
		   f(NAME ".%s.lost: after EFAULT the connection is lost: a nonblocking listener has none left: EAGAIN",
		     k->name),
		   CALL, listener, NULL, NULL, 0);
		close(client);
		client = connected_to(k, listener);
		IS(-EFAULT, f(NAME ".%s.length.nowhere: a length that can't be read: EFAULT", k->name), CALL, listener,
		   &peer, nowhere(), 0);
		close(client);
		client = connected_to(k, listener);
		IS(-EFAULT, f(NAME ".%s.length.null: an address without a length: EFAULT", k->name), CALL, listener,
		   &peer, NULL, 0);
		close(client);
		client = connected_to(k, listener);
		fd = FD(f(NAME ".%s.nonblock: a nonblocking listener accepts a connection that is waiting", k->name),
			CALL, listener, NULL, NULL, 0);
		FACT(!is_nonblocking(fd),
		     f(NAME ".%s.inherits: the new socket doesn't inherit O_NONBLOCK from the listener", k->name));
		close(fd);
		close(client);
		close(listener);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		union address a, peer;
		socklen_t length, room = sizeof peer;
		int listener = new_listener(&tcp6, &a, &length), client = new_client(&tcp6, &a, length), fd;

		fd = FD(NAME ".tcp6: an INET6 connection is accepted", CALL, listener, &peer, &room, 0);
		FACT(room == sizeof peer.in6 && peer.any.sa_family == AF_INET6,
		     NAME ".tcp6.address: the peer's address is an INET6 address");
		close(fd);
		close(client);
		close(listener);
	}
}

static void errors(void)
{
	static const struct linger linger = { 1, 0 };
	struct rlimit limit, low;
	union address a;
	socklen_t length;
	int listener, client, fd;

	DESCRIPTORS(NAME, CALL, NULL, NULL, 0);
	EACH_CONNECTION(k)
	{
		fd = new_socket(k);
		IS(-EINVAL, f(NAME ".%s.new: a socket that doesn't listen: EINVAL", k->name), CALL, fd, NULL, NULL, 0);
		close(fd);
	}
	EACH_DATAGRAMS(k)
	{
		fd = new_socket(k);
		IS(-EOPNOTSUPP, f(NAME ".%s: a datagram socket can't accept: EOPNOTSUPP", k->name), CALL, fd, NULL,
		   NULL, 0);
		close(fd);
	}
	listener = new_listener(&unix_stream, &a, &length);
	client = new_client(&unix_stream, &a, length);
	IS(-EINVAL, NAME ".client: a connected socket: EINVAL", CALL, client, NULL, NULL, 0);
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = (rlim_t)closed_fd();
	setrlimit(RLIMIT_NOFILE, &low);
	IS(-EMFILE, NAME ".emfile: the process has no free descriptor: EMFILE", CALL, listener, NULL, NULL, 0);
	setrlimit(RLIMIT_NOFILE, &limit);
	fd = FD(NAME ".emfile.kept: after EMFILE the connection can still be accepted", CALL, listener, NULL, NULL, 0);
	close(fd);
	close(client);
	client = new_client(&unix_stream, &a, length);
	close(client);
	fd = FD(NAME ".gone: a connection is accepted though its client has closed it", CALL, listener, NULL, NULL, 0);
	EQ(0, SC(RECV, fd, &a, 1, 0), NAME ".gone.end: a connection that its client has closed is at its end");
	close(fd);
	close(listener);
	listener = new_listener(&tcp, &a, &length);
	client = new_client(&tcp, &a, length);
	must(!SC(SETSOCKOPT, client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), "an option");
	close(client);
	fd = FD(NAME ".reset: a connection is accepted though its client has reset it", CALL, listener, NULL, NULL, 0);
	wait_for(fd, POLLIN);
	EQ(-ECONNRESET, SC(RECV, fd, &a, 1, 0), NAME ".reset.told: recv on a connection that was reset: ECONNRESET");
	close(fd);
	close(listener);
	listener = new_listener(&unix_stream, &a, &length);
	client = new_client(&unix_stream, &a, length);
	EQ(4, SC(SEND, client, "data", 4, 0), NAME ".early: a client can send before its connection is accepted");
	fd = (int)SC(CALL, listener, NULL, NULL, 0);
	EQ(4, SC(RECV, fd, &a, 10, 0),
	   NAME ".early.data: data that was sent before the connection was accepted is received");
	close(fd);
	close(client);
	{
		int first = connected_to(&unix_stream, listener);
		int second = connected_to(&unix_stream, listener);
		char data;

		must(SC(SEND, first, "1", 1, 0) == 1 && SC(SEND, second, "2", 1, 0) == 1, "data");
		fd = (int)SC(CALL, listener, NULL, NULL, 0);
		FACT(SC(RECV, fd, &data, 1, 0) == 1 && data == '1',
		     NAME ".order: connections are accepted in the order in which they were made");
		close(fd);
		close(first);
		close(second);
	}
	close(listener);
}
