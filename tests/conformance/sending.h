/* SPDX-License-Identifier: MIT
 * Facts that all calls which send have in common. Define NAME, a string, and send_by() before you include this. */
#include "kit.h"

#include <signal.h>

static long send_by(int fd, const void *data, size_t size, int flags);

static volatile sig_atomic_t pipe_signals;

static void count_signal(int number)
{
	(void)number;
	pipe_signals++;
}

/* Sends until a call fails; returns the error. */
static long fill(int fd, const void *data, size_t size, int flags)
{
	long r;

	do
		r = send_by(fd, data, size, flags);
	while (r > 0);
	return r;
}

static void sends(void)
{
	static char block[4096];

	EVERY(k)
	{
		int pair[2], small = 4608;
		char data[8] = "";

		new_pair(k, pair);
		EQ(4, send_by(pair[0], "data", 4, 0), f(NAME ".%s: data is sent", k->name));
		FACT(SC(RECV, pair[1], data, sizeof data, 0) == 4 && !memcmp(data, "data", 4),
		     f(NAME ".%s.data: the received data is what was sent", k->name));
		EQ(3, send_by(pair[0], memcpy(nowhere() - 3, "end", 3), 3, 0),
		   f(NAME ".%s.page-end: data that ends where its page ends is sent", k->name));
		FACT(SC(RECV, pair[1], data, sizeof data, 0) == 3 && !memcmp(data, "end", 3),
		     f(NAME ".%s.page-end.data: the received data is what the page ends with", k->name));
		EQ(-EFAULT, send_by(pair[0], nowhere(), 1, 0),
		   f(NAME ".%s.nowhere: data that can't be read: EFAULT", k->name));
		EQ(-EFAULT, send_by(pair[0], NULL, 1, 0), f(NAME ".%s.null: a null pointer: EFAULT", k->name));
		FACT(!ready(pair[1], POLLIN),
		     f(NAME ".%s.nowhere.nothing: after EFAULT nothing has been sent", k->name));
		EQ(0, send_by(pair[0], nowhere(), 0, 0),
		   f(NAME ".%s.nothing: 0 bytes can be sent from any address", k->name));
		if (k->type == SOCK_STREAM)
			FACT(!ready(pair[1], POLLIN),
			     f(NAME ".%s.nothing.sent: 0 bytes of a stream aren't received", k->name));
		else
			EQ(0, (arrives(pair[1]), SC(RECV, pair[1], data, sizeof data, MSG_DONTWAIT)),
			   f(NAME ".%s.nothing.sent: an empty packet is received", k->name));
		EQ(1, send_by(pair[0], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT),
		   f(NAME ".%s.flags: data is sent with flags that have no effect here", k->name));
		close_pair(pair);

		if (k->family != AF_UNIX && k->type == SOCK_DGRAM)
			continue; /* UDP never waits for the receiver */
		new_pair(k, pair);
		must(!SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "an option");
		EQ(-EAGAIN, fill(pair[0], block, sizeof block, MSG_DONTWAIT),
		   f(NAME ".%s.dontwait: no room and MSG_DONTWAIT: EAGAIN", k->name));
		FACT(!is_nonblocking(pair[0]),
		     f(NAME ".%s.dontwait.once: MSG_DONTWAIT doesn't make the socket nonblocking", k->name));
		must(!fcntl(pair[0], F_SETFL, O_NONBLOCK), "flags");
		EQ(-EAGAIN, fill(pair[0], block, sizeof block, 0),
		   f(NAME ".%s.nonblock: no room and O_NONBLOCK: EAGAIN", k->name));
		close_pair(pair);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		int pair[2];

		new_pair(&tcp6, pair);
		EQ(4, send_by(pair[0], "data", 4, 0), NAME ".tcp6: data is sent by an INET6 TCP socket");
		close_pair(pair);
		new_pair(&udp6, pair);
		EQ(4, send_by(pair[0], "data", 4, 0), NAME ".udp6: data is sent by an INET6 UDP socket");
		close_pair(pair);
	}
}

