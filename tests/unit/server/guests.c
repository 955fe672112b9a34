/* SPDX-License-Identifier: MIT
 *
 * A guest of each architecture makes calls on real sockets. This test lays out what the guest writes into its memory
 * and must find there, by the guest's word and byte order; its numbers are those of abi/. TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/server/guest.h"

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

static unsigned header_size(void)
{
	return word == 4 ? 12 : 16;
}

static void put_message(uint64_t room, unsigned parts)
{
	for (unsigned i = 0; i < 7; i++)
		put(HEADER + i * word, word, 0);
	put(HEADER + 2 * word, word, VECTOR);
	put(HEADER + 3 * word, word, parts);
	put(HEADER + 4 * word, word, room ? CONTROL : 0);
	put(HEADER + 5 * word, word, room);
}

static void put_parts(void)
{
	put(VECTOR, word, DATA);
	put(VECTOR + word, word, 6);
	put(VECTOR + 2 * word, word, DATA + 6); /* across the end of a page */
	put(VECTOR + 3 * word, word, 10);
}

static void put_control(int level, int type, const int *numbers_, unsigned count)
{
	unsigned header = header_size();

	put(CONTROL, word, header + 4 * count);
	put(CONTROL + header - 8, 4, (uint32_t)level);
	put(CONTROL + header - 4, 4, (uint32_t)type);
	for (unsigned i = 0; i < count; i++)
		put(CONTROL + header + 4 * i, 4, (uint32_t)numbers_[i]);
}

static int descriptors_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 64; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Sends two descriptors, and receives them into room for `count` of them. */
static void rights(int from, int to, uint64_t room, int wanted)
{
	unsigned header = header_size();
	int before, fds[2] = { 0, 1 };
	uint64_t used = wanted ? (header + 4 * (unsigned)wanted + word - 1) / word * word : 0;

	put_parts();
	put_message(header + 8, 2);
	put_control(n->n_SOL_SOCKET, 1, fds, 2);
	for (unsigned i = 0; i < 16; i++)
		*byte_at(DATA + i) = (unsigned char)('a' + i);
	IS(CALL(SENDMSG, (uint64_t)from, HEADER, 0), 16,
	   "sendmsg of two parts, one across a page boundary, with descriptors");
	for (unsigned i = 0; i < 16; i++)
		*byte_at(DATA + i) = 0;
	before = descriptors_open();
	put_message(room, 2);
	IS(CALL(RECVMSG, (uint64_t)to, HEADER, 0), 16, "recvmsg of these parts and descriptors");
	IS(*byte_at(DATA) == 'a' && *byte_at(DATA + 15) == 'p', 1, "recvmsg returns the bytes that were sent");
	IS(descriptors_open() - before, wanted, "recvmsg installs as many descriptors as there is room for");
	IS(get(HEADER + 6 * word, 4) & MSG_CTRUNC, wanted < 2 ? MSG_CTRUNC : 0,
	   "recvmsg sets MSG_CTRUNC if descriptors are lost");
	IS(get(HEADER + 5 * word, word), used < room ? used : room,
	   "msg_controllen is the room that the descriptors take");
	for (int i = 0; i < wanted; i++) {
		IS(get(CONTROL + header - 8, 4), (uint32_t)n->n_SOL_SOCKET,
		   "the control message's level is SOL_SOCKET, by the guest's number");
		close((int)get(CONTROL + header + 4 * (unsigned)i, 4));
	}
}

static void credentials(int from, int to)
{
	unsigned header = header_size();

	put(VALUE, 4, 1);
	IS(CALL(SETSOCKOPT, (uint64_t)to, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_PASSCRED, VALUE, 4), 0,
	   "SO_PASSCRED is set");
	CALL(SEND, (uint64_t)from, DATA, 1, 0);
	put_message(128, 2);
	IS(CALL(RECVMSG, (uint64_t)to, HEADER, 0), 1, "recvmsg with credentials");
	IS(get(CONTROL, word), header + 12, "the credentials' control message has its length");
	IS(get(CONTROL + header, 4), getpid(), "the credentials have the sender's PID");
	IS(get(CONTROL + header + 4, 4), getuid(), "the credentials have the sender's UID");
}

