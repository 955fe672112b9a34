/* SPDX-License-Identifier: MIT
 * SENDTO: sendto(2). */
#define _GNU_SOURCE
#define NAME "sendto"
#include "sending.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

static long send_by(int fd, const void *data, size_t size, int flags)
{
	return SC(SENDTO, fd, data, size, flags, NULL, 0);
}

static void addresses(void)
{
	EACH_DATAGRAMS(k)
	{
		union address a, b, from;
		int one = new_socket(k), two = new_socket(k), fd = new_socket(k);
		socklen_t la = bind_fresh(one, k->family, &a), lb = bind_fresh(two, k->family, &b), room = sizeof from;
		char data[8];

		IS(3, f("sendto.%s.to: data is sent to an address", k->name), SENDTO, fd, "one", 3, 0, &a, la);
		arrives(one);
		FACT(SC(RECV, one, data, sizeof data, MSG_DONTWAIT) == 3 && !memcmp(data, "one", 3),
		     f("sendto.%s.to.data: the socket at the address receives what was sent", k->name));
		IS(3, f("sendto.%s.to.other: data can be sent to a second address", k->name), SENDTO, fd, "two", 3, 0,
		   &b, lb);
		arrives(two);
		FACT(SC(RECV, two, data, sizeof data, MSG_DONTWAIT) == 3 && !memcmp(data, "two", 3),
		     f("sendto.%s.to.other.data: the socket at the second address receives what was sent", k->name));
		IS(-ENOTCONN, f("sendto.%s.to.unconnected: sending to an address sets no peer", k->name), GETPEERNAME,
		   fd, &from, &room);
		must(!SC(CONNECT, fd, &a, la), "a peer");
		IS(2, f("sendto.%s.to.connected: a connected socket can send to another address", k->name), SENDTO, fd,
		   "22", 2, 0, &b, lb);
		arrives(two);
		EQ(2, SC(RECV, two, data, sizeof data, MSG_DONTWAIT),
		   f("sendto.%s.to.connected.there: the socket at that address receives the data", k->name));
		FACT(!ready(one, POLLIN), f("sendto.%s.to.connected.peer: the peer receives nothing", k->name));
		IS(2, f("sendto.%s.to.null: a connected socket can send without an address", k->name), SENDTO, fd, "11",
		   2, 0, NULL, 0);
		arrives(one);
		EQ(2, SC(RECV, one, data, sizeof data, MSG_DONTWAIT),
		   f("sendto.%s.to.null.there: without an address the peer receives the data", k->name));
		IS(2, f("sendto.%s.to.null.length: with a null pointer for the address its length is ignored", k->name),
		   SENDTO, fd, "11", 2, 0, NULL, 77);
		IS(-EINVAL, f("sendto.%s.to.negative: a negative length of the address: EINVAL", k->name), SENDTO, fd,
		   "x", 1, 0, &a, -1);
		IS(-EINVAL, f("sendto.%s.to.129: a length beyond that of any address: EINVAL", k->name), SENDTO, fd,
		   "x", 1, 0, &a, 129);
		IS(-EFAULT, f("sendto.%s.to.nowhere: an address that can't be read: EFAULT", k->name), SENDTO, fd, "x",
		   1, 0, nowhere(), la);
		IS(1, f("sendto.%s.to.page-end: an address that ends where its page ends is read", k->name), SENDTO, fd,
		   "x", 1, 0, memcpy(nowhere() - la, &a, la), la);
		IS(-EINVAL, f("sendto.%s.to.1: less than the family's two bytes: EINVAL", k->name), SENDTO, fd, "x", 1,
		   0, &a, 1);
		close(one);
		close(two);
		close(fd);
	}
	{
		union address a = { .un = { .sun_family = AF_UNIX, .sun_path = "absent" } }, b;
		socklen_t length = sizeof a.un;
		int fd = new_socket(&unix_dgram), other = new_socket(&unix_stream), pair[2];
		char c;

		IS(-ENOENT, "sendto.unix-dgram.enoent: a missing path: ENOENT", SENDTO, fd, "x", 1, 0, &a, length);
		must(!SC(BIND, other, &a, length), "a name");
		IS(-EPROTOTYPE, "sendto.unix-dgram.eprototype: the path of a stream socket: EPROTOTYPE", SENDTO, fd,
		   "x", 1, 0, &a, length);
		unlink("absent");
		length = fresh_address(AF_UNIX, &a);
		IS(-ECONNREFUSED, "sendto.unix-dgram.refused: a name that no socket has: ECONNREFUSED", SENDTO, fd, "x",
		   1, 0, &a, length);
		a.any.sa_family = AF_INET;
		IS(-EINVAL, "sendto.unix-dgram.family: another family's address: EINVAL", SENDTO, fd, "x", 1, 0, &a,
		   length);
		a.any.sa_family = AF_UNIX;
		close(fd);
		close(other);
		new_pair(&unix_stream, pair);
		IS(-EISCONN, "sendto.unix-stream.eisconn: an address on a connected stream: EISCONN", SENDTO, pair[0],
		   "x", 1, 0, &a, length);
		close_pair(pair);
		fd = new_socket(&unix_stream);
		IS(-EOPNOTSUPP, "sendto.unix-stream.eopnotsupp: an address on an unconnected stream: EOPNOTSUPP",
		   SENDTO, fd, "x", 1, 0, &a, length);
		close(fd);
		new_pair(&unix_seqpacket, pair);
		IS(1, "sendto.unix-seqpacket.ignored: an address on a connected SEQPACKET socket is ignored", SENDTO,
		   pair[0], "x", 1, 0, &a, length);
		EQ(1, SC(RECV, pair[1], &c, 1, MSG_DONTWAIT),
		   "sendto.unix-seqpacket.ignored.there: the peer receives data that was sent with an ignored address");
		close_pair(pair);
		length = fresh_address(AF_INET, &a);
		new_pair(&tcp, pair);
		IS(1, "sendto.tcp.ignored: an address on a connected TCP socket is ignored", SENDTO, pair[0], "x", 1, 0,
		   &a, length);
		close_pair(pair);

		fd = new_socket(&udp);
		a.in.sin_port = htons(9);
		a.any.sa_family = 99;
		IS(-EAFNOSUPPORT, "sendto.udp.family: another family's address: EAFNOSUPPORT", SENDTO, fd, "x", 1, 0,
		   &a, length);
		a.any.sa_family = AF_INET;
		IS(-EINVAL, "sendto.udp.short: a length less than a sockaddr_in's: EINVAL", SENDTO, fd, "x", 1, 0, &a,
		   length - 1);
		a.in.sin_port = 0;
		IS(-EINVAL, "sendto.udp.port.0: port 0: EINVAL", SENDTO, fd, "x", 1, 0, &a, length);
		a.in.sin_port = htons(9);
		a.in.sin_addr.s_addr = htonl(0x7fffffff);
		IS(-EACCES, "sendto.udp.broadcast: a broadcast address without SO_BROADCAST: EACCES", SENDTO, fd, "x",
		   1, 0, &a, length);
		other = new_socket(&udp);
		length = bind_fresh(other, AF_INET, &b);
		b.any.sa_family = AF_UNSPEC;
		IS(1, "sendto.udp.unspec: AF_UNSPEC is taken for AF_INET", SENDTO, fd, "x", 1, 0, &b, length);
		arrives(other);
		EQ(1, SC(RECV, other, &c, 1, MSG_DONTWAIT),
		   "sendto.udp.unspec.there: data that was sent to an AF_UNSPEC address is received");
		length = sizeof a;
		must(!SC(GETSOCKNAME, fd, &a, &length), "a name");
		FACT(a.in.sin_port, "sendto.udp.binds: sending gives the socket a port");
		close(fd);
		close(other);
		new_pair(&udp, pair);
		close(pair[1]);
		IS(1, "sendto.udp.refused: data can be sent to a port that no socket has", SENDTO, pair[0], "x", 1, 0,
		   NULL, 0);
		wait_for(pair[0], POLLERR);
		IS(-ECONNREFUSED, "sendto.udp.refused.told: the next call returns the error: ECONNREFUSED", SENDTO,
		   pair[0], "x", 1, 0, NULL, 0);
		close(pair[0]);
	}
}