static void broken_pipes(void)
{
	struct sigaction action = { .sa_handler = count_signal };

	sigaction(SIGPIPE, &action, NULL);
	EACH_CONNECTION(k)
	{
		int pair[2];

		new_pair(k, pair);
		must(!SC(SHUTDOWN, pair[0], SHUT_WR), "a shutdown");
		pipe_signals = 0;
		EQ(-EPIPE, send_by(pair[0], "x", 1, 0), f(NAME ".%s.epipe: sending after SHUT_WR: EPIPE", k->name));
		/* UNIX SEQPACKET sockets send no SIGPIPE (net/unix/af_unix.c) */
		EQ(k->type == SOCK_STREAM, pipe_signals,
		   f(NAME ".%s.sigpipe: on a stream EPIPE comes with SIGPIPE", k->name));
		pipe_signals = 0;
		EQ(-EPIPE, send_by(pair[0], "x", 1, MSG_NOSIGNAL),
		   f(NAME ".%s.nosignal: sending with MSG_NOSIGNAL after SHUT_WR: EPIPE", k->name));
		EQ(0, pipe_signals, f(NAME ".%s.nosignal.kept: MSG_NOSIGNAL prevents SIGPIPE", k->name));
		close_pair(pair);

		if (k->family != AF_UNIX)
			continue;
		new_pair(k, pair);
		close(pair[1]);
		EQ(-EPIPE, send_by(pair[0], "x", 1, MSG_NOSIGNAL),
		   f(NAME ".%s.closed: the other end is closed: EPIPE", k->name));
		close(pair[0]);
	}
	{
		int pair[2];
		char c;

		new_pair(&tcp, pair);
		must(SC(SEND, pair[0], "x", 1, 0) == 1, "data");
		wait_for(pair[1], POLLIN);
		close(pair[1]); /* with unread data, this resets the connection */
		wait_for(pair[0], POLLHUP);
		EQ(-ECONNRESET, SC(RECV, pair[0], &c, 1, MSG_DONTWAIT),
		   NAME ".tcp.reset: a reset is reported once: ECONNRESET");
		pipe_signals = 0;
		EQ(-EPIPE, send_by(pair[0], "x", 1, 0),
		   NAME ".tcp.reset.epipe: the call after the reset was reported: EPIPE");
		EQ(1, pipe_signals, NAME ".tcp.reset.sigpipe: EPIPE after a reset comes with SIGPIPE");
		close(pair[0]);
		new_pair(&unix_dgram, pair);
		close(pair[1]);
		EQ(-ECONNREFUSED, send_by(pair[0], "x", 1, 0),
		   NAME ".unix-dgram.gone: the peer is closed: ECONNREFUSED");
		EQ(-ENOTCONN, send_by(pair[0], "x", 1, 0),
		   NAME ".unix-dgram.gone.again: a closed peer is removed: ENOTCONN");
		close(pair[0]);
	}
	signal(SIGPIPE, SIG_DFL);
}

static void no_peer(void)
{
	static const struct {
		const struct kind *kind;
		int error;
		const char *text;
	} expected[] = {
		{ &unix_stream, ENOTCONN, "ENOTCONN" },    { &tcp, EPIPE, "EPIPE" },
		{ &unix_seqpacket, ENOTCONN, "ENOTCONN" }, { &unix_dgram, ENOTCONN, "ENOTCONN" },
		{ &udp, EDESTADDRREQ, "EDESTADDRREQ" },
	};
	for (int i = 0; i < LENGTH(expected); i++) {
		int fd = new_socket(expected[i].kind);

		EQ(-expected[i].error, send_by(fd, "x", 1, MSG_NOSIGNAL),
		   f(NAME ".%s.no-peer: a socket without a peer: %s", expected[i].kind->name, expected[i].text));
		close(fd);
	}
}

