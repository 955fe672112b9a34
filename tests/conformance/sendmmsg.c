/* SPDX-License-Identifier: MIT
 * SENDMMSG: sendmmsg(2). */
#define _GNU_SOURCE
#include "kit.h"

enum { MANY = 1100 };
static struct mmsghdr messages[MANY];
static struct iovec vectors[MANY];

/* Prepares `count` messages of 1, 2, 3, 4, 1, ... bytes. Their msg_len is 777, which a sent message overwrites. */
static struct mmsghdr *batch(int count)
{
	static const char digits[] = "0112223334444";

	memset(messages, 0, sizeof messages);
	for (int i = 0; i < count; i++) {
		vectors[i] = (struct iovec){ (void *)(digits + i % 4), 1 + (size_t)i % 4 };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_len = 777;
	}
	return messages;
}

static void sends(void)
{
	EVERY(k)
	{
		int pair[2];
		char data[64];

		new_pair(k, pair);
		IS(3, f("sendmmsg.%s: three messages are sent, and 3 is returned", k->name), SENDMMSG, pair[0],
		   batch(3), 3, 0);
		FACT(messages[0].msg_len == 1 && messages[1].msg_len == 2 && messages[2].msg_len == 3,
		     f("sendmmsg.%s.length: each message's length is written", k->name));
		EQ(0, messages[0].msg_hdr.msg_flags, f("sendmmsg.%s.flags: msg_flags aren't written", k->name));
		EQ(k->type == SOCK_STREAM ? 6 : 1, SC(RECV, pair[1], data, 6, k->type == SOCK_STREAM ? MSG_WAITALL : 0),
		   f("sendmmsg.%s.arrives: all of a stream's data is received, or the first packet", k->name));
		if (k->type != SOCK_STREAM)
			FACT(SC(RECV, pair[1], data, 9, 0) == 2 && SC(RECV, pair[1], data, 9, 0) == 3,
			     f("sendmmsg.%s.arrives.apart: the second and third packet are received in order",
			       k->name));
		IS(0, f("sendmmsg.%s.0: a count of 0 sends nothing", k->name), SENDMMSG, pair[0], nowhere(), 0, 0);
		IS(1, f("sendmmsg.%s.1: a count of 1 sends one message", k->name), SENDMMSG, pair[0], batch(2), 1, 0);
		EQ(777, messages[1].msg_len,
		   f("sendmmsg.%s.1.other: with a count of 1 the second element isn't written", k->name));
		IS(-EFAULT, f("sendmmsg.%s.nowhere: messages that can't be read: EFAULT", k->name), SENDMMSG, pair[0],
		   nowhere(), 1, 0);
		batch(3);
		messages[1].msg_hdr.msg_iov = (struct iovec *)nowhere();
		IS(1,
		   f("sendmmsg.%s.second-bad: the second message's parts can't be read: one message is sent", k->name),
		   SENDMMSG, pair[0], messages, 3, 0);
		FACT(messages[0].msg_len == 1 && messages[1].msg_len == 777,
		     f("sendmmsg.%s.second-bad.length: only the first message's length is written", k->name));
		batch(3);
		messages[0].msg_hdr.msg_iov = (struct iovec *)nowhere();
		IS(-EFAULT, f("sendmmsg.%s.first-bad: the first message's parts can't be read: EFAULT", k->name),
		   SENDMMSG, pair[0], messages, 3, 0);
		batch(2);
		memcpy(nowhere() - sizeof *messages, messages, sizeof *messages);
		IS(1,
		   f("sendmmsg.%s.page-end: the second element lies beyond the page's end: one message is sent",
		     k->name),
		   SENDMMSG, pair[0], nowhere() - sizeof *messages, 2, 0);
		close_pair(pair);
	}
}

