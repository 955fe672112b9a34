/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <errno.h>
#include <string.h>

/* Levels and options by number: the headers of libc and of the kernel each lack some, and don't go together. */
enum {
	LEVEL_IP = 0,
	LEVEL_TCP = 6,
	LEVEL_UDP = 17,
	LEVEL_VSOCK = 40,
	LEVEL_IPV6 = 41,
	LEVEL_ICMPV6 = 58,
	LEVEL_UDPLITE = 136,
	LEVEL_RAW = 255,
	LEVEL_PACKET = 263,
	LEVEL_NETLINK = 270,
	LEVEL_TLS = 282,
	LEVEL_MPTCP = 284,
	IP_LAST = 63,      /* from 64 on: tables of netfilter, that hold addresses */
	ORIGINAL_DST = 80, /* SO_ORIGINAL_DST, IP6T_SO_ORIGINAL_DST: a name */
	IPV6_LAST = 82,
	IPV6_TABLES = 64,  /* and 65, 68, 69: ip6tables' */
	TCP_LAST = 46,     /* TCP_DELACK_MAX_US */
	TCP_ZEROCOPY = 35, /* TCP_ZEROCOPY_RECEIVE: addresses */
	TCP_KEYS = 41,     /* TCP_AO_GET_KEYS: counts another length */
	PACKET_LAST = 24,  /* PACKET_VNET_HDR_SZ */
	VSOCK_LAST = 8,
	NETLINK_LAST = 12,
	TLS_LAST = 4,
	MPTCP_LAST = 3,     /* MPTCP_FULL_INFO is 4: addresses */
	IP_PKTOPTIONS_ = 9, /* names of our own: some headers have these as macros */
	IP_IPSEC_POLICY_ = 16,
	IP_XFRM_POLICY_ = 17,
	IPV6_2292PKTOPTIONS_ = 6,
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

/* Those of SOL_SOCKET have names, since their numbers are others on some machines. */
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
 * Is the option one whose value holds no address of memory that we haven't put there, and of which little more than its
 * length is read or written? Levels' numbers are more than one family's (Bluetooth's are 0, 6 and 17), but where these
 * are known none of the families' does either. Options that come later aren't known.
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
 * Is the value one that only a guest with the byte order of here can have? These have no row in abi/values.def: keys of
 * TCP-AO, information of MPTCP in several structures, IPsec's policies, control messages as a value, and rings, whose
 * memory the guest would map.
 */
static bool is_of_here(int level, int option)
{
	switch (level) {
	case LEVEL_IP:
		return option == IP_PKTOPTIONS_ || option == IP_IPSEC_POLICY_ || option == IP_XFRM_POLICY_;
	case LEVEL_IPV6:
		return option == IPV6_2292PKTOPTIONS_ || option == IPV6_IPSEC_POLICY_ || option == IPV6_XFRM_POLICY_;
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
	return is_known(level, option, set) && !(host_is_swapped(server) && is_of_here(level, option));
}

/* Would the kernel ask whether the guest has a capability, and hasn't it? */
static bool is_forbidden(const struct socketcall_server *server, const struct socketcall_option *o)
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

/* A value of which fewer bytes are there than it has. */
static long set_before_wall(const struct socketcall_server *server, int host, const struct socketcall_option *option)
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

/* Levels whose options are read as a number before they are looked for (sk_setsockopt(), do_tcp_setsockopt() and so
 * on), which fails where there is none. */
static bool reads_number_first(int level)
{
	return level == SOL_SOCKET || level == LEVEL_TCP || level == LEVEL_IPV6 || level == LEVEL_NETLINK;
}

/* What an option that isn't known gets, of a value that can't be read; SOL_IPV6's, of a number alone. */
static long refuse_option(const struct socketcall_server *server, int host, const struct socketcall_option *option)
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

long socketcall_host_setsockopt(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	int host = host_fd(server, fd), other = -1;
	long r;

	if (host < 0 && !host_is_guest(server))
		return -EBADF;
	if (option->descriptor >= 0 && !host_is_guest(server)) {
		other = host_fd(server, option->descriptor);
		memcpy(option->value, &other, sizeof other);
	}
	r = is_forbidden(server, option) ? socketcall_host_ask(server, host, SO_TYPE) : 0;
	if (r > 0) /* a socket, but not allowed */
		r = -EPERM;
	if (!r)
		r = set_option(server, host, option);
	if (other >= 0)
		host_done(server, other);
	host_done(server, host);
	return r;
}

/* ---- Getting ----------------------------------------------------------------------------------------------------- */

/* SO_PEERPIDFD: a descriptor, of which as much is said as there is room for. */
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

/* A value that is read before it is written, and of which fewer bytes are there than the guest said. */
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

/* The error that was kept is SO_ERROR's, as one that the kernel has. */
static void kept_error(struct socketcall_server *server, int host, struct socketcall_option *option)
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
		kept_error(server, host, option);
	host_done(server, host);
	return r;
}
