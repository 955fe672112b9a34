/* SPDX-License-Identifier: MIT
 * SOCKET: socket(2). */
#define _GNU_SOURCE
#include "kit.h"

#include <linux/netlink.h>
#include <sys/resource.h>

static void makes(void)
{
	static const struct {
		struct kind kind;
		int protocol;
	} protocols[] = {
		{ { "tcp", AF_INET, SOCK_STREAM }, IPPROTO_TCP },
		{ { "udp", AF_INET, SOCK_DGRAM }, IPPROTO_UDP },
		{ { "unix", AF_UNIX, SOCK_STREAM },
		  AF_UNIX }, /* the kernel accepts PF_UNIX as the protocol, too (net/unix/af_unix.c) */
	};
	socklen_t length;
	int value;

	EVERY(k)
	{
		int fd = FD(f("socket.%s: a socket is created", k->name), SOCKET, k->family, k->type, 0);

		FACT(fcntl(fd, F_GETFD) == 0, f("socket.%s.exec: the new descriptor stays open on exec", k->name));
		EQ(O_RDWR, fcntl(fd, F_GETFL),
		   f("socket.%s.flags: the new socket can be read and written, and blocks", k->name));
		length = sizeof value;
		SC(GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, &value, &length);
		EQ(k->type, value, f("socket.%s.type: SO_TYPE is the type that was asked for", k->name));
		SC(GETSOCKOPT, fd, SOL_SOCKET, SO_DOMAIN, &value, &length);
		EQ(k->family, value, f("socket.%s.family: SO_DOMAIN is the family that was asked for", k->name));
		close(fd);
	}
	for (int i = 0; i < LENGTH(protocols); i++) {
		const struct kind *k = &protocols[i].kind;
		int fd = FD(f("socket.protocol.%s: a protocol that fits the type is accepted", k->name), SOCKET,
			    k->family, k->type, protocols[i].protocol);

		close(fd);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		int fd = FD("socket.tcp6: an INET6 TCP socket is created", SOCKET, AF_INET6, SOCK_STREAM, 0);

		close(fd);
		fd = FD("socket.udp6: an INET6 UDP socket is created", SOCKET, AF_INET6, SOCK_DGRAM, 0);
		close(fd);
		IS(-ESOCKTNOSUPPORT, "socket.inet6.seqpacket: INET6 has no SOCK_SEQPACKET: ESOCKTNOSUPPORT", SOCKET,
		   AF_INET6, SOCK_SEQPACKET, 0);
	}
}

