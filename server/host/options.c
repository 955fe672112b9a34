/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define SOCKETCALL_I386_GS
#include "caller/caller.h"
#include "server/host/guest.h"
#include "server/host/operations.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum {
	OPTION_MAX = 4096,  /* no value that is set here is longer */
	FILTER_MAX = 4096,  /* BPF_MAXINSNS */
	FLOWLABEL_MGR = 32, /* IPV6_FLOWLABEL_MGR, <linux/in6.h>, which libc's doesn't go with */
};

/*
 * Is the option one whose value holds no address of memory, and of which no more than its length is read or written? By
 * family, as a level's number means another thing in each. Options that come later aren't known.
 */
static bool option_is_known(int family, int level, int option)
{
	bool inet = family == AF_INET || family == AF_INET6;

	if (level == SOL_SOCKET)
		return option != SO_ZEROCOPY;
	if (family == AF_NETLINK)
		return level == SOL_NETLINK;
	if (!inet)
		return false;
	switch (level) {
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMPV6:
	case IPPROTO_RAW:
		return true;
	case IPPROTO_TCP: /* TCP_TX_DELAY; in TCP_ZEROCOPY_RECEIVE, and behind that, are addresses and counts */
		return option <= 37 && option != TCP_ZEROCOPY_RECEIVE;
	case IPPROTO_IP: /* from 64 on: tables of iptables, arptables, ebtables and ipvs */
		return option < 64 && option != IP_MSFILTER && option != MCAST_MSFILTER;
	case IPPROTO_IPV6: /* IPV6_FREEBIND; 64 and 65 are ip6tables'; IPV6_FLOWLABEL_MGR is written when it is set */
		return family == AF_INET6 && option <= 78 && option != 64 && option != 65 && option != FLOWLABEL_MGR &&
		       option != MCAST_MSFILTER;
	default:
		return false;
	}
}

/* 0, or the error that an option of that socket meets before it is looked for, or because it isn't known. */
static long option_refused(int fd, int level, int option)
{
	long family = socketcall_host_family_of(fd);

	if (family < 0)
		return family;
	return option_is_known((int)family, level, option) ? 0 : -ENOPROTOOPT;
}

/* The one structure with an address inside that is taken. */
static long set_filter(const struct socketcall_host *host, int fd, int option, uint64_t value)
{
	struct sock_fprog program;

	if (socketcall_host_copy_in(host, &program, value, sizeof program))
		return socketcall_setsockopt(fd, SOL_SOCKET, option, NOWHERE, sizeof program);
	if (program.len <= FILTER_MAX)
		program.filter =
			socketcall_host_whole(host, (uintptr_t)program.filter, program.len * sizeof *program.filter, 0);
	if (program.len > FILTER_MAX || !program.filter)
		program.filter = NOWHERE;
	return socketcall_setsockopt(fd, SOL_SOCKET, option, &program, sizeof program);
}

long socketcall_host_setsockopt(void *server, int fd, int level, int option, uint64_t value, int length)
{
	bool filter = level == SOL_SOCKET && (option == SO_ATTACH_FILTER || option == SO_ATTACH_REUSEPORT_CBPF);
	char copy[OPTION_MAX];
	void *at = copy;
	long r;

	if (length < 0)
		return -EINVAL;
	r = option_refused(fd, level, option);
	if (r)
		return r;
	if (filter)
		return length == (int)sizeof(struct sock_fprog) ? set_filter(server, fd, option, value) : -EINVAL;
	if (length > OPTION_MAX)
		length = OPTION_MAX;
	if (length > 0 && socketcall_host_copy_in(server, copy, value, (size_t)length))
		at = value ? NOWHERE : NULL;
	return socketcall_setsockopt(fd, level, option, at, (socklen_t)length);
}

long socketcall_host_getsockopt(void *server, int fd, int level, int option, uint64_t value, uint64_t length_address)
{
	/* the one option whose length counts something else than bytes */
	bool filter = level == SOL_SOCKET && option == SO_GET_FILTER;
	int length = 0;
	long r = option_refused(fd, level, option), out;
	socklen_t room;
	void *at;

	if (r && r != -ENOPROTOOPT)
		return r;
	out = socketcall_host_copy_in(server, &length, length_address, sizeof length);
	if (out || r)
		return out ? out : r;
	if (filter && length > FILTER_MAX)
		length = FILTER_MAX;
	room = (socklen_t)length;
	at = length > 0 ? socketcall_host_whole(server, value,
						(size_t)length * (filter ? sizeof(struct sock_filter) : 1), 1)
			: NULL;
	r = socketcall_getsockopt(fd, level, option, at ? at : NOWHERE, &room);
	/* some failures say how long the value is */
	out = r == 0 || room != (socklen_t)length ? socketcall_host_copy_out(server, length_address, &room, sizeof room)
						  : 0;
	return r ? r : out;
}
