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

		IS(3, f("sendto.%s.to: sends to an address", k->name), SENDTO, fd, "one", 3, 0, &a, la);
		arrives(one);
		FACT(SC(RECV, one, data, sizeof data, MSG_DONTWAIT) == 3 && !memcmp(data, "one", 3),
		     f("sendto.%s.to.data: just that", k->name));
		IS(3, f("sendto.%s.to.other: and to another", k->name), SENDTO, fd, "two", 3, 0, &b, lb);
		arrives(two);
		FACT(SC(RECV, two, data, sizeof data, MSG_DONTWAIT) == 3 && !memcmp(data, "two", 3),
		     f("sendto.%s.to.other.data: just that", k->name));
		IS(-ENOTCONN, f("sendto.%s.to.unconnected: which makes it no peer", k->name), GETPEERNAME, fd, &from,
		   &room);
		must(!SC(CONNECT, fd, &a, la), "a peer");
		IS(2, f("sendto.%s.to.connected: an address goes before the peer", k->name), SENDTO, fd, "22", 2, 0, &b,
		   lb);
		arrives(two);
		EQ(2, SC(RECV, two, data, sizeof data, MSG_DONTWAIT),
		   f("sendto.%s.to.connected.there: and there it arrives", k->name));
		FACT(!ready(one, POLLIN), f("sendto.%s.to.connected.peer: the peer gets nothing", k->name));
		IS(2, f("sendto.%s.to.null: without an address the peer gets it", k->name), SENDTO, fd, "11", 2, 0,
		   NULL, 0);
		arrives(one);
		EQ(2, SC(RECV, one, data, sizeof data, MSG_DONTWAIT),
		   f("sendto.%s.to.null.there: and there it arrives", k->name));
		IS(2, f("sendto.%s.to.null.length: a null pointer's length doesn't matter", k->name), SENDTO, fd, "11",
		   2, 0, NULL, 77);
		IS(-EINVAL, f("sendto.%s.to.negative: a negative length: EINVAL", k->name), SENDTO, fd, "x", 1, 0, &a,
		   -1);
		IS(-EINVAL, f("sendto.%s.to.129: more than any address has: EINVAL", k->name), SENDTO, fd, "x", 1, 0,
		   &a, 129);
		IS(-EFAULT, f("sendto.%s.to.nowhere: an address that can't be read: EFAULT", k->name), SENDTO, fd, "x",
		   1, 0, nowhere(), la);
		IS(1, f("sendto.%s.to.page-end: an address that ends with its page", k->name), SENDTO, fd, "x", 1, 0,
		   memcpy(nowhere() - la, &a, la), la);
		IS(-EINVAL, f("sendto.%s.to.1: not even a family: EINVAL", k->name), SENDTO, fd, "x", 1, 0, &a, 1);
		close(one);
		close(two);
		close(fd);
	}
	{
		union address a = { .un = { .sun_family = AF_UNIX, .sun_path = "absent" } }, b;
		socklen_t length = sizeof a.un;
		int fd = new_socket(&unix_dgram), other = new_socket(&unix_stream), pair[2];
		char c;

		IS(-ENOENT, "sendto.unix-dgram.enoent: a path that isn't there: ENOENT", SENDTO, fd, "x", 1, 0, &a,
		   length);
		must(!SC(BIND, other, &a, length), "a name");
		IS(-EPROTOTYPE, "sendto.unix-dgram.eprototype: a stream socket's path: EPROTOTYPE", SENDTO, fd, "x", 1,
		   0, &a, length);
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
		EQ(1, SC(RECV, pair[1], &c, 1, MSG_DONTWAIT), "sendto.unix-seqpacket.ignored.there: the peer gets it");
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
		IS(-EINVAL, "sendto.udp.short: less than a sockaddr_in: EINVAL", SENDTO, fd, "x", 1, 0, &a, length - 1);
		a.in.sin_port = 0;
		IS(-EINVAL, "sendto.udp.port.0: to port 0: EINVAL", SENDTO, fd, "x", 1, 0, &a, length);
		a.in.sin_port = htons(9);
		a.in.sin_addr.s_addr = htonl(0x7fffffff);
		IS(-EACCES, "sendto.udp.broadcast: a broadcast address without SO_BROADCAST: EACCES", SENDTO, fd, "x",
		   1, 0, &a, length);
		other = new_socket(&udp);
		length = bind_fresh(other, AF_INET, &b);
		b.any.sa_family = AF_UNSPEC;
		IS(1, "sendto.udp.unspec: AF_UNSPEC means AF_INET", SENDTO, fd, "x", 1, 0, &b, length);
		arrives(other);
		EQ(1, SC(RECV, other, &c, 1, MSG_DONTWAIT), "sendto.udp.unspec.there: and arrives");
		length = sizeof a;
		must(!SC(GETSOCKNAME, fd, &a, &length), "a name");
		FACT(a.in.sin_port, "sendto.udp.binds: sending gives the socket a port");
		close(fd);
		close(other);
		new_pair(&udp, pair);
		close(pair[1]);
		IS(1, "sendto.udp.refused: to a port without a socket", SENDTO, pair[0], "x", 1, 0, NULL, 0);
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
		IS(sizeof request, "sendto.netlink: a request to the kernel", SENDTO, fd, &request, sizeof request, 0,
		   &kernel, sizeof kernel);
		FACT(SC(RECV, fd, answer, sizeof answer, 0) > (long)sizeof *first && first->nlmsg_type == RTM_NEWLINK,
		     "sendto.netlink.answer: which answers");
		kernel.nl_family = AF_INET;
		IS(-EINVAL, "sendto.netlink.family: another family's address: EINVAL", SENDTO, fd, &request,
		   sizeof request, 0, &kernel, sizeof kernel);
		kernel.nl_family = AF_NETLINK;
		IS(-EOPNOTSUPP, "sendto.netlink.oob: nothing is out of band: EOPNOTSUPP", SENDTO, fd, &request,
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
	EQ(EACCES, in_child(to_mine, NULL), "sendto.unix-dgram.eacces: a path that one may not write to: EACCES");
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
