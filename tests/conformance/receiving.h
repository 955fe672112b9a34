/* SPDX-License-Identifier: MIT
 * Facts that all calls which receive have in common. Define NAME, a string, and recv_by() before you include this. */
#include "kit.h"

static long recv_by(int fd, void *data, size_t size, int flags);

static void put(int fd, const char *data)
{
	must(SC(SEND, fd, data, strlen(data), 0) == (long)strlen(data), "data");
}

static void receives(void)
{
	EVERY(k)
	{
		int pair[2];
		char data[16];

		new_pair(k, pair);
		EQ(-EAGAIN, recv_by(pair[1], data, sizeof data, MSG_DONTWAIT),
		   f(NAME ".%s.dontwait: no data and MSG_DONTWAIT: EAGAIN", k->name));
		FACT(!is_nonblocking(pair[1]),
		     f(NAME ".%s.dontwait.once: MSG_DONTWAIT doesn't make the socket nonblocking", k->name));
		put(pair[0], "hello");
		wait_for(pair[1], POLLIN);
		memset(data, 0x5a, sizeof data);
		EQ(5, recv_by(pair[1], data, sizeof data, 0), f(NAME ".%s: data is received", k->name));
		FACT(!memcmp(data, "hello", 5), f(NAME ".%s.data: the received data is what was sent", k->name));
		EQ(0x5a, data[5], f(NAME ".%s.beyond: nothing is written beyond the received data", k->name));
		must(!fcntl(pair[1], F_SETFL, O_NONBLOCK), "flags");
		EQ(-EAGAIN, recv_by(pair[1], data, sizeof data, 0),
		   f(NAME ".%s.nonblock: no data and O_NONBLOCK: EAGAIN", k->name));
		must(!fcntl(pair[1], F_SETFL, 0), "flags");

		put(pair[0], "peeked");
		wait_for(pair[1], POLLIN);
		EQ(6, recv_by(pair[1], data, sizeof data, MSG_PEEK),
		   f(NAME ".%s.peek: MSG_PEEK returns the data's length", k->name));
		FACT(!memcmp(data, "peeked", 6), f(NAME ".%s.peek.data: MSG_PEEK returns the data", k->name));
		EQ(3, recv_by(pair[1], data, 3, MSG_PEEK),
		   f(NAME ".%s.peek.again: MSG_PEEK can be repeated with a shorter buffer", k->name));
		EQ(6, recv_by(pair[1], data, sizeof data, 0),
		   f(NAME ".%s.peek.left: the data is still there after MSG_PEEK", k->name));
		EQ(-EAGAIN, recv_by(pair[1], data, sizeof data, MSG_DONTWAIT | MSG_PEEK),
		   f(NAME ".%s.peek.none: no data and MSG_PEEK: EAGAIN", k->name));
		put(pair[0], "abcdef");
		wait_for(pair[1], POLLIN);
		EQ(4, recv_by(pair[1], data, 4, 0), f(NAME ".%s.short: a short buffer is filled", k->name));
		if (k->type == SOCK_STREAM)
			FACT(recv_by(pair[1], data, 4, MSG_DONTWAIT) == 2 && !memcmp(data, "ef", 2),
			     f(NAME ".%s.short.rest: the next call receives the rest of a stream's data", k->name));
		else
			EQ(-EAGAIN, recv_by(pair[1], data, 4, MSG_DONTWAIT),
			   f(NAME ".%s.short.rest: the rest of a packet is lost: EAGAIN", k->name));
		put(pair[0], "x");
		wait_for(pair[1], POLLIN);
		EQ(-EFAULT, recv_by(pair[1], nowhere(), 1, MSG_DONTWAIT),
		   f(NAME ".%s.nowhere: a buffer that can't be written: EFAULT", k->name));
		while (recv_by(pair[1], data, 1, MSG_DONTWAIT) > 0)
			;
		put(pair[0], "y");
		wait_for(pair[1], POLLIN);
		EQ(-EFAULT, recv_by(pair[1], constant(), 1, MSG_DONTWAIT),
		   f(NAME ".%s.constant: a buffer in read-only memory: EFAULT", k->name));
		while (recv_by(pair[1], data, 1, MSG_DONTWAIT) > 0)
			;
		put(pair[0], "end");
		wait_for(pair[1], POLLIN);
		EQ(3, recv_by(pair[1], nowhere() - 3, 3, 0),
		   f(NAME ".%s.page-end: data is received into a buffer that ends where its page ends", k->name));
		FACT(!memcmp(nowhere() - 3, "end", 3),
		     f(NAME ".%s.page-end.data: the data at the page's end is what was sent", k->name));
		close_pair(pair);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		int pair[2];
		char data[16];

		new_pair(&tcp6, pair);
		if (!limited())
			put(pair[0], "data");
		EQ(4, recv_by(pair[1], data, 4, MSG_WAITALL), NAME ".tcp6: data is received by an INET6 TCP socket");
		close_pair(pair);
		new_pair(&udp6, pair);
		if (!limited())
			put(pair[0], "data");
		EQ(4, recv_by(pair[1], data, 4, 0), NAME ".udp6: data is received by an INET6 UDP socket");
		close_pair(pair);
	}
}

