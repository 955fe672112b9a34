/* SPDX-License-Identifier: MIT
 * SETSOCKOPT: setsockopt(2), socket(7), ip(7), ipv6(7), tcp(7), unix(7). getsockopt() reads back what was set. */
#define _GNU_SOURCE
#include "kit.h"

#include <linux/filter.h>
#include <linux/time_types.h>
#include <netinet/tcp.h>
#include <stdbool.h>

static int value_of(int fd, int level, int option)
{
	int value = -12345;
	socklen_t length = sizeof value;

	must(!SC(GETSOCKOPT, fd, level, option, &value, &length), "an option");
	return value;
}

/* Returns whether the option can be set to 0 and to 1, and is then read back as that. */
static bool switches(int fd, int level, int option)
{
	for (int wanted = 1; wanted >= 0; wanted--)
		if (SC(SETSOCKOPT, fd, level, option, &wanted, sizeof wanted) || value_of(fd, level, option) != wanted)
			return false;
	return true;
}

/* A fact about an option of a kind of sockets; `kind` and `word` are parts of the fact's name. */
#define SWITCHES(fd, level, option, kind, word)                                                                        \
	FACT(switches(fd, level, option), f("setsockopt.%s." word ": " #option " can be switched on and off", kind))

static void switch_options(void)
{
	EVERY(k)
	{
		int fd = new_socket(k);

		SWITCHES(fd, SOL_SOCKET, SO_REUSEADDR, k->name, "reuseaddr");
		SWITCHES(fd, SOL_SOCKET, SO_BROADCAST, k->name, "broadcast");
		SWITCHES(fd, SOL_SOCKET, SO_DONTROUTE, k->name, "dontroute");
		SWITCHES(fd, SOL_SOCKET, SO_KEEPALIVE, k->name, "keepalive");
		SWITCHES(fd, SOL_SOCKET, SO_OOBINLINE, k->name, "oobinline");
		SWITCHES(fd, SOL_SOCKET, SO_TIMESTAMP, k->name, "timestamp");
		SWITCHES(fd, SOL_SOCKET, SO_TIMESTAMPNS, k->name, "timestampns");
		SWITCHES(fd, SOL_SOCKET, SO_RXQ_OVFL, k->name, "rxq-ovfl");
		SWITCHES(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, k->name, "select-err-queue");
		close(fd);
	}
	EACH_CONNECTION(k)
	{
		int fd = new_socket(k);

		if (k->family == AF_UNIX)
			SWITCHES(fd, SOL_SOCKET, SO_PASSCRED, k->name, "passcred");
		else
			SWITCHES(fd, SOL_SOCKET, SO_REUSEPORT, k->name, "reuseport");
		close(fd);
	}
	{
		int fd = new_socket(&tcp), dgram = new_socket(&udp);

		SWITCHES(fd, IPPROTO_TCP, TCP_NODELAY, "tcp", "nodelay");
		SWITCHES(fd, IPPROTO_TCP, TCP_CORK, "tcp", "cork");
		SWITCHES(dgram, IPPROTO_IP, IP_PKTINFO, "udp", "pktinfo");
		SWITCHES(dgram, IPPROTO_IP, IP_RECVTTL, "udp", "recvttl");
		SWITCHES(dgram, IPPROTO_IP, IP_RECVTOS, "udp", "recvtos");
		SWITCHES(dgram, IPPROTO_IP, IP_RECVERR, "udp", "recverr");
		SWITCHES(dgram, IPPROTO_IP, IP_MULTICAST_LOOP, "udp", "multicast-loop");
		SWITCHES(dgram, IPPROTO_IP, IP_FREEBIND, "udp", "freebind");
		close(fd);
		close(dgram);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		int fd = new_socket(&udp6);

		SWITCHES(fd, IPPROTO_IPV6, IPV6_V6ONLY, "udp6", "v6only");
		SWITCHES(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, "udp6", "recvpktinfo");
		SWITCHES(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, "udp6", "recvhoplimit");
		SWITCHES(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, "udp6", "recvtclass");
		SWITCHES(fd, IPPROTO_IPV6, IPV6_RECVERR, "udp6", "recverr");
		close(fd);
	}
}

static void arguments(void)
{
	EVERY(k)
	{
		int fd = new_socket(k), one = 1, other;
		char odd[5] = { 0 };

		IS(-EFAULT, f("setsockopt.%s.nowhere: a value that can't be read: EFAULT", k->name), SETSOCKOPT, fd,
		   SOL_SOCKET, SO_REUSEADDR, nowhere(), sizeof one);
		IS(-EFAULT, f("setsockopt.%s.null: a null pointer: EFAULT", k->name), SETSOCKOPT, fd, SOL_SOCKET,
		   SO_REUSEADDR, NULL, sizeof one);
		IS(-EINVAL, f("setsockopt.%s.negative: a negative length: EINVAL", k->name), SETSOCKOPT, fd, SOL_SOCKET,
		   SO_REUSEADDR, &one, -1);
		IS(-EINVAL,
		   f("setsockopt.%s.negative.first: the length is checked before the value is read: EINVAL", k->name),
		   SETSOCKOPT, fd, SOL_SOCKET, SO_REUSEADDR, nowhere(), -1);
		IS(-EINVAL, f("setsockopt.%s.0: a length of 0: EINVAL", k->name), SETSOCKOPT, fd, SOL_SOCKET,
		   SO_REUSEADDR, &one, 0);
		IS(-EINVAL, f("setsockopt.%s.3: a length less than an int's: EINVAL", k->name), SETSOCKOPT, fd,
		   SOL_SOCKET, SO_REUSEADDR, &one, 3);
		EQ(0, value_of(fd, SOL_SOCKET, SO_REUSEADDR),
		   f("setsockopt.%s.failed: after these errors the option is unchanged", k->name));
		IS(0, f("setsockopt.%s.5: a length of more than an int's is no error", k->name), SETSOCKOPT, fd,
		   SOL_SOCKET, SO_REUSEADDR, &one, 5);
		IS(0, f("setsockopt.%s.page-end: a value that ends where its page ends is read", k->name), SETSOCKOPT,
		   fd, SOL_SOCKET, SO_REUSEADDR, memcpy(nowhere() - sizeof one, &one, sizeof one), sizeof one);
		EQ(1, value_of(fd, SOL_SOCKET, SO_REUSEADDR),
		   f("setsockopt.%s.page-end.set: the value at the page's end is set", k->name));
		IS(0, f("setsockopt.%s.unaligned: an unaligned value is read", k->name), SETSOCKOPT, fd, SOL_SOCKET,
		   SO_REUSEADDR, odd + 1, sizeof one);
		EQ(0, value_of(fd, SOL_SOCKET, SO_REUSEADDR),
		   f("setsockopt.%s.unaligned.set: the unaligned value is set", k->name));
		other = 0x100;
		SC(SETSOCKOPT, fd, SOL_SOCKET, SO_REUSEADDR, &other, sizeof other);
		EQ(1, value_of(fd, SOL_SOCKET, SO_REUSEADDR),
		   f("setsockopt.%s.truth: any value but 0 switches SO_REUSEADDR on", k->name));
		IS(-ENOPROTOOPT, f("setsockopt.%s.unknown: an unknown option: ENOPROTOOPT", k->name), SETSOCKOPT, fd,
		   SOL_SOCKET, 9999, &one, sizeof one);
		IS(-ENOPROTOOPT, f("setsockopt.%s.type: SO_TYPE can't be set: ENOPROTOOPT", k->name), SETSOCKOPT, fd,
		   SOL_SOCKET, SO_TYPE, &one, sizeof one);
		IS(-ENOPROTOOPT, f("setsockopt.%s.error: SO_ERROR can't be set: ENOPROTOOPT", k->name), SETSOCKOPT, fd,
		   SOL_SOCKET, SO_ERROR, &one, sizeof one);
		FACT(SC(SETSOCKOPT, fd, 9999, 1, &one, sizeof one) ==
			     (k->family == AF_UNIX ? -EOPNOTSUPP : -ENOPROTOOPT),
		     f("setsockopt.%s.level: an unknown level: ENOPROTOOPT, or EOPNOTSUPP on a UNIX socket", k->name));
		close(fd);
	}
}

static void values(void)
{
	static const struct linger on = { 1, 7 }, off = { 0, 9 };
	struct linger back;
	socklen_t length;
	int fd = new_socket(&tcp), dgram = new_socket(&udp), value, high;
	struct __kernel_old_timeval tick, limits[] = { { 3, 500000 }, { 0, 0 }, { -1, 0 } };

	value = 8192;
	IS(0, "setsockopt.sndbuf: SO_SNDBUF can be set", SETSOCKOPT, dgram, SOL_SOCKET, SO_SNDBUF, &value,
	   sizeof value);
	EQ(16384, value_of(dgram, SOL_SOCKET, SO_SNDBUF), "setsockopt.sndbuf.double: the kernel doubles SO_SNDBUF");
	IS(0, "setsockopt.rcvbuf: SO_RCVBUF can be set", SETSOCKOPT, dgram, SOL_SOCKET, SO_RCVBUF, &value,
	   sizeof value);
	EQ(16384, value_of(dgram, SOL_SOCKET, SO_RCVBUF), "setsockopt.rcvbuf.double: the kernel doubles SO_RCVBUF");
	value = 0;
	IS(0, "setsockopt.rcvbuf.0: an SO_RCVBUF of 0 is no error", SETSOCKOPT, dgram, SOL_SOCKET, SO_RCVBUF, &value,
	   sizeof value);
	FACT(value_of(dgram, SOL_SOCKET, SO_RCVBUF) >= 2048,
	     "setsockopt.rcvbuf.0.least: an SO_RCVBUF of 0 becomes the least size");
	value = 0x7fffffff;
	IS(0, "setsockopt.rcvbuf.huge: an SO_RCVBUF beyond the system's limit is no error", SETSOCKOPT, dgram,
	   SOL_SOCKET, SO_RCVBUF, &value, sizeof value);
	high = value_of(dgram, SOL_SOCKET, SO_RCVBUF);
	FACT(high > 0 && high < 0x7fffffff,
	     "setsockopt.rcvbuf.huge.limit: an SO_RCVBUF beyond the system's limit is reduced");
	value = 5;
	IS(0, "setsockopt.rcvlowat: SO_RCVLOWAT can be set", SETSOCKOPT, fd, SOL_SOCKET, SO_RCVLOWAT, &value,
	   sizeof value);
	EQ(5, value_of(fd, SOL_SOCKET, SO_RCVLOWAT), "setsockopt.rcvlowat.set: SO_RCVLOWAT has the value that was set");
	IS(-ENOPROTOOPT, "setsockopt.sndlowat: SO_SNDLOWAT can't be set: ENOPROTOOPT", SETSOCKOPT, fd, SOL_SOCKET,
	   SO_SNDLOWAT, &value, sizeof value);

	IS(0, "setsockopt.linger: SO_LINGER can be switched on", SETSOCKOPT, fd, SOL_SOCKET, SO_LINGER, &on, sizeof on);
	length = sizeof back;
	must(!SC(GETSOCKOPT, fd, SOL_SOCKET, SO_LINGER, &back, &length), "an option");
	FACT(back.l_onoff == 1 && back.l_linger == 7, "setsockopt.linger.set: SO_LINGER has the value that was set");
	IS(0, "setsockopt.linger.off: SO_LINGER can be switched off", SETSOCKOPT, fd, SOL_SOCKET, SO_LINGER, &off,
	   sizeof off);
	must(!SC(GETSOCKOPT, fd, SOL_SOCKET, SO_LINGER, &back, &length), "an option");
	EQ(0, back.l_onoff, "setsockopt.linger.off.set: SO_LINGER is off then");
	IS(-EINVAL, "setsockopt.linger.4: a length less than a struct linger's: EINVAL", SETSOCKOPT, fd, SOL_SOCKET,
	   SO_LINGER, &on, 4);
	IS(-EFAULT, "setsockopt.linger.page-end: a struct linger whose second half can't be read: EFAULT", SETSOCKOPT,
	   fd, SOL_SOCKET, SO_LINGER, nowhere() - 4, sizeof on);

	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "3.5", "0", "negative" };

		IS(0, f("setsockopt.rcvtimeo.%s: SO_RCVTIMEO can be set", names[i]), SETSOCKOPT, fd, SOL_SOCKET,
		   SO_RCVTIMEO, &limits[i], sizeof limits[i]);
		length = sizeof tick;
		must(!SC(GETSOCKOPT, fd, SOL_SOCKET, SO_RCVTIMEO, &tick, &length), "an option");
		FACT(tick.tv_sec == (i ? 0 : 3) &&
			     (i ? !tick.tv_usec : tick.tv_usec >= 500000 && tick.tv_usec < 520000),
		     f("setsockopt.rcvtimeo.%s.set: SO_RCVTIMEO is rounded up to ticks; 0 and negative times read as 0",
		       names[i]));
		IS(0, f("setsockopt.sndtimeo.%s: SO_SNDTIMEO can be set", names[i]), SETSOCKOPT, fd, SOL_SOCKET,
		   SO_SNDTIMEO, &limits[i], sizeof limits[i]);
	}
	limits[0].tv_usec = 1000000;
	IS(-EDOM, "setsockopt.rcvtimeo.1e6: a timeout of 1000000 microseconds or more: EDOM", SETSOCKOPT, fd,
	   SOL_SOCKET, SO_RCVTIMEO, &limits[0], sizeof limits[0]);
	limits[0].tv_usec = -1;
	IS(-EDOM, "setsockopt.sndtimeo.negative-microseconds: a timeout of negative microseconds: EDOM", SETSOCKOPT, fd,
	   SOL_SOCKET, SO_SNDTIMEO, &limits[0], sizeof limits[0]);
	IS(-EINVAL, "setsockopt.rcvtimeo.short: a length less than a timeval's: EINVAL", SETSOCKOPT, fd, SOL_SOCKET,
	   SO_RCVTIMEO, &limits[0], sizeof limits[0] - 1);
	IS(-EFAULT, "setsockopt.rcvtimeo.nowhere: a timeout that can't be read: EFAULT", SETSOCKOPT, fd, SOL_SOCKET,
	   SO_RCVTIMEO, nowhere(), sizeof limits[0]);

	value = 6;
	IS(0, "setsockopt.priority.6: SO_PRIORITY can be set to 6 without privilege", SETSOCKOPT, dgram, SOL_SOCKET,
	   SO_PRIORITY, &value, sizeof value);
	EQ(6, value_of(dgram, SOL_SOCKET, SO_PRIORITY),
	   "setsockopt.priority.6.set: SO_PRIORITY has the value that was set");
	value = 64;
	IS(0, "setsockopt.ttl: IP_TTL can be set", SETSOCKOPT, dgram, IPPROTO_IP, IP_TTL, &value, sizeof value);
	EQ(64, value_of(dgram, IPPROTO_IP, IP_TTL), "setsockopt.ttl.set: IP_TTL has the value that was set");
	value = 256;
	IS(-EINVAL, "setsockopt.ttl.256: an IP_TTL beyond 255: EINVAL", SETSOCKOPT, dgram, IPPROTO_IP, IP_TTL, &value,
	   sizeof value);
	value = 0;
	IS(-EINVAL, "setsockopt.ttl.0: an IP_TTL of 0: EINVAL", SETSOCKOPT, dgram, IPPROTO_IP, IP_TTL, &value,
	   sizeof value);
	value = 0x10;
	IS(0, "setsockopt.tos: IP_TOS can be set", SETSOCKOPT, dgram, IPPROTO_IP, IP_TOS, &value, sizeof value);
	EQ(0x10, value_of(dgram, IPPROTO_IP, IP_TOS), "setsockopt.tos.set: IP_TOS has the value that was set");
	IS(0, "setsockopt.tos.char: IP_TOS can be set by a char", SETSOCKOPT, dgram, IPPROTO_IP, IP_TOS, &(char){ 8 },
	   1);
	EQ(8, value_of(dgram, IPPROTO_IP, IP_TOS), "setsockopt.tos.char.set: IP_TOS has the char's value");
	IS(-ENOPROTOOPT, "setsockopt.ip.unknown: an unknown option of IP: ENOPROTOOPT", SETSOCKOPT, dgram, IPPROTO_IP,
	   9999, &value, sizeof value);
	IS(-ENOPROTOOPT, "setsockopt.tcp-level.unknown: an unknown option of TCP: ENOPROTOOPT", SETSOCKOPT, fd,
	   IPPROTO_TCP, 9999, &value, sizeof value);
	IS(-ENOPROTOOPT, "setsockopt.udp.tcp: an option of TCP on a UDP socket: ENOPROTOOPT", SETSOCKOPT, dgram,
	   IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
	value = 3;
	IS(0, "setsockopt.tcp.keepcnt: TCP_KEEPCNT can be set", SETSOCKOPT, fd, IPPROTO_TCP, TCP_KEEPCNT, &value,
	   sizeof value);
	EQ(3, value_of(fd, IPPROTO_TCP, TCP_KEEPCNT),
	   "setsockopt.tcp.keepcnt.set: TCP_KEEPCNT has the value that was set");
	value = 0;
	IS(-EINVAL, "setsockopt.tcp.keepidle.0: a TCP_KEEPIDLE of 0: EINVAL", SETSOCKOPT, fd, IPPROTO_TCP, TCP_KEEPIDLE,
	   &value, sizeof value);
	close(fd);
	close(dgram);
	{
		/* the option's value contains a pointer */
		struct sock_filter code[] = { { BPF_RET | BPF_K, 0, 0, 8 + 2 } }, bad[] = { { 0xffff, 0, 0, 0 } };
		struct sock_fprog filter = { 1, code }, wrong = { 1, bad },
				  far = { 1, (struct sock_filter *)nowhere() };
		int pair[2];
		char data[8];

		new_pair(&udp, pair);
		IS(0, "setsockopt.filter: SO_ATTACH_FILTER attaches a BPF program", SETSOCKOPT, pair[1], SOL_SOCKET,
		   SO_ATTACH_FILTER, &filter, sizeof filter);
		must(SC(SEND, pair[0], "data", 4, 0) == 4, "a datagram");
		arrives(pair[1]);
		EQ(2, SC(RECV, pair[1], data, sizeof data, MSG_DONTWAIT),
		   "setsockopt.filter.works: the attached program cuts a datagram");
		IS(-EINVAL, "setsockopt.filter.bad: an invalid BPF program: EINVAL", SETSOCKOPT, pair[1], SOL_SOCKET,
		   SO_ATTACH_FILTER, &wrong, sizeof wrong);
		IS(-EFAULT, "setsockopt.filter.nowhere: a BPF program that can't be read: EFAULT", SETSOCKOPT, pair[1],
		   SOL_SOCKET, SO_ATTACH_FILTER, &far, sizeof far);
		IS(-EINVAL, "setsockopt.filter.short: a length less than a sock_fprog's: EINVAL", SETSOCKOPT, pair[1],
		   SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter - 1);
		IS(0, "setsockopt.filter.detach: SO_DETACH_FILTER removes the BPF program", SETSOCKOPT, pair[1],
		   SOL_SOCKET, SO_DETACH_FILTER, data, sizeof(int));
		IS(-ENOENT, "setsockopt.filter.detach.again: SO_DETACH_FILTER without a BPF program: ENOENT",
		   SETSOCKOPT, pair[1], SOL_SOCKET, SO_DETACH_FILTER, data, sizeof(int));
		close_pair(pair);
	}
}

static int raise_priority(void *argument)
{
	int value = 7;

	(void)argument;
	if (!become_nobody())
		return 255;
	return (int)-SC(SETSOCKOPT, new_socket(&udp), SOL_SOCKET, SO_PRIORITY, &value, sizeof value);
}

static int force_buffer(void *argument)
{
	int value = 4096;

	(void)argument;
	if (!become_nobody())
		return 255;
	return (int)-SC(SETSOCKOPT, new_socket(&udp), SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof value);
}

int main(void)
{
	int one = 1;

	facts_begin();
	DESCRIPTORS("setsockopt", SETSOCKOPT, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	switch_options();
	arguments();
	values();
	LIMITED(in_child(raise_priority, NULL) == 255, user)
	{
		EQ(EPERM, in_child(raise_priority, NULL),
		   "setsockopt.priority.7: SO_PRIORITY beyond 6 without privilege: EPERM");
		EQ(EPERM, in_child(force_buffer, NULL),
		   "setsockopt.rcvbufforce: SO_RCVBUFFORCE without privilege: EPERM");
	}
	return facts_end();
}
