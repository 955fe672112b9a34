/* SPDX-License-Identifier: MIT
 * A socket that several use at a time: threads, processes after fork(), descriptors from dup(); what close() does
 * then. */
#define _GNU_SOURCE
#include "kit.h"

#include <pthread.h>
#include <signal.h>

enum { ROUNDS = 500 };

static int shared[2];

static void *reader(void *argument)
{
	long *sum = argument;
	char c;

	while (SC(RECV, shared[1], &c, 1, 0) == 1)
		*sum += (unsigned char)c;
	return NULL;
}

static void *writer(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++)
		must(SC(SEND, shared[0], "\1", 1, 0) == 1, "data");
	return NULL;
}

static void threads(void)
{
	EACH_CONNECTION(k)
	{
		pthread_t ids[4];
		long sums[2] = { 0, 0 };

		new_pair(k, shared);
		for (int i = 0; i < 2; i++)
			must(!pthread_create(&ids[i], NULL, reader, &sums[i]) &&
				     !pthread_create(&ids[2 + i], NULL, writer, NULL),
			     "threads");
		for (int i = 2; i < 4; i++)
			pthread_join(ids[i], NULL);
		must(!SC(SHUTDOWN, shared[0], SHUT_WR), "a shutdown");
		for (int i = 0; i < 2; i++)
			pthread_join(ids[i], NULL);
		EQ(2 * ROUNDS, sums[0] + sums[1],
		   f("sharing.%s.threads: two readers receive each byte that two writers send exactly once", k->name));
		close_pair(shared);
	}
}

static int send_and_close(void *argument)
{
	int *pair = argument;

	if (SC(SEND, pair[0], "child", 5, 0) != 5)
		return 1;
	return SC(SHUTDOWN, pair[0], SHUT_WR) ? 2 : 0;
}

static int just_close(void *argument)
{
	close_pair(argument);
	return 0;
}

static int accept_one(void *argument)
{
	int fd = (int)SC(ACCEPT, *(int *)argument, NULL, NULL);

	return fd < 0 || SC(SEND, fd, "served", 6, 0) != 6;
}

static int make_nonblocking(void *argument)
{
	return fcntl(*(int *)argument, F_SETFL, O_NONBLOCK);
}

static void processes(void)
{
	EACH_CONNECTION(k)
	{
		union address a;
		socklen_t length;
		char data[8];
		int pair[2], listener, client;
		pid_t pid;

		new_pair(k, pair);
		EQ(0, in_child(just_close, pair),
		   f("sharing.%s.fork: a child can close its copies of the descriptors", k->name));
		EQ(1, SC(SEND, pair[0], "x", 1, 0),
		   f("sharing.%s.fork.open: after the child closed its copies the parent can still send", k->name));
		EQ(1, SC(RECV, pair[1], data, 1, 0),
		   f("sharing.%s.fork.works: after the child closed its copies the parent can still receive", k->name));
		EQ(0, in_child(send_and_close, pair),
		   f("sharing.%s.fork.shutdown: a child can send and shut down", k->name));
		EQ(5, SC(RECV, pair[1], data, 8, 0),
		   f("sharing.%s.fork.data: the parent receives what the child sent", k->name));
		EQ(0, SC(RECV, pair[1], data, 8, 0),
		   f("sharing.%s.fork.end: after the child's shutdown the parent receives the end", k->name));
		EQ(-EPIPE, SC(SEND, pair[0], "x", 1, MSG_NOSIGNAL),
		   f("sharing.%s.fork.epipe: after the child's shutdown the parent can't send: EPIPE", k->name));
		must(!in_child(make_nonblocking, &pair[1]), "a flag");
		FACT(is_nonblocking(pair[1]),
		     f("sharing.%s.fork.nonblock: a child that sets O_NONBLOCK sets it for the parent, too", k->name));
		close_pair(pair);
		listener = new_listener(k, &a, &length);
		pid = child(accept_one, &listener);
		client = new_client(k, &a, length);
		EQ(6, SC(RECV, client, data, 8, 0),
		   f("sharing.%s.fork.accept: a client receives data from a child that accepts on the parent's "
		     "listener",
		     k->name));
		EQ(0, child_status(pid), f("sharing.%s.fork.accept.child: the child could accept and send", k->name));
		close(client);
		close(listener);
	}
}