static void ends(void)
{
	EACH_CONNECTION(k)
	{
		int pair[2];
		char data[4];

		new_pair(k, pair);
		put(pair[0], "z");
		close(pair[0]);
		EQ(1, recv_by(pair[1], data, 4, 0),
		   f(NAME ".%s.end.before: data that was sent before close is received", k->name));
		EQ(0, recv_by(pair[1], data, 4, 0),
		   f(NAME ".%s.end: after close of the other end, 0 is returned", k->name));
		EQ(0, recv_by(pair[1], data, 4, MSG_PEEK),
		   f(NAME ".%s.end.peek: MSG_PEEK returns 0 at the end, too", k->name));
		EQ(0, recv_by(pair[1], data, 4, MSG_DONTWAIT),
		   f(NAME ".%s.end.again: at the end every further call returns 0", k->name));
		close(pair[1]);
	}
}

static void unconnected(void)
{
	static const struct {
		const struct kind *kind;
		int error;
		const char *text;
	} expected[] = {
		{ &unix_stream, EINVAL, "EINVAL" },
		{ &tcp, ENOTCONN, "ENOTCONN" },
		{ &unix_seqpacket, ENOTCONN, "ENOTCONN" },
		{ &unix_dgram, EAGAIN, "EAGAIN" },
		{ &udp, EAGAIN, "EAGAIN" },
	};
	char c;

	for (int i = 0; i < LENGTH(expected); i++) {
		int fd = new_socket(expected[i].kind);

		EQ(-expected[i].error, recv_by(fd, &c, 1, MSG_DONTWAIT),
		   f(NAME ".%s.no-peer: a socket without a peer: %s", expected[i].kind->name, expected[i].text));
		close(fd);
	}
	EACH_BYTES(k)
	{
		union address a;
		socklen_t length;
		int fd = new_listener(k, &a, &length);

		EQ(k->family == AF_UNIX ? -EINVAL : -ENOTCONN, recv_by(fd, &c, 1, MSG_DONTWAIT),
		   f(NAME ".%s.listener: a listening socket: %s", k->name,
		     k->family == AF_UNIX ? "EINVAL" : "ENOTCONN"));
		close(fd);
	}
}

