/* SPDX-License-Identifier: MIT
 * Calls that wait for data, room or connections, and what ends the wait: their arrival, signals (signal(7)), timeouts,
 * shutdown. */
#define _GNU_SOURCE
#include "kit.h"

#include <linux/time_types.h>
#include <pthread.h>
#include <signal.h>

static volatile sig_atomic_t signals;

static void count(int number)
{
	(void)number;
	signals++;
}

/* A blocking call that another thread makes. */
struct waiting {
	long (*make)(struct waiting *w);
	int fd;
	pthread_t thread;
	volatile pid_t id;
	long result;
	int done[2]; /* a pipe: the thread writes a byte after the call */
	void *pointer;
};

static char block[65536];

static long by_recv(struct waiting *w)
{
	return SC(RECV, w->fd, block, 4, 0);
}

static long by_recvfrom(struct waiting *w)
{
	return SC(RECVFROM, w->fd, block, 4, 0, NULL, NULL);
}

static long by_recvmsg(struct waiting *w)
{
	struct letter l;

	return SC(RECVMSG, w->fd, letter(&l, block, 4), 0);
}

static long by_recvmmsg(struct waiting *w)
{
	struct letter l;
	struct mmsghdr m = { .msg_hdr = *letter(&l, block, 4) };

	return SC(RECVMMSG, w->fd, &m, 1, 0, NULL);
}

static long by_accept(struct waiting *w)
{
	return SC(ACCEPT, w->fd, NULL, NULL);
}

static long by_accept4(struct waiting *w)
{
	return SC(ACCEPT4, w->fd, NULL, NULL, SOCK_CLOEXEC);
}

static long by_send(struct waiting *w)
{
	return SC(SEND, w->fd, block, 4096, MSG_NOSIGNAL);
}

static long by_sendmsg(struct waiting *w)
{
	struct letter l;

	return SC(SENDMSG, w->fd, letter(&l, block, 4096), MSG_NOSIGNAL);
}

static long by_recv_all(struct waiting *w)
{
	return SC(RECV, w->fd, block, 4, MSG_WAITALL);
}

static const struct {
	const char *name;
	long (*make)(struct waiting *w);
} receivers[] = { { "recv", by_recv },
		  { "recvfrom", by_recvfrom },
		  { "recvmsg", by_recvmsg },
		  { "recvmmsg", by_recvmmsg } },
  acceptors[] = { { "accept", by_accept }, { "accept4", by_accept4 } },
  senders[] = { { "send", by_send }, { "sendmsg", by_sendmsg } };

static void *run(void *argument)
{
	struct waiting *w = argument;

	w->id = gettid();
	must(write(w->done[1], "", 1) == 1, "a pipe");
	w->result = w->make(w);
	must(write(w->done[1], "", 1) == 1, "a pipe");
	return NULL;
}

static void start(struct waiting *w, long (*make)(struct waiting *w), int fd)
{
	char c;

	w->make = make;
	w->fd = fd;
	must(!pipe(w->done) && !pthread_create(&w->thread, NULL, run, w) && read(w->done[0], &c, 1) == 1, "a thread");
	wait_asleep(getpid(), w->id);
}

static long finish(struct waiting *w)
{
	wait_for(w->done[0], POLLIN);
	must(!pthread_join(w->thread, NULL), "a thread");
	close(w->done[0]);
	close(w->done[1]);
	return w->result;
}

static void handle(int flags)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = flags };

	must(!sigaction(SIGUSR1, &action, NULL), "a signal handler");
	signals = 0;
}

