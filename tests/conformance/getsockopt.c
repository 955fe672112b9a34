/* SPDX-License-Identifier: MIT
 * GETSOCKOPT: getsockopt(2), socket(7), unix(7), tcp(7). */
#define _GNU_SOURCE
#include "kit.h"

#include <netinet/tcp.h>

static void lengths(void)
{
	EVERY(k)
	{
		int fd = new_socket(k), value[2] = { -1, -1 };
		socklen_t length = sizeof(int);
		struct {
			char pad;
			char value[4];
			char length[4];
		} __attribute__((packed)) odd;

		IS(0, f("getsockopt.%s.type: SO_TYPE can be read", k->name), GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, value,
		   &length);
		EQ(k->type, value[0], f("getsockopt.%s.type.value: SO_TYPE is the socket's type", k->name));
		EQ(sizeof(int), length, f("getsockopt.%s.type.length: SO_TYPE has an int's length", k->name));
		length = sizeof value;
		must(!SC(GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, value, &length), "an option");
		FACT(length == sizeof(int) && value[1] == -1,
		     f("getsockopt.%s.room: in a longer buffer nothing is written beyond the value", k->name));
		length = 1;
		value[0] = -1;
		IS(0, f("getsockopt.%s.room.1: a buffer of length 1 is no error", k->name), GETSOCKOPT, fd, SOL_SOCKET,
		   SO_TYPE, value, &length);
		FACT(length == 1 && !memcmp(value, &k->type, 1) && ((signed char *)value)[1] == -1,
		     f("getsockopt.%s.room.1.length: with a buffer of length 1, one byte and the length 1 are written",
		       k->name));
		length = 0;
		value[0] = -1;
		IS(0, f("getsockopt.%s.room.0: a buffer of length 0 is no error", k->name), GETSOCKOPT, fd, SOL_SOCKET,
		   SO_TYPE, value, &length);
		FACT(length == 0 && value[0] == -1,
		     f("getsockopt.%s.room.0.length: with a buffer of length 0 nothing is written", k->name));
		length = (socklen_t)-1;
		IS(-EINVAL, f("getsockopt.%s.room.negative: a negative length of the buffer: EINVAL", k->name),
		   GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, value, &length);
		length = sizeof(int);
		IS(-EFAULT, f("getsockopt.%s.nowhere: a value that can't be written: EFAULT", k->name), GETSOCKOPT, fd,
		   SOL_SOCKET, SO_TYPE, nowhere(), &length);
		IS(-EFAULT, f("getsockopt.%s.length.nowhere: a length that can't be read: EFAULT", k->name), GETSOCKOPT,
		   fd, SOL_SOCKET, SO_TYPE, value, nowhere());
		IS(-EFAULT, f("getsockopt.%s.length.null: a null pointer for the length: EFAULT", k->name), GETSOCKOPT,
		   fd, SOL_SOCKET, SO_TYPE, value, NULL);
		IS(-EFAULT, f("getsockopt.%s.constant: a value in read-only memory: EFAULT", k->name), GETSOCKOPT, fd,
		   SOL_SOCKET, SO_TYPE, constant(), memcpy(nowhere() - 4, &(socklen_t){ 4 }, 4));
		memcpy(odd.length, &(socklen_t){ 4 }, 4);
		must(!SC(GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, odd.value, odd.length), "an option");
		FACT(!memcmp(odd.value, &k->type, 4),
		     f("getsockopt.%s.unaligned: neither the value nor its length need be aligned", k->name));
		length = sizeof(int);
		IS(-ENOPROTOOPT, f("getsockopt.%s.unknown: an unknown option: ENOPROTOOPT", k->name), GETSOCKOPT, fd,
		   SOL_SOCKET, 9999, value, &length);
		IS(-EOPNOTSUPP, f("getsockopt.%s.level: an unknown level: EOPNOTSUPP", k->name), GETSOCKOPT, fd, 9999,
		   1, value, &length);
		close(fd);
	}
}

static int value_of(int fd, int level, int option)
{
	int value = -12345;
	socklen_t length = sizeof value;
	long r = SC(GETSOCKOPT, fd, level, option, &value, &length);

	return r ? (int)r : value;
}

