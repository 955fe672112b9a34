/* SPDX-License-Identifier: MIT
 *
 * What the kernel's own calls do with the guest's pointers, done here with copies (net/socket.c): the kernel is given
 * pointers into this process only, and only for as many bytes as socketcall_host.at() allowed. A pointer that leads
 * nowhere is handed on as one that can't be touched, so that the kernel finds its errors in its own order.
 */
#define _GNU_SOURCE
#define SOCKETCALL_I386_GS
#include "caller/caller.h"
#include "server/host.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	PARTS = 1024,         /* UIO_MAXIOV */
	OPTION_MAX = 4096,    /* no value that is set here is longer */
	FILTER_MAX = 4096,    /* BPF_MAXINSNS */
	FLOWLABEL_MGR = 32,   /* IPV6_FLOWLABEL_MGR, <linux/in6.h>, which libc's doesn't go with */
	ZEROCOPY = 0x4000000, /* MSG_ZEROCOPY: the kernel would read the bytes after the operation's end */
};

/*
 * The kernel's structures (struct user_msghdr, include/linux/socket.h). A libc's own may have narrower lengths (musl's has),
 * and what lies beside them would be the kernel's to read.
 */
struct kernel_message {
	void *name;
	unsigned namelen;
	struct iovec *iov;
	unsigned long iovlen;
	void *control;
	unsigned long controllen;
	unsigned flags;
};
struct kernel_messages {
	struct kernel_message header;
	unsigned length;
};
_Static_assert(sizeof(struct iovec) == 2 * sizeof(long), "iovec is two words");

/* In the first page, which can't be mapped; not null, which would mean "none" to the kernel. */
#define NOWHERE ((void *)1)

/* ---- The guest's memory ------------------------------------------------------------------------------------------- */

/* Where `size` bytes lie in one piece, or a null pointer. */
static void *whole(const struct socketcall_host *host, uint64_t address, size_t size, int writable)
{
	size_t there = size;
	void *at = size ? host->at(host->context, address, &there, writable) : NULL;

	return there == size ? at : NULL;
}

/* The compiler may not read `from` again later, in place of the copy. */
static void copy_once(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	__asm__ volatile("" : : "r"(to) : "memory");
}

static int copy_in(const struct socketcall_host *host, void *to, uint64_t address, size_t size)
{
	const void *from = whole(host, address, size, 0);

	if (!from)
		return -EFAULT;
	copy_once(to, from, size);
	return 0;
}

static int copy_out(const struct socketcall_host *host, uint64_t address, const void *from, size_t size)
{
	void *to = whole(host, address, size, 1);

	if (!to)
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}

int socketcall_host_read(void *host, uint64_t address, void *to, size_t size)
{
	return copy_in(host, to, address, size);
}

/*
 * Makes `parts` of the `size` bytes at `address`: what is there and, where that isn't all, the rest as a part that can't
 * be touched, so the kernel fails where it would have failed at the guest. Returns how many parts there are, 1 or 2.
 */
static int parts_of(const struct socketcall_host *host, uint64_t address, size_t size, int writable,
		    struct iovec *parts)
{
	size_t there = size;
	void *at = size ? host->at(host->context, address, &there, writable) : NULL;

	if (!at || there > size)
		there = 0;
	parts[0] = (struct iovec){ there ? at : NOWHERE, there ? there : size };
	if (there == 0 || there == size)
		return 1;
	parts[1] = (struct iovec){ NOWHERE, size - there };
	return 2;
}

/* ---- Addresses of sockets ------------------------------------------------------------------------------------------ */

/* What to give the kernel for an address of that length: a copy, or what will make it find the error. */
static const void *name_in(const struct socketcall_host *host, struct sockaddr_storage *copy, uint64_t address,
			   int length)
{
	if (!address)
		return NULL;
	if (length <= 0 || length > (int)sizeof *copy)
		return copy;
	return copy_in(host, copy, address, (size_t)length) ? NOWHERE : copy;
}

/* As the kernel's move_addr_to_user(): `length` is the name's, the room is *length_address, if that isn't 0, or `room`. */
static int name_out(const struct socketcall_host *host, const struct sockaddr_storage *name, socklen_t length,
		    uint64_t address, int room)
{
	int fits = room < (int)length ? room : (int)length;

	if (fits < 0)
		return -EINVAL;
	return fits ? copy_out(host, address, name, (size_t)fits) : 0;
}