static void netlink(void)
{
	int probe = (int)SC(SOCKET, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	close(probe);
	LIMITED(probe < 0, netlink)
	{
		int fd = FD("socket.netlink.raw: a NETLINK socket of type SOCK_RAW is created", SOCKET, AF_NETLINK,
			    SOCK_RAW, NETLINK_ROUTE);

		close(fd);
		fd = FD("socket.netlink.dgram: a NETLINK socket of type SOCK_DGRAM is created", SOCKET, AF_NETLINK,
			SOCK_DGRAM, NETLINK_ROUTE);
		close(fd);
		IS(-ESOCKTNOSUPPORT, "socket.netlink.stream: NETLINK has no SOCK_STREAM: ESOCKTNOSUPPORT", SOCKET,
		   AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE);
		IS(-EPROTONOSUPPORT, "socket.netlink.protocol: a protocol beyond NETLINK's last: EPROTONOSUPPORT",
		   SOCKET, AF_NETLINK, SOCK_RAW, 99);
		IS(-EPROTONOSUPPORT, "socket.netlink.negative: a negative protocol: EPROTONOSUPPORT", SOCKET,
		   AF_NETLINK, SOCK_RAW, -1);
	}
}

static void flags(void)
{
	EVERY(k)
	{
		int fd = FD(f("socket.%s.cloexec: socket accepts SOCK_CLOEXEC", k->name), SOCKET, k->family,
			    k->type | SOCK_CLOEXEC, 0);

		FACT(is_cloexec(fd),
		     f("socket.%s.cloexec.set: SOCK_CLOEXEC makes the new descriptor close on exec", k->name));
		FACT(!is_nonblocking(fd),
		     f("socket.%s.cloexec.alone: SOCK_CLOEXEC alone doesn't make the new socket nonblocking", k->name));
		close(fd);
		fd = FD(f("socket.%s.nonblock: socket accepts SOCK_NONBLOCK", k->name), SOCKET, k->family,
			k->type | SOCK_NONBLOCK, 0);
		FACT(is_nonblocking(fd),
		     f("socket.%s.nonblock.set: SOCK_NONBLOCK makes the new socket nonblocking", k->name));
		FACT(!is_cloexec(fd),
		     f("socket.%s.nonblock.alone: SOCK_NONBLOCK alone doesn't make the new descriptor close on exec",
		       k->name));
		close(fd);
		fd = FD(f("socket.%s.both: socket accepts SOCK_CLOEXEC and SOCK_NONBLOCK together", k->name), SOCKET,
			k->family, k->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		FACT(is_cloexec(fd) && is_nonblocking(fd),
		     f("socket.%s.both.set: SOCK_CLOEXEC and SOCK_NONBLOCK together both take effect", k->name));
		close(fd);
	}
	IS(-EINVAL, "socket.flag.0x10: an unknown flag: EINVAL", SOCKET, AF_UNIX, SOCK_STREAM | 0x10, 0);
	IS(-EINVAL, "socket.flag.0x8000: an unknown flag, 0x8000: EINVAL", SOCKET, AF_UNIX, SOCK_STREAM | 0x8000, 0);
	IS(-EINVAL, "socket.flag.0x40000000: an unknown flag, 0x40000000: EINVAL", SOCKET, AF_UNIX,
	   SOCK_STREAM | 0x40000000, 0);
	IS(-EINVAL, "socket.flag.sign: a negative type: EINVAL", SOCKET, AF_UNIX, (int)(SOCK_STREAM | 0x80000000u), 0);
	IS(-EINVAL, "socket.flag.first: flags are checked before the family: EINVAL", SOCKET, 9999, SOCK_STREAM | 0x10,
	   0);
}

static void errors(void)
{
	IS(-EAFNOSUPPORT, "socket.family.unspec: AF_UNSPEC: EAFNOSUPPORT", SOCKET, AF_UNSPEC, SOCK_STREAM, 0);
	IS(-EAFNOSUPPORT, "socket.family.last: a family beyond the last: EAFNOSUPPORT", SOCKET, 255, SOCK_STREAM, 0);
	IS(-EAFNOSUPPORT, "socket.family.huge: the greatest int as a family: EAFNOSUPPORT", SOCKET, 0x7fffffff,
	   SOCK_STREAM, 0);
	IS(-EAFNOSUPPORT, "socket.family.negative: a negative family: EAFNOSUPPORT", SOCKET, -1, SOCK_STREAM, 0);
	IS(-EAFNOSUPPORT, "socket.family.least: the least int as a family: EAFNOSUPPORT", SOCKET, (int)0x80000000u,
	   SOCK_STREAM, 0);
	IS(-EAFNOSUPPORT, "socket.family.before-type: the family is checked before the type: EAFNOSUPPORT", SOCKET,
	   9999, 15, 0);
	IS(-EINVAL, "socket.type.15: a type beyond the last: EINVAL", SOCKET, AF_UNIX, 15, 0);
	IS(-EINVAL, "socket.type.11: the first number beyond the last type: EINVAL", SOCKET, AF_INET, 11, 0);
	IS(-ESOCKTNOSUPPORT, "socket.type.0.unix: UNIX has no type 0: ESOCKTNOSUPPORT", SOCKET, AF_UNIX, 0, 0);
	IS(-ESOCKTNOSUPPORT, "socket.type.0.inet: INET has no type 0: ESOCKTNOSUPPORT", SOCKET, AF_INET, 0, 0);
	IS(-ESOCKTNOSUPPORT, "socket.type.rdm.unix: UNIX has no SOCK_RDM: ESOCKTNOSUPPORT", SOCKET, AF_UNIX, SOCK_RDM,
	   0);
	IS(-ESOCKTNOSUPPORT, "socket.type.seqpacket.inet: INET has no SOCK_SEQPACKET: ESOCKTNOSUPPORT", SOCKET, AF_INET,
	   SOCK_SEQPACKET, 0);
	IS(-ESOCKTNOSUPPORT, "socket.type.rdm.inet: INET has no SOCK_RDM: ESOCKTNOSUPPORT", SOCKET, AF_INET, SOCK_RDM,
	   0);
	IS(-EPROTONOSUPPORT, "socket.protocol.unix.99: UNIX has only the protocols 0 and 1: EPROTONOSUPPORT", SOCKET,
	   AF_UNIX, SOCK_STREAM, 99);
	IS(-EPROTONOSUPPORT, "socket.protocol.unix.negative: a negative protocol: EPROTONOSUPPORT", SOCKET, AF_UNIX,
	   SOCK_STREAM, -1);
	IS(-EPROTONOSUPPORT, "socket.protocol.tcp-is-no-dgram: TCP for SOCK_DGRAM: EPROTONOSUPPORT", SOCKET, AF_INET,
	   SOCK_DGRAM, IPPROTO_TCP);
	IS(-EPROTONOSUPPORT, "socket.protocol.udp-is-no-stream: UDP for SOCK_STREAM: EPROTONOSUPPORT", SOCKET, AF_INET,
	   SOCK_STREAM, IPPROTO_UDP);
	IS(-EINVAL, "socket.protocol.inet.negative: a negative protocol of INET: EINVAL", SOCKET, AF_INET, SOCK_STREAM,
	   -1);
	IS(-EINVAL, "socket.protocol.inet.huge: a protocol beyond INET's last: EINVAL", SOCKET, AF_INET, SOCK_STREAM,
	   0x7fffffff);
}

static int unprivileged(void *argument)
{
	const int *w = argument;
	long r;

	if (!become_nobody())
		return 255;
	r = SC(SOCKET, w[0], w[1], w[2]);
	return r < 0 ? (int)-r : 0;
}

static void privilege(void)
{
	struct rlimit limit, low;
	int raw[] = { AF_INET, SOCK_RAW, IPPROTO_ICMP };
	int free_fd = closed_fd();

	LIMITED(in_child(unprivileged, (int[]){ AF_UNIX, SOCK_STREAM, 0 }), user)
	EQ(EPERM, in_child(unprivileged, raw), "socket.raw.unprivileged: a raw socket without CAP_NET_RAW: EPERM");
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = (rlim_t)free_fd;
	setrlimit(RLIMIT_NOFILE, &low);
	IS(-EMFILE, "socket.emfile: the process has no free descriptor: EMFILE", SOCKET, AF_UNIX, SOCK_STREAM, 0);
	IS(-EAFNOSUPPORT, "socket.emfile.last: the family is checked before a descriptor is taken: EAFNOSUPPORT",
	   SOCKET, 9999, SOCK_STREAM, 0);
	setrlimit(RLIMIT_NOFILE, &limit);
	{
		int fd = FD("socket.emfile.over: when a descriptor is free again, socket succeeds", SOCKET, AF_UNIX,
			    SOCK_STREAM, 0);

		EQ(free_fd, fd, "socket.lowest: the lowest free descriptor is taken");
		close(fd);
	}
}

int main(void)
{
	facts_begin();
	makes();
	netlink();
	flags();
	errors();
	privilege();
	return facts_end();
}
