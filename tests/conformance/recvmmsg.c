/* SPDX-License-Identifier: MIT
 * RECVMMSG: recvmmsg(2). */
#define _GNU_SOURCE
#include "kit.h"

/* The timespec of the kernel's multiplexed call (a libc's time_t may be wider). */
struct ktime {
	long sec, nsec;
};

enum { MANY = 1100 };
static struct mmsghdr messages[MANY];
static struct iovec vectors[MANY];
static char data[MANY][4];

static struct mmsghdr *room(int count)
{
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < count; i++) {
		vectors[i] = (struct iovec){ data[i], sizeof data[i] };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_flags = 0x5a;
		messages[i].msg_len = 777;
	}
	return messages;
}

static void put(int fd, const char *text)
{
	must(SC(SEND, fd, text, strlen(text), 0) == (long)strlen(text), "data");
}

static void receives(void)
{
	EACH_PACKETS(k)
	{
		int pair[2];

		new_pair(k, pair);
		put(pair[0], "a");
		put(pair[0], "bb");
		put(pair[0], "ccc");
		IS(2, f("recvmmsg.%s: receives as many as are asked for", k->name), RECVMMSG, pair[1], room(2), 2, 0,
		   NULL);
		FACT(messages[0].msg_len == 1 && messages[1].msg_len == 2,
		     f("recvmmsg.%s.length: each one's length is written", k->name));
		FACT(data[0][0] == 'a' && !memcmp(data[1], "bb", 2),
		     f("recvmmsg.%s.data: and the data, in order", k->name));
		EQ(0, messages[0].msg_hdr.msg_flags, f("recvmmsg.%s.flags: and the flags", k->name));
		arrives(pair[1]);
		IS(1, f("recvmmsg.%s.fewer: with MSG_DONTWAIT as many as there are", k->name), RECVMMSG, pair[1],
		   room(3), 3, MSG_DONTWAIT, NULL);
		EQ(777, messages[1].msg_len, f("recvmmsg.%s.fewer.next: the next isn't touched", k->name));
		IS(-EAGAIN, f("recvmmsg.%s.none: with none: EAGAIN", k->name), RECVMMSG, pair[1], room(3), 3,
		   MSG_DONTWAIT, NULL);
		IS(0, f("recvmmsg.%s.0: none are asked for", k->name), RECVMMSG, pair[1], nowhere(), 0, 0, NULL);
		put(pair[0], "w");
		put(pair[0], "w");
		IS(2, f("recvmmsg.%s.waitforone: MSG_WAITFORONE doesn't wait after the first", k->name), RECVMMSG,
		   pair[1], room(3), 3, MSG_WAITFORONE, NULL);
		put(pair[0], "longer");
		put(pair[0], "x");
		must(SC(RECVMMSG, pair[1], room(2), 2, 0, NULL) == 2, "two");
		FACT(messages[0].msg_len == 4 && messages[0].msg_hdr.msg_flags == MSG_TRUNC &&
			     !messages[1].msg_hdr.msg_flags,
		     f("recvmmsg.%s.short: the one that is cut says MSG_TRUNC", k->name));
		put(pair[0], "longer");
		must(SC(RECVMMSG, pair[1], room(1), 1, MSG_TRUNC, NULL) == 1, "one");
		EQ(6, messages[0].msg_len, f("recvmmsg.%s.trunc: with MSG_TRUNC its whole length is written", k->name));
		put(pair[0], "p");
		must(SC(RECVMMSG, pair[1], room(1), 1, MSG_PEEK, NULL) == 1, "one");
		FACT(ready(pair[1], POLLIN), f("recvmmsg.%s.peek: with MSG_PEEK it stays", k->name));
		room(2);
		messages[0].msg_hdr.msg_iov = (struct iovec *)nowhere();
		IS(-EFAULT, f("recvmmsg.%s.first-bad: the first can't be written: EFAULT", k->name), RECVMMSG, pair[1],
		   messages, 2, MSG_DONTWAIT, NULL);
		put(pair[0], "q");
		room(2);
		messages[1].msg_hdr.msg_iov = (struct iovec *)nowhere();
		IS(1, f("recvmmsg.%s.second-bad: the second can't be written: one is received", k->name), RECVMMSG,
		   pair[1], messages, 2, MSG_DONTWAIT, NULL);
		close_pair(pair);
		new_pair(k, pair);
		put(pair[0], "r");
		IS(-EFAULT, f("recvmmsg.%s.nowhere: messages that can't be read: EFAULT", k->name), RECVMMSG, pair[1],
		   nowhere(), 1, 0, NULL);
		arrives(pair[1]);
		memcpy(nowhere() - sizeof *messages, room(1), sizeof *messages);
		IS(1, f("recvmmsg.%s.page-end: a message at the end of a page, and none is lost", k->name), RECVMMSG,
		   pair[1], nowhere() - sizeof *messages, 1, MSG_DONTWAIT, NULL);
		EQ(1, ((struct mmsghdr *)nowhere())[-1].msg_len,
		   f("recvmmsg.%s.page-end.length: whose length is written", k->name));
		close_pair(pair);
	}
	EACH_BYTES(k)
	{
		int pair[2];

		new_pair(k, pair);
		put(pair[0], "abcdefgh");
		wait_for(pair[1], POLLIN);
		IS(2, f("recvmmsg.%s: takes a stream in pieces", k->name), RECVMMSG, pair[1], room(3), 3, MSG_DONTWAIT,
		   NULL);
		FACT(messages[0].msg_len == 4 && messages[1].msg_len == 4 && !memcmp(data[1], "efgh", 4),
		     f("recvmmsg.%s.pieces: of the sizes there is room for", k->name));
		must(!SC(SHUTDOWN, pair[0], SHUT_WR), "an end");
		wait_for(pair[1], POLLIN);
		IS(3, f("recvmmsg.%s.end: the end is received as often as is asked", k->name), RECVMMSG, pair[1],
		   room(3), 3, 0, NULL);
		FACT(messages[0].msg_len == 0 && messages[2].msg_len == 0,
		     f("recvmmsg.%s.end.length: each time nothing", k->name));
		close_pair(pair);
	}
}