static void messages(void)
{
	unsigned header = header_size();
	int pair[2];

	for (int kind = 0; kind < 2; kind++) {
		IS(CALL(SOCKETPAIR, AF_UNIX,
			(uint64_t)(kind ? n->n_SOCK_STREAM : n->n_SOCK_DGRAM) | (uint64_t)n->n_SOCK_NONBLOCK, 0, VALUE),
		   0, "socketpair");
		pair[0] = (int)get(VALUE, 4);
		pair[1] = (int)get(VALUE + 4, 4);
		IS(fcntl(pair[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK,
		   "socketpair with SOCK_NONBLOCK makes non-blocking sockets");
		put(LENGTH, 4, 4);
		IS(CALL(GETSOCKOPT, (uint64_t)pair[0], (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_TYPE, VALUE,
			LENGTH),
		   0, "getsockopt of SO_TYPE");
		IS(get(VALUE, 4), kind ? n->n_SOCK_STREAM : n->n_SOCK_DGRAM,
		   "SO_TYPE is the type, by the guest's number");
		IS(CALL(RECV, (uint64_t)pair[1], DATA, 16, 0), -n->n_EAGAIN,
		   "recv of nothing is EAGAIN, by the guest's number");
		rights(pair[0], pair[1], header + 8, 2);
		rights(pair[0], pair[1], header + 4, 1);
		rights(pair[0], pair[1], header + 7, 1);
		rights(pair[0], pair[1], header, 0);
		rights(pair[0], pair[1], header - 1, 0);
		rights(pair[0], pair[1], 0, 0);
		rights(pair[0], pair[1], 256, 2);
		credentials(pair[0], pair[1]);
		close(pair[0]);
		close(pair[1]);
	}
}

/* ---- Options ----------------------------------------------------------------------------------------------------- */

static void option_time(int fd, int option, unsigned seconds, unsigned fraction)
{
	struct timeval time = { 0 };
	socklen_t size = sizeof time;
	unsigned length = seconds + (fraction < seconds ? seconds : fraction);

	put(VALUE, seconds, 7);
	put(VALUE + seconds, fraction, 500000);
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)option, VALUE, length), 0,
	   "a timeout is set");
	getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &size);
	IS(time.tv_sec, 7, "the kernel's timeout has the seconds that were set");
	IS(time.tv_usec, 500000, "the kernel's timeout has the microseconds that were set");
	put(LENGTH, 4, 64);
	IS(CALL(GETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)option, VALUE, LENGTH), 0,
	   "getsockopt of the timeout");
	IS(get(LENGTH, 4), length, "the timeout that is got has its length");
	IS(get(VALUE, seconds), 7, "the timeout that is got has the seconds");
	IS(get(VALUE + seconds, fraction), 500000, "the timeout that is got has the microseconds");
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)option, VALUE, length - 1), -EINVAL,
	   "setting a timeout that is a byte too short is EINVAL");
}

static void filter(int fd)
{
	unsigned pointer = word == 8 ? 8 : strcmp(n->name, "m68k") == 0 ? 2 : 4;

	put(VALUE, 2, 1);
	put(VALUE + pointer, word, DATA);
	put(DATA, 2, 6); /* BPF_RET, across the end of a page */
	put(DATA + 2, 2, 0);
	put(DATA + 4, 4, 0xffff);
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_ATTACH_FILTER, VALUE,
		pointer + word),
	   0, "a filter is attached");
	put(LENGTH, 4, 1);
	IS(CALL(GETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_ATTACH_FILTER, VALUE, LENGTH), 0,
	   "the filter is read back");
	IS(get(LENGTH, 4), 1, "the filter that is read back has one instruction");
	IS(get(VALUE, 2), 6, "the instruction that is read back has its code");
	IS(get(VALUE + 4, 4), 0xffff, "the instruction that is read back has its constant");
	put(VALUE + pointer, word, 4);
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_ATTACH_FILTER, VALUE,
		pointer + word),
	   -EFAULT, "attaching a filter at an unmapped address is EFAULT");
}

static void groups(int fd)
{
	unsigned name = word == 8 ? 8 : 4;

	for (unsigned i = 0; i < name + 128; i++)
		*byte_at(VALUE + i) = 0;
	put(VALUE, 4, 1); /* lo */
	put(VALUE + name, 2, AF_INET);
	*byte_at(VALUE + name + 4) = 224;
	*byte_at(VALUE + name + 7) = 9;
	IS(CALL(SETSOCKOPT, (uint64_t)fd, IPPROTO_IP, 42, VALUE, name + 128), 0, "MCAST_JOIN_GROUP");
	IS(CALL(SETSOCKOPT, (uint64_t)fd, IPPROTO_IP, 42, VALUE, name + 128), -n->n_EADDRINUSE,
	   "a second MCAST_JOIN_GROUP is EADDRINUSE");
	IS(CALL(SETSOCKOPT, (uint64_t)fd, IPPROTO_IP, 45, VALUE, name + 128), 0, "MCAST_LEAVE_GROUP");
}