static void netlink(void)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg message;
	} request = {
		{ .nlmsg_len = sizeof request, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		{ .rtgen_family = AF_UNSPEC }
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	char answer[16384];
	int fd = (int)SC(SOCKET, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	const struct nlmsghdr *first = (const struct nlmsghdr *)answer;

	LIMITED(fd < 0, netlink)
	{
		IS(sizeof request, "sendto.netlink: a request is sent to the kernel", SENDTO, fd, &request,
		   sizeof request, 0, &kernel, sizeof kernel);
		FACT(SC(RECV, fd, answer, sizeof answer, 0) > (long)sizeof *first && first->nlmsg_type == RTM_NEWLINK,
		     "sendto.netlink.answer: the kernel's answer is received");
		kernel.nl_family = AF_INET;
		IS(-EINVAL, "sendto.netlink.family: another family's address: EINVAL", SENDTO, fd, &request,
		   sizeof request, 0, &kernel, sizeof kernel);
		kernel.nl_family = AF_NETLINK;
		IS(-EOPNOTSUPP, "sendto.netlink.oob: MSG_OOB on NETLINK: EOPNOTSUPP", SENDTO, fd, &request,
		   sizeof request, MSG_OOB, &kernel, sizeof kernel);
	}
	close(fd);
}

static int to_mine(void *argument)
{
	union address a = { .un = { .sun_family = AF_UNIX, .sun_path = "mine" } };

	(void)argument;
	if (!become_nobody())
		return 255;
	return (int)-SC(SENDTO, new_socket(&unix_dgram), "x", 1, 0, &a, sizeof a.un);
}

static void privilege(void)
{
	union address a = { .un = { .sun_family = AF_UNIX, .sun_path = "mine" } };
	int fd = new_socket(&unix_dgram);

	must(!SC(BIND, fd, &a, sizeof a.un) && !chmod("mine", 0500), "a name");
	LIMITED(in_child(to_mine, NULL) == 255, user)
	EQ(EACCES, in_child(to_mine, NULL), "sendto.unix-dgram.eacces: a path without write permission: EACCES");
	unlink("mine");
	close(fd);
}

int main(void)
{
	facts_begin();
	DESCRIPTORS("sendto", SENDTO, "x", 1, 0, NULL, 0);
	sends();
	broken_pipes();
	no_peer();
	sizes();
	addresses();
	netlink();
	privilege();
	return facts_end();
}
