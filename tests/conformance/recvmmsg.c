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
		IS(2, f("recvmmsg.%s: as many messages are received as the call asks for", k->name), RECVMMSG, pair[1],
		   room(2), 2, 0, NULL);
		FACT(messages[0].msg_len == 1 && messages[1].msg_len == 2,
		     f("recvmmsg.%s.length: each message's length is written", k->name));
		FACT(data[0][0] == 'a' && !memcmp(data[1], "bb", 2),
		     f("recvmmsg.%s.data: the messages' data is written in order", k->name));
		EQ(0, messages[0].msg_hdr.msg_flags,
		   f("recvmmsg.%s.flags: msg_flags of a whole message are 0", k->name));
		arrives(pair[1]);
		IS(1, f("recvmmsg.%s.fewer: MSG_DONTWAIT receives the messages that are there", k->name), RECVMMSG,
		   pair[1], room(3), 3, MSG_DONTWAIT, NULL);
		EQ(777, messages[1].msg_len,
		   f("recvmmsg.%s.fewer.next: the element after the last message isn't written", k->name));
		IS(-EAGAIN, f("recvmmsg.%s.none: MSG_DONTWAIT without a message: EAGAIN", k->name), RECVMMSG, pair[1],
		   room(3), 3, MSG_DONTWAIT, NULL);
		IS(0, f("recvmmsg.%s.0: a count of 0 receives nothing", k->name), RECVMMSG, pair[1], nowhere(), 0, 0,
		   NULL);
		put(pair[0], "w");
		put(pair[0], "w");
		IS(2, f("recvmmsg.%s.waitforone: MSG_WAITFORONE doesn't wait after the first message", k->name),
		   RECVMMSG, pair[1], room(3), 3, MSG_WAITFORONE, NULL);
		put(pair[0], "longer");
		put(pair[0], "x");
		must(SC(RECVMMSG, pair[1], room(2), 2, 0, NULL) == 2, "two messages");
		FACT(messages[0].msg_len == 4 && messages[0].msg_hdr.msg_flags == MSG_TRUNC &&
			     !messages[1].msg_hdr.msg_flags,
		     f("recvmmsg.%s.short: only the message that was cut has MSG_TRUNC", k->name));
		put(pair[0], "longer");
		must(SC(RECVMMSG, pair[1], room(1), 1, MSG_TRUNC, NULL) == 1, "one message");
		EQ(6, messages[0].msg_len,
		   f("recvmmsg.%s.trunc: with MSG_TRUNC a cut message's whole length is written", k->name));
		put(pair[0], "p");
		must(SC(RECVMMSG, pair[1], room(1), 1, MSG_PEEK, NULL) == 1, "one message");
		FACT(ready(pair[1], POLLIN),
		     f("recvmmsg.%s.peek: with MSG_PEEK the message stays in the queue", k->name));
		room(2);
		messages[0].msg_hdr.msg_iov = (struct iovec *)nowhere();
		IS(-EFAULT, f("recvmmsg.%s.first-bad: the first message's parts can't be read: EFAULT", k->name),
		   RECVMMSG, pair[1], messages, 2, MSG_DONTWAIT, NULL);
		put(pair[0], "q");
		room(2);
		messages[1].msg_hdr.msg_iov = (struct iovec *)nowhere();
		IS(1,
		   f("recvmmsg.%s.second-bad: the second message's parts can't be read: one message is received",
		     k->name),
		   RECVMMSG, pair[1], messages, 2, MSG_DONTWAIT, NULL);
		close_pair(pair);
		new_pair(k, pair);
		put(pair[0], "r");
		IS(-EFAULT, f("recvmmsg.%s.nowhere: messages that can't be read: EFAULT", k->name), RECVMMSG, pair[1],
		   nowhere(), 1, 0, NULL);
		arrives(pair[1]);
		memcpy(nowhere() - sizeof *messages, room(1), sizeof *messages);
		IS(1,
		   f("recvmmsg.%s.page-end: an array that ends where its page ends receives the message that was kept",
		     k->name),
		   RECVMMSG, pair[1], nowhere() - sizeof *messages, 1, MSG_DONTWAIT, NULL);
		EQ(1, ((struct mmsghdr *)nowhere())[-1].msg_len,
		   f("recvmmsg.%s.page-end.length: the length is written at the page's end", k->name));
		close_pair(pair);
	}
	EACH_BYTES(k)
	{
		int pair[2];

		new_pair(k, pair);
		put(pair[0], "abcdefgh");
		wait_for(pair[1], POLLIN);
		IS(2, f("recvmmsg.%s: a stream's data fills one message after the other", k->name), RECVMMSG, pair[1],
		   room(3), 3, MSG_DONTWAIT, NULL);
		FACT(messages[0].msg_len == 4 && messages[1].msg_len == 4 && !memcmp(data[1], "efgh", 4),
		     f("recvmmsg.%s.pieces: each message takes as much of a stream as its buffer holds", k->name));
		must(!SC(SHUTDOWN, pair[0], SHUT_WR), "a shutdown");
		wait_for(pair[1], POLLIN);
		IS(3, f("recvmmsg.%s.end: at a stream's end all messages that were asked for are received", k->name),
		   RECVMMSG, pair[1], room(3), 3, 0, NULL);
		FACT(messages[0].msg_len == 0 && messages[2].msg_len == 0,
		     f("recvmmsg.%s.end.length: at a stream's end the messages are empty", k->name));
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
		IS(2, f("recvmmsg.%s.names: messages are received with the senders' addresses", k->name), RECVMMSG, to,
		   messages, 2, 0, NULL);
		FACT(messages[0].msg_hdr.msg_namelen == length && !memcmp(&from[0], &own, length),
		     f("recvmmsg.%s.names.first: the first sender's address is written", k->name));
		EQ(length, messages[1].msg_hdr.msg_namelen,
		   f("recvmmsg.%s.names.length: the address' full length is written though the buffer is short",
		     k->name));
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
		IS(-EFAULT,
		   "recvmmsg.timeout.nowhere.first: the timeout is read before the descriptor is checked: EFAULT",
		   RECVMMSG, closed, room(1), 1, 0, nowhere());
		IS(-EFAULT, "recvmmsg.timeout.half: a timeout whose second half can't be read: EFAULT", RECVMMSG,
		   pair[1], room(1), 1, 0, nowhere() - sizeof t / 2);
		at[-1] = t;
		IS(1, "recvmmsg.timeout.page-end: a timeout that ends where its page ends is read", RECVMMSG, pair[1],
		   room(1), 1, 0, at - 1);
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
	IS(-EINVAL, "recvmmsg.timeout.bad.first: the timeout is checked before the descriptor: EINVAL", RECVMMSG,
	   closed, room(1), 1, 0, &t);
	EQ(1000000000, t.nsec, "recvmmsg.timeout.bad.kept: an invalid timeout isn't written");
	t = (struct ktime){ 10, 0 };
	IS(-EBADF, "recvmmsg.timeout.fd: a valid timeout and an invalid descriptor: EBADF", RECVMMSG, closed, room(1),
	   1, 0, &t);
	FACT(t.sec == 10 && !t.nsec, "recvmmsg.timeout.fd.kept: after EBADF the timeout isn't written");
	t = (struct ktime){ 100, 999999999 };
	IS(2, "recvmmsg.timeout: with a timeout the two messages that are there are received", RECVMMSG, pair[1],
	   room(2), 2, 0, &t);
	FACT(t.sec <= 100 && t.sec >= 0 && (t.sec < 100 || t.nsec < 999999999),
	     "recvmmsg.timeout.left: the remaining time is written");
	t = (struct ktime){ 1000, 5 };
	IS(-EAGAIN, "recvmmsg.timeout.none: a timeout, MSG_DONTWAIT and no message: EAGAIN", RECVMMSG, pair[1], room(2),
	   2, MSG_DONTWAIT, &t);
	FACT(t.sec == 1000 && t.nsec == 5, "recvmmsg.timeout.none.kept: after EAGAIN the timeout isn't written");
	put(pair[0], "a");
	put(pair[0], "b");
	put(pair[0], "c");
	t = (struct ktime){ 0, 0 };
	IS(1, "recvmmsg.timeout.0: with a timeout of 0 one message is received", RECVMMSG, pair[1], room(3), 3, 0, &t);
	FACT(!t.sec && !t.nsec, "recvmmsg.timeout.0.left: after a timeout of 0 the remaining time is 0");
	t = (struct ktime){ 0, 1 };
	IS(1, "recvmmsg.timeout.1ns: with a timeout of 1 ns one message is received", RECVMMSG, pair[1], room(3), 3, 0,
	   &t);
	FACT(!t.sec && !t.nsec, "recvmmsg.timeout.1ns.left: after a timeout of 1 ns the remaining time is 0");
	t = (struct ktime){ 1000, 0 };
	IS(1, "recvmmsg.timeout.waitforone: MSG_WAITFORONE with a timeout receives the message that is there", RECVMMSG,
	   pair[1], room(3), 3, MSG_WAITFORONE, &t);
	FACT(t.sec >= 900 && (t.sec < 1000 || !t.nsec),
	     "recvmmsg.timeout.waitforone.left: MSG_WAITFORONE leaves nearly all of the time");
	put(pair[0], "z");
	LIMITED(entry.libc, libc_time)
	{
		struct ktime *constant_time =
			mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*constant_time = (struct ktime){ 10, 0 };
		must(!mprotect(constant_time, page, PROT_READ), "memory");
		IS(-EFAULT,
		   "recvmmsg.timeout.constant: a timeout that can't be written, though a message has come: EFAULT",
		   RECVMMSG, pair[1], room(1), 1, 0, constant_time);
		FACT(!ready(pair[1], POLLIN), "recvmmsg.timeout.constant.lost: after EFAULT the message is lost");
		munmap(constant_time, page);
	}
	close_pair(pair);
}