static void fill(int fd)
{
	int small = 4608;

	SC(SETSOCKOPT, fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	while (SC(SEND, fd, block, 4096, MSG_DONTWAIT) > 0)
		;
	while (SC(SEND, fd, block, 1, MSG_DONTWAIT) > 0)
		;
}

static void receiving(void)
{
	struct waiting w;
	int pair[2];

	for (int i = 0; i < LENGTH(receivers); i++) {
		const char *name = receivers[i].name;
		long one = receivers[i].make == by_recvmmsg ? 1 : 4;

		new_pair(&unix_stream, pair);
		start(&w, receivers[i].make, pair[1]);
		must(SC(SEND, pair[0], "data", 4, 0) == 4, "data");
		EQ(one, finish(&w), f("blocking.%s.data: the call waits for data", name));

		handle(0);
		start(&w, receivers[i].make, pair[1]);
		pthread_kill(w.thread, SIGUSR1);
		EQ(-EINTR, finish(&w), f("blocking.%s.eintr: a signal ends the waiting: EINTR", name));
		EQ(1, signals, f("blocking.%s.eintr.handled: the handler of that signal ran once", name));

		handle(SA_RESTART);
		start(&w, receivers[i].make, pair[1]);
		pthread_kill(w.thread, SIGUSR1);
		while (!signals)
			usleep(500);
		wait_asleep(getpid(), w.id);
		must(SC(SEND, pair[0], "data", 4, 0) == 4, "data");
		EQ(one, finish(&w),
		   f("blocking.%s.restart: a handler with SA_RESTART lets the call go on waiting", name));

		start(&w, receivers[i].make, pair[1]);
		must(!SC(SHUTDOWN, pair[1], SHUT_RD), "a shutdown");
		EQ(receivers[i].make == by_recvmmsg, finish(&w),
		   f("blocking.%s.shutdown: shutdown of the call's own socket ends the waiting", name));
		close_pair(pair);
		new_pair(&unix_stream, pair);
		start(&w, receivers[i].make, pair[1]);
		close(pair[0]);
		EQ(receivers[i].make == by_recvmmsg, finish(&w),
		   f("blocking.%s.close: close of the other end ends the waiting", name));
		close(pair[1]);
	}
	EVERY(k)
	{
		new_pair(k, pair);
		start(&w, by_recv, pair[1]);
		must(SC(SEND, pair[0], "data", 4, 0) == 4, "data");
		EQ(4, finish(&w), f("blocking.%s.recv: recv waits for data", k->name));
		start(&w, by_recv, pair[1]);
		must(!SC(SHUTDOWN, pair[1], SHUT_RD), "a shutdown");
		EQ(0, finish(&w), f("blocking.%s.recv.shutdown: shutdown ends a recv that waits", k->name));
		close_pair(pair);
		new_pair(k, pair);
		handle(0);
		start(&w, by_recv, pair[1]);
		pthread_kill(w.thread, SIGUSR1);
		EQ(-EINTR, finish(&w), f("blocking.%s.recv.eintr: a signal ends a recv that waits: EINTR", k->name));
		close_pair(pair);
	}
}

static void waiting_for_all(void)
{
	struct waiting w;
	int pair[2];

	EACH_BYTES(k)
	{
		new_pair(k, pair);
		start(&w, by_recv_all, pair[1]);
		must(SC(SEND, pair[0], "ab", 2, 0) == 2, "data");
		wait_taken(pair);
		must(SC(SEND, pair[0], "cd", 2, 0) == 2, "data");
		EQ(4, finish(&w), f("blocking.%s.waitall: MSG_WAITALL waits for all the data", k->name));
		handle(0);
		must(SC(SEND, pair[0], "ab", 2, 0) == 2, "data");
		start(&w, by_recv_all, pair[1]);
		wait_taken(pair);
		pthread_kill(w.thread, SIGUSR1);
		EQ(2, finish(&w),
		   f("blocking.%s.waitall.signal: after a signal MSG_WAITALL returns the data that has come", k->name));
		must(SC(SEND, pair[0], "ab", 2, 0) == 2, "data");
		start(&w, by_recv_all, pair[1]);
		wait_taken(pair);
		close(pair[0]);
		EQ(2, finish(&w),
		   f("blocking.%s.waitall.end: at the end MSG_WAITALL returns the data that has come", k->name));
		close(pair[1]);
	}
}

static void accepting(void)
{
	struct waiting w;

	EACH_CONNECTION(k)
	{
		union address a;
		socklen_t length;
		int listener = new_listener(k, &a, &length), client;

		for (int i = 0; i < LENGTH(acceptors); i++) {
			const char *name = acceptors[i].name;

			start(&w, acceptors[i].make, listener);
			client = new_client(k, &a, length);
			if (k->family == AF_UNIX && k->type == SOCK_SEQPACKET) {
				close((int)finish(&w));
				close(client);
				continue;
			}
			EQ(1, finish(&w) >= 0, f("blocking.%s.%s: the call waits for a connection", k->name, name));
			close((int)w.result);
			close(client);
			handle(0);
			start(&w, acceptors[i].make, listener);
			pthread_kill(w.thread, SIGUSR1);
			EQ(-EINTR, finish(&w),
			   f("blocking.%s.%s.eintr: a signal ends the waiting: EINTR", k->name, name));
			handle(SA_RESTART);
			start(&w, acceptors[i].make, listener);
			pthread_kill(w.thread, SIGUSR1);
			while (!signals)
				usleep(500);
			wait_asleep(getpid(), w.id);
			client = new_client(k, &a, length);
			FACT(finish(&w) >= 0,
			     f("blocking.%s.%s.restart: a handler with SA_RESTART lets the call go on waiting", k->name,
			       name));
			close((int)w.result);
			close(client);
		}
		start(&w, by_accept, listener);
		must(!SC(SHUTDOWN, listener, SHUT_RD), "a shutdown");
		EQ(-EINVAL, finish(&w),
		   f("blocking.%s.accept.shutdown: shutdown of the listener ends an accept that waits: EINVAL",
		     k->name));
		close(listener);
	}
}

static void sending(void)
{
	struct waiting w;
	int pair[2];

	for (int i = 0; i < LENGTH(senders); i++) {
		const char *name = senders[i].name;

		new_pair(&unix_stream, pair);
		fill(pair[0]);
		start(&w, senders[i].make, pair[0]);
		while (SC(RECV, pair[1], block + 8192, sizeof block - 8192, MSG_DONTWAIT) > 0 ||
		       !ready(w.done[0], POLLIN))
			;
		EQ(4096, finish(&w), f("blocking.%s.room: the call waits for room in the other end's queue", name));
		close_pair(pair);

		new_pair(&unix_stream, pair);
		fill(pair[0]);
		handle(0);
		start(&w, senders[i].make, pair[0]);
		pthread_kill(w.thread, SIGUSR1);
		EQ(-EINTR, finish(&w), f("blocking.%s.eintr: a signal ends the waiting: EINTR", name));
		start(&w, senders[i].make, pair[0]);
		close(pair[1]);
		EQ(-ECONNRESET, finish(&w),
		   f("blocking.%s.close: close of the other end, with unread data, ends the waiting: ECONNRESET",
		     name));
		close(pair[0]);

		new_pair(&unix_stream, pair);
		fill(pair[0]);
		start(&w, senders[i].make, pair[0]);
		must(!SC(SHUTDOWN, pair[0], SHUT_WR), "a shutdown");
		EQ(-EPIPE, finish(&w),
		   f("blocking.%s.shutdown: shutdown of the call's own socket ends the waiting: EPIPE", name));
		close_pair(pair);
	}
}

static void limits(void)
{
	static const struct __kernel_old_timeval tick = { 0, 20000 }, hundred = { 100, 0 }, none = { 0, 0 };
	struct waiting w;
	union address a;
	socklen_t length;
	int pair[2], listener, fill_up[4];

	EVERY(k)
	{
		new_pair(k, pair);
		must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick), "an option");
		EQ(-EAGAIN, SC(RECV, pair[1], block, 4, 0),
		   f("blocking.%s.rcvtimeo: SO_RCVTIMEO ends the waiting: EAGAIN", k->name));
		EQ(-EAGAIN, SC(RECV, pair[1], block, 4, MSG_PEEK),
		   f("blocking.%s.rcvtimeo.peek: SO_RCVTIMEO ends the waiting of MSG_PEEK: EAGAIN", k->name));
		must(SC(SEND, pair[0], "data", 4, 0) == 4, "data");
		wait_for(pair[1], POLLIN);
		EQ(4, SC(RECV, pair[1], block, 4, 0),
		   f("blocking.%s.rcvtimeo.data: with SO_RCVTIMEO data that is there is received", k->name));
		handle(SA_RESTART);
		must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_RCVTIMEO, &hundred, sizeof hundred), "an option");
		start(&w, by_recv, pair[1]);
		pthread_kill(w.thread, SIGUSR1);
		EQ(-EINTR, finish(&w),
		   f("blocking.%s.rcvtimeo.restart: with SO_RCVTIMEO a signal ends the waiting in spite of SA_RESTART: "
		     "EINTR",
		     k->name));
		must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none), "an option");
		close_pair(pair);
	}
	EACH_CONNECTION(k)
	{
		new_pair(k, pair);
		fill(pair[0]);
		must(!SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof tick), "an option");
		if (k->family == AF_UNIX)
			EQ(-EAGAIN, SC(SEND, pair[0], block, 4096, 0),
			   f("blocking.%s.sndtimeo: SO_SNDTIMEO ends the waiting: EAGAIN", k->name));
		close_pair(pair);
		listener = new_listener(k, &a, &length);
		must(!SC(SETSOCKOPT, listener, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick), "an option");
		IS(-EAGAIN,
		   f("blocking.%s.accept.rcvtimeo: SO_RCVTIMEO of the listener ends an accept that waits: EAGAIN",
		     k->name),
		   ACCEPT, listener, NULL, NULL);
		close(listener);
	}
	listener = new_listener(&unix_stream, &a, &length);
	must(!SC(LISTEN, listener, 0), "a listener");
	fill_up[0] = new_client(&unix_stream, &a, length);
	fill_up[1] = new_socket(&unix_stream);
	must(!SC(SETSOCKOPT, fill_up[1], SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof tick), "an option");
	IS(-EAGAIN, "blocking.connect.sndtimeo: SO_SNDTIMEO ends a connect that waits: EAGAIN", CONNECT, fill_up[1], &a,
	   length);
	close(fill_up[0]);
	close(fill_up[1]);
	close(listener);
	new_pair(&unix_dgram, pair);
	must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick), "an option");
	{
		struct letter l;
		struct mmsghdr m[2] = { { .msg_hdr = *letter(&l, block, 4) }, { .msg_hdr = *letter(&l, block, 4) } };

		IS(-EAGAIN, "blocking.recvmmsg.rcvtimeo: SO_RCVTIMEO ends a recvmmsg that waits: EAGAIN", RECVMMSG,
		   pair[1], m, 2, 0, NULL);
		must(SC(SEND, pair[0], "x", 1, 0) == 1, "data");
		IS(1,
		   "blocking.recvmmsg.rcvtimeo.one: when the time is over recvmmsg returns the message that has come",
		   RECVMMSG, pair[1], m, 2, 0, NULL);
	}
	close_pair(pair);
	new_pair(&unix_stream, pair);
	must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick), "an option");
	must(SC(SEND, pair[0], "ab", 2, 0) == 2, "data");
	EQ(2, SC(RECV, pair[1], block, 4, MSG_WAITALL),
	   "blocking.waitall.rcvtimeo: when the time is over MSG_WAITALL returns the data that has come");
	close_pair(pair);
}