static int name_and_length_out(const struct socketcall_host *host, const struct sockaddr_storage *name,
			       socklen_t length, uint64_t address, uint64_t length_address)
{
	int room, r = copy_in(host, &room, length_address, sizeof room);

	if (!r)
		r = name_out(host, name, length, address, room);
	return r ? r : copy_out(host, length_address, &length, sizeof length);
}

/* ---- Calls --------------------------------------------------------------------------------------------------------- */

/*
 * The families of which it is known what their addresses, messages and options hold. Others' may hold addresses of memory
 * (AF_RDS, AF_XDP), or options that write more than they are told to (AF_ATMPVC, AF_BLUETOOTH).
 */
static int family_is_known(int family)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK ||
	       family == AF_PACKET || family == AF_VSOCK;
}

/* The socket's family, or -errno where it is no socket. Sockets come by other ways than socket(), too. */
static long family_of(int fd)
{
	int family = AF_UNSPEC;
	socklen_t size = sizeof family;
	long r = socketcall_getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);

	return r ? r : family;
}

/* For a family that isn't known one that nobody has, so that what else is wrong is found in the kernel's order. */
static int family_to_make(int family)
{
	return family_is_known(family) ? family : INT_MAX;
}

static long host_socket(void *server, int family, int type, int protocol)
{
	(void)server;
	return socketcall_socket(family_to_make(family), type, protocol);
}

static long host_bind(void *server, int fd, uint64_t address, int length)
{
	struct sockaddr_storage name;

	return socketcall_bind(fd, name_in(server, &name, address, length), (socklen_t)length);
}

static long host_connect(void *server, int fd, uint64_t address, int length)
{
	struct sockaddr_storage name;

	return socketcall_connect(fd, name_in(server, &name, address, length), (socklen_t)length);
}

static long host_listen(void *server, int fd, int backlog)
{
	(void)server;
	return socketcall_listen(fd, backlog);
}

static long host_accept4(void *server, int fd, uint64_t address, uint64_t length_address, int flags)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof name;
	long r, made;

	if (!address)
		return socketcall_accept4(fd, NULL, NULL, flags);
	made = socketcall_accept4(fd, &name, &length, flags);
	if (made < 0)
		return made;
	r = name_and_length_out(server, &name, length, address, length_address);
	if (!r)
		return made;
	close((int)made);
	return r;
}

static long host_getsockname(void *server, int fd, uint64_t address, uint64_t length_address)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof name;
	long r = socketcall_getsockname(fd, &name, &length);

	return r ? r : name_and_length_out(server, &name, length, address, length_address);
}

static long host_getpeername(void *server, int fd, uint64_t address, uint64_t length_address)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof name;
	long r = socketcall_getpeername(fd, &name, &length);

	return r ? r : name_and_length_out(server, &name, length, address, length_address);
}

static long host_socketpair(void *server, int family, int type, int protocol, uint64_t pair_address)
{
	int pair[2];
	void *to = whole(server, pair_address, sizeof pair, 1);
	long r = socketcall_socketpair(family_to_make(family), type, protocol, to ? pair : NOWHERE);

	if (!r)
		memcpy(to, pair, sizeof pair);
	return r;
}

static long host_shutdown(void *server, int fd, int how)
{
	(void)server;
	return socketcall_shutdown(fd, how);
}

/*
 * The flags to send with: SIGPIPE is for the guest, who gets EPIPE, and not for this process; and nothing of the guest's
 * memory is used after the operation.
 */
static int sending(int flags)
{
	return (flags | MSG_NOSIGNAL) & ~ZEROCOPY;
}

/* ---- Bytes --------------------------------------------------------------------------------------------------------- */

static long host_sendto(void *server, int fd, uint64_t buffer, uint64_t size, int flags, uint64_t address, int length)
{
	struct sockaddr_storage copy;
	const void *name = name_in(server, &copy, address, length);
	struct kernel_message message = { 0 };
	struct iovec parts[2];

	/* for the kernel, too, longer is as long as this */
	message.iovlen = (size_t)parts_of(server, buffer, size < INT_MAX ? size : INT_MAX, 0, parts);
	flags = sending(flags);
	if (message.iovlen == 1)
		return socketcall_sendto(fd, parts->iov_base, parts->iov_len, flags, name, (socklen_t)length);
	if (name && (length < 0 || length > (int)sizeof copy)) /* EINVAL, which it isn't for a message's header */
		return socketcall_sendto(fd, NULL, 0, flags, name, (socklen_t)length);
	message.name = (void *)(uintptr_t)name;
	message.namelen = (socklen_t)length;
	message.iov = parts;
	return socketcall_sendmsg(fd, &message, flags);
}

