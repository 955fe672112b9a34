/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void give_up(const char *what)
{
	fprintf(stderr, "differential: %s: %s\n", what, strerror(errno));
	_exit(99);
}

static void must(int result, const char *what)
{
	if (result < 0)
		give_up(what);
}

/* things.c relies on these numbers. */
static void must_be(int fd, int number, const char *what)
{
	if (fd != number) {
		fprintf(stderr, "differential: %s: descriptor %d, not %d: %s\n", what, fd, number, strerror(errno));
		_exit(99);
	}
}

static void pair(int type, int number)
{
	int fds[2] = { -1, -1 };

	must(socketpair(AF_UNIX, type, 0, fds), "socketpair");
	must_be(fds[0], number, "socketpair");
}

static void bind_inet(int fd, uint16_t port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(fd, (struct sockaddr *)&name, sizeof name), "bind");
}

static void connect_inet(int fd, uint16_t port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(connect(fd, (struct sockaddr *)&name, sizeof name), "connect");
}

static void bind_unix(int fd, char abstract)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	name.sun_path[1] = abstract;
	must(bind(fd, (struct sockaddr *)&name, 4), "bind of a UNIX socket");
}

static void network_up(void)
{
	struct ifreq lo = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), range = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY);

	lo.ifr_flags = IFF_UP;
	must(ioctl(fd, SIOCSIFFLAGS, &lo), "lo");
	must((int)write(range, "40000 40000", 11), "ip_local_port_range");
	close(fd);
	close(range);
}

static void on(int fd, int level, int option)
{
	must(setsockopt(fd, level, option, &(int){ 1 }, sizeof(int)), "setsockopt");
}

static void unix_sockets(void)
{
	pair(SOCK_STREAM, 3);
	pair(SOCK_DGRAM, 5);
	pair(SOCK_SEQPACKET, 7);
}

static void inet_sockets(void)
{
	must_be(socket(AF_INET, SOCK_STREAM, 0), 9, "TCP");
	on(9, SOL_SOCKET, SO_REUSEADDR);
	bind_inet(9, 6000);
	must(listen(9, 4), "listen");
	must_be(socket(AF_INET, SOCK_STREAM, 0), 10, "TCP");
	bind_inet(10, 6001);
	connect_inet(10, 6000);
	must_be(accept(9, NULL, NULL), 11, "accept");
	must_be(socket(AF_INET, SOCK_DGRAM, 0), 12, "UDP");
	bind_inet(12, 5000);
	must_be(socket(AF_INET, SOCK_DGRAM, 0), 13, "UDP");
	bind_inet(13, 5001);
	connect_inet(13, 5000);
	must_be(socket(AF_INET, SOCK_STREAM, 0), 14, "TCP");
}

/* If this kernel doesn't have the family, opens a UNIX socket, so that the descriptor's number stays the same. */
static int socket_or_unix(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	return fd < 0 ? socket(AF_UNIX, SOCK_DGRAM, 0) : fd;
}

static void other_descriptors(void)
{
	struct sockaddr_in6 name = { .sin6_family = AF_INET6, .sin6_port = htons(5000), .sin6_addr = in6addr_loopback };

	must_be(socket(AF_UNIX, SOCK_DGRAM, 0), 15, "UNIX");
	bind_unix(15, 'd');
	must_be(socket(AF_UNIX, SOCK_STREAM, 0), 16, "UNIX");
	bind_unix(16, 's');
	must(listen(16, 1), "listen");
	must_be(socket(AF_NETLINK, SOCK_RAW, 0), 17, "netlink");
	must_be(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), 18, "ICMP");
	must_be(socket(AF_INET6, SOCK_DGRAM, 0), 19, "UDP over IPv6");
	must(bind(19, (struct sockaddr *)&name, sizeof name), "bind of an IPv6 socket");
	must_be(socket(AF_INET6, SOCK_STREAM, 0), 20, "TCP over IPv6");
	must_be(open("/dev/null", O_RDWR), 21, "/dev/null");
	must_be(open("/proc/self/maps", O_RDONLY), 22, "/proc/self/maps");
	must_be(socket_or_unix(AF_PACKET, SOCK_DGRAM, 0), 23, "packet");
	must_be(socket_or_unix(AF_VSOCK, SOCK_STREAM, 0), 24, "vsock");
	must_be(open("/", O_PATH), 25, "/");
	must_be(eventfd(0, EFD_NONBLOCK), 26, "eventfd");
	must_be(open("/dev/zero", O_RDONLY), 27, "/dev/zero");
	must_be(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), 28, "ICMPv6");
	pair(SOCK_STREAM, 29); /* 29 and 30 are the only blocking ones: world_make() sets O_NONBLOCK on the others */
}

