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
		EQ(4, send_by(pair[0], "data", 4, 0), f(NAME ".%s: sends", k->name));
		FACT(SC(RECV, pair[1], data, sizeof data, 0) == 4 && !memcmp(data, "data", 4),
		     f(NAME ".%s.data: just that", k->name));
		EQ(3, send_by(pair[0], memcpy(nowhere() - 3, "end", 3), 3, 0),
		   f(NAME ".%s.page-end: data at the end of a page", k->name));
		FACT(SC(RECV, pair[1], data, sizeof data, 0) == 3 && !memcmp(data, "end", 3),
		     f(NAME ".%s.page-end.data: just that", k->name));
		EQ(-EFAULT, send_by(pair[0], nowhere(), 1, 0),
		   f(NAME ".%s.nowhere: data that can't be read: EFAULT", k->name));
		EQ(-EFAULT, send_by(pair[0], NULL, 1, 0), f(NAME ".%s.null: a null pointer: EFAULT", k->name));
		FACT(!ready(pair[1], POLLIN), f(NAME ".%s.nowhere.nothing: and nothing is sent", k->name));
		EQ(0, send_by(pair[0], nowhere(), 0, 0), f(NAME ".%s.nothing: nothing can always be read", k->name));
		if (k->type == SOCK_STREAM)
			FACT(!ready(pair[1], POLLIN),
			     f(NAME ".%s.nothing.sent: nothing in a stream isn't seen", k->name));
		else
			EQ(0, (arrives(pair[1]), SC(RECV, pair[1], data, sizeof data, MSG_DONTWAIT)),
			   f(NAME ".%s.nothing.sent: an empty packet is one", k->name));
		EQ(1, send_by(pair[0], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT),
		   f(NAME ".%s.flags: with flags that don't matter", k->name));
		close_pair(pair);

		if (k->family != AF_UNIX && k->type == SOCK_DGRAM)
			continue; /* UDP never waits for the receiver */
		new_pair(k, pair);
		must(!SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "an option");
		EQ(-EAGAIN, fill(pair[0], block, sizeof block, MSG_DONTWAIT),
		   f(NAME ".%s.dontwait: no room and MSG_DONTWAIT: EAGAIN", k->name));
		FACT(!is_nonblocking(pair[0]), f(NAME ".%s.dontwait.once: which is for that call alone", k->name));
		must(!fcntl(pair[0], F_SETFL, O_NONBLOCK), "flags");
		EQ(-EAGAIN, fill(pair[0], block, sizeof block, 0),
		   f(NAME ".%s.nonblock: no room and O_NONBLOCK: EAGAIN", k->name));
		close_pair(pair);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		int pair[2];

		new_pair(&tcp6, pair);
		EQ(4, send_by(pair[0], "data", 4, 0), NAME ".tcp6: sends");
		close_pair(pair);
		new_pair(&udp6, pair);
		EQ(4, send_by(pair[0], "data", 4, 0), NAME ".udp6: sends");
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
		must(!SC(SHUTDOWN, pair[0], SHUT_WR), "an end");
		pipe_signals = 0;
		EQ(-EPIPE, send_by(pair[0], "x", 1, 0), f(NAME ".%s.epipe: after SHUT_WR: EPIPE", k->name));
		/* UNIX SEQPACKET sockets send no SIGPIPE (net/unix/af_unix.c) */
		EQ(k->type == SOCK_STREAM, pipe_signals, f(NAME ".%s.sigpipe: and, for a stream, SIGPIPE", k->name));
		pipe_signals = 0;
		EQ(-EPIPE, send_by(pair[0], "x", 1, MSG_NOSIGNAL),
		   f(NAME ".%s.nosignal: with MSG_NOSIGNAL, too: EPIPE", k->name));
		EQ(0, pipe_signals, f(NAME ".%s.nosignal.kept: without a signal", k->name));
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
		EQ(-EPIPE, send_by(pair[0], "x", 1, 0), NAME ".tcp.reset.epipe: and then it is EPIPE");
		EQ(1, pipe_signals, NAME ".tcp.reset.sigpipe: with SIGPIPE");
		close(pair[0]);
		new_pair(&unix_dgram, pair);
		close(pair[1]);
		EQ(-ECONNREFUSED, send_by(pair[0], "x", 1, 0), NAME ".unix-dgram.gone: the peer is gone: ECONNREFUSED");
		EQ(-ENOTCONN, send_by(pair[0], "x", 1, 0),
		   NAME ".unix-dgram.gone.again: and is then no peer: ENOTCONN");
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
		   f(NAME ".%s.no-peer: without a peer: %s", expected[i].kind->name, expected[i].text));
		close(fd);
	}
}