static long host_recvfrom(void *server, int fd, uint64_t buffer, uint64_t size, int flags, uint64_t address,
			  uint64_t length_address)
{
	struct sockaddr_storage name;
	struct kernel_message message = { 0 };
	struct iovec parts[2];
	long r, out;

	if (address) {
		message.name = &name;
		message.namelen = sizeof name;
	}
	message.iovlen = (size_t)parts_of(server, buffer, size < INT_MAX ? size : INT_MAX, 1, parts);
	message.iov = parts;
	if (message.iovlen == 1)
		r = socketcall_recvfrom(fd, parts->iov_base, parts->iov_len, flags, message.name,
					address ? &message.namelen : NULL);
	else
		r = socketcall_recvmsg(fd, &message, flags);
	if (r < 0 || !address)
		return r;
	out = name_and_length_out(server, &name, message.namelen, address, length_address);
	return out ? out : r;
}

/* ---- Options ------------------------------------------------------------------------------------------------------- */

/*
 * Is the option one whose value holds no address of memory, and of which no more than its length is read or written? By
 * family, as a level's number means another thing in each. Options that come later aren't known.
 */
static int option_is_known(int family, int level, int option)
{
	int inet = family == AF_INET || family == AF_INET6;

	if (level == SOL_SOCKET)
		return option != SO_ZEROCOPY;
	if (family == AF_NETLINK)
		return level == SOL_NETLINK;
	if (!inet)
		return 0;
	switch (level) {
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMPV6:
	case IPPROTO_RAW:
		return 1;
	case IPPROTO_TCP: /* TCP_TX_DELAY; in TCP_ZEROCOPY_RECEIVE, and behind that, are addresses and counts */
		return option <= 37 && option != TCP_ZEROCOPY_RECEIVE;
	case IPPROTO_IP: /* from 64 on: tables of iptables, arptables, ebtables and ipvs */
		return option < 64 && option != IP_MSFILTER && option != MCAST_MSFILTER;
	case IPPROTO_IPV6: /* IPV6_FREEBIND; 64 and 65 are ip6tables'; IPV6_FLOWLABEL_MGR is written when it is set */
		return family == AF_INET6 && option <= 78 && option != 64 && option != 65 && option != FLOWLABEL_MGR &&
		       option != MCAST_MSFILTER;
	default:
		return 0;
	}
}

/* 0, or the error that an option of that socket meets before it is looked for, or because it isn't known. */
static long option_refused(int fd, int level, int option)
{
	long family = family_of(fd);

	if (family < 0)
		return family;
	return option_is_known((int)family, level, option) ? 0 : -ENOPROTOOPT;
}

/* The one structure with an address inside that is taken. */
static long set_filter(const struct socketcall_host *host, int fd, int option, uint64_t value)
{
	struct sock_fprog program;

	if (copy_in(host, &program, value, sizeof program))
		return socketcall_setsockopt(fd, SOL_SOCKET, option, NOWHERE, sizeof program);
	if (program.len <= FILTER_MAX)
		program.filter = whole(host, (uintptr_t)program.filter, program.len * sizeof *program.filter, 0);
	if (program.len > FILTER_MAX || !program.filter)
		program.filter = NOWHERE;
	return socketcall_setsockopt(fd, SOL_SOCKET, option, &program, sizeof program);
}

static long host_setsockopt(void *server, int fd, int level, int option, uint64_t value, int length)
{
	int filter = level == SOL_SOCKET && (option == SO_ATTACH_FILTER || option == SO_ATTACH_REUSEPORT_CBPF);
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
	if (length > 0 && copy_in(server, copy, value, (size_t)length))
		at = value ? NOWHERE : NULL;
	return socketcall_setsockopt(fd, level, option, at, (socklen_t)length);
}

static long host_getsockopt(void *server, int fd, int level, int option, uint64_t value, uint64_t length_address)
{
	/* the one option whose length counts something else than bytes */
	int filter = level == SOL_SOCKET && option == SO_GET_FILTER, length = 0;
	long r = option_refused(fd, level, option), out;
	socklen_t room;
	void *at;

	if (r && r != -ENOPROTOOPT)
		return r;
	out = copy_in(server, &length, length_address, sizeof length);
	if (out || r)
		return out ? out : r;
	if (filter && length > FILTER_MAX)
		length = FILTER_MAX;
	room = (socklen_t)length;
	at = length > 0 ? whole(server, value, (size_t)length * (filter ? sizeof(struct sock_filter) : 1), 1) : NULL;
	r = socketcall_getsockopt(fd, level, option, at ? at : NOWHERE, &room);
	/* some failures say how long the value is */
	out = r == 0 || room != (socklen_t)length ? copy_out(server, length_address, &room, sizeof room) : 0;
	return r ? r : out;
}

