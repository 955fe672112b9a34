/* SPDX-License-Identifier: MIT
 *
 * A program whose socket calls are recorded (tests/foreign/README.md). It uses the structures of its architecture's
 * headers, and makes its calls by its C library. It makes only calls that every kernel answers alike. It runs as
 * process 1 in PID and network namespaces of its own, with the loopback alone, so its ports are never in use.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static union {
	char bytes[512];
	struct cmsghdr header;
} control;

static struct msghdr *message(size_t room)
{
	static char first[6] = "first", second[10] = "second";
	static struct iovec parts[2] = { { first, sizeof first }, { second, sizeof second } };
	static struct msghdr it;
	static struct sockaddr_storage name;

	memset(&name, 0, sizeof name);
	it = (struct msghdr){ .msg_name = &name, .msg_namelen = sizeof name, .msg_iov = parts, .msg_iovlen = 2 };
	it.msg_control = room ? control.bytes : NULL;
	it.msg_controllen = room;
	memset(control.bytes, 0x5a, sizeof control.bytes);
	return &it;
}

static void put_control(struct msghdr *it, struct cmsghdr **at, int level, int type, const void *data, size_t size)
{
	*at = *at ? CMSG_NXTHDR(it, *at) : CMSG_FIRSTHDR(it);
	(*at)->cmsg_level = level;
	(*at)->cmsg_type = type;
	(*at)->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(*at), data, size);
}

static void send_controls(int fd, int level, int type, const void *data, size_t size)
{
	struct msghdr *it = message(CMSG_SPACE(size));
	struct cmsghdr *at = NULL;

	memset(control.bytes, 0, sizeof control.bytes);
	it->msg_name = NULL;
	it->msg_namelen = 0;
	put_control(it, &at, level, type, data, size);
	sendmsg(fd, it, 0);
}

static void receive(int fd, size_t room, int flags)
{
	struct msghdr *it = message(room);
	struct cmsghdr *at;

	if (recvmsg(fd, it, flags | MSG_DONTWAIT) < 0)
		return;
	for (at = CMSG_FIRSTHDR(it); at; at = CMSG_NXTHDR(it, at)) {
		size_t size = at->cmsg_len - CMSG_LEN(0);

		if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i + sizeof(int) <= size; i += sizeof(int)) {
			int got;

			memcpy(&got, CMSG_DATA(at) + i, sizeof got);
			close(got);
		}
	}
}

static void set(int fd, int level, int option, const void *value, socklen_t size)
{
	setsockopt(fd, level, option, value, size);
}

static void set_on(int fd, int level, int option)
{
	set(fd, level, option, &(int){ 1 }, sizeof(int));
}

static void get(int fd, int level, int option, socklen_t size)
{
	char value[256];

	memset(value, 0x5a, sizeof value);
	getsockopt(fd, level, option, value, &size);
}

/* ---- UNIX -------------------------------------------------------------------------------------------------------- */

static void rights(int pair[2])
{
	static const size_t rooms[] = { 0,
					CMSG_LEN(0) - 1,
					CMSG_LEN(0),
					CMSG_LEN(0) + 3,
					CMSG_LEN(4),
					CMSG_LEN(4) + 1,
					CMSG_SPACE(4),
					CMSG_LEN(8),
					CMSG_SPACE(8),
					CMSG_SPACE(40) };
	const int two[2] = { pair[0], 0 };

	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
		send_controls(pair[0], SOL_SOCKET, SCM_RIGHTS, two, sizeof two);
		receive(pair[1], rooms[i], i & 1 ? MSG_CMSG_CLOEXEC : 0);
	}
	send_controls(pair[0], SOL_SOCKET, SCM_RIGHTS, two, 4);
	receive(pair[1], CMSG_SPACE(4), 0);
	send_controls(pair[0], SOL_SOCKET, SCM_RIGHTS, (const int[]){ 99 }, 4);
	send_controls(pair[0], SOL_SOCKET, 99, two, 4);
	send_controls(pair[0], SOL_IP, IP_TTL, two, 4);
}

