/* SPDX-License-Identifier: MIT
 * Part of the program `calls`: calls that create, name, connect and shut down sockets. */
#include "tests/unit/caller/calls.h"

static void socket_calls(void)
{
	struct rlimit limit, low;
	int fd;

	fd = FD("socket makes a UNIX stream socket", SOCKET, AF_UNIX, SOCK_STREAM, 0);
	ok_got(fcntl(fd, F_GETFD) == 0, fcntl(fd, F_GETFD), "exec doesn't close the socket");
	close(fd);
	fd = FD("socket with SOCK_CLOEXEC and SOCK_NONBLOCK", SOCKET, AF_INET,
		SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ok_got(fcntl(fd, F_GETFD) == FD_CLOEXEC, fcntl(fd, F_GETFD), "socket with SOCK_CLOEXEC sets close-on-exec");
	ok_got(fcntl(fd, F_GETFL) & O_NONBLOCK, fcntl(fd, F_GETFL), "socket with SOCK_NONBLOCK sets O_NONBLOCK");
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
	struct sockaddr_un name = abstract_name("bind");
	struct sockaddr_in other = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	int fd = new_socket(AF_UNIX, SOCK_STREAM), second = new_socket(AF_UNIX, SOCK_STREAM),
	    inet = new_socket(AF_INET, SOCK_STREAM);

	IS(-EFAULT, "bind to an address that can't be read is EFAULT", BIND, (word)fd, P(nowhere), 16);
	IS(-EINVAL, "bind with a length of -1 is EINVAL", BIND, (word)fd, P(&name), (word)-1);
	IS(-EINVAL, "bind with too long an address is EINVAL", BIND, (word)fd, P(&name), 1000);
	IS(0, "bind gives a name", BIND, (word)fd, P(&name), named_length(&name));
	IS(-EINVAL, "bind of a socket that has a name is EINVAL", BIND, (word)fd, P(&name), named_length(&name));
	IS(-EADDRINUSE, "bind to a name in use is EADDRINUSE", BIND, (word)second, P(&name), named_length(&name));
	IS(-EADDRNOTAVAIL, "bind to another host's address is EADDRNOTAVAIL", BIND, (word)inet, P(&other),
	   sizeof other);
	close(fd);
	close(second);
	close(inet);
}

static void connect_calls(void)
{
	struct sockaddr_un name = abstract_name("connect"), absent = abstract_name("nobody");
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in odd = { .sin_family = 99 };
	int listener = new_listener(&name, 8), fd = new_socket(AF_UNIX, SOCK_STREAM),
	    dgram = new_socket(AF_UNIX, SOCK_DGRAM);
	int inet = new_socket(AF_INET, SOCK_STREAM), server = new_socket(AF_INET, SOCK_STREAM),
	    stream = new_socket(AF_UNIX, SOCK_STREAM);
	struct sockaddr_in at = loopback(server);

	IS(-EFAULT, "connect to an address that can't be read is EFAULT", CONNECT, (word)fd, P(nowhere), 16);
	IS(-EINVAL, "connect with a length of -1 is EINVAL", CONNECT, (word)fd, P(&name), (word)-1);
	IS(-ECONNREFUSED, "connect to a name that no socket has is ECONNREFUSED", CONNECT, (word)fd, P(&absent),
	   named_length(&absent));
	snprintf(path.sun_path, sizeof path.sun_path, "/tmp/socketcall-calls-%d", getpid());
	unlink(path.sun_path);
	must(CALLS(BIND, (word)stream, P(&path), sizeof path) == 0, "bind to a name in /tmp");
	IS(-EPROTOTYPE, "connect of a datagram socket to a stream's name is EPROTOTYPE", CONNECT, (word)dgram, P(&path),
	   sizeof path);
	unlink(path.sun_path);
	IS(-ENOENT, "connect to a path that doesn't exist is ENOENT", CONNECT, (word)dgram, P(&path), sizeof path);
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
	struct sockaddr_un name = abstract_name("listen");
	int fd = new_socket(AF_UNIX, SOCK_STREAM), dgram = new_socket(AF_UNIX, SOCK_DGRAM),
	    inet = new_socket(AF_INET, SOCK_STREAM);

	IS(-EINVAL, "listen without a name is EINVAL", LISTEN, (word)fd, 1);
	must(CALLS(BIND, (word)fd, P(&name), named_length(&name)) == 0, "bind");
	IS(0, "listen", LISTEN, (word)fd, 1);
	IS(0, "listen once more", LISTEN, (word)fd, (word)-1);
	IS(0, "listen of an unbound TCP socket binds it to a free port", LISTEN, (word)inet, 1);
	IS(-EOPNOTSUPP, "listen of a datagram socket is EOPNOTSUPP", LISTEN, (word)dgram, 1);
	close(fd);
	close(dgram);
	close(inet);
}

static void accept_calls(int four)
{
	struct sockaddr_un name = abstract_name(four ? "accept4" : "accept"), peer;
	int listener = new_listener(&name, 8), client = new_socket(AF_UNIX, SOCK_STREAM),
	    dgram = new_socket(AF_UNIX, SOCK_DGRAM), fd;
	int call = four ? SOCKETCALL_ACCEPT4 : SOCKETCALL_ACCEPT;
	socklen_t length = sizeof peer;
	long got;

#define ACCEPTS(fd, address, length) make(call, W((word)(fd), P(address), P(length), 0))
	fcntl(listener, F_SETFL, O_NONBLOCK);
	got = ACCEPTS(listener, 0, 0);
	ok_got(got == -EAGAIN, got, "%s without a waiting connection is EAGAIN", names[call]);
	got = ACCEPTS(client, 0, 0);
	ok_got(got == -EINVAL, got, "%s of a socket that doesn't listen is EINVAL", names[call]);
	got = ACCEPTS(dgram, 0, 0);
	ok_got(got == -EOPNOTSUPP, got, "%s of a datagram socket is EOPNOTSUPP", names[call]);
	must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
	fd = (int)ACCEPTS(listener, &peer, &length);
	ok_got(fd >= 0, fd, "%s returns the connection", names[call]);
	ok_got(length == sizeof(sa_family_t) && peer.sun_family == AF_UNIX, (long)length,
	       "accept reports a peer without a name");
	ok_got(fcntl(fd, F_GETFD) == 0 && !(fcntl(fd, F_GETFL) & O_NONBLOCK), fd,
	       "an accepted socket inherits none of the listener's flags");
	close(fd);
	close(client);
	if (four) {
		client = new_socket(AF_UNIX, SOCK_STREAM);
		must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
		fd = FD("accept4 with SOCK_CLOEXEC and SOCK_NONBLOCK", ACCEPT4, (word)listener, 0, 0,
			SOCK_CLOEXEC | SOCK_NONBLOCK);
		ok_got(fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_NONBLOCK), fd,
		       "accept4 sets both flags");
		close(fd);
		IS(-EINVAL, "accept4 with an unknown flag is EINVAL", ACCEPT4, (word)listener, 0, 0, 0x10000000);
		close(client);
	}
	client = new_socket(AF_UNIX, SOCK_STREAM);
	must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
	length = (socklen_t)-1;
	got = ACCEPTS(listener, &peer, &length);
	ok_got(got == -EINVAL, got, "%s with a length of -1 is EINVAL", names[call]);
	close(client);
	client = new_socket(AF_UNIX, SOCK_STREAM);
	must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
	got = ACCEPTS(listener, &peer, nowhere);
	ok_got(got == -EFAULT, got, "%s with an unreadable length is EFAULT", names[call]);
	close(client);
	close(dgram);
	close(listener);
#undef ACCEPTS
}

