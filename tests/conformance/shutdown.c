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
		IS(-EINVAL, f("shutdown.%s.3: 3 is no way: EINVAL", k->name), SHUTDOWN, pair[0], 3);
		IS(-EINVAL, f("shutdown.%s.negative: -1 is no way: EINVAL", k->name), SHUTDOWN, pair[0], -1);
		EQ(1, SC(SEND, pair[0], "x", 1, 0), f("shutdown.%s.unharmed: neither closes anything", k->name));
		IS(0, f("shutdown.%s.wr: SHUT_WR", k->name), SHUTDOWN, pair[0], SHUT_WR);
		EQ(-EPIPE, SC(SEND, pair[0], "x", 1, MSG_NOSIGNAL),
		   f("shutdown.%s.wr.send: ends sending: EPIPE", k->name));
		EQ(1, SC(RECV, pair[1], &c, 1, 0), f("shutdown.%s.wr.rest: what was sent before arrives", k->name));
		EQ(0, SC(RECV, pair[1], &c, 1, 0), f("shutdown.%s.wr.end: and then the end", k->name));
		EQ(1, SC(SEND, pair[1], "y", 1, 0), f("shutdown.%s.wr.back: the other way is open", k->name));
		EQ(1, SC(RECV, pair[0], &c, 1, 0), f("shutdown.%s.wr.back.recv: both ends of it", k->name));
		IS(0, f("shutdown.%s.wr.again: again is no error", k->name), SHUTDOWN, pair[0], SHUT_WR);
		close_pair(pair);

		new_pair(k, pair);
		IS(0, f("shutdown.%s.rd: SHUT_RD", k->name), SHUTDOWN, pair[0], SHUT_RD);
		EQ(0, SC(RECV, pair[0], &c, 1, 0),
		   f("shutdown.%s.rd.recv: there is nothing but the end to receive", k->name));
		EQ(1, SC(SEND, pair[0], "x", 1, 0), f("shutdown.%s.rd.send: sending goes on", k->name));
		EQ(k->family == AF_UNIX ? -EPIPE : 1, SC(SEND, pair[1], "x", 1, MSG_NOSIGNAL),
		   f("shutdown.%s.rd.other: a UNIX peer can't send then, a TCP peer isn't told", k->name));
		FACT(ready(pair[0], POLLIN) & POLLIN, f("shutdown.%s.rd.poll: it polls as readable", k->name));
		close_pair(pair);

		new_pair(k, pair);
		IS(0, f("shutdown.%s.rdwr: SHUT_RDWR", k->name), SHUTDOWN, pair[0], SHUT_RDWR);
		EQ(-EPIPE, SC(SEND, pair[0], "x", 1, MSG_NOSIGNAL),
		   f("shutdown.%s.rdwr.send: ends sending: EPIPE", k->name));
		EQ(0, SC(RECV, pair[0], &c, 1, 0), f("shutdown.%s.rdwr.recv: and receiving", k->name));
		EQ(0, SC(RECV, pair[1], &c, 1, 0), f("shutdown.%s.rdwr.other: the other end sees the end", k->name));
		close_pair(pair);
	}
}

static void others(void)
{
	EVERY(k)
	{
		int fd = new_socket(k);

		/* A UNIX socket can be shut down without a peer (net/unix/af_unix.c). */
		IS(k->family == AF_UNIX ? 0 : -ENOTCONN, f("shutdown.%s.unconnected: ENOTCONN, but for UNIX", k->name),
		   SHUTDOWN, fd, SHUT_RDWR);
		IS(-EINVAL, f("shutdown.%s.unconnected.how: the way is looked at first: EINVAL", k->name), SHUTDOWN, fd,
		   3);
		close(fd);
	}
	EACH_DATAGRAMS(k)
	{
		int pair[2];
		char c;

		new_pair(k, pair);
		IS(0, f("shutdown.%s.wr: SHUT_WR with a peer", k->name), SHUTDOWN, pair[0], SHUT_WR);
		EQ(-EPIPE, SC(SEND, pair[0], "x", 1, MSG_NOSIGNAL),
		   f("shutdown.%s.wr.send: ends sending: EPIPE", k->name));
		IS(0, f("shutdown.%s.rd: SHUT_RD with a peer", k->name), SHUTDOWN, pair[1], SHUT_RD);
		EQ(0, SC(RECV, pair[1], &c, 1, 0), f("shutdown.%s.rd.recv: ends receiving", k->name));
		close_pair(pair);
	}
	{
		union address a;
		socklen_t length;
		int listener = new_listener(&tcp, &a, &length), fd = new_socket(&tcp);

		IS(0, "shutdown.tcp.listener: of a listener", SHUTDOWN, listener, SHUT_RD);
		IS(-ECONNREFUSED, "shutdown.tcp.listener.connect: then connections are refused: ECONNREFUSED", CONNECT,
		   fd, &a, length);
		IS(-EINVAL, "shutdown.tcp.listener.accept: and it doesn't listen: EINVAL", ACCEPT, listener, NULL,
		   NULL);
		IS(0, "shutdown.tcp.listener.listen: until it does again", LISTEN, listener, 1);
		close(fd);
		close(listener);
		listener = new_listener(&unix_stream, &a, &length);
		fd = new_socket(&unix_stream);
		IS(0, "shutdown.unix-stream.listener: of a listener", SHUTDOWN, listener, SHUT_RD);
		IS(-ECONNREFUSED, "shutdown.unix-stream.listener.connect: then connections are refused: ECONNREFUSED",
		   CONNECT, fd, &a, length);
		IS(-EINVAL, "shutdown.unix-stream.listener.accept: and accept doesn't wait: EINVAL", ACCEPT, listener,
		   NULL, NULL);
		close(fd);
		close(listener);
	}
}

int main(void)
{
	facts_begin();
	DESCRIPTORS("shutdown", SHUTDOWN, SHUT_RDWR);
	IS(-EBADF, "shutdown.fd.first: the descriptor is looked at before the way", SHUTDOWN, -1, 3);
	connections();
	others();
	return facts_end();
}