static void credentials(int pair[2])
{
	const struct ucred mine = { getpid(), getuid(), getgid() };
	struct msghdr *it;
	struct cmsghdr *at = NULL;

	set_on(pair[1], SOL_SOCKET, SO_PASSCRED);
	get(pair[1], SOL_SOCKET, SO_PASSCRED, 4);
	get(pair[1], SOL_SOCKET, SO_PEERCRED, 64);
	get(pair[1], SOL_SOCKET, SO_PEERCRED, 6);
	send_controls(pair[0], SOL_SOCKET, SCM_CREDENTIALS, &mine, sizeof mine);
	receive(pair[1], 200, 0);
	send_controls(pair[0], SOL_SOCKET, SCM_CREDENTIALS, &mine, sizeof mine - 1);
	/* two control messages, received with room for both, and twice with room for one and a part of the other */
	it = message(CMSG_SPACE(4) + CMSG_SPACE(sizeof mine));
	memset(control.bytes, 0, sizeof control.bytes);
	it->msg_name = NULL;
	put_control(it, &at, SOL_SOCKET, SCM_RIGHTS, &pair[0], 4);
	put_control(it, &at, SOL_SOCKET, SCM_CREDENTIALS, &mine, sizeof mine);
	for (int i = 0; i < 3; i++) {
		sendmsg(pair[0], it, 0);
		receive(pair[1], i == 0 ? 200 : CMSG_SPACE(sizeof mine) + (i == 1 ? 8 : CMSG_LEN(4)), 0);
		it = message(CMSG_SPACE(4) + CMSG_SPACE(sizeof mine));
		at = NULL;
		memset(control.bytes, 0, sizeof control.bytes);
		it->msg_name = NULL;
		put_control(it, &at, SOL_SOCKET, SCM_RIGHTS, &pair[0], 4);
		put_control(it, &at, SOL_SOCKET, SCM_CREDENTIALS, &mine, sizeof mine);
	}
}

static void local(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0recorded" };
	const socklen_t length = offsetof(struct sockaddr_un, sun_path) + 9;
	struct sockaddr_un peer;
	socklen_t size = sizeof peer;
	int pair[2], listening, client, server;

	socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair);
	rights(pair);
	credentials(pair);
	receive(pair[1], 64, 0);        /* EAGAIN */
	send(pair[0], "x", 1, MSG_OOB); /* EOPNOTSUPP; by a stream the kernel sends it from Linux 5.15 on */
	close(pair[0]);
	send(pair[1], "gone", 4, MSG_NOSIGNAL);
	close(pair[1]);
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	connect(client, (struct sockaddr *)&name, length);
	bind(listening, (struct sockaddr *)&name, length);
	listen(listening, 1);
	get(listening, SOL_SOCKET, SO_ACCEPTCONN, 4);
	accept(listening, NULL, NULL);
	connect(client, (struct sockaddr *)&name, length);
	server = accept4(listening, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size = sizeof peer;
	getpeername(client, (struct sockaddr *)&peer, &size);
	size = 5;
	getsockname(listening, (struct sockaddr *)&peer, &size);
	send(client, "stream", 6, 0);
	recv(server, control.bytes, 16, MSG_PEEK);
	recv(server, control.bytes, 16, 0);
	recv(server, control.bytes, 16, MSG_DONTWAIT);
	shutdown(client, SHUT_WR);
	shutdown(client, 7);
	recv(server, control.bytes, 16, MSG_DONTWAIT);
	close(listening);
	close(client);
	send(server, "x", 1, MSG_NOSIGNAL);
	close(server);
}

/* ---- INET -------------------------------------------------------------------------------------------------------- */