/* ---- Messages ------------------------------------------------------------------------------------------------------ */

/* A guest's message header as the kernel may have it: every pointer leads into this process, or nowhere. */
struct message {
	struct kernel_message header;
	struct sockaddr_storage name;
	struct iovec parts[PARTS + 1];
	size_t size; /* the sum of the parts */
};

/* Makes m's parts of the guest's `count` at `list`. Too many, or a list that leads nowhere, are the kernel's to find. */
static void translate_parts(const struct socketcall_host *host, struct message *m, uint64_t list, size_t count,
			    int writable)
{
	const struct iovec *guest = count <= PARTS ? whole(host, list, count * sizeof *guest, 0) : NULL;
	size_t n = 0;

	m->size = 0;
	m->header.iov = NOWHERE;
	m->header.iovlen = count;
	if (!guest)
		return;
	for (size_t i = 0; i < count; i++) {
		struct iovec part;
		int pieces;

		copy_once(&part, &guest[i], sizeof part);
		m->size += part.iov_len;
		/* a negative length is EINVAL before any part is used */
		pieces = part.iov_len > SSIZE_MAX
				 ? 0
				 : parts_of(host, (uintptr_t)part.iov_base, part.iov_len, writable, &m->parts[n]);
		/* one may be in two pieces, if there is room: nothing is reached behind it */
		if (pieces == 0 || (pieces == 2 && (n > i || count == PARTS))) {
			m->parts[n] = (struct iovec){ NOWHERE, part.iov_len };
			pieces = 1;
		}
		n += (size_t)pieces;
	}
	m->header.iov = m->parts;
	m->header.iovlen = n;
}

/* Copies the header at `address` and translates it. 0 when the address leads nowhere. */
static int message_in(const struct socketcall_host *host, struct message *m, uint64_t address, int writable)
{
	struct kernel_message guest, *h = &m->header;
	void *control;

	if (copy_in(host, &guest, address, sizeof guest))
		return 0;
	*h = guest;
	translate_parts(host, m, (uintptr_t)guest.iov, guest.iovlen, writable);
	control =
		guest.controllen <= INT_MAX ? whole(host, (uintptr_t)guest.control, guest.controllen, writable) : NULL;
	/* whatever the length, the kernel never gets the guest's own pointer */
	h->control = control ? control : guest.control && guest.controllen ? NOWHERE : NULL;
	return 1;
}

/* Control data go to sockets of known families only: others' may hold addresses of memory. */
static long control_refused(int fd, const struct message *m)
{
	long family;

	if (!m->header.controllen)
		return 0;
	family = family_of(fd);
	return family < 0 ? family : family_is_known((int)family) ? 0 : -EOPNOTSUPP;
}

static long send_message(const struct socketcall_host *host, int fd, uint64_t address, int flags, size_t *size)
{
	struct message m;
	long r;

	flags = sending(flags);
	if (!message_in(host, &m, address, 0))
		return socketcall_sendmsg(fd, NOWHERE, flags);
	r = control_refused(fd, &m);
	if (r)
		return r;
	if (m.header.name) {
		int length = (int)m.header.namelen;

		/* longer is as long as the longest (__copy_msghdr()) */
		if (length > (int)sizeof m.name)
			m.header.namelen = sizeof m.name;
		m.header.name =
			(void *)(uintptr_t)name_in(host, &m.name, (uintptr_t)m.header.name, (int)m.header.namelen);
	}
	*size = m.size;
	return socketcall_sendmsg(fd, &m.header, flags);
}

static long receive_message(const struct socketcall_host *host, int fd, uint64_t address, int flags, int *out_flags)
{
	struct message m;
	struct kernel_message guest;
	int room, r = 0;
	long got;

	if (!message_in(host, &m, address, 1))
		return socketcall_recvmsg(fd, NOWHERE, flags);
	got = control_refused(fd, &m);
	if (got)
		return got;
	guest = m.header;
	room = (int)guest.namelen;
	if (guest.name)
		m.header.name = &m.name;
	got = socketcall_recvmsg(fd, &m.header, flags);
	if (got < 0)
		return got;
	*out_flags = (int)m.header.flags;
	if (guest.name)
		r = name_out(host, &m.name, m.header.namelen, (uintptr_t)guest.name, room);
#define OUT(member)                                                                                                    \
	if (!r)                                                                                                        \
	r = copy_out(host, address + offsetof(struct kernel_message, member), &m.header.member, sizeof m.header.member)
	if (guest.name)
		OUT(namelen);
	OUT(flags);
	OUT(controllen);
#undef OUT
	return r ? r : got;
}