static void flags(void)
{
	int pair[2];
	char data[16];

	EACH_PACKETS(k)
	{
		new_pair(k, pair);
		put(pair[0], "abcdef");
		EQ(6, recv_by(pair[1], data, 2, MSG_TRUNC),
		   f(NAME ".%s.trunc: MSG_TRUNC returns a packet's whole length", k->name));
		put(pair[0], "abcdef");
		EQ(6, recv_by(pair[1], data, 2, MSG_TRUNC | MSG_PEEK),
		   f(NAME ".%s.trunc.peek: MSG_TRUNC with MSG_PEEK returns a packet's whole length, too", k->name));
		EQ(6, recv_by(pair[1], data, sizeof data, MSG_TRUNC),
		   f(NAME ".%s.trunc.fits: MSG_TRUNC returns the length of a packet that fits as well", k->name));
		put(pair[0], "abcdef");
		EQ(6, recv_by(pair[1], NULL, 0, MSG_TRUNC),
		   f(NAME ".%s.trunc.0: MSG_TRUNC with a buffer of length 0 returns a packet's whole length", k->name));
		FACT(!ready(pair[1], POLLIN),
		     f(NAME ".%s.trunc.0.gone: MSG_TRUNC with a buffer of length 0 takes the packet from the queue",
		       k->name));
		put(pair[0], "abc");
		EQ(0, recv_by(pair[1], nowhere(), 0, 0),
		   f(NAME ".%s.0: a buffer of length 0 receives nothing of a packet", k->name));
		FACT(!ready(pair[1], POLLIN),
		     f(NAME ".%s.0.gone: a buffer of length 0 takes the packet from the queue", k->name));
		put(pair[0], "ab");
		put(pair[0], "cd");
		EQ(2, recv_by(pair[1], data, 4, MSG_WAITALL),
		   f(NAME ".%s.waitall: MSG_WAITALL receives a single packet", k->name));
		must(recv_by(pair[1], data, 4, 0) == 2, "a packet");
		close_pair(pair);
	}
	EACH_BYTES(k)
	{
		new_pair(k, pair);
		put(pair[0], "ab");
		must(!SC(SHUTDOWN, pair[0], SHUT_WR), "a shutdown");
		EQ(2, recv_by(pair[1], data, 4, MSG_WAITALL),
		   f(NAME ".%s.waitall.end: MSG_WAITALL returns the data that was sent before the end", k->name));
		close_pair(pair);
		new_pair(k, pair);
		put(pair[0], "ab");
		put(pair[0], "cd");
		wait_for(pair[1], POLLIN);
		FACT(recv_by(pair[1], data, 4, MSG_WAITALL) == 4 && !memcmp(data, "abcd", 4),
		     f(NAME ".%s.waitall: MSG_WAITALL fills the buffer", k->name));
		put(pair[0], "x");
		wait_for(pair[1], POLLIN);
		EQ(0, recv_by(pair[1], data, 0, 0),
		   f(NAME ".%s.0: a buffer of length 0 receives nothing of a stream", k->name));
		EQ(1, recv_by(pair[1], data, 1, MSG_DONTWAIT),
		   f(NAME ".%s.0.kept: a buffer of length 0 leaves a stream's data in the queue", k->name));
		close_pair(pair);
	}
	new_pair(&tcp, pair);
	EQ(-EINVAL, recv_by(pair[1], data, 1, MSG_OOB | MSG_DONTWAIT),
	   NAME ".tcp.oob.none: MSG_OOB without out-of-band data: EINVAL");
	put(pair[0], "ab");
	must(SC(SEND, pair[0], "!", 1, MSG_OOB) == 1, "urgent data");
	put(pair[0], "cd");
	wait_for(pair[1], POLLPRI);
	FACT(recv_by(pair[1], data, 4, MSG_OOB) == 1 && data[0] == '!',
	     NAME ".tcp.oob: MSG_OOB receives an out-of-band byte");
	EQ(-EINVAL, recv_by(pair[1], data, 4, MSG_OOB),
	   NAME ".tcp.oob.again: an out-of-band byte is received only once: EINVAL");
	FACT(recv_by(pair[1], data, 4, 0) == 2 && !memcmp(data, "ab", 2),
	     NAME ".tcp.oob.mark: a receive stops before the out-of-band byte's place");
	wait_for(pair[1], POLLIN);
	FACT(recv_by(pair[1], data, 4, 0) == 2 && !memcmp(data, "cd", 2),
	     NAME ".tcp.oob.after: the next receive continues after the out-of-band byte's place");
	put(pair[0], "discard");
	wait_for(pair[1], POLLIN);
	memset(data, 0x5a, sizeof data);
	EQ(7, recv_by(pair[1], data, sizeof data, MSG_TRUNC),
	   NAME ".tcp.trunc: MSG_TRUNC discards a TCP stream's data");
	EQ(0x5a, data[0], NAME ".tcp.trunc.unwritten: MSG_TRUNC on TCP writes nothing to the buffer");
	close_pair(pair);
	new_pair(&udp, pair);
	EQ(-EAGAIN, recv_by(pair[1], data, 1, MSG_OOB | MSG_DONTWAIT), NAME ".udp.oob: UDP ignores MSG_OOB: EAGAIN");
	EQ(-EAGAIN, recv_by(pair[1], data, 1, MSG_ERRQUEUE), NAME ".udp.errqueue: MSG_ERRQUEUE never waits: EAGAIN");
	close(pair[0]);
	put(pair[1], "x");
	wait_for(pair[1], POLLERR);
	EQ(-ECONNREFUSED, recv_by(pair[1], data, 1, MSG_DONTWAIT),
	   NAME ".udp.refused: after a send to a port that no socket has: ECONNREFUSED");
	EQ(-EAGAIN, recv_by(pair[1], data, 1, MSG_DONTWAIT),
	   NAME ".udp.refused.once: an earlier error is reported once: EAGAIN");
	close(pair[1]);
	new_pair(&unix_dgram, pair);
	EQ(-EOPNOTSUPP, recv_by(pair[1], data, 1, MSG_OOB | MSG_DONTWAIT),
	   NAME ".unix-dgram.oob: MSG_OOB on a UNIX datagram socket: EOPNOTSUPP");
	close_pair(pair);
}