static void many(void)
{
	int pair[2], large = 4 << 20, count = 0;
	char c[8];

	new_pair(&unix_stream, pair);
	SC(SETSOCKOPT, pair[0], SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
	for (int i = 0; i < MANY; i++)
		vectors[i] = (struct iovec){ "x", 1 };
	batch(MANY);
	/* the receiver reads them during the call */
	switch (fork()) {
	case 0:
		close(pair[0]);
		while (SC(RECV, pair[1], c, sizeof c, 0) > 0)
			;
		_exit(0);
	case -1:
		must(0, "a child");
	}
	close(pair[1]);
	IS(1024, "sendmmsg.1100: of more than UIO_MAXIOV messages UIO_MAXIOV are sent", SENDMMSG, pair[0], messages,
	   MANY, 0);
	FACT(messages[1023].msg_len == 4 && messages[1024].msg_len == 777,
	     "sendmmsg.1100.last: elements after the first UIO_MAXIOV aren't written");
	IS(1024, "sendmmsg.huge: with a count of 0xffffffff UIO_MAXIOV messages are sent", SENDMMSG, pair[0], messages,
	   0xffffffff, 0);
	close(pair[0]);
	while (wait(NULL) > 0)
		;

	new_pair(&unix_dgram, pair);
	batch(MANY);
	count = (int)SC(SENDMMSG, pair[0], messages, MANY, MSG_DONTWAIT);
	FACT(count > 0 && count < 1024,
	     "sendmmsg.full: messages are sent until the receiver's queue is full, and counted");
	EQ(777, messages[count > 0 && count < MANY ? count : 0].msg_len,
	   "sendmmsg.full.next: the element of the first message that had no room isn't written");
	IS(-EAGAIN, "sendmmsg.full.none: the receiver's queue is full from the start: EAGAIN", SENDMMSG, pair[0],
	   messages, 2, MSG_DONTWAIT);
	EQ(1, SC(RECV, pair[1], c, sizeof c, 0),
	   "sendmmsg.full.first: the first message that was sent is received first");
	IS(1, "sendmmsg.full.one: with room for one message, one of two is sent", SENDMMSG, pair[0], messages, 2,
	   MSG_DONTWAIT);
	close_pair(pair);
}

static void addresses(void)
{
	EACH_DATAGRAMS(k)
	{
		union address a, b;
		int one = new_socket(k), two = new_socket(k), fd = new_socket(k);
		socklen_t la = bind_fresh(one, k->family, &a), lb = bind_fresh(two, k->family, &b);
		char data[8];

		batch(2);
		messages[0].msg_hdr.msg_name = &a;
		messages[0].msg_hdr.msg_namelen = la;
		messages[1].msg_hdr.msg_name = &b;
		messages[1].msg_hdr.msg_namelen = lb;
		IS(2, f("sendmmsg.%s.names: two messages are sent, each to its own address", k->name), SENDMMSG, fd,
		   messages, 2, 0);
		arrives(one);
		EQ(1, SC(RECV, one, data, sizeof data, MSG_DONTWAIT),
		   f("sendmmsg.%s.names.first: the socket at the first address receives the first message", k->name));
		arrives(two);
		EQ(2, SC(RECV, two, data, sizeof data, MSG_DONTWAIT),
		   f("sendmmsg.%s.names.second: the socket at the second address receives the second message",
		     k->name));
		messages[1].msg_hdr.msg_namelen = (socklen_t)-1;
		IS(1, f("sendmmsg.%s.names.second-bad: after an error at the second message, 1 is returned", k->name),
		   SENDMMSG, fd, messages, 2, 0);
		messages[0].msg_hdr.msg_namelen = (socklen_t)-1;
		IS(-EINVAL,
		   f("sendmmsg.%s.names.first-bad: an error at the first message is returned: EINVAL", k->name),
		   SENDMMSG, fd, messages, 2, 0);
		close(one);
		close(two);
		close(fd);
	}
}

static void errors(void)
{
	int pair[2], fd = new_socket(&udp);

	DESCRIPTORS("sendmmsg", SENDMMSG, batch(1), 1, 0);
	IS(-EBADF, "sendmmsg.fd.first: the descriptor is checked before the messages: EBADF", SENDMMSG, -1, nowhere(),
	   1, 0);
	IS(-EBADF, "sendmmsg.fd.none: the descriptor is checked even for a count of 0: EBADF", SENDMMSG, -1, NULL, 0,
	   0);
	IS(-EDESTADDRREQ, "sendmmsg.udp.no-peer: a socket without a peer: EDESTADDRREQ", SENDMMSG, fd, batch(2), 2, 0);
	close(fd);
	fd = new_socket(&unix_dgram);
	IS(-ENOTCONN, "sendmmsg.unix-dgram.no-peer: a socket without a peer: ENOTCONN", SENDMMSG, fd, batch(2), 2, 0);
	close(fd);
	new_pair(&unix_stream, pair);
	must(!SC(SHUTDOWN, pair[0], SHUT_WR), "a shutdown");
	IS(-EPIPE, "sendmmsg.unix-stream.epipe: sending after SHUT_WR: EPIPE", SENDMMSG, pair[0], batch(2), 2,
	   MSG_NOSIGNAL);
	close_pair(pair);
	new_pair(&udp, pair);
	batch(2);
	messages[0].msg_hdr.msg_iovlen = 1025;
	IS(-EMSGSIZE, "sendmmsg.udp.iov.1025: more than UIO_MAXIOV parts: EMSGSIZE", SENDMMSG, pair[0], messages, 2, 0);
	close(pair[1]);
	must(SC(SEND, pair[0], "x", 1, 0) == 1, "a datagram");
	wait_for(pair[0], POLLERR);
	IS(-ECONNREFUSED, "sendmmsg.udp.refused: an earlier error is reported first: ECONNREFUSED", SENDMMSG, pair[0],
	   batch(2), 2, 0);
	close(pair[0]);
	new_pair(&unix_dgram, pair);
	batch(1);
	memcpy(nowhere() - sizeof *messages, messages, sizeof *messages);
	IS(1, "sendmmsg.page-end: an array that ends where its page ends is read", SENDMMSG, pair[0],
	   nowhere() - sizeof *messages, 1, 0);
	EQ(1, ((struct mmsghdr *)nowhere())[-1].msg_len,
	   "sendmmsg.page-end.length: the message's length is written at the page's end");
	close_pair(pair);
}

int main(void)
{
	facts_begin();
	sends();
	many();
	addresses();
	errors();
	return facts_end();
}
