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
			     f("socketpair.%s.nothing: and nothing is open then", k->name));
			continue;
		}
		IS(0, f("socketpair.%s: makes two", k->name), SOCKETPAIR, AF_UNIX, k->type, 0, pair);
		FACT(pair[0] >= 0 && pair[1] > pair[0], f("socketpair.%s.order: the second after the first", k->name));
		FACT(fcntl(pair[0], F_GETFD) == 0 && fcntl(pair[1], F_GETFD) == 0,
		     f("socketpair.%s.exec: exec leaves them open", k->name));
		FACT(fcntl(pair[0], F_GETFL) == O_RDWR && fcntl(pair[1], F_GETFL) == O_RDWR,
		     f("socketpair.%s.flags: they block", k->name));
		must(!SC(GETSOCKOPT, pair[1], SOL_SOCKET, SO_TYPE, &value, &length), "an option");
		EQ(k->type, value, f("socketpair.%s.type: of that type", k->name));
		EQ(3, SC(SEND, pair[0], "one", 3, 0), f("socketpair.%s.send: what the first sends", k->name));
		FACT(SC(RECV, pair[1], data, 4, 0) == 3 && !memcmp(data, "one", 3),
		     f("socketpair.%s.recv: the second receives", k->name));
		EQ(3, SC(SEND, pair[1], "two", 3, 0), f("socketpair.%s.send.back: what the second sends", k->name));
		FACT(SC(RECV, pair[0], data, 4, 0) == 3 && !memcmp(data, "two", 3),
		     f("socketpair.%s.recv.back: the first receives", k->name));
		close_pair(pair);
		must(!SC(SOCKETPAIR, AF_UNIX, k->type | SOCK_CLOEXEC, 0, pair), "a pair");
		FACT(is_cloexec(pair[0]) && is_cloexec(pair[1]),
		     f("socketpair.%s.cloexec: SOCK_CLOEXEC is for both", k->name));
		FACT(!is_nonblocking(pair[0]) && !is_nonblocking(pair[1]),
		     f("socketpair.%s.cloexec.alone: and alone", k->name));
		close_pair(pair);
		must(!SC(SOCKETPAIR, AF_UNIX, k->type | SOCK_NONBLOCK, 0, pair), "a pair");
		FACT(is_nonblocking(pair[0]) && is_nonblocking(pair[1]),
		     f("socketpair.%s.nonblock: SOCK_NONBLOCK is for both", k->name));
		FACT(!is_cloexec(pair[0]) && !is_cloexec(pair[1]),
		     f("socketpair.%s.nonblock.alone: and alone", k->name));
		close_pair(pair);
		IS(0, f("socketpair.%s.protocol: the family may be named as protocol", k->name), SOCKETPAIR, AF_UNIX,
		   k->type, AF_UNIX, pair);
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
	IS(-EINVAL, "socketpair.flag: a flag that isn't one: EINVAL", SOCKETPAIR, AF_UNIX, SOCK_STREAM | 0x8000, 0,
	   pair);
	IS(-EINVAL, "socketpair.flag.first: flags are looked at before the family", SOCKETPAIR, 9999,
	   SOCK_STREAM | 0x10, 0, pair);
	IS(-ESOCKTNOSUPPORT, "socketpair.type.rdm: UNIX has no SOCK_RDM: ESOCKTNOSUPPORT", SOCKETPAIR, AF_UNIX,
	   SOCK_RDM, 0, pair);
	IS(-EPROTONOSUPPORT, "socketpair.protocol: UNIX has one protocol: EPROTONOSUPPORT", SOCKETPAIR, AF_UNIX,
	   SOCK_STREAM, 99, pair);
	IS(-EFAULT, "socketpair.nowhere: descriptors that can't be written: EFAULT", SOCKETPAIR, AF_UNIX, SOCK_STREAM,
	   0, nowhere());
	IS(-EFAULT, "socketpair.null: a null pointer: EFAULT", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, NULL);
	IS(-EFAULT, "socketpair.constant: memory that may only be read: EFAULT", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0,
	   constant());
	IS(-EFAULT, "socketpair.second: of which the second can't be written: EFAULT", SOCKETPAIR, AF_UNIX, SOCK_STREAM,
	   0, nowhere() - sizeof(int));
	EQ(first, closed_fd(), "socketpair.nothing-left: no failure leaves a descriptor behind");
	IS(0, "socketpair.page-end: two descriptors at the end of a page", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0,
	   nowhere() - sizeof pair);
	memcpy(pair, nowhere() - sizeof pair, sizeof pair);
	close_pair(pair);
	IS(0, "socketpair.unaligned: they need not be aligned", SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, memory + 1);
	memcpy(pair, memory + 1, sizeof pair);
	FACT(is_open(pair[0]) && is_open(pair[1]), "socketpair.unaligned.open: and are right");
	close_pair(pair);
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = (rlim_t)first + 1;
	setrlimit(RLIMIT_NOFILE, &low);
	pair[0] = -7;
	IS(-EMFILE, "socketpair.emfile: only one descriptor is left to the process: EMFILE", SOCKETPAIR, AF_UNIX,
	   SOCK_STREAM, 0, pair);
	EQ(first, closed_fd(), "socketpair.emfile.free: that one is still free then");
	low.rlim_cur = (rlim_t)first;
	setrlimit(RLIMIT_NOFILE, &low);
	IS(-EMFILE, "socketpair.emfile.none: no descriptor is left to the process: EMFILE", SOCKETPAIR, AF_UNIX,
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