static void duplicates(void)
{
	EVERY(k)
	{
		char data[8];
		int pair[2], copy;

		new_pair(k, pair);
		copy = dup(pair[0]);
		close(pair[0]);
		EQ(4, SC(SEND, copy, "data", 4, 0),
		   f("sharing.%s.dup: a duplicate can send after its original is closed", k->name));
		EQ(-EBADF, SC(SEND, pair[0], "data", 4, 0),
		   f("sharing.%s.dup.closed: the original that was closed can't send: EBADF", k->name));
		EQ(4, SC(RECV, pair[1], data, 8, 0),
		   f("sharing.%s.dup.recv: what the duplicate sent is received", k->name));
		FACT(!ready(pair[1], POLLIN),
		     f("sharing.%s.dup.open: closing the original doesn't end the connection", k->name));
		close(copy);
		close(pair[1]);
	}
}

struct late {
	int fd;
	volatile pid_t id;
	long result;
};

static void *accept_late(void *argument)
{
	struct late *l = argument;

	l->id = gettid();
	l->result = SC(ACCEPT, l->fd, NULL, NULL);
	return NULL;
}

static void *receive_late(void *argument)
{
	struct late *l = argument;
	char c;

	l->id = gettid();
	l->result = SC(RECV, l->fd, &c, 1, 0);
	return NULL;
}

/* close() doesn't wake a thread that waits in a call on this descriptor: the call holds a reference to the file
 * (close(2)). */
static void close_meanwhile(void)
{
	EACH_BYTES(k)
	{
		union address a;
		socklen_t length;
		struct late l = { 0 };
		pthread_t id;
		int client, pair[2];
		long connected, sent;

		l.fd = new_listener(k, &a, &length);
		must(!pthread_create(&id, NULL, accept_late, &l), "a thread");
		while (!l.id)
			usleep(500);
		wait_asleep(getpid(), l.id);
		close(l.fd);
		client = new_socket(k);
		connected = SC(CONNECT, client, &a, length);
		pthread_join(id, NULL);
		FACT(connected == 0 && l.result >= 0,
		     f("sharing.%s.close.accept: close of the listener doesn't end an accept that waits", k->name));
		close((int)l.result);
		close(client);
		new_pair(k, pair);
		l = (struct late){ .fd = pair[1] };
		must(!pthread_create(&id, NULL, receive_late, &l), "a thread");
		while (!l.id)
			usleep(500);
		wait_asleep(getpid(), l.id);
		close(pair[1]);
		sent = SC(SEND, pair[0], "x", 1, 0);
		pthread_join(id, NULL);
		EQ(1, sent == 1 ? l.result : sent,
		   f("sharing.%s.close.recv: close of the socket doesn't end a recv that waits", k->name));
		close(pair[0]);
	}
}

static void order(void)
{
	EACH_PACKETS(k)
	{
		int pair[2], right = 1;
		char data[8];

		new_pair(k, pair);
		for (int i = 0; i < 8; i++)
			must(SC(SEND, pair[0], "abcdefgh" + i, 1, 0) == 1, "data");
		for (int i = 0; i < 8; i++)
			right &= SC(RECV, pair[1], data, 8, 0) == 1 && data[0] == "abcdefgh"[i];
		FACT(right, f("sharing.%s.order: packets are received in order, each by itself", k->name));
		close_pair(pair);
	}
}

int main(void)
{
	facts_begin();
	signal(SIGPIPE, SIG_IGN);
	threads();
	processes();
	duplicates();
	close_meanwhile();
	order();
	return facts_end();
}
