/* SPDX-License-Identifier: MIT
 * SOCKETPAIR: socketpair(2). */
#define _GNU_SOURCE
#include "kit.h"

#include <linux/netlink.h>
#include <sys/resource.h>

static void pairs(void)
{
	for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
		int pair[2] = { -1, -1 }, value;
		socklen_t length = sizeof value;
		char data[4];

		if (k->family != AF_UNIX) {
			IS(-EOPNOTSUPP, f("socketpair.%s: INET has no pairs: EOPNOTSUPP", k->name), SOCKETPAIR,
			   k->family, k->type, 0, pair);
			/* the kernel may have written the descriptors' numbers before the failure (net/socket.c) */
			FACT(!is_open(pair[0]) && !is_open(pair[1]),
			     f("socketpair.%s.nothing: after EOPNOTSUPP no descriptor is open", k->name));
			continue;
		}
		IS(0, f("socketpair.%s: two sockets are created", k->name), SOCKETPAIR, AF_UNIX, k->type, 0, pair);
		FACT(pair[0] >= 0 && pair[1] > pair[0],
		     f("socketpair.%s.order: the second descriptor is greater than the first", k->name));
		FACT(fcntl(pair[0], F_GETFD) == 0 && fcntl(pair[1], F_GETFD) == 0,
		     f("socketpair.%s.exec: the new descriptors stay open on exec", k->name));
		FACT(fcntl(pair[0], F_GETFL) == O_RDWR && fcntl(pair[1], F_GETFL) == O_RDWR,
		     f("socketpair.%s.flags: the new sockets can be read and written, and block", k->name));
		must(!SC(GETSOCKOPT, pair[1], SOL_SOCKET, SO_TYPE, &value, &length), "an option");
		EQ(k->type, value, f("socketpair.%s.type: SO_TYPE is the type that was asked for", k->name));
		EQ(3, SC(SEND, pair[0], "one", 3, 0), f("socketpair.%s.send: the first socket can send", k->name));
		FACT(SC(RECV, pair[1], data, 4, 0) == 3 && !memcmp(data, "one", 3),
		     f("socketpair.%s.recv: the second socket receives what the first sent", k->name));
		EQ(3, SC(SEND, pair[1], "two", 3, 0),
		   f("socketpair.%s.send.back: the second socket can send", k->name));
		FACT(SC(RECV, pair[0], data, 4, 0) == 3 && !memcmp(data, "two", 3),
		     f("socketpair.%s.recv.back: the first socket receives what the second sent", k->name));
		close_pair(pair);
		must(!SC(SOCKETPAIR, AF_UNIX, k->type | SOCK_CLOEXEC, 0, pair), "a pair");
		FACT(is_cloexec(pair[0]) && is_cloexec(pair[1]),
		     f("socketpair.%s.cloexec: SOCK_CLOEXEC makes both descriptors close on exec", k->name));
		FACT(!is_nonblocking(pair[0]) && !is_nonblocking(pair[1]),
		     f("socketpair.%s.cloexec.alone: SOCK_CLOEXEC alone makes neither socket nonblocking", k->name));
		close_pair(pair);
		must(!SC(SOCKETPAIR, AF_UNIX, k->type | SOCK_NONBLOCK, 0, pair), "a pair");
		FACT(is_nonblocking(pair[0]) && is_nonblocking(pair[1]),
		     f("socketpair.%s.nonblock: SOCK_NONBLOCK makes both sockets nonblocking", k->name));
		FACT(!is_cloexec(pair[0]) && !is_cloexec(pair[1]),
		     f("socketpair.%s.nonblock.alone: SOCK_NONBLOCK alone makes neither descriptor close on exec",
		       k->name));
		close_pair(pair);
		IS(0, f("socketpair.%s.protocol: the protocol may be the family's number", k->name), SOCKETPAIR,
		   AF_UNIX, k->type, AF_UNIX, pair);
		close_pair(pair);
	}
}