static const struct sockaddr_in *inet(int port)
{
	static struct sockaddr_in it;

	it = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	it.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return &it;
}

static const struct sockaddr_in6 *inet6(int port)
{
	static struct sockaddr_in6 it;

	it = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	it.sin6_addr = in6addr_loopback;
	return &it;
}

static int udp_at(int port)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	bind(fd, (const struct sockaddr *)inet(port), sizeof(struct sockaddr_in));
	return fd;
}

static void datagrams(void)
{
	int from = udp_at(4001), to = udp_at(4002);
	struct sockaddr_in name;
	socklen_t size = sizeof name;

	bind(from, (const struct sockaddr *)inet(4001), sizeof(struct sockaddr_in));
	set_on(to, SOL_IP, IP_PKTINFO);
	set_on(to, SOL_IP, IP_RECVTTL);
	set_on(to, SOL_IP, IP_RECVTOS);
	set(from, SOL_IP, IP_TOS, "\x10", 1);
	set(from, SOL_IP, IP_TTL, &(int){ 9 }, sizeof(int));
	get(from, SOL_IP, IP_TTL, 1);
	get(from, SOL_IP, IP_TTL, 4);
	get(from, SOL_IP, IP_TOS, 64);
	for (int i = 0; i < 5; i++) {
		static const size_t rooms[] = { 256, CMSG_SPACE(12), CMSG_SPACE(12) + CMSG_LEN(4), CMSG_LEN(5), 3 };

		sendto(from, "datagram", 8, 0, (const struct sockaddr *)inet(4002), sizeof(struct sockaddr_in));
		receive(to, rooms[i], MSG_TRUNC);
	}
	sendto(from, "plain", 5, 0, (const struct sockaddr *)inet(4002), sizeof(struct sockaddr_in));
	recvfrom(to, control.bytes, 3, MSG_TRUNC, (struct sockaddr *)&name, &size);
	set_on(to, SOL_SOCKET, SO_TIMESTAMP);
	sendto(from, "when", 4, 0, (const struct sockaddr *)inet(4002), sizeof(struct sockaddr_in));
	receive(to, 256, 0);
	set_on(to, SOL_SOCKET, SO_TIMESTAMPNS);
	sendto(from, "when", 4, 0, (const struct sockaddr *)inet(4002), sizeof(struct sockaddr_in));
	receive(to, 256, 0);
	/* nobody listens at port 4009: the socket keeps the error ECONNREFUSED */
	set_on(from, SOL_IP, IP_RECVERR);
	sendto(from, "nobody", 6, 0, (const struct sockaddr *)inet(4009), sizeof(struct sockaddr_in));
	receive(from, 256, MSG_ERRQUEUE);
	get(from, SOL_SOCKET, SO_ERROR, 4);
	connect(from, (const struct sockaddr *)inet(4009), sizeof(struct sockaddr_in));
	send(from, "nobody", 6, 0);
	get(from, SOL_SOCKET, SO_ERROR, 4);
	size = sizeof name;
	getpeername(from, (struct sockaddr *)&name, &size);
	close(from);
	close(to);
}

static void datagrams6(void)
{
	int from = socket(AF_INET6, SOCK_DGRAM, 0), to = socket(AF_INET6, SOCK_DGRAM, 0);

	bind(from, (const struct sockaddr *)inet6(4001), sizeof(struct sockaddr_in6));
	bind(to, (const struct sockaddr *)inet6(4002), sizeof(struct sockaddr_in6));
	set_on(to, SOL_IPV6, IPV6_RECVPKTINFO);
	set_on(to, SOL_IPV6, IPV6_RECVHOPLIMIT);
	set_on(to, SOL_IPV6, IPV6_RECVTCLASS);
	set(from, SOL_IPV6, IPV6_TCLASS, &(int){ 0x20 }, sizeof(int));
	get(from, SOL_IPV6, IPV6_TCLASS, 4);
	for (int i = 0; i < 2; i++) {
		sendto(from, "datagram", 8, 0, (const struct sockaddr *)inet6(4002), sizeof(struct sockaddr_in6));
		receive(to, i ? CMSG_SPACE(20) + CMSG_LEN(4) : 256, 0);
	}
	close(from);
	close(to);
}