static void names(void)
{
	EACH_DATAGRAMS(k)
	{
		union address a, own, from[2];
		int to = new_socket(k), fd = new_socket(k);
		socklen_t la = bind_fresh(to, k->family, &a), length = bind_fresh(fd, k->family, &own);

		for (int i = 0; i < 2; i++)
			must(SC(SENDTO, fd, "data", 4, 0, &a, la) == 4, "a datagram");
		room(2);
		for (int i = 0; i < 2; i++) {
			messages[i].msg_hdr.msg_name = &from[i];
			messages[i].msg_hdr.msg_namelen = i ? 3 : sizeof from[i];
		}
		IS(2, f("recvmmsg.%s.names: asks from whom", k->name), RECVMMSG, to, messages, 2, 0, NULL);
		FACT(messages[0].msg_hdr.msg_namelen == length && !memcmp(&from[0], &own, length),
		     f("recvmmsg.%s.names.first: of each the address", k->name));
		EQ(length, messages[1].msg_hdr.msg_namelen,
		   f("recvmmsg.%s.names.length: and its whole length, whatever room it had", k->name));
		close(to);
		close(fd);
	}
}

static void timeouts(void)
{
	int pair[2], closed = -1;
	struct ktime t = { 10, 0 }, *at = (struct ktime *)nowhere();

	new_pair(&unix_dgram, pair);
	put(pair[0], "a");
	put(pair[0], "b");
	LIMITED(entry.libc, libc_time)
	{
		IS(-EFAULT, "recvmmsg.timeout.nowhere: a timeout that can't be read: EFAULT", RECVMMSG, pair[1],
		   room(1), 1, 0, nowhere());
		IS(-EFAULT, "recvmmsg.timeout.nowhere.first: even before the descriptor is looked at", RECVMMSG, closed,
		   room(1), 1, 0, nowhere());
		IS(-EFAULT, "recvmmsg.timeout.half: half of which can't be read: EFAULT", RECVMMSG, pair[1], room(1), 1,
		   0, nowhere() - sizeof t / 2);
		at[-1] = t;
		IS(1, "recvmmsg.timeout.page-end: one at the end of a page", RECVMMSG, pair[1], room(1), 1, 0, at - 1);
	}
	while (SC(RECV, pair[1], data, 1, MSG_DONTWAIT) == 1)
		;
	put(pair[0], "a");
	put(pair[0], "b");
	t = (struct ktime){ -1, 0 };
	IS(-EINVAL, "recvmmsg.timeout.negative: a negative timeout: EINVAL", RECVMMSG, pair[1], room(1), 1, 0, &t);
	t = (struct ktime){ 0, -1 };
	IS(-EINVAL, "recvmmsg.timeout.nanoseconds.negative: negative nanoseconds: EINVAL", RECVMMSG, pair[1], room(1),
	   1, 0, &t);
	t = (struct ktime){ 0, 1000000000 };
	IS(-EINVAL, "recvmmsg.timeout.nanoseconds.1e9: too many nanoseconds: EINVAL", RECVMMSG, pair[1], room(1), 1, 0,
	   &t);
	IS(-EINVAL, "recvmmsg.timeout.bad.first: before the descriptor is looked at", RECVMMSG, closed, room(1), 1, 0,
	   &t);
	EQ(1000000000, t.nsec, "recvmmsg.timeout.bad.kept: and isn't written");
	t = (struct ktime){ 10, 0 };
	IS(-EBADF, "recvmmsg.timeout.fd: then the descriptor: EBADF", RECVMMSG, closed, room(1), 1, 0, &t);
	FACT(t.sec == 10 && !t.nsec, "recvmmsg.timeout.fd.kept: the timeout isn't written then");
	t = (struct ktime){ 0, 999999999 };
	IS(2, "recvmmsg.timeout: with time to spare", RECVMMSG, pair[1], room(2), 2, 0, &t);
	FACT(t.sec == 0 && t.nsec < 999999999, "recvmmsg.timeout.left: the remaining time is written");
	t = (struct ktime){ 1000, 5 };
	IS(-EAGAIN, "recvmmsg.timeout.none: when nothing came: EAGAIN", RECVMMSG, pair[1], room(2), 2, MSG_DONTWAIT,
	   &t);
	FACT(t.sec == 1000 && t.nsec == 5, "recvmmsg.timeout.none.kept: the timeout isn't written");
	put(pair[0], "a");
	put(pair[0], "b");
	put(pair[0], "c");
	t = (struct ktime){ 0, 0 };
	IS(1, "recvmmsg.timeout.0: no time at all is enough for one, and for no more", RECVMMSG, pair[1], room(3), 3, 0,
	   &t);
	FACT(!t.sec && !t.nsec, "recvmmsg.timeout.0.left: the remaining time is 0");
	t = (struct ktime){ 0, 1 };
	IS(1, "recvmmsg.timeout.1ns: so is a nanosecond: it is looked at between messages", RECVMMSG, pair[1], room(3),
	   3, 0, &t);
	FACT(!t.sec && !t.nsec, "recvmmsg.timeout.1ns.left: the remaining time is 0");
	t = (struct ktime){ 1000, 0 };
	IS(1, "recvmmsg.timeout.waitforone: with MSG_WAITFORONE and few", RECVMMSG, pair[1], room(3), 3, MSG_WAITFORONE,
	   &t);
	FACT(t.sec >= 900 && (t.sec < 1000 || !t.nsec), "recvmmsg.timeout.waitforone.left: nearly all is left");
	put(pair[0], "z");
	LIMITED(entry.libc, libc_time)
	{
		struct ktime *constant_time =
			mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*constant_time = (struct ktime){ 10, 0 };
		must(!mprotect(constant_time, page, PROT_READ), "memory");
		IS(-EFAULT, "recvmmsg.timeout.constant: a timeout that can't be written: EFAULT, though one came",
		   RECVMMSG, pair[1], room(1), 1, 0, constant_time);
		FACT(!ready(pair[1], POLLIN), "recvmmsg.timeout.constant.lost: it isn't there any more");
		munmap(constant_time, page);
	}
	close_pair(pair);
}