static void sizes(void)
{
	static char big[70000];
	int pair[2], small = 4608;
	char data[8];

	new_pair(&udp, pair);
	EQ(-EMSGSIZE, send_by(pair[0], big, 65508, 0), NAME ".udp.65508: more than a datagram holds: EMSGSIZE");
	EQ(-EMSGSIZE, send_by(pair[0], big, 65536, 0), NAME ".udp.65536: more than 16 bits can say: EMSGSIZE");
	EQ(65507, send_by(pair[0], big, 65507, 0), NAME ".udp.65507: as much as a datagram holds");
	EQ(65507, SC(RECV, pair[1], big, sizeof big, 0), NAME ".udp.65507.whole: arrives whole");
	EQ(-EOPNOTSUPP, send_by(pair[0], "x", 1, MSG_OOB), NAME ".udp.oob: UDP has nothing out of band: EOPNOTSUPP");
	EQ(2, send_by(pair[0], "ab", 2, MSG_MORE), NAME ".udp.more: MSG_MORE waits");
	FACT(!ready(pair[1], POLLIN), NAME ".udp.more.held: for more");
	EQ(2, send_by(pair[0], "cd", 2, 0), NAME ".udp.more.rest: and the rest");
	FACT(SC(RECV, pair[1], data, sizeof data, 0) == 4 && !memcmp(data, "abcd", 4),
	     NAME ".udp.more.one: goes with it as one datagram");
	EQ(1, send_by(pair[0], "x", 1, MSG_CONFIRM), NAME ".udp.confirm: MSG_CONFIRM is taken");
	EQ(1, send_by(pair[0], "x", 1, MSG_DONTROUTE), NAME ".udp.dontroute: MSG_DONTROUTE is taken on loopback");
	close(pair[1]);
	new_pair(&unix_dgram, pair);
	must(!SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "an option");
	EQ(-EMSGSIZE, send_by(pair[0], big, 20000, 0),
	   NAME ".unix-dgram.emsgsize: more than the buffer holds: EMSGSIZE");
	EQ(-EOPNOTSUPP, send_by(pair[0], "x", 1, MSG_OOB), NAME ".unix-dgram.oob: nothing is out of band: EOPNOTSUPP");
	close_pair(pair);
	new_pair(&unix_seqpacket, pair);
	must(!SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "an option");
	EQ(-EMSGSIZE, send_by(pair[0], big, 20000, 0),
	   NAME ".unix-seqpacket.emsgsize: more than the buffer holds: EMSGSIZE");
	EQ(1, send_by(pair[0], "x", 1, MSG_EOR), NAME ".unix-seqpacket.eor: MSG_EOR is taken");
	close_pair(pair);
	new_pair(&tcp, pair);
	EQ(2, send_by(pair[0], "ab", 2, MSG_MORE), NAME ".tcp.more: MSG_MORE is taken");
	EQ(2, send_by(pair[0], "cd", 2, 0), NAME ".tcp.more.rest: and the rest");
	wait_for(pair[1], POLLIN);
	EQ(4, SC(RECV, pair[1], data, 4, MSG_WAITALL), NAME ".tcp.more.all: arrives with it");
	EQ(1, send_by(pair[0], "!", 1, MSG_OOB), NAME ".tcp.oob: a byte out of band");
	wait_for(pair[1], POLLPRI);
	FACT(SC(RECV, pair[1], data, 1, MSG_OOB) == 1 && data[0] == '!', NAME ".tcp.oob.recv: is received out of band");
	close_pair(pair);
	/* if the second half can't be read, a packet isn't sent, and a stream sends at most the first half */
	new_pair(&unix_dgram, pair);
	EQ(-EFAULT, send_by(pair[0], nowhere() - 10, 20, 0),
	   NAME ".unix-dgram.half: a packet half of which can't be read: EFAULT");
	FACT(!ready(pair[1], POLLIN), NAME ".unix-dgram.half.nothing: isn't sent");
	close_pair(pair);
	new_pair(&udp, pair);
	EQ(-EFAULT, send_by(pair[0], nowhere() - 10, 20, 0),
	   NAME ".udp.half: a packet half of which can't be read: EFAULT");
	FACT(!ready(pair[1], POLLIN), NAME ".udp.half.nothing: isn't sent");
	close_pair(pair);
}