/* A fact about an option of the new socket `fd` of the kind `k`; `word` is a part of the fact's name. */
#define OF_NEW_SOCKET(wanted, option, word)                                                                            \
	EQ(wanted, value_of(fd, SOL_SOCKET, option),                                                                   \
	   f("getsockopt.%s." word ": " #option " of a new socket is " #wanted, k->name))

static void values(void)
{
	EVERY(k)
	{
		int fd = new_socket(k);

		EQ(k->family, value_of(fd, SOL_SOCKET, SO_DOMAIN),
		   f("getsockopt.%s.domain: SO_DOMAIN is the socket's family", k->name));
		EQ(k->family == AF_UNIX     ? 0
		   : k->type == SOCK_STREAM ? IPPROTO_TCP
					    : IPPROTO_UDP,
		   value_of(fd, SOL_SOCKET, SO_PROTOCOL),
		   f("getsockopt.%s.protocol: SO_PROTOCOL is the socket's protocol", k->name));
		OF_NEW_SOCKET(0, SO_ERROR, "error");
		OF_NEW_SOCKET(0, SO_ACCEPTCONN, "acceptconn");
		OF_NEW_SOCKET(0, SO_REUSEADDR, "reuseaddr");
		OF_NEW_SOCKET(0, SO_BROADCAST, "broadcast");
		OF_NEW_SOCKET(0, SO_KEEPALIVE, "keepalive");
		OF_NEW_SOCKET(1, SO_RCVLOWAT, "rcvlowat");
		OF_NEW_SOCKET(1, SO_SNDLOWAT, "sndlowat");
		FACT(value_of(fd, SOL_SOCKET, SO_SNDBUF) > 0,
		     f("getsockopt.%s.sndbuf: SO_SNDBUF of a new socket is positive", k->name));
		FACT(value_of(fd, SOL_SOCKET, SO_RCVBUF) > 0,
		     f("getsockopt.%s.rcvbuf: SO_RCVBUF of a new socket is positive", k->name));
		close(fd);
	}
}

static void credentials(void)
{
	struct ucred c = { 0 };
	socklen_t length = sizeof c;
	int pair[2], fd = new_socket(&unix_stream), inet = new_socket(&tcp);
	_Alignas(int) char name[64];

	new_pair(&unix_stream, pair);
	IS(0, "getsockopt.peercred: SO_PEERCRED of a pair's end can be read", GETSOCKOPT, pair[0], SOL_SOCKET,
	   SO_PEERCRED, &c, &length);
	FACT(c.pid == getpid() && c.uid == geteuid() && c.gid == getegid(),
	     "getsockopt.peercred.self: SO_PEERCRED of a pair's end is the process that created the pair");
	EQ(sizeof c, length, "getsockopt.peercred.length: SO_PEERCRED has a struct ucred's length");
	length = 5;
	memset(&c, 0x5a, sizeof c);
	IS(0, "getsockopt.peercred.5: SO_PEERCRED can be read into a buffer of 5 bytes", GETSOCKOPT, pair[0],
	   SOL_SOCKET, SO_PEERCRED, &c, &length);
	FACT(length == 5 && ((char *)&c)[5] == 0x5a,
	     "getsockopt.peercred.5.length: in a buffer of 5 bytes just those are written");
	length = sizeof c;
	must(!SC(GETSOCKOPT, fd, SOL_SOCKET, SO_PEERCRED, &c, &length), "an option");
	FACT(c.pid == 0 && c.uid == (uid_t)-1 && c.gid == (gid_t)-1,
	     "getsockopt.peercred.none: SO_PEERCRED of a socket without a peer is process 0");
	must(!SC(GETSOCKOPT, inet, SOL_SOCKET, SO_PEERCRED, &c, &length), "an option");
	EQ(0, c.pid, "getsockopt.peercred.tcp: SO_PEERCRED of a TCP socket is process 0");
	length = sizeof name;
	IS(-ENOTCONN, "getsockopt.peername: SO_PEERNAME of a socket without a peer: ENOTCONN", GETSOCKOPT, inet,
	   SOL_SOCKET, SO_PEERNAME, name, &length);
	close(fd);
	close(inet);
	close_pair(pair);
	new_pair(&tcp, pair);
	length = sizeof(struct sockaddr_in);
	IS(0, "getsockopt.peername.tcp: SO_PEERNAME of a connected socket can be read", GETSOCKOPT, pair[0], SOL_SOCKET,
	   SO_PEERNAME, name, &length);
	EQ(AF_INET, ((struct sockaddr *)name)->sa_family,
	   "getsockopt.peername.tcp.address: SO_PEERNAME of an INET socket has the family AF_INET");
	length = 4;
	IS(0, "getsockopt.peername.short: SO_PEERNAME can be read into a short buffer", GETSOCKOPT, pair[0], SOL_SOCKET,
	   SO_PEERNAME, name, &length);
	EQ(4, length, "getsockopt.peername.short.length: with a buffer of length 4 the length 4 is returned");
	length = sizeof name;
	IS(-EINVAL, "getsockopt.peername.long: SO_PEERNAME with a buffer longer than the address: EINVAL", GETSOCKOPT,
	   pair[0], SOL_SOCKET, SO_PEERNAME, name, &length);
	close_pair(pair);
}

static void errors(void)
{
	union address a;
	socklen_t length;
	int pair[2], fd, silent = new_socket(&tcp);
	struct tcp_info info;
	struct linger linger;

	new_pair(&udp, pair);
	close(pair[1]);
	must(SC(SEND, pair[0], "x", 1, 0) == 1, "a datagram");
	wait_for(pair[0], POLLERR);
	EQ(ECONNREFUSED, value_of(pair[0], SOL_SOCKET, SO_ERROR),
	   "getsockopt.udp.error.refused: SO_ERROR returns the error of an earlier send");
	EQ(0, value_of(pair[0], SOL_SOCKET, SO_ERROR),
	   "getsockopt.udp.error.cleared: reading SO_ERROR clears the error");
	close(pair[0]);
	fd = (int)SC(SOCKET, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	length = bind_fresh(silent, AF_INET, &a);
	must(SC(CONNECT, fd, &a, length) == -EINPROGRESS, "a connection under way");
	wait_for(fd, POLLOUT);
	EQ(ECONNREFUSED, value_of(fd, SOL_SOCKET, SO_ERROR),
	   "getsockopt.tcp.error.refused: SO_ERROR returns a connection's error");
	EQ(0, value_of(fd, SOL_SOCKET, SO_ERROR), "getsockopt.tcp.error.cleared: reading SO_ERROR clears the error");
	close(silent);
	length = sizeof info;
	IS(0, "getsockopt.tcp.info: TCP_INFO can be read", GETSOCKOPT, fd, IPPROTO_TCP, TCP_INFO, &info, &length);
	EQ(TCP_CLOSE, info.tcpi_state, "getsockopt.tcp.info.state: TCP_INFO contains the connection's state");
	length = 1;
	IS(0, "getsockopt.tcp.info.1: TCP_INFO can be read into a buffer of 1 byte", GETSOCKOPT, fd, IPPROTO_TCP,
	   TCP_INFO, &info, &length);
	EQ(1, length, "getsockopt.tcp.info.1.length: a buffer of 1 byte gets TCP_INFO's first byte");
	length = sizeof linger;
	IS(0, "getsockopt.linger: SO_LINGER can be read", GETSOCKOPT, fd, SOL_SOCKET, SO_LINGER, &linger, &length);
	FACT(length == sizeof linger && !linger.l_onoff && !linger.l_linger,
	     "getsockopt.linger.off: SO_LINGER of a new socket is off");
	length = sizeof(int);
	IS(-ENOPROTOOPT, "getsockopt.tcp-level.unknown: an unknown option of TCP: ENOPROTOOPT", GETSOCKOPT, fd,
	   IPPROTO_TCP, 9999, &linger, &length);
	IS(-ENOPROTOOPT, "getsockopt.ip.unknown: an unknown option of IP: ENOPROTOOPT", GETSOCKOPT, fd, IPPROTO_IP,
	   9999, &linger, &length);
	close(fd);
}

int main(void)
{
	int value;
	socklen_t length = sizeof value;

	facts_begin();
	DESCRIPTORS("getsockopt", GETSOCKOPT, SOL_SOCKET, SO_TYPE, &value, &length);
	IS(-EBADF, "getsockopt.fd.first: the descriptor is checked before the pointers: EBADF", GETSOCKOPT, -1,
	   SOL_SOCKET, SO_TYPE, nowhere(), nowhere());
	lengths();
	values();
	credentials();
	errors();
	return facts_end();
}