static union address busy;
static socklen_t busy_length;

static long by_connect(struct waiting *w)
{
	return SC(CONNECT, w->fd, &busy, busy_length);
}

/* connect() to a UNIX listener whose queue is full waits (net/unix/af_unix.c). */
static void connecting(void)
{
	struct waiting w;
	int listener = new_listener(&unix_stream, &busy, &busy_length), first, fd = new_socket(&unix_stream);

	must(!SC(LISTEN, listener, 0), "a listener");
	first = new_client(&unix_stream, &busy, busy_length);
	handle(0);
	start(&w, by_connect, fd);
	pthread_kill(w.thread, SIGUSR1);
	EQ(-EINTR, finish(&w), "blocking.connect.eintr: a signal ends a connect that waits: EINTR");
	handle(SA_RESTART);
	start(&w, by_connect, fd);
	pthread_kill(w.thread, SIGUSR1);
	while (!signals)
		usleep(500);
	wait_asleep(getpid(), w.id);
	close((int)SC(ACCEPT, listener, NULL, NULL));
	EQ(0, finish(&w),
	   "blocking.connect.restart: a handler with SA_RESTART lets a connect go on waiting until there is room");
	close(fd);
	fd = new_socket(&unix_stream);
	start(&w, by_connect, fd);
	close(listener);
	EQ(-ECONNREFUSED, finish(&w),
	   "blocking.connect.close: close of the listener ends a connect that waits: ECONNREFUSED");
	close(fd);
	close(first);
}

int main(void)
{
	facts_begin();
	receiving();
	waiting_for_all();
	accepting();
	connecting();
	sending();
	limits();
	return facts_end();
}
