/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server/host/host.h"
#include "server/levels.h"

#include <errno.h>
#include <string.h>

/* Options by number, for the reason that server/levels.h tells. X_LAST is the last option of a level that is_known()
 * knows. */
enum {
	IP_LAST = 63,      /* options from 64 on are netfilter's tables, which hold memory addresses */
	ORIGINAL_DST = 80, /* SO_ORIGINAL_DST, IP6T_SO_ORIGINAL_DST: the value is a socket's name */
	IPV6_LAST = 82,
	IPV6_TABLES = 64,  /* with 65, 68 and 69: ip6tables, which hold memory addresses */
	TCP_LAST = 46,     /* TCP_DELACK_MAX_US */
	TCP_ZEROCOPY = 35, /* TCP_ZEROCOPY_RECEIVE: holds memory addresses */
	TCP_KEYS = 41,     /* TCP_AO_GET_KEYS: its length is one key's, but it writes several */
	PACKET_LAST = 24,  /* PACKET_VNET_HDR_SZ */
	VSOCK_LAST = 8,
	NETLINK_LAST = 12,
	TLS_LAST = 4,
	MPTCP_LAST = 3,     /* MPTCP_FULL_INFO, 4, holds memory addresses */
	IP_PKTOPTIONS_ = 9, /* the _ is there because some headers define these names as macros */
	IP_IPSEC_POLICY_ = 16,
	IP_XFRM_POLICY_ = 17,
	IP_RECVERR_RFC4884_ = 26,
	IPV6_2292PKTOPTIONS_ = 6,
	IPV6_RECVERR_RFC4884_ = 31,
	IPV6_IPSEC_POLICY_ = 34,
	IPV6_XFRM_POLICY_ = 35,
	TCP_AO_FIRST = 38, /* TCP_AO_ADD_KEY */
	TCP_AO_LAST = 42,  /* TCP_AO_REPAIR */
	MPTCP_TCPINFO_ = 2,
	MPTCP_SUBFLOW_ADDRS_ = 3,
	PACKET_RX_RING_ = 5,
	PACKET_TX_RING_ = 13,
	INSTRUCTIONS_MOST = 4096,
	CAPABILITY_NET_ADMIN = 12, /* include/uapi/linux/capability.h */
	CAPABILITY_NET_RAW = 13,
};

/* Options of SOL_SOCKET are compared by name, since their numbers differ between architectures. */
static bool is_known_of_socket(int option)
{
#define SIGSET(bytes)
#define TYPE(name, value)
#define OPTION(name, value) || option == (int)socketcall_option_##name
	return false
#include "abi/options/generic.def"
		;
#undef SIGSET
#undef TYPE
#undef OPTION
}

/*
 * True if the option is safe to pass on: its value holds no memory address of the guest's, which the kernel would use
 * as one of this process, and the kernel reads and writes little more than the value's length. Several families may
 * share a level's number (Bluetooth has 0, 6 and 17); an option is known only if it is safe in all of them. Options of
 * later kernels aren't known.
 */
static bool is_known(int level, int option, bool set)
{
	switch (level) {
	case SOL_SOCKET:
		return is_known_of_socket(option) && !(set && option == (int)socketcall_option_SO_ZEROCOPY);
	case LEVEL_IP:
		return option <= IP_LAST || (!set && option == ORIGINAL_DST);
	case LEVEL_IPV6:
		return option <= IPV6_LAST && option != IPV6_TABLES && option != IPV6_TABLES + 1 &&
		       option != IPV6_TABLES + 4 && option != IPV6_TABLES + 5 && (option != ORIGINAL_DST || !set);
	case LEVEL_TCP:
		return option <= TCP_LAST && (set || (option != TCP_ZEROCOPY && option != TCP_KEYS));
	case LEVEL_UDP:
	case LEVEL_UDPLITE:
	case LEVEL_ICMPV6:
	case LEVEL_RAW:
		return true;
	case LEVEL_PACKET:
		return option <= PACKET_LAST;
	case LEVEL_VSOCK:
		return option <= VSOCK_LAST;
	case LEVEL_NETLINK:
		return option <= NETLINK_LAST;
	case LEVEL_TLS:
		return option <= TLS_LAST;
	case LEVEL_MPTCP:
		return option <= MPTCP_LAST;
	default:
		return false;
	}
}

/*
 * True if marshal can't convert the value to another byte order, because it has no row in abi/values.def: keys of
 * TCP-AO, MPTCP's information in several structures, IPsec policies, control messages as a value, and rings, whose
 * memory the guest would map. IP_RECVERR_RFC4884 makes three numbers of ee_data, which marshal takes for one.
 */