static void errors(void)
{
	int pair[2], fd;

	DESCRIPTORS("recvmmsg", RECVMMSG, room(1), 1, 0, NULL);
	IS(-EBADF, "recvmmsg.fd.first: the descriptor is checked before the messages: EBADF", RECVMMSG, -1, nowhere(),
	   1, 0, NULL);
	fd = new_socket(&tcp);
	IS(-ENOTCONN, "recvmmsg.tcp.no-peer: a socket without a peer: ENOTCONN", RECVMMSG, fd, room(2), 2, 0, NULL);
	close(fd);
	new_pair(&udp, pair);
	put(pair[1], "x");
	close(pair[0]);
	put(pair[1], "x");
	wait_for(pair[1], POLLERR);
	IS(-ECONNREFUSED, "recvmmsg.udp.refused: an earlier error is reported first: ECONNREFUSED", RECVMMSG, pair[1],
	   room(1), 1, MSG_DONTWAIT, NULL);
	IS(-EAGAIN, "recvmmsg.udp.refused.once: an earlier error is reported once: EAGAIN", RECVMMSG, pair[1], room(1),
	   1, MSG_DONTWAIT, NULL);
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
	IS(1, "recvmmsg.later-error: after an error at the second message the first is returned", RECVMMSG, pair[1],
	   messages, 2, 0, NULL);
	IS(-EINVAL, "recvmmsg.later-error.kept: the next call returns the error of the second message: EINVAL",
	   RECVMMSG, pair[1], room(1), 1, 0, NULL);
	IS(1, "recvmmsg.later-error.after: the call after that receives a message", RECVMMSG, pair[1], room(1), 1,
	   MSG_DONTWAIT, NULL);
	put(pair[0], "c");
	put(pair[0], "d");
	room(2);
	memcpy(nowhere() - sizeof *messages, messages, sizeof *messages);
	IS(1, "recvmmsg.later-efault: when the second element can't be read, the first message is returned", RECVMMSG,
	   pair[1], nowhere() - sizeof *messages, 2, 0, NULL);
	{
		int error = 0;
		socklen_t length = sizeof error;

		IS(0, "recvmmsg.later-efault.option: SO_ERROR can be read after an error at the second message",
		   GETSOCKOPT, pair[1], SOL_SOCKET, SO_ERROR, &error, &length);
		EQ(EFAULT, error,
		   "recvmmsg.later-efault.kept: SO_ERROR returns the error of the second message: EFAULT");
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
