/* SPDX-License-Identifier: MIT
 * SHUTDOWN: shutdown(2). */
#define _GNU_SOURCE
#include "kit.h"

static void connections(void)
{
	EACH_CONNECTION(k)
	{
		int pair[2];
		char c;

		new_pair(k, pair);
		IS(-EINVAL, f("shutdown.%s.3: a how of 3: EINVAL", k->name), SHUTDOWN, pair[0], 3);
		IS(-EINVAL, f("shutdown.%s.negative: a how of -1: EINVAL", k->name), SHUTDOWN, pair[0], -1);
		EQ(1, SC(SEND, pair[0], "x", 1, 0),
		   f("shutdown.%s.unharmed: after EINVAL the socket can still send", k->name));
		IS(0, f("shutdown.%s.wr: SHUT_WR succeeds", k->name), SHUTDOWN, pair[0], SHUT_WR);
		EQ(-EPIPE, SC(SEND, pair[0], "x", 1, MSG_NOSIGNAL),
		   f("shutdown.%s.wr.send: after SHUT_WR the socket can't send: EPIPE", k->name));
		EQ(1, SC(RECV, pair[1], &c, 1, 0),
		   f("shutdown.%s.wr.rest: what was sent before SHUT_WR is received", k->name));
		EQ(0, SC(RECV, pair[1], &c, 1, 0),
		   f("shutdown.%s.wr.end: after SHUT_WR the other end receives the end", k->name));
		EQ(1, SC(SEND, pair[1], "y", 1, 0),
		   f("shutdown.%s.wr.back: after SHUT_WR the other end can send", k->name));
		EQ(1, SC(RECV, pair[0], &c, 1, 0),
		   f("shutdown.%s.wr.back.recv: after SHUT_WR the socket can receive", k->name));
		IS(0, f("shutdown.%s.wr.again: SHUT_WR again is no error", k->name), SHUTDOWN, pair[0], SHUT_WR);
		close_pair(pair);

		new_pair(k, pair);
		IS(0, f("shutdown.%s.rd: SHUT_RD succeeds", k->name), SHUTDOWN, pair[0], SHUT_RD);
		EQ(0, SC(RECV, pair[0], &c, 1, 0),
		   f("shutdown.%s.rd.recv: after SHUT_RD the socket receives the end", k->name));
		EQ(1, SC(SEND, pair[0], "x", 1, 0),
		   f("shutdown.%s.rd.send: after SHUT_RD the socket can send", k->name));
		EQ(k->family == AF_UNIX ? -EPIPE : 1, SC(SEND, pair[1], "x", 1, MSG_NOSIGNAL),
		   f("shutdown.%s.rd.other: after SHUT_RD a UNIX peer can't send, but a TCP peer can", k->name));
		FACT(ready(pair[0], POLLIN) & POLLIN,
		     f("shutdown.%s.rd.poll: after SHUT_RD poll reports the socket as readable", k->name));
		close_pair(pair);

		new_pair(k, pair);
		IS(0, f("shutdown.%s.rdwr: SHUT_RDWR succeeds", k->name), SHUTDOWN, pair[0], SHUT_RDWR);
		EQ(-EPIPE, SC(SEND, pair[0], "x", 1, MSG_NOSIGNAL),
		   f("shutdown.%s.rdwr.send: after SHUT_RDWR the socket can't send: EPIPE", k->name));
		EQ(0, SC(RECV, pair[0], &c, 1, 0),
		   f("shutdown.%s.rdwr.recv: after SHUT_RDWR the socket receives the end", k->name));
		EQ(0, SC(RECV, pair[1], &c, 1, 0),
		   f("shutdown.%s.rdwr.other: after SHUT_RDWR the other end receives the end", k->name));
		close_pair(pair);
	}
}

static void others(void)
{
	EVERY(k)
	{
		int fd = new_socket(k);

		/* A UNIX socket can be shut down without a peer (net/unix/af_unix.c). */
		IS(k->family == AF_UNIX ? 0 : -ENOTCONN,
		   f("shutdown.%s.unconnected: a socket without a peer: ENOTCONN, or success for a UNIX socket",
		     k->name),
		   SHUTDOWN, fd, SHUT_RDWR);
		IS(-EINVAL,
		   f("shutdown.%s.unconnected.how: the argument how is checked before the peer: EINVAL", k->name),
		   SHUTDOWN, fd, 3);
		close(fd);
	}
	EACH_DATAGRAMS(k)
	{
		int pair[2];
		char c;

		new_pair(k, pair);
		IS(0, f("shutdown.%s.wr: SHUT_WR succeeds", k->name), SHUTDOWN, pair[0], SHUT_WR);
		EQ(-EPIPE, SC(SEND, pair[0], "x", 1, MSG_NOSIGNAL),
		   f("shutdown.%s.wr.send: after SHUT_WR the socket can't send: EPIPE", k->name));
		IS(0, f("shutdown.%s.rd: SHUT_RD succeeds", k->name), SHUTDOWN, pair[1], SHUT_RD);
		EQ(0, SC(RECV, pair[1], &c, 1, 0),
		   f("shutdown.%s.rd.recv: after SHUT_RD the socket receives the end", k->name));
		close_pair(pair);
	}
	{
		union address a;
		socklen_t length;
		int listener = new_listener(&tcp, &a, &length), fd = new_socket(&tcp);

		IS(0, "shutdown.tcp.listener: SHUT_RD on a listening TCP socket succeeds", SHUTDOWN, listener, SHUT_RD);
		IS(-ECONNREFUSED, "shutdown.tcp.listener.connect: connecting to a listener after SHUT_RD: ECONNREFUSED",
		   CONNECT, fd, &a, length);
		IS(-EINVAL, "shutdown.tcp.listener.accept: a TCP listener after SHUT_RD can't accept: EINVAL", ACCEPT,
		   listener, NULL, NULL);
		IS(0, "shutdown.tcp.listener.listen: a TCP listener after SHUT_RD can listen again", LISTEN, listener,
		   1);
		close(fd);
		close(listener);
		listener = new_listener(&unix_stream, &a, &length);
		fd = new_socket(&unix_stream);
		IS(0, "shutdown.unix-stream.listener: SHUT_RD on a listening UNIX socket succeeds", SHUTDOWN, listener,
		   SHUT_RD);
		IS(-ECONNREFUSED,
		   "shutdown.unix-stream.listener.connect: connecting to a listener after SHUT_RD: ECONNREFUSED",
		   CONNECT, fd, &a, length);
		IS(-EINVAL, "shutdown.unix-stream.listener.accept: a UNIX listener after SHUT_RD can't accept: EINVAL",
		   ACCEPT, listener, NULL, NULL);
		close(fd);
		close(listener);
	}
}

int main(void)
{
	facts_begin();
	DESCRIPTORS("shutdown", SHUTDOWN, SHUT_RDWR);
	IS(-EBADF, "shutdown.fd.first: the descriptor is checked before the argument how: EBADF", SHUTDOWN, -1, 3);
	connections();
	others();
	return facts_end();
}