static void errors(void)
{
	struct rlimit limit, low;
	int pair[2] = { -1, -1 }, first = closed_fd();
	char memory[9];

	IS(-EAFNOSUPPORT, "socketpair.family: a family beyond the last: EAFNOSUPPORT", SOCKETPAIR, 9999, SOCK_STREAM, 0,
	   pair);
	IS(-EAFNOSUPPORT, "socketpair.family.negative: a negative family: EAFNOSUPPORT", SOCKETPAIR, -1, SOCK_STREAM, 0,
	   pair);
	IS(-EAFNOSUPPORT, "socketpair.family.unspec: AF_UNSPEC: EAFNOSUPPORT", SOCKETPAIR, 0, SOCK_STREAM, 0, pair);
	IS(-EINVAL, "socketpair.type: a type beyond the last: EINVAL", SOCKETPAIR, AF_UNIX, 15, 0, pair);
	IS(-EINVAL, "socketpair.flag: an unknown flag: EINVAL", SOCKETPAIR, AF_UNIX, SOCK_STREAM | 0x8000, 0, pair);
	IS(-EINVAL, "socketpair.flag.first: flags are checked before the family: EINVAL", SOCKETPAIR, 9999,
	   SOCK_STREAM | 0x10, 0, pair);
	IS(-ESOCKTNOSUPPORT, "socketpair.type.rdm: UNIX has no SOCK_RDM: ESOCKTNOSUPPORT", SOCKETPAIR, AF_UNIX,
	   SOCK_RDM, 0, pair);
	IS(-EPROTONOSUPPORT, "socketpair.protocol: UNIX has only the protocols 0 and 1: EPROTONOSUPPORT", SOCKETPAIR,
	   AF_UNIX, SOCK_STREAM, 99, pair);
	IS(-EFAULT, "socketpair.nowhere: an array that can't be written: EFAULT", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0,
	   nowhere());
	IS(-EFAULT, "socketpair.null: a null pointer: EFAULT", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, NULL);
	IS(-EFAULT, "socketpair.constant: an array in read-only memory: EFAULT", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0,
	   constant());
	IS(-EFAULT, "socketpair.second: an array whose second element can't be written: EFAULT", SOCKETPAIR, AF_UNIX,
	   SOCK_STREAM, 0, nowhere() - sizeof(int));
	EQ(first, closed_fd(), "socketpair.nothing-left: after these errors no descriptor is left open");
	IS(0, "socketpair.page-end: an array that ends where its page ends is written", SOCKETPAIR, AF_UNIX,
	   SOCK_STREAM, 0, nowhere() - sizeof pair);
	memcpy(pair, nowhere() - sizeof pair, sizeof pair);
	close_pair(pair);
	IS(0, "socketpair.unaligned: an unaligned array is no error", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, memory + 1);
	memcpy(pair, memory + 1, sizeof pair);
	FACT(is_open(pair[0]) && is_open(pair[1]),
	     "socketpair.unaligned.open: the descriptors in an unaligned array are open");
	close_pair(pair);
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = (rlim_t)first + 1;
	setrlimit(RLIMIT_NOFILE, &low);
	pair[0] = -7;
	IS(-EMFILE, "socketpair.emfile: the process has only one free descriptor: EMFILE", SOCKETPAIR, AF_UNIX,
	   SOCK_STREAM, 0, pair);
	EQ(first, closed_fd(), "socketpair.emfile.free: after EMFILE that descriptor is still free");
	low.rlim_cur = (rlim_t)first;
	setrlimit(RLIMIT_NOFILE, &low);
	IS(-EMFILE, "socketpair.emfile.none: the process has no free descriptor: EMFILE", SOCKETPAIR, AF_UNIX,
	   SOCK_STREAM, 0, pair);
	setrlimit(RLIMIT_NOFILE, &limit);
	IS(-EOPNOTSUPP, "socketpair.netlink: NETLINK has no pairs: EOPNOTSUPP", SOCKETPAIR, AF_NETLINK, SOCK_RAW,
	   NETLINK_ROUTE, pair);
}

int main(void)
{
	facts_begin();
	pairs();
	errors();
	return facts_end();
}