static void many(void)
{
	int from = udp_at(4001), to = udp_at(4002);
	char bytes[3][8] = { "one", "two", "three" };
	struct iovec parts[3];
	struct mmsghdr messages[3];
	struct timespec time = { 5, 0 };

	connect(from, (const struct sockaddr *)inet(4002), sizeof(struct sockaddr_in));
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < 3; i++) {
		parts[i] = (struct iovec){ bytes[i], strlen(bytes[i]) };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	sendmmsg(from, messages, 3, 0);
	memset(bytes, 0, sizeof bytes);
	recvmmsg(to, messages, 2, MSG_WAITFORONE, NULL);
	recvmmsg(to, messages, 2, MSG_WAITFORONE, NULL);
	recvmmsg(to, messages, 2, MSG_DONTWAIT, NULL);
	time.tv_nsec = 1000000000;
	recvmmsg(to, messages, 1, MSG_DONTWAIT, &time);
	close(from);
	close(to);
}

static void connections(void)
{
	int listening = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server;
	struct sockaddr_in name;
	socklen_t size = sizeof name;

	set_on(listening, SOL_SOCKET, SO_REUSEADDR);
	connect(client, (const struct sockaddr *)inet(4009), sizeof(struct sockaddr_in));
	bind(listening, (const struct sockaddr *)inet(4003), sizeof(struct sockaddr_in));
	listen(listening, 4);
	set_on(client, SOL_SOCKET, SO_REUSEADDR);
	bind(client, (const struct sockaddr *)inet(4004), sizeof(struct sockaddr_in));
	set_on(client, IPPROTO_TCP, TCP_NODELAY);
	get(client, IPPROTO_TCP, TCP_NODELAY, 4);
	get(client, IPPROTO_TCP, TCP_INFO, 1);
	recv(client, control.bytes, 4, 0);
	connect(client, (const struct sockaddr *)inet(4003), sizeof(struct sockaddr_in));
	connect(client, (const struct sockaddr *)inet(4003), sizeof(struct sockaddr_in));
	server = accept4(listening, (struct sockaddr *)&name, &size, SOCK_NONBLOCK);
	size = sizeof name;
	getsockname(server, (struct sockaddr *)&name, &size);
	set(server, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
	get(server, SOL_SOCKET, SO_LINGER, 64);
	send(client, "bytes", 5, 0);
	recv(server, control.bytes, 5, MSG_WAITALL);
	recv(server, control.bytes, 5, MSG_DONTWAIT);
	close(server);
	recv(client, control.bytes, 5, 0);
	send(client, "bytes", 5, MSG_NOSIGNAL);
	close(client);
	close(listening);
}

/* ---- Options ----------------------------------------------------------------------------------------------------- */

static void groups(int fd)
{
	struct group_req group;
	struct group_source_req source;
	struct ip_mreqn member;
	const struct sockaddr_in all = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xe0000009) };

	memset(&group, 0, sizeof group);
	memset(&source, 0, sizeof source);
	memset(&member, 0, sizeof member);
	group.gr_interface = source.gsr_interface = 1;
	memcpy(&group.gr_group, &all, sizeof all);
	memcpy(&source.gsr_group, &all, sizeof all);
	memcpy(&source.gsr_source, inet(0), sizeof(struct sockaddr_in));
	member.imr_multiaddr.s_addr = htonl(0xe0000008);
	member.imr_ifindex = 1;
	set(fd, SOL_IP, MCAST_JOIN_GROUP, &group, sizeof group);
	set(fd, SOL_IP, MCAST_JOIN_GROUP, &group, sizeof group);
	set(fd, SOL_IP, MCAST_BLOCK_SOURCE, &source, sizeof source);
	set(fd, SOL_IP, MCAST_LEAVE_GROUP, &group, sizeof group);
	set(fd, SOL_IP, MCAST_LEAVE_GROUP, &group, sizeof group - 1);
	set(fd, SOL_IP, IP_ADD_MEMBERSHIP, &member, sizeof member);
	set(fd, SOL_IP, IP_DROP_MEMBERSHIP, &member, sizeof(struct ip_mreq));
	set(fd, SOL_IP, IP_MULTICAST_IF, &member, sizeof member);
	get(fd, SOL_IP, IP_MULTICAST_IF, 4);
	get(fd, SOL_IP, IP_MULTICAST_LOOP, 1);
}