static void errors(void)
{
	int pair[2], fd;

	DESCRIPTORS("recvmmsg", RECVMMSG, room(1), 1, 0, NULL);
	IS(-EBADF, "recvmmsg.fd.first: the descriptor is looked at before the messages", RECVMMSG, -1, nowhere(), 1, 0,
	   NULL);
	fd = new_socket(&tcp);
	IS(-ENOTCONN, "recvmmsg.tcp.no-peer: without a peer: ENOTCONN", RECVMMSG, fd, room(2), 2, 0, NULL);
	close(fd);
	new_pair(&udp, pair);
	put(pair[1], "x");
	close(pair[0]);
	put(pair[1], "x");
	wait_for(pair[1], POLLERR);
	IS(-ECONNREFUSED, "recvmmsg.udp.refused: an earlier error is reported first: ECONNREFUSED", RECVMMSG, pair[1],
	   room(1), 1, MSG_DONTWAIT, NULL);
	IS(-EAGAIN, "recvmmsg.udp.refused.once: and once", RECVMMSG, pair[1], room(1), 1, MSG_DONTWAIT, NULL);
	close(pair[1]);
	/* If an error comes after the first message, the socket keeps it for the next call. */
	new_pair(&tcp, pair);
	put(pair[0], "abcd");
	wait_for(pair[1], POLLIN);
	put(pair[1], "unread");
	wait_for(pair[0], POLLIN);
	close(pair[0]); /* with unread data, this resets the connection */
	wait_for(pair[1], POLLHUP);
	IS(-ECONNRESET, "recvmmsg.tcp.reset: a reset is reported once: ECONNRESET", RECVMMSG, pair[1], room(2), 2,
	   MSG_DONTWAIT, NULL);
	close(pair[1]);
	new_pair(&unix_dgram, pair);
	put(pair[0], "a");
	put(pair[0], "b");
	room(2);
	messages[1].msg_hdr.msg_namelen = (socklen_t)-1;
	messages[1].msg_hdr.msg_name = data;
	IS(1, "recvmmsg.later-error: an error at the second message: the first is answered", RECVMMSG, pair[1],
	   messages, 2, 0, NULL);
	IS(-EINVAL, "recvmmsg.later-error.kept: and the error kept for the next call: EINVAL", RECVMMSG, pair[1],
	   room(1), 1, 0, NULL);
	IS(1, "recvmmsg.later-error.after: after which all is well", RECVMMSG, pair[1], room(1), 1, MSG_DONTWAIT, NULL);
	put(pair[0], "c");
	put(pair[0], "d");
	room(2);
	memcpy(nowhere() - sizeof *messages, messages, sizeof *messages);
	IS(1, "recvmmsg.later-efault: the second is beyond the page: the first is answered", RECVMMSG, pair[1],
	   nowhere() - sizeof *messages, 2, 0, NULL);
	{
		int error = 0;
		socklen_t length = sizeof error;

		IS(0, "recvmmsg.later-efault.option: SO_ERROR reads", GETSOCKOPT, pair[1], SOL_SOCKET, SO_ERROR, &error,
		   &length);
		EQ(EFAULT, error, "recvmmsg.later-efault.kept: the error that was kept: EFAULT");
	}
	close_pair(pair);
}

int main(void)
{
	facts_begin();
	receives();
	names();
	timeouts();
	errors();
	return facts_end();
}