static void options(void)
{
	int tcp = (int)CALL(SOCKET, AF_INET, (uint64_t)n->n_SOCK_STREAM, 0)
	, udp = (int)CALL(SOCKET, AF_INET, (uint64_t)n->n_SOCK_DGRAM, 0);
	struct linger linger = { 0, 0 };
	socklen_t size = sizeof linger;
	unsigned seconds = strcmp(n->name, "x32") == 0 ? 8 : word;

	put(VALUE, 4, 1);
	put(VALUE + 4, 4, 30);
	IS(CALL(SETSOCKOPT, (uint64_t)tcp, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_LINGER, VALUE, 8), 0,
	   "setsockopt of SO_LINGER");
	getsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, &size);
	IS(linger.l_onoff == 1 && linger.l_linger == 30, 1, "the kernel's SO_LINGER has the values that were set");
	option_time(tcp, n->n_SO_RCVTIMEO_OLD, seconds, strcmp(n->name, "sparc64") == 0 ? 4 : seconds);
	option_time(tcp, n->n_SO_RCVTIMEO_NEW, 8, 8);
	filter(udp);
	groups(udp);
	put(LENGTH, 4, 4);
	IS(CALL(GETSOCKOPT, (uint64_t)tcp, IPPROTO_TCP, TCP_INFO, VALUE, LENGTH), 0,
	   "getsockopt of TCP_INFO into 4 bytes");
	IS(*byte_at(VALUE), TCP_CLOSE, "TCP_INFO's first byte is the state");
	IS(get(LENGTH, 4), 4, "TCP_INFO's length is 4");
	put(LENGTH, 4, 1);
	*byte_at(VALUE + 1) = 0xa5;
	IS(CALL(GETSOCKOPT, (uint64_t)udp, IPPROTO_IP, IP_TTL, VALUE, LENGTH), 0, "getsockopt of IP_TTL into one byte");
	IS(*byte_at(VALUE), 64, "IP_TTL is written as one byte");
	IS(*byte_at(VALUE + 1), 0xa5, "the byte after IP_TTL isn't written");
	put(LENGTH, 4, 4);
	IS(CALL(GETSOCKOPT, (uint64_t)udp, (uint64_t)n->n_SOL_SOCKET, 0x7ff0, VALUE, LENGTH), -n->n_ENOPROTOOPT,
	   "an unknown option is ENOPROTOOPT");
	IS(CALL(GETSOCKOPT, 0, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_TYPE, VALUE, LENGTH), -n->n_ENOTSOCK,
	   "getsockopt of a file is ENOTSOCK");
	close(tcp);
	close(udp);
}

/* An option that some kernels lack, by the guest's number. */
static void newer_option(void)
{
	enum { PASSPIDFD = 76 }; /* SO_PASSPIDFD of this machine's architecture */
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), on = 1;
	long here = setsockopt(fd, SOL_SOCKET, PASSPIDFD, &on, sizeof on) ? -n->n_ENOPROTOOPT : 0;

	put(LENGTH, 4, 4);
	put(VALUE, 4, 0);
	IS(CALL(GETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_PASSPIDFD, VALUE, LENGTH), here,
	   "getsockopt of SO_PASSPIDFD answers as the kernel does");
	IS(get(VALUE, 4), here == 0, "SO_PASSPIDFD's value is the kernel's");
	close(fd);
}

/* For guests of another byte order, values that can't be translated are refused, not misread. */
static void refused_to_swapped(void)
{
	enum { ROUTE = 0, KOBJECT_UEVENT = 15 };
	int big = 1;
	bool swapped = (server.arch->guest.order == SOCKETCALL_BIG) != (*(char *)&big == 0);
	int uevents = (int)CALL(SOCKET, AF_NETLINK, 3 /* SOCK_RAW */, KOBJECT_UEVENT);
	int route = (int)CALL(SOCKET, AF_NETLINK, 3, ROUTE);
	int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);

	IS(uevents >= 0, 1, "a NETLINK_KOBJECT_UEVENT socket is made for every guest: its messages are text");
	IS(route >= 0 ? 1 : route, swapped ? -n->n_EPROTONOSUPPORT : 1,
	   "a NETLINK_ROUTE socket is made only for guests of this machine's byte order");
	for (unsigned i = 0; i < 28; i++)
		*byte_at(VALUE + i) = 0;
	put(LENGTH, 4, 16);
	IS(CALL(GETSOCKOPT, (uint64_t)tcp, IPPROTO_IP, 9 /* IP_PKTOPTIONS */, VALUE, LENGTH),
	   swapped ? -n->n_ENOPROTOOPT : 0, "IP_PKTOPTIONS is an option only for guests of this machine's byte order");
	put(VALUE, 4, 1);
	IS(CALL(SETSOCKOPT, (uint64_t)udp, IPPROTO_IP, 26 /* IP_RECVERR_RFC4884 */, VALUE, 4),
	   swapped ? -n->n_ENOPROTOOPT : 0, "so is IP_RECVERR_RFC4884");
	close(uevents);
	close(route);
	close(tcp);
	close(udp);
}