static void name_calls(void)
{
	struct sockaddr_un name = abstract_name("name"), got;
	int listener = new_listener(&name, 1), client = new_socket(AF_UNIX, SOCK_STREAM),
	    lone = new_socket(AF_INET, SOCK_STREAM);
	socklen_t length = sizeof got, negative = (socklen_t)-1, small = 3;

	IS(0, "getsockname", GETSOCKNAME, (word)listener, P(&got), P(&length));
	ok_got(length == named_length(&name) && memcmp(&got, &name, length) == 0, (long)length,
	       "getsockname returns the name");
	IS(0, "getsockname with too little room", GETSOCKNAME, (word)listener, P(&got), P(&small));
	ok_got(small == named_length(&name), (long)small, "getsockname returns the full length");
	IS(-EINVAL, "getsockname with a length of -1 is EINVAL", GETSOCKNAME, (word)listener, P(&got), P(&negative));
	IS(-EFAULT, "getsockname to memory that can't be written is EFAULT", GETSOCKNAME, (word)listener, P(nowhere),
	   P(&length));
	IS(-EFAULT, "getsockname with an unreadable length is EFAULT", GETSOCKNAME, (word)listener, P(&got),
	   P(nowhere));
	IS(-ENOTCONN, "getpeername without a peer is ENOTCONN", GETPEERNAME, (word)lone, P(&got), P(&length));
	must(CALLS(CONNECT, (word)client, P(&name), named_length(&name)) == 0, "connect");
	length = sizeof got;
	IS(0, "getpeername", GETPEERNAME, (word)client, P(&got), P(&length));
	ok_got(length == named_length(&name) && memcmp(&got, &name, length) == 0, (long)length,
	       "getpeername returns the peer's name");
	IS(-EFAULT, "getpeername to memory that can't be written is EFAULT", GETPEERNAME, (word)client, P(nowhere),
	   P(&length));
	IS(-EINVAL, "getpeername with a length of -1 is EINVAL", GETPEERNAME, (word)client, P(&got), P(&negative));
	close(listener);
	close(client);
	close(lone);
}

static void socketpair_calls(void)
{
	int pair[2] = { -1, -1 };

	IS(0, "socketpair", SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, P(pair));
	ok_got(pair[0] >= 0 && pair[1] > pair[0] && fcntl(pair[1], F_GETFD) == FD_CLOEXEC, pair[0],
	       "socketpair creates two descriptors with the flags");
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

static void shutdown_calls(void)
{
	int pair[2], tcp = new_socket(AF_INET, SOCK_STREAM);
	char data[4];

	new_pair(SOCK_STREAM, pair);
	IS(-EINVAL, "shutdown in a direction of 99 is EINVAL", SHUTDOWN, (word)pair[0], 99);
	IS(-ENOTCONN, "shutdown of a TCP socket without a peer is ENOTCONN", SHUTDOWN, (word)tcp, SHUT_RDWR);
	IS(0, "shutdown for writing", SHUTDOWN, (word)pair[0], SHUT_WR);
	IS(0, "after shutdown the peer reads the end of the data", RECV, (word)pair[1], P(data), sizeof data, 0);
	close(pair[0]);
	close(pair[1]);
	close(tcp);
}

void connection_calls(void)
{
	socket_calls();
	bind_calls();
	connect_calls();
	listen_calls();
	accept_calls(0);
	accept_calls(1);
	name_calls();
	socketpair_calls();
	shutdown_calls();
}