static bool is_unconverted(int level, int option)
{
	switch (level) {
	case LEVEL_IP:
		return option == IP_PKTOPTIONS_ || option == IP_IPSEC_POLICY_ || option == IP_XFRM_POLICY_ ||
		       option == IP_RECVERR_RFC4884_;
	case LEVEL_IPV6:
		return option == IPV6_2292PKTOPTIONS_ || option == IPV6_IPSEC_POLICY_ || option == IPV6_XFRM_POLICY_ ||
		       option == IPV6_RECVERR_RFC4884_;
	case LEVEL_TCP:
		return option >= TCP_AO_FIRST && option <= TCP_AO_LAST;
	case LEVEL_MPTCP:
		return option == MPTCP_TCPINFO_ || option == MPTCP_SUBFLOW_ADDRS_;
	case LEVEL_PACKET:
		return option == PACKET_RX_RING_ || option == PACKET_TX_RING_;
	default:
		return false;
	}
}

static bool is_let_through(const struct socketcall_server *server, int level, int option, bool set)
{
	return is_known(level, option, set) && !(host_is_swapped(server) && is_unconverted(level, option));
}

/* True if the option needs a capability that the guest doesn't have. */
static bool lacks_capability(const struct socketcall_server *server, const struct socketcall_option *o)
{
	const struct socketcall_identity *identity = &host_of(server)->identity;
	int option = o->option, value = 0;

	if (!identity->capable || o->level != SOL_SOCKET)
		return false;
	if (option == SO_PRIORITY && o->there >= (int)sizeof value) {
		memcpy(&value, o->value, sizeof value);
		return (value < 0 || value > 6) && !identity->capable(identity->context, CAPABILITY_NET_RAW) &&
		       !identity->capable(identity->context, CAPABILITY_NET_ADMIN);
	}
	if (option != SO_RCVBUFFORCE && option != SO_SNDBUFFORCE && option != SO_MARK)
		return false;
	return !identity->capable(identity->context, CAPABILITY_NET_ADMIN);
}

/* Sets an option from a value whose last bytes can't be read: the copy ends at an inaccessible page, too. */
static __attribute__((__noinline__)) long set_before_wall(const struct socketcall_server *server, int host,
							  const struct socketcall_option *option)
{
	struct wall wall;
	void *value = socketcall_host_wall(&wall, option->value, (size_t)option->there);
	long r;

	if (!value)
		return -ENOMEM;
	r = HOST(server, SETSOCKOPT, setsockopt, N(host), N(option->level), N(option->option), P(value),
		 N(option->length));
	socketcall_host_wall_end(&wall);
	return r;
}

/* True if the level reads the value as an int before it looks at the option's number (sk_setsockopt(),
 * do_tcp_setsockopt() and so on). So even an unknown option fails with EFAULT or EINVAL there. */
static bool reads_number_first(int level)
{
	return level == SOL_SOCKET || level == LEVEL_TCP || level == LEVEL_IPV6 || level == LEVEL_NETLINK;
}

/* The error for an option that isn't let through: what the kernel answers to a value that can't be read, so that it can
 * do nothing with it. SOL_IPV6 reads an int before it looks at the option, so there the kernel gets a 0, and no
 * more. */
static __attribute__((__noinline__)) long refuse_option(const struct socketcall_server *server, int host,
							const struct socketcall_option *option)
{
	struct socketcall_option zero = *option;
	int number = 0;
	long r;

	if (option->level == LEVEL_IPV6 && option->there >= (int)sizeof number && option->length > (int)sizeof number) {
		zero.value = &number;
		zero.there = (int)sizeof number;
		r = set_before_wall(server, host, &zero);
	} else {
		r = HOST(server, SETSOCKOPT, setsockopt, N(host), N(option->level), N(option->option),
			 P(option->value ? NOWHERE : NULL), N(option->length));
	}
	if (r == -EFAULT && reads_number_first(option->level) && option->there < (int)sizeof number)
		return r;
	return r == -EFAULT || r == 0 ? -ENOPROTOOPT : r;
}

static long set_option(struct socketcall_server *server, int host, const struct socketcall_option *option)
{
	const void *value = option->value;

	if (!is_let_through(server, option->level, option->option, true))
		return refuse_option(server, host, option);
	if (value && option->there < option->length) {
		if (option->there > 0)
			return set_before_wall(server, host, option);
		value = NOWHERE;
	}
	return HOST(server, SETSOCKOPT, setsockopt, N(host), N(option->level), N(option->option), P(value),
		    N(option->length));
}

/* Sets an option for a guest whose descriptors or capabilities aren't this process's. */
static __attribute__((__noinline__)) long set_by_hooks(struct socketcall_server *server, int fd,
						       struct socketcall_option *option)
{
	int host = host_fd(server, fd), other = -1;
	long r;

