/* SPDX-License-Identifier: MIT
 * SENDMSG: sendmsg(2). Ancillary data is in rights.c. */
#define _GNU_SOURCE
#define NAME "sendmsg"
#include "sending.h"

static long send_by(int fd, const void *data, size_t size, int flags)
{
	struct letter l;

	return SC(SENDMSG, fd, letter(&l, data, size), flags);
}

static void vectors(void)
{
	EVERY(k)
	{
		static struct iovec many[1025];
		struct iovec parts[3] = { { "ab", 2 }, { nowhere(), 0 }, { "cde", 3 } };
		struct msghdr header = { .msg_iov = parts, .msg_iovlen = 3 };
		char data[8] = "", room[1100];
		int pair[2];

		new_pair(k, pair);
		IS(5, f("sendmsg.%s.iov: data is sent from several parts", k->name), SENDMSG, pair[0], &header, 0);
		FACT(SC(RECV, pair[1], data, sizeof data, 0) == 5 && !memcmp(data, "abcde", 5),
		     f("sendmsg.%s.iov.data: the parts are sent in order", k->name));
		header.msg_iovlen = 1025;
		header.msg_iov = many;
		IS(-EMSGSIZE, f("sendmsg.%s.iov.1025: more than UIO_MAXIOV parts: EMSGSIZE", k->name), SENDMSG, pair[0],
		   &header, 0);
		for (int i = 0; i < 1024; i++)
			many[i] = (struct iovec){ "x", 1 };
		header.msg_iovlen = 1024;
		IS(1024, f("sendmsg.%s.iov.1024: UIO_MAXIOV parts are sent", k->name), SENDMSG, pair[0], &header, 0);
		must(SC(RECV, pair[1], room, sizeof room, 0) == 1024 || k->family != AF_UNIX, "data");
		header.msg_iov = (struct iovec *)nowhere();
		header.msg_iovlen = 1;
		IS(-EFAULT, f("sendmsg.%s.iov.nowhere: parts that can't be read: EFAULT", k->name), SENDMSG, pair[0],
		   &header, 0);
		header.msg_iovlen = 0;
		IS(0, f("sendmsg.%s.iov.0: a message without parts is sent", k->name), SENDMSG, pair[0], &header, 0);
		close_pair(pair);
		new_pair(k, pair);
		header.msg_iov = (struct iovec[]){ { "a", 1 }, { "b", (size_t)-1 } };
		header.msg_iovlen = 2;
		IS(-EINVAL, f("sendmsg.%s.iov.negative: a part with a negative length: EINVAL", k->name), SENDMSG,
		   pair[0], &header, 0);
		IS(-EFAULT, f("sendmsg.%s.header.nowhere: a message that can't be read: EFAULT", k->name), SENDMSG,
		   pair[0], nowhere(), 0);
		IS(-EFAULT, f("sendmsg.%s.header.null: a null pointer: EFAULT", k->name), SENDMSG, pair[0], NULL, 0);
		header.msg_iovlen = 1;
		memcpy(nowhere() - sizeof header, &header, sizeof header);
		IS(1, f("sendmsg.%s.header.page-end: a message that ends where its page ends is read", k->name),
		   SENDMSG, pair[0], nowhere() - sizeof header, 0);
		header.msg_flags = -1;
		IS(1, f("sendmsg.%s.header.flags: msg_flags are ignored", k->name), SENDMSG, pair[0], &header, 0);
		close_pair(pair);
	}
}

static void names(void)
{
	EACH_DATAGRAMS(k)
	{
		union address a;
		struct letter l;
		int to = new_socket(k), fd = new_socket(k);
		socklen_t length = bind_fresh(to, k->family, &a);
		struct msghdr *m = letter(&l, "data", 4);
		char data[8];

		m->msg_name = &a;
		m->msg_namelen = length;
		IS(4, f("sendmsg.%s.name: data is sent to an address", k->name), SENDMSG, fd, m, 0);
		arrives(to);
		EQ(4, SC(RECV, to, data, sizeof data, MSG_DONTWAIT),
		   f("sendmsg.%s.name.there: the socket at the address receives the data", k->name));
		m->msg_namelen = (socklen_t)-1;
		IS(-EINVAL, f("sendmsg.%s.name.negative: a negative length of the address: EINVAL", k->name), SENDMSG,
		   fd, m, 0);
		m->msg_namelen = length;
		m->msg_name = nowhere();
		IS(-EFAULT, f("sendmsg.%s.name.nowhere: an address that can't be read: EFAULT", k->name), SENDMSG, fd,
		   m, 0);
		m->msg_name = memcpy(nowhere() - length, &a, length);
		IS(4, f("sendmsg.%s.name.page-end: an address that ends where its page ends is read", k->name), SENDMSG,
		   fd, m, 0);
		m->msg_name = NULL;
		IS(k->family == AF_UNIX ? -ENOTCONN : -EDESTADDRREQ,
		   f("sendmsg.%s.name.null: with a null pointer for the address its length is ignored", k->name),
		   SENDMSG, fd, m, 0);
		must(!SC(CONNECT, fd, &a, length), "a peer");
		IS(4,
		   f("sendmsg.%s.name.null.peer: with a null pointer for the address the peer receives the data",
		     k->name),
		   SENDMSG, fd, m, 0);
		m->msg_name = nowhere();
		m->msg_namelen = 0;
		IS(4, f("sendmsg.%s.name.0: an address of length 0 means the peer", k->name), SENDMSG, fd, m, 0);
		close(to);
		close(fd);
	}
	{
		/* the kernel cuts a longer address to the longest (net/socket.c), which UDP accepts and UNIX doesn't */
		union {
			union address a;
			char room[256];
		} big;
		struct letter l;
		struct msghdr *m = letter(&l, "data", 4);
		int to = new_socket(&udp), fd = new_socket(&udp);

		bind_fresh(to, AF_INET, &big.a);
		m->msg_name = &big;
		m->msg_namelen = 200;
		IS(4, "sendmsg.udp.name.200: a length beyond that of any address is cut", SENDMSG, fd, m, 0);
		close(to);
		close(fd);
	}
}

int main(void)
{
	struct letter l;

	facts_begin();
	DESCRIPTORS("sendmsg", SENDMSG, letter(&l, "x", 1), 0);
	IS(-EBADF, "sendmsg.fd.first: the descriptor is checked before the message: EBADF", SENDMSG, -1, nowhere(), 0);
	sends();
	broken_pipes();
	no_peer();
	sizes();
	vectors();
	names();
	return facts_end();
}