static void send_descriptors(int fd)
{
	union {
		char room[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr header;
	} control = { .header = { CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec bytes = { "with fd", 7 };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control };

	message.msg_controllen = sizeof control;
	memcpy(CMSG_DATA(&control.header), (int[]){ 21, 12 }, 2 * sizeof(int));
	must((int)sendmsg(fd, &message, 0), "sendmsg");
}

static void fill(void)
{
	/* Bound, because SO_PASSCRED, and bind() of a bare family, would bind a UNIX socket to a random name. */
	bind_unix(4, '4');
	bind_unix(5, '5');
	bind_unix(6, '6');
	on(5, SOL_SOCKET, SO_PASSCRED);
	on(4, SOL_SOCKET, SO_PASSCRED);
	must((int)send(5, "hello dgram", 11, 0), "send");
	must((int)send(6, "hello", 5, 0), "send");
	must((int)send(3, "hello stream of bytes", 21, 0), "send");
	must((int)send(7, "packet", 6, 0), "send");
	send_descriptors(6);
	send_descriptors(8);
	send_descriptors(3);
	must((int)send(10, "tcp bytes here", 14, 0), "send");
	must((int)send(13, "udp one", 7, 0), "send");
	must((int)send(13, "udp two", 7, 0), "send");
	must((int)send(11, "o", 1, MSG_OOB), "send");
	on(12, IPPROTO_IP, IP_PKTINFO);
	on(12, IPPROTO_IP, IP_RECVTTL);
	on(12, IPPROTO_IP, IP_RECVTOS);
	on(13, IPPROTO_IP, IP_RECVERR);
	on(19, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	on(19, IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
	on(19, IPPROTO_IPV6, IPV6_RECVTCLASS);
}

void world_make(bool user)
{
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	network_up();
	unix_sockets();
	inet_sockets();
	other_descriptors();
	for (int fd = 3; fd < 29; fd++)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	fill();
	must_be(dup(1), 31, "dup"); /* 31 to 33 are no sockets; new descriptors begin at 34 */
	must_be(dup(1), 32, "dup");
	must_be(dup(1), 33, "dup");
	if (user) {
		must(setresgid(65534, 65534, 65534), "setresgid");
		must(setresuid(65534, 65534, 65534), "setresuid");
	}
}

/* ---- The state of a descriptor ----------------------------------------------------------------------------------- */

static void mix(uint64_t *hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3U;
}

static void mix_int(uint64_t *hash, int value)
{
	mix(hash, &value, sizeof value);
}

static void mix_name(uint64_t *hash, int fd, int (*name_of)(int fd, struct sockaddr *name, socklen_t *size))
{
	struct sockaddr_storage name = { .ss_family = 0 };
	socklen_t size = sizeof name;

	mix_int(hash, name_of(fd, (struct sockaddr *)&name, &size));
	if (name.ss_family == AF_UNIX && size == 8) /* a random name (the kernel's unix_autobind()) */
		size = 3;
	mix(hash, &name, size < sizeof name ? size : sizeof name);
}

static void mix_option(uint64_t *hash, int fd, int level, int option)
{
	int value = 0;
	socklen_t size = sizeof value;

	mix_int(hash, getsockopt(fd, level, option, &value, &size));
	mix_int(hash, value);
}

uint64_t world_state_of(int fd)
{
	static const int of_socket[] = { SO_DEBUG,    SO_REUSEADDR, SO_TYPE,       SO_DONTROUTE, SO_BROADCAST,
					 SO_SNDBUF,   SO_RCVBUF,    SO_KEEPALIVE,  SO_OOBINLINE, SO_PRIORITY,
					 SO_PASSCRED, SO_RCVLOWAT,  SO_ACCEPTCONN, SO_PROTOCOL,  SO_DOMAIN,
					 SO_MARK,     SO_REUSEPORT, SO_PEEK_OFF };
	uint64_t hash = 0xcbf29ce484222325U;
	struct pollfd ready = { fd, POLLIN | POLLOUT | POLLPRI, 0 };
	int waiting = 0, domain = -1;

	mix_int(&hash, fcntl(fd, F_GETFD));
	mix_int(&hash, fcntl(fd, F_GETFL) & ~0100000); /* O_LARGEFILE, which 32-bit programs have to ask for */
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &(socklen_t){ sizeof domain }))
		return hash;
	if (domain != AF_VSOCK) { /* its port is random, and so is the time at which a connect fails */
		mix_name(&hash, fd, getsockname);
		mix_name(&hash, fd, getpeername);
		poll(&ready, 1, 0);
		mix_int(&hash, ready.revents);
	}
	ioctl(fd, FIONREAD, &waiting);
	mix_int(&hash, waiting);
	for (size_t i = 0; i < sizeof of_socket / sizeof *of_socket; i++)
		mix_option(&hash, fd, SOL_SOCKET, of_socket[i]);
	if (domain == AF_INET || domain == AF_INET6) {
		mix_option(&hash, fd, IPPROTO_IP, IP_TTL);
		mix_option(&hash, fd, IPPROTO_IP, IP_TOS);
		mix_option(&hash, fd, IPPROTO_TCP, TCP_NODELAY);
		mix_option(&hash, fd, IPPROTO_TCP, TCP_KEEPIDLE);
	}
	return hash;
}