	if (host < 0 && !host_is_guest(server))
		return -EBADF;
	if (option->descriptor >= 0 && !host_is_guest(server)) {
		other = host_fd(server, option->descriptor);
		memcpy(option->value, &other, sizeof other);
	}
	r = lacks_capability(server, option) ? socketcall_host_ask(server, host, SO_TYPE) : 0;
	if (r > 0) /* it is a socket: EBADF and ENOTSOCK would come first */
		r = -EPERM;
	if (!r)
		r = set_option(server, host, option);
	if (other >= 0)
		host_done(server, other);
	host_done(server, host);
	return r;
}

long socketcall_host_setsockopt(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	if (!host_is_guest(server) || host_of(server)->descriptors.done || host_of(server)->identity.capable)
		return set_by_hooks(server, fd, option);
	return set_option(server, fd, option);
}

/* ---- Getting ----------------------------------------------------------------------------------------------------- */

/* SO_PEERPIDFD: the value is a descriptor, which is cut to the guest's room. */
static long get_pidfd(struct socketcall_server *server, int host, struct socketcall_option *option)
{
	int fd = -1, asked = option->length;
	socklen_t room = asked < 0 ? (socklen_t)asked : (socklen_t)sizeof fd;
	long r = HOST(server, GETSOCKOPT, getsockopt, N(host), N(option->level), N(option->option), P(&fd),
		      P(option->length_faults ? NOWHERE : (void *)&room));

	if (r)
		return r;
	option->made.handle = fd;
	option->length = asked < (int)sizeof fd ? asked : (int)sizeof fd;
	return 0;
}

/* Gets an option whose value the kernel first reads, from a value whose last bytes can't be read. */
static long get_before_wall(const struct socketcall_server *server, int host, const struct socketcall_option *option,
			    void *room)
{
	struct wall wall;
	void *value = socketcall_host_wall(&wall, option->value, (size_t)option->there);
	long r;

	if (!value)
		return -ENOMEM;
	r = HOST(server, GETSOCKOPT, getsockopt, N(host), N(option->level), N(option->option), P(value), P(room));
	memcpy(option->value, value, (size_t)option->there);
	socketcall_host_wall_end(&wall);
	return r;
}

static long get_option(struct socketcall_server *server, int host, struct socketcall_option *option)
{
	const struct socketcall_identity *identity = &host_of(server)->identity;
	bool filter = option->level == SOL_SOCKET && option->option == SO_ATTACH_FILTER;
	bool known = is_let_through(server, option->level, option->option, false);
	int most = filter ? INSTRUCTIONS_MOST : SOCKETCALL_OPTION;
	int asked = option->length < most ? option->length : most;
	socklen_t room = (socklen_t)asked;
	void *room_at = option->length_faults ? NOWHERE : (void *)&room;
	bool lacks = option->is_input && option->there < asked;
	long r;

	if (known && lacks && option->there > 0)
		r = get_before_wall(server, host, option, room_at);
	else
		r = HOST(server, GETSOCKOPT, getsockopt, N(host), N(option->level), N(option->option),
			 P(known && !lacks ? option->value : NOWHERE), P(room_at));
	if (room != (socklen_t)asked || r == 0)
		option->length = (int)room;
	if (!known)
		return r == 0 || (r == -EFAULT && !option->length_faults) ? -ENOPROTOOPT : r;
	if (r || option->level != SOL_SOCKET || host_is_guest(server))
		return r;
	if (option->option == SO_PEERCRED && identity->credentials_out && room == sizeof(struct ucred))
		identity->credentials_out(identity->context, (struct ucred *)option->value);
	return 0;
}

/* SO_ERROR: if the kernel has no error for the socket, returns and forgets the one that the context keeps for it. */
static void put_kept_error(struct socketcall_server *server, int host, struct socketcall_option *option)
{
	int error;

	memcpy(&error, option->value, sizeof error);
	if (error || option->length < (int)sizeof error)
		return;
	error = (int)-socketcall_host_take_kept_error(server, host);
	memcpy(option->value, &error, sizeof error);
}

long socketcall_host_getsockopt(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	int host = host_fd(server, fd);
	bool is_pidfd = option->level == SOL_SOCKET && option->option == (int)socketcall_option_SO_PEERPIDFD;
	long r;

	if (host < 0 && !host_is_guest(server))
		r = -EBADF;
	else
		r = is_pidfd ? get_pidfd(server, host, option) : get_option(server, host, option);
	if (!r && option->level == SOL_SOCKET && option->option == SO_ERROR && host_of(server)->kept_error)
		put_kept_error(server, host, option);
	host_done(server, host);
	return r;
}