static long host_sendmsg(void *server, int fd, uint64_t address, int flags)
{
	size_t size = 0;

	return send_message(server, fd, address, flags, &size);
}

static long host_recvmsg(void *server, int fd, uint64_t address, int flags)
{
	int out;

	return receive_message(server, fd, address, flags, &out);
}

/* What a message of a vector came to is written behind its header. */
static long length_out(const struct socketcall_host *host, uint64_t message, long length)
{
	unsigned n = (unsigned)length;

	return copy_out(host, message + offsetof(struct kernel_messages, length), &n, sizeof n);
}

static long host_sendmmsg(void *server, int fd, uint64_t messages, unsigned count, int flags)
{
	long r = socketcall_sendmmsg(fd, NULL, 0, flags);
	unsigned sent;

	for (sent = 0; !r && sent < count && sent < PARTS; sent++) {
		uint64_t message = messages + (uint64_t)sent * sizeof(struct kernel_messages);
		size_t size = 0;

		r = send_message(server, fd, message, flags, &size);
		if (r < 0)
			break;
		if ((size_t)r < size)
			count = sent + 1;
		r = length_out(server, message, r);
		if (r)
			break;
	}
	return sent ? (long)sent : r;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Receives until `count` messages came, or it is `deadline` (in ns; none when negative) after one of them. */
static long receive_messages(const struct socketcall_host *host, int fd, uint64_t messages, unsigned count, int flags,
			     int64_t deadline)
{
	unsigned got = 0;
	long r = 0;

	while (!r && got < count) {
		uint64_t message = messages + (uint64_t)got * sizeof(struct kernel_messages);
		int out = 0;

		r = receive_message(host, fd, message, flags & ~MSG_WAITFORONE, &out);
		if (r < 0)
			break;
		r = length_out(host, message, r);
		if (r)
			break;
		got++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if ((deadline >= 0 && now() >= deadline) || (out & MSG_OOB))
			break;
	}
	return got ? (long)got : r;
}

static long host_recvmmsg(void *server, int fd, uint64_t messages, unsigned count, int flags, uint64_t timeout)
{
	struct kernel_time {
		long seconds, nanoseconds; /* not libc's, which may be of 64 bits where these aren't */
	} time;
	int64_t deadline = -1, left;
	long r;

	if (timeout) {
		if (copy_in(server, &time, timeout, sizeof time))
			return -EFAULT;
		if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= 1000000000)
			return -EINVAL;
		deadline = now();
		left = INT64_MAX - deadline;
		left = time.seconds < left / 1000000000 ? (int64_t)time.seconds * 1000000000 + time.nanoseconds : left;
		deadline += left;
	}
	/* of no messages: what the kernel looks at before the first, an error that waits on the socket among it */
	r = socketcall_recvmmsg(fd, NULL, 0, flags, NULL);
	/* With MSG_ERRQUEUE that error isn't looked at, and Linux 6.1 answers EBADF for no messages, whatever the descriptor. */
	if (count > 0 && (flags & MSG_ERRQUEUE) && r == -EBADF) {
		r = family_of(fd);
		r = r < 0 ? r : 0;
	}
	if (r)
		return r;
	r = receive_messages(server, fd, messages, count, flags, deadline);
	if (r <= 0 || !timeout)
		return r;
	left = deadline - now();
	if (left < 0)
		left = 0;
	time = (struct kernel_time){ (long)(left / 1000000000), (long)(left % 1000000000) };
	return copy_out(server, timeout, &time, sizeof time) ? -EFAULT : r;
}

const struct socketcall_operations socketcall_host = {
	.socket = host_socket,
	.bind = host_bind,
	.connect = host_connect,
	.listen = host_listen,
	.getsockname = host_getsockname,
	.getpeername = host_getpeername,
	.socketpair = host_socketpair,
	.sendto = host_sendto,
	.recvfrom = host_recvfrom,
	.shutdown = host_shutdown,
	.setsockopt = host_setsockopt,
	.getsockopt = host_getsockopt,
	.sendmsg = host_sendmsg,
	.recvmsg = host_recvmsg,
	.accept4 = host_accept4,
	.recvmmsg = host_recvmmsg,
	.sendmmsg = host_sendmmsg,
};