static void sizes(void)
{
	static char big[70000];
	int pair[2], small = 4608;
	char data[8];

	new_pair(&udp, pair);
	EQ(-EMSGSIZE, send_by(pair[0], big, 65508, 0),
	   NAME ".udp.65508: more data than a UDP datagram holds: EMSGSIZE");
	EQ(-EMSGSIZE, send_by(pair[0], big, 65536, 0), NAME ".udp.65536: a length of more than 16 bits: EMSGSIZE");
	EQ(65507, send_by(pair[0], big, 65507, 0), NAME ".udp.65507: the largest UDP datagram is sent");
	EQ(65507, SC(RECV, pair[1], big, sizeof big, 0),
	   NAME ".udp.65507.whole: the largest UDP datagram is received whole");
	EQ(-EOPNOTSUPP, send_by(pair[0], "x", 1, MSG_OOB), NAME ".udp.oob: MSG_OOB on UDP: EOPNOTSUPP");
	EQ(2, send_by(pair[0], "ab", 2, MSG_MORE), NAME ".udp.more: UDP accepts MSG_MORE");
	FACT(!ready(pair[1], POLLIN), NAME ".udp.more.held: UDP holds back data that was sent with MSG_MORE");
	EQ(2, send_by(pair[0], "cd", 2, 0), NAME ".udp.more.rest: the rest is sent without MSG_MORE");
	FACT(SC(RECV, pair[1], data, sizeof data, 0) == 4 && !memcmp(data, "abcd", 4),
	     NAME ".udp.more.one: the data with MSG_MORE and the rest are one datagram");
	EQ(1, send_by(pair[0], "x", 1, MSG_CONFIRM), NAME ".udp.confirm: UDP accepts MSG_CONFIRM");
	EQ(1, send_by(pair[0], "x", 1, MSG_DONTROUTE), NAME ".udp.dontroute: UDP accepts MSG_DONTROUTE on loopback");
	close(pair[1]);
	new_pair(&unix_dgram, pair);
	must(!SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "an option");
	EQ(-EMSGSIZE, send_by(pair[0], big, 20000, 0),
	   NAME ".unix-dgram.emsgsize: a packet larger than the send buffer: EMSGSIZE");
	EQ(-EOPNOTSUPP, send_by(pair[0], "x", 1, MSG_OOB),
	   NAME ".unix-dgram.oob: MSG_OOB on a UNIX datagram socket: EOPNOTSUPP");
	close_pair(pair);
	new_pair(&unix_seqpacket, pair);
	must(!SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "an option");
	EQ(-EMSGSIZE, send_by(pair[0], big, 20000, 0),
	   NAME ".unix-seqpacket.emsgsize: a packet larger than the send buffer: EMSGSIZE");
	EQ(1, send_by(pair[0], "x", 1, MSG_EOR), NAME ".unix-seqpacket.eor: a SEQPACKET socket accepts MSG_EOR");
	close_pair(pair);
	new_pair(&tcp, pair);
	EQ(2, send_by(pair[0], "ab", 2, MSG_MORE), NAME ".tcp.more: TCP accepts MSG_MORE");
	EQ(2, send_by(pair[0], "cd", 2, 0), NAME ".tcp.more.rest: the rest is sent without MSG_MORE");
	wait_for(pair[1], POLLIN);
	EQ(4, SC(RECV, pair[1], data, 4, MSG_WAITALL),
	   NAME ".tcp.more.all: the data with MSG_MORE and the rest are received together");
	EQ(1, send_by(pair[0], "!", 1, MSG_OOB), NAME ".tcp.oob: an out-of-band byte is sent");
	wait_for(pair[1], POLLPRI);
	FACT(SC(RECV, pair[1], data, 1, MSG_OOB) == 1 && data[0] == '!',
	     NAME ".tcp.oob.recv: the out-of-band byte is received with MSG_OOB");
	close_pair(pair);
	/* if the second half can't be read, a packet isn't sent, and a stream sends at most the first half */
	new_pair(&unix_dgram, pair);
	EQ(-EFAULT, send_by(pair[0], nowhere() - 10, 20, 0),
	   NAME ".unix-dgram.half: a packet whose second half can't be read: EFAULT");
	FACT(!ready(pair[1], POLLIN), NAME ".unix-dgram.half.nothing: after EFAULT nothing has been sent");
	close_pair(pair);
	new_pair(&udp, pair);
	EQ(-EFAULT, send_by(pair[0], nowhere() - 10, 20, 0),
	   NAME ".udp.half: a packet whose second half can't be read: EFAULT");
	FACT(!ready(pair[1], POLLIN), NAME ".udp.half.nothing: after EFAULT nothing has been sent");
	close_pair(pair);
}