static void options(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 0xffff) };
	struct sock_fprog program = { 1, code };
	struct timeval time = { 3, 500000 };
	char long_value[16] = { 0 };

	get(fd, SOL_SOCKET, SO_TYPE, 4);
	get(fd, SOL_SOCKET, SO_DOMAIN, 2);
	get(fd, SOL_SOCKET, SO_PROTOCOL, 64);
	get(fd, SOL_SOCKET, SO_TYPE, (socklen_t)-1);
	get(fd, SOL_SOCKET, 0x7ff0, 4);
	get(fd, 12345, 1, 4);
	set(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
	get(fd, SOL_SOCKET, SO_RCVTIMEO, sizeof time);
	get(fd, SOL_SOCKET, SO_RCVTIMEO, 64);
	set(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time - 1);
	time.tv_usec = 1000000;
	set(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
	set_on(fd, SOL_SOCKET, SO_BROADCAST);
	get(fd, SOL_SOCKET, SO_BROADCAST, 3);
	set(fd, SOL_SOCKET, SO_PRIORITY, &(int){ 5 }, sizeof(int));
	get(fd, SOL_SOCKET, SO_PRIORITY, 4);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, &time, 2);
	set(fd, SOL_SOCKET, SO_RCVLOWAT, &(int){ 0 }, sizeof(int));
	get(fd, SOL_SOCKET, SO_RCVLOWAT, 4);
	set(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
	set(fd, SOL_SOCKET, SO_LOCK_FILTER, long_value, sizeof long_value);
	program.len = 0;
	set(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
	get(fd, SOL_SOCKET, SO_GET_FILTER, 1);
	set(fd, SOL_SOCKET, SO_DETACH_FILTER, long_value, 4);
	set(fd, SOL_SOCKET, SO_DETACH_FILTER, long_value, 4);
	groups(fd);
	close(fd);
	get(fd, SOL_SOCKET, SO_TYPE, 4);
	get(0, SOL_SOCKET, SO_TYPE, 4);
}

/* ---- Others ------------------------------------------------------------------------------------------------------ */

static void others(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_pid = 77, .nl_groups = 1 };
	struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = 1 };
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);

	bind(fd, (struct sockaddr *)&kernel, sizeof kernel);
	getsockname(fd, (struct sockaddr *)&name, &size);
	get(fd, SOL_NETLINK, NETLINK_PKTINFO, 4);
	close(fd);
	fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	bind(fd, (struct sockaddr *)&link, sizeof link);
	size = sizeof name;
	getsockname(fd, (struct sockaddr *)&name, &size);
	close(fd);
	socket(AF_INET, 77, 0);
	socket(77, SOCK_STREAM, 0);
	socket(AF_INET, SOCK_STREAM, 77);
	socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP);
	bind(99, (const struct sockaddr *)inet(1), sizeof(struct sockaddr_in));
	connect(0, (const struct sockaddr *)inet(1), 1);
	send(99, "x", 1, 0);
}

int main(void)
{
	local();
	datagrams();
	datagrams6();
	many();
	connections();
	options();
	others();
	return 0;
}