/* A value that reaches beyond the end of memory is read up to the end, so that errors come in the kernel's order. */
static void value_at_the_end(void)
{
	enum { END = BASE + MEMORY };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), netlink = socket(AF_NETLINK, SOCK_RAW, 0);

	put(END - 4, 4, 0);
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_RCVTIMEO_NEW, END - 5, 8),
	   -EINVAL, "SO_RCVTIMEO_NEW of 8 bytes that reach over the end of memory is EINVAL: too short");
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_RCVTIMEO_NEW, END - 5, 16),
	   -EFAULT, "SO_RCVTIMEO_NEW of 16 bytes that reach over the end of memory is EFAULT");
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_LINGER, END - 4, 8), -EFAULT,
	   "SO_LINGER with only 4 bytes before the end of memory is EFAULT");
	IS(CALL(SETSOCKOPT, (uint64_t)fd, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_LINGER, END - 3, 8), -EFAULT,
	   "SO_LINGER with only 3 bytes before the end of memory is EFAULT");
	put(LENGTH, 4, 2);
	IS(CALL(GETSOCKOPT, (uint64_t)netlink, SOL_NETLINK, 3 /* NETLINK_PKTINFO */, VALUE, LENGTH), -EINVAL,
	   "NETLINK_PKTINFO into two bytes is EINVAL");
	close(fd);
	close(netlink);
}

/* ---- Names, and a socket's pending error ------------------------------------------------------------------------- */

static void names(void)
{
	struct sockaddr_in6 in6 = { 0 };
	socklen_t size = sizeof in6;
	int fd = (int)CALL(SOCKET, AF_INET6, (uint64_t)n->n_SOCK_DGRAM, 0);
	int udp = (int)CALL(SOCKET, AF_INET, (uint64_t)n->n_SOCK_DGRAM | (uint64_t)n->n_SOCK_NONBLOCK, 0);
	int closed = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct pollfd refused = { .fd = udp };
	socklen_t length = sizeof in;

	for (unsigned i = 0; i < 28; i++)
		*byte_at(NAME + i) = 0;
	put(NAME, 2, AF_INET6);
	*byte_at(NAME + 8) = 0xff; /* ff01::1, a group of every interface */
	*byte_at(NAME + 9) = 0x01;
	*byte_at(NAME + 23) = 1;
	put(NAME + 24, 4, 1);
	if (fd >= 0) {
		IS(CALL(SETSOCKOPT, (uint64_t)fd, IPPROTO_IPV6, 32, 0, 32), -EFAULT,
		   "IPV6_FLOWLABEL_MGR of a null pointer");
		IS(CALL(CONNECT, (uint64_t)fd, NAME, 28) > -256, 1, "connect by IPv6");
		if (getpeername(fd, (struct sockaddr *)&in6, &size) == 0)
			IS(in6.sin6_scope_id, 1, "the peer's scope is the interface that connect named");
		close(fd);
	}
	bind(closed, (struct sockaddr *)&in, sizeof in);
	getsockname(closed, (struct sockaddr *)&in, &length);
	close(closed);
	put(NAME, 2, AF_INET);
	*byte_at(NAME + 2) = ((unsigned char *)&in.sin_port)[0];
	*byte_at(NAME + 3) = ((unsigned char *)&in.sin_port)[1];
	for (unsigned i = 4; i < 16; i++)
		*byte_at(NAME + i) = 0;
	*byte_at(NAME + 4) = 127;
	*byte_at(NAME + 7) = 1;
	IS(CALL(CONNECT, (uint64_t)udp, NAME, 16), 0, "connect to a port without a socket");
	put(LENGTH, 4, 128);
	IS(CALL(GETPEERNAME, (uint64_t)udp, NAME, LENGTH), 0, "getpeername");
	IS(get(NAME, 2), AF_INET, "getpeername returns the family");
	IS(get(LENGTH, 4), 16, "getpeername returns the length");
	CALL(SEND, (uint64_t)udp, DATA, 1, 0);
	poll(&refused, 1, 20000);
	put(LENGTH, 4, 4);
	IS(CALL(GETSOCKOPT, (uint64_t)udp, (uint64_t)n->n_SOL_SOCKET, (uint64_t)n->n_SO_ERROR, VALUE, LENGTH), 0,
	   "getsockopt of SO_ERROR");
	IS(get(VALUE, 4), n->n_ECONNREFUSED, "SO_ERROR is ECONNREFUSED, by the guest's number");
	close(udp);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	for (unsigned i = 0, count = guests(); i < count; i++)
		if (become(i)) {
			messages();
			options();
			newer_option();
			refused_to_swapped();
			value_at_the_end();
			names();
		}
	ok(socketcall_arch("vax") == NULL && socketcall_arch_at(1000) == NULL, "other names and numbers are unknown");
	return plan();
}
