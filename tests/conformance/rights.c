/* SPDX-License-Identifier: MIT
 * Ancillary data: descriptors, credentials and others: unix(7), cmsg(3), ip(7), socket(7). */
#define _GNU_SOURCE
#include "kit.h"

#include <netinet/ip.h>
#include <sys/resource.h>

/* Makes a message with `count` descriptors, each of them `fd`. */
static struct msghdr *with_rights(struct letter *l, int fd, int count)
{
	struct msghdr *m = letter(l, "fd", 2);
	struct cmsghdr *c;

	m->msg_control = l->control;
	m->msg_controllen = CMSG_SPACE((size_t)count * sizeof fd);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN((size_t)count * sizeof fd);
	for (int i = 0; i < count; i++)
		memcpy(CMSG_DATA(c) + (size_t)i * sizeof fd, &fd, sizeof fd);
	return m;
}

static char received[8];

/* Prepares to receive a message with at most `room` bytes of ancillary data. */
static struct msghdr *with_room(struct letter *l, size_t room)
{
	struct msghdr *m = letter(l, received, sizeof received);

	m->msg_control = l->control;
	m->msg_controllen = room;
	memset(l->control, 0x5a, sizeof l->control);
	return m;
}

/* Returns the number of received descriptors, and sets `fds` to them. */
static int rights(struct msghdr *m, int *fds)
{
	int count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; CMSG_LEN((i + 1) * sizeof *fds) <= c->cmsg_len; i++)
			memcpy(&fds[count++], CMSG_DATA(c) + i * sizeof *fds, sizeof *fds);
	}
	return count;
}

static void close_all(const int *fds, int count)
{
	while (count > 0)
		close(fds[--count]);
}

static const struct kind *const unixes[] = { &unix_stream, &unix_seqpacket, &unix_dgram };

static void descriptors(void)
{
	for (int i = 0; i < LENGTH(unixes); i++) {
		const struct kind *k = unixes[i];
		int pair[2], fds[300], file = file_fd(), count;
		struct letter l, in;
		struct msghdr *m;

		new_pair(k, pair);
		IS(2, f("rights.%s.one: a descriptor can be sent", k->name), SENDMSG, pair[0], with_rights(&l, file, 1),
		   0);
		m = with_room(&in, CMSG_SPACE(sizeof(int)));
		IS(2, f("rights.%s.one.recv: the message with the descriptor is received", k->name), RECVMSG, pair[1],
		   m, 0);
		count = rights(m, fds);
		EQ(1, count, f("rights.%s.one.count: one descriptor is received", k->name));
		FACT(count == 1 && fds[0] != file && same_file(fds[0], file),
		     f("rights.%s.one.same: the received descriptor is a new one, of the same file", k->name));
		FACT(!is_cloexec(fds[0]), f("rights.%s.one.exec: the received descriptor stays open on exec", k->name));
		EQ(0, m->msg_flags, f("rights.%s.one.flags: msg_flags of a whole message are 0", k->name));
		FACT(m->msg_controllen == CMSG_SPACE(sizeof(int)) || m->msg_controllen == CMSG_LEN(sizeof(int)),
		     f("rights.%s.one.length: msg_controllen is the length of the received ancillary data", k->name));
		EQ(CMSG_LEN(sizeof(int)), CMSG_FIRSTHDR(m)->cmsg_len,
		   f("rights.%s.one.header: cmsg_len is the header's and the descriptor's length", k->name));
		close_all(fds, count);

		must(SC(SENDMSG, pair[0], with_rights(&l, file, 1), 0) == 2, "a message");
		m = with_room(&in, CMSG_SPACE(sizeof(int)));
		must(SC(RECVMSG, pair[1], m, MSG_CMSG_CLOEXEC) == 2, "a message");
		count = rights(m, fds);
		FACT(count == 1 && is_cloexec(fds[0]),
		     f("rights.%s.cloexec: with MSG_CMSG_CLOEXEC the received descriptor closes on exec", k->name));
		close_all(fds, count);

		IS(2, f("rights.%s.253: 253 descriptors can be sent in one message", k->name), SENDMSG, pair[0],
		   with_rights(&l, file, 253), 0);
		m = with_room(&in, CMSG_SPACE(253 * sizeof(int)));
		must(SC(RECVMSG, pair[1], m, 0) == 2, "a message");
		count = rights(m, fds);
		EQ(253, count, f("rights.%s.253.count: all 253 descriptors are received", k->name));
		close_all(fds, count);
		IS(-EINVAL, f("rights.%s.254: 254 descriptors are too many: EINVAL", k->name), SENDMSG, pair[0],
		   with_rights(&l, file, 254), 0);

		must(SC(SENDMSG, pair[0], with_rights(&l, file, 3), 0) == 2, "a message");
		m = with_room(&in, CMSG_LEN(2 * sizeof(int)));
		IS(2, f("rights.%s.cut: a message with three descriptors is received with room for two", k->name),
		   RECVMSG, pair[1], m, 0);
		count = rights(m, fds);
		EQ(2, count,
		   f("rights.%s.cut.count: with room for two of three descriptors two are received", k->name));
		EQ(MSG_CTRUNC, m->msg_flags & MSG_CTRUNC,
		   f("rights.%s.cut.flags: with room for two of three descriptors MSG_CTRUNC is set", k->name));
		close_all(fds, count);
		must(SC(SENDMSG, pair[0], with_rights(&l, file, 1), 0) == 2, "a message");
		m = with_room(&in, 0);
		must(SC(RECVMSG, pair[1], m, 0) == 2, "a message");
		EQ(MSG_CTRUNC, m->msg_flags & MSG_CTRUNC,
		   f("rights.%s.no-room: without room for ancillary data MSG_CTRUNC is set", k->name));
		EQ(0, m->msg_controllen,
		   f("rights.%s.no-room.length: without room for ancillary data msg_controllen is 0", k->name));
		must(SC(SENDMSG, pair[0], with_rights(&l, file, 1), 0) == 2, "a message");
		m = with_room(&in, sizeof(struct cmsghdr) - 1);
		must(SC(RECVMSG, pair[1], m, 0) == 2, "a message");
		EQ(MSG_CTRUNC, m->msg_flags & MSG_CTRUNC,
		   f("rights.%s.no-header: with room for less than a header MSG_CTRUNC is set", k->name));

		count = closed_fd();
		must(SC(SENDMSG, pair[0], with_rights(&l, file, 1), 0) == 2, "a message");
		EQ(2, SC(RECV, pair[1], received, sizeof received, 0),
		   f("rights.%s.recv: recv receives the data of a message with a descriptor", k->name));
		EQ(count, closed_fd(), f("rights.%s.recv.none: recv leaves no descriptor open", k->name));
		IS(-EBADF, f("rights.%s.closed: sending a closed descriptor: EBADF", k->name), SENDMSG, pair[0],
		   with_rights(&l, count, 1), 0);
		IS(-EBADF,
		   f("rights.%s.second-closed: sending two descriptors of which the second is closed: EBADF", k->name),
		   SENDMSG, pair[0],
		   (memcpy(CMSG_DATA(CMSG_FIRSTHDR(with_rights(&l, file, 2))) + sizeof(int), &count, sizeof count),
		    &l.header),
		   0);
		must(SC(SENDMSG, pair[0], with_rights(&l, file, 1), 0) == 2, "a message");
		m = with_room(&in, CMSG_SPACE(sizeof(int)));
		must(SC(RECVMSG, pair[1], m, MSG_PEEK) == 2, "a peek");
		count = rights(m, fds);
		EQ(1, count, f("rights.%s.peek: MSG_PEEK receives the descriptor, too", k->name));
		close_all(fds, count);
		m = with_room(&in, CMSG_SPACE(sizeof(int)));
		must(SC(RECVMSG, pair[1], m, 0) == 2, "a message");
		count = rights(m, fds);
		EQ(1, count, f("rights.%s.peek.again: after MSG_PEEK the descriptor is received again", k->name));
		close_all(fds, count);
		close_pair(pair);
	}
}

static void malformed(void)
{
	int pair[2], fds[8], other[2], file = file_fd(), count;
	struct letter l, in;
	struct msghdr *m;
	struct rlimit limit, low;

	new_pair(&unix_stream, pair);
	m = with_rights(&l, file, 1);
	CMSG_FIRSTHDR(m)->cmsg_len = sizeof(struct cmsghdr) - 1;
	IS(-EINVAL, "rights.cmsg-len.short: a cmsg_len less than a header: EINVAL", SENDMSG, pair[0], m, 0);
	m = with_rights(&l, file, 1);
	CMSG_FIRSTHDR(m)->cmsg_len = 1000;
	IS(-EINVAL, "rights.cmsg-len.long: a cmsg_len beyond msg_controllen: EINVAL", SENDMSG, pair[0], m, 0);
	m = with_rights(&l, file, 1);
	CMSG_FIRSTHDR(m)->cmsg_len = 0;
	IS(-EINVAL, "rights.cmsg-len.0: a cmsg_len of 0: EINVAL", SENDMSG, pair[0], m, 0);
	m = with_rights(&l, file, 1);
	CMSG_FIRSTHDR(m)->cmsg_type = 99;
	IS(-EINVAL, "rights.type: an unknown cmsg_type: EINVAL", SENDMSG, pair[0], m, 0);
	m = with_rights(&l, file, 1);
	CMSG_FIRSTHDR(m)->cmsg_level = IPPROTO_IP;
	IS(2, "rights.level: a UNIX socket ignores ancillary data of another level", SENDMSG, pair[0], m, 0);
	must(SC(RECV, pair[1], received, 8, 0) == 2, "a message");
	m = with_rights(&l, file, 1);
	m->msg_control = nowhere();
	IS(-EFAULT, "rights.nowhere: ancillary data that can't be read: EFAULT", SENDMSG, pair[0], m, 0);
	m = with_rights(&l, file, 1);
	m->msg_control = NULL;
	m->msg_controllen = 0;
	IS(2, "rights.null: a message without ancillary data is sent", SENDMSG, pair[0], m, 0);
	must(SC(RECV, pair[1], received, 8, 0) == 2, "a message");
	m = with_rights(&l, file, 0);
	IS(2, "rights.none: SCM_RIGHTS without a descriptor can be sent", SENDMSG, pair[0], m, 0);
	m = with_room(&in, 64);
	must(SC(RECVMSG, pair[1], m, 0) == 2, "a message");
	EQ(0, m->msg_controllen,
	   "rights.none.recv: the receiver of SCM_RIGHTS without a descriptor gets no ancillary data");
	must(SC(SENDMSG, pair[0], with_rights(&l, file, 1), 0) == 2, "a message");
	m = with_room(&in, CMSG_SPACE(sizeof(int)));
	m->msg_control = nowhere();
	IS(2, "rights.recv.nowhere: ancillary data that can't be written isn't an error", RECVMSG, pair[1], m, 0);

	must(SC(SENDMSG, pair[0], with_rights(&l, file, 2), 0) == 2, "a message");
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = (rlim_t)closed_fd() + 1;
	m = with_room(&in, 64);
	setrlimit(RLIMIT_NOFILE, &low);
	IS(2, "rights.emfile: a message with two descriptors is received where only one is free", RECVMSG, pair[1], m,
	   0);
	setrlimit(RLIMIT_NOFILE, &limit);
	count = rights(m, fds);
	EQ(1, count, "rights.emfile.one: where one descriptor is free, one is received");
	EQ(MSG_CTRUNC, m->msg_flags & MSG_CTRUNC,
	   "rights.emfile.flags: where too few descriptors are free, MSG_CTRUNC is set");
	close_all(fds, count);

	/* send a socket in whose queue a descriptor waits */
	new_pair(&unix_stream, other);
	must(SC(SENDMSG, other[0], with_rights(&l, file, 1), 0) == 2, "a message");
	IS(2, "rights.nested: a socket in whose queue a descriptor waits can be sent", SENDMSG, pair[0],
	   with_rights(&l, other[1], 1), 0);
	close_pair(other);
	m = with_room(&in, CMSG_SPACE(sizeof(int)));
	must(SC(RECVMSG, pair[1], m, 0) == 2 && rights(m, fds) == 1, "a socket");
	m = with_room(&in, CMSG_SPACE(sizeof(int)));
	must(SC(RECVMSG, fds[0], m, 0) == 2, "a message");
	FACT(rights(m, fds + 1) == 1 && same_file(fds[1], file),
	     "rights.nested.recv: the descriptor in the queue of a socket that was sent is received");
	close_all(fds, 2);
	must(SC(SENDMSG, pair[0], with_rights(&l, pair[0], 1), 0) == 2, "a message");
	m = with_room(&in, CMSG_SPACE(sizeof(int)));
	must(SC(RECVMSG, pair[1], m, 0) == 2, "a message");
	FACT(rights(m, fds) == 1 && same_file(fds[0], pair[0]), "rights.itself: a socket can be sent through itself");
	close(fds[0]);
	/* on a stream, one recvmsg doesn't return data from before and after a message with descriptors */
	must(SC(SEND, pair[0], "ab", 2, 0) == 2 && SC(SENDMSG, pair[0], with_rights(&l, file, 1), 0) == 2, "data");
	m = with_room(&in, CMSG_SPACE(sizeof(int)));
	must(SC(RECVMSG, pair[1], m, 0) > 0, "data");
	count = rights(m, fds);
	must(count || SC(RECVMSG, pair[1], m = with_room(&in, CMSG_SPACE(sizeof(int))), 0) == 2, "data");
	FACT(count == 1 || rights(m, fds) == 1,
	     "rights.unix-stream.after-data: a descriptor that was sent after other data is received");
	close_pair(pair);
}

static void credentials(void)
{
	int pair[2], yes = 1, no = 0;
	struct letter l, in;
	struct msghdr *m;
	struct cmsghdr *c;
	struct ucred u = { getpid(), geteuid(), getegid() }, got;

	for (int i = 0; i < LENGTH(unixes); i++) {
		const struct kind *k = unixes[i];

		new_pair(k, pair);
		must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes), "an option");
		must(SC(SEND, pair[0], "x", 1, 0) == 1, "data");
		m = with_room(&in, CMSG_SPACE(sizeof u));
		must(SC(RECVMSG, pair[1], m, 0) == 1, "data");
		c = CMSG_FIRSTHDR(m);
		FACT(c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
			     c->cmsg_len == CMSG_LEN(sizeof u),
		     f("credentials.%s: with SO_PASSCRED the sender's credentials are received", k->name));
		memset(&got, 0, sizeof got);
		if (c)
			memcpy(&got, CMSG_DATA(c), sizeof got);
		FACT(got.pid == u.pid && got.uid == u.uid && got.gid == u.gid,
		     f("credentials.%s.self: the credentials are the sender's process, user and group", k->name));
		must(SC(SEND, pair[0], "x", 1, 0) == 1, "data");
		m = with_room(&in, 0);
		must(SC(RECVMSG, pair[1], m, 0) == 1, "data");
		EQ(MSG_CTRUNC, m->msg_flags & MSG_CTRUNC,
		   f("credentials.%s.no-room: without room for credentials MSG_CTRUNC is set", k->name));

		m = letter(&l, "y", 1);
		m->msg_control = l.control;
		m->msg_controllen = CMSG_SPACE(sizeof u);
		c = CMSG_FIRSTHDR(m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_CREDENTIALS;
		c->cmsg_len = CMSG_LEN(sizeof u);
		memcpy(CMSG_DATA(c), &u, sizeof u);
		IS(1, f("credentials.%s.sent: a process can send its own credentials", k->name), SENDMSG, pair[0], m,
		   0);
		must(SC(RECV, pair[1], received, 8, 0) == 1, "data");
		c->cmsg_len = CMSG_LEN(sizeof u - 1);
		IS(-EINVAL, f("credentials.%s.short: credentials shorter than a struct ucred: EINVAL", k->name),
		   SENDMSG, pair[0], m, 0);
		must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_PASSCRED, &no, sizeof no), "an option");
		must(SC(SEND, pair[0], "x", 1, 0) == 1, "data");
		m = with_room(&in, CMSG_SPACE(sizeof u));
		must(SC(RECVMSG, pair[1], m, 0) == 1, "data");
		EQ(0, m->msg_controllen,
		   f("credentials.%s.off: without SO_PASSCRED no credentials are received", k->name));
		close_pair(pair);
	}
}

static int pretend(void *argument)
{
	struct letter l;
	struct msghdr *m = letter(&l, "y", 1);
	struct ucred u = { 1, 0, 0 };
	struct cmsghdr *c;
	int pair[2];

	(void)argument;
	if (!become_nobody())
		return 255;
	new_pair(&unix_stream, pair);
	m->msg_control = l.control;
	m->msg_controllen = CMSG_SPACE(sizeof u);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof u);
	memcpy(CMSG_DATA(c), &u, sizeof u);
	return (int)-SC(SENDMSG, pair[0], m, 0);
}

/* An unprivileged user may have at most as many descriptors in flight as RLIMIT_NOFILE allows open ones. Returns the
 * error with which the next is refused. */
static int too_many(void *argument)
{
	struct rlimit few = { 16, 16 };
	struct letter l;
	int pair[2];
	long r = 0;

	(void)argument;
	if (!become_nobody())
		return 255;
	new_pair(&unix_dgram, pair);
	if (setrlimit(RLIMIT_NOFILE, &few))
		return 254;
	for (int i = 0; i < 9 && r >= 0; i++)
		r = SC(SENDMSG, pair[0], with_rights(&l, pair[0], 8), MSG_DONTWAIT);
	return (int)-r;
}

/* Returns the ancillary data of this type, or a null pointer. */
static struct cmsghdr *find(struct msghdr *m, int level, int type)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == level && c->cmsg_type == type)
			return c;
	return NULL;
}

static void inet(void)
{
	int pair[2], yes = 1, value;
	struct letter in, l;
	struct msghdr *m;
	struct cmsghdr *c;
	struct in_pktinfo info;
	long t[2];

	new_pair(&udp, pair);
	must(!SC(SETSOCKOPT, pair[1], IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes), "an option");
	must(!SC(SETSOCKOPT, pair[1], IPPROTO_IP, IP_RECVTTL, &yes, sizeof yes), "an option");
	must(!SC(SETSOCKOPT, pair[1], IPPROTO_IP, IP_RECVTOS, &yes, sizeof yes), "an option");
	value = 33;
	must(!SC(SETSOCKOPT, pair[0], IPPROTO_IP, IP_TTL, &value, sizeof value), "an option");
	must(SC(SEND, pair[0], "data", 4, 0) == 4, "a datagram");
	m = with_room(&in, 256);
	IS(4, "ancillary.udp: a datagram is received with IP_PKTINFO, IP_TTL and IP_TOS", RECVMSG, pair[1], m, 0);
	c = find(m, IPPROTO_IP, IP_PKTINFO);
	FACT(c && c->cmsg_len == CMSG_LEN(sizeof info), "ancillary.udp.pktinfo: IP_PKTINFO is received");
	memset(&info, 0, sizeof info);
	if (c)
		memcpy(&info, CMSG_DATA(c), sizeof info);
	FACT(info.ipi_addr.s_addr == htonl(INADDR_LOOPBACK) && info.ipi_ifindex > 0,
	     "ancillary.udp.pktinfo.address: IP_PKTINFO has the address and the interface");
	c = find(m, IPPROTO_IP, IP_TTL);
	if (c)
		memcpy(&value, CMSG_DATA(c), sizeof value);
	FACT(c && value == 33, "ancillary.udp.ttl: IP_TTL is received with the sender's value");
	c = find(m, IPPROTO_IP, IP_TOS);
	FACT(c && !*CMSG_DATA(c), "ancillary.udp.tos: IP_TOS is received");
	must(SC(SEND, pair[0], "data", 4, 0) == 4, "a datagram");
	m = with_room(&in, CMSG_LEN(sizeof info));
	must(SC(RECVMSG, pair[1], m, 0) == 4, "a datagram");
	EQ(MSG_CTRUNC, m->msg_flags & MSG_CTRUNC,
	   "ancillary.udp.cut: ancillary data of three kinds, and room for one: MSG_CTRUNC");
	close_pair(pair);

	new_pair(&udp, pair);
	must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_TIMESTAMP, &yes, sizeof yes), "an option");
	must(SC(SEND, pair[0], "data", 4, 0) == 4, "a datagram");
	m = with_room(&in, 256);
	must(SC(RECVMSG, pair[1], m, 0) == 4, "a datagram");
	c = find(m, SOL_SOCKET, SCM_TIMESTAMP);
	FACT(c && c->cmsg_len == CMSG_LEN(sizeof t),
	     "ancillary.udp.timestamp: with SO_TIMESTAMP a time of two words is received");
	t[0] = t[1] = -1;
	if (c)
		memcpy(t, CMSG_DATA(c), sizeof t);
	FACT(t[0] > 0 && t[1] >= 0 && t[1] < 1000000,
	     "ancillary.udp.timestamp.value: the time has seconds and microseconds");
	must(!SC(SETSOCKOPT, pair[1], SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes), "an option");
	must(SC(SEND, pair[0], "data", 4, 0) == 4, "a datagram");
	m = with_room(&in, 256);
	must(SC(RECVMSG, pair[1], m, 0) == 4, "a datagram");
	FACT(find(m, SOL_SOCKET, SCM_TIMESTAMPNS) && !find(m, SOL_SOCKET, SCM_TIMESTAMP),
	     "ancillary.udp.timestampns: SO_TIMESTAMPNS replaces SO_TIMESTAMP");
	close_pair(pair);

	/* ancillary data that is sent */
	new_pair(&udp, pair);
	must(!SC(SETSOCKOPT, pair[1], IPPROTO_IP, IP_RECVTTL, &yes, sizeof yes), "an option");
	m = letter(&l, "data", 4);
	m->msg_control = l.control;
	m->msg_controllen = CMSG_SPACE(sizeof value);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_TTL;
	c->cmsg_len = CMSG_LEN(sizeof value);
	value = 44;
	memcpy(CMSG_DATA(c), &value, sizeof value);
	IS(4, "ancillary.udp.ttl.sent: a datagram can be sent with a TTL of its own", SENDMSG, pair[0], m, 0);
	value = 0;
	m = with_room(&in, 256);
	must(SC(RECVMSG, pair[1], m, 0) == 4, "a datagram");
	c = find(m, IPPROTO_IP, IP_TTL);
	if (c)
		memcpy(&value, CMSG_DATA(c), sizeof value);
	EQ(44, value, "ancillary.udp.ttl.sent.value: the datagram is received with the TTL that it was sent with");
	value = 256;
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&l.header)), &value, sizeof value);
	IS(-EINVAL, "ancillary.udp.ttl.256: a TTL beyond 255: EINVAL", SENDMSG, pair[0], &l.header, 0);
	CMSG_FIRSTHDR(&l.header)->cmsg_type = 99;
	IS(-EINVAL, "ancillary.udp.unknown: an unknown cmsg_type: EINVAL", SENDMSG, pair[0], &l.header, 0);
	must(!SC(SETSOCKOPT, pair[0], IPPROTO_IP, IP_RECVERR, &yes, sizeof yes), "an option");
	close(pair[1]);
	must(SC(SEND, pair[0], "data", 4, 0) == 4, "a datagram");
	wait_for(pair[0], POLLERR);
	m = with_room(&in, 256);
	IS(4, "ancillary.udp.errqueue: with IP_RECVERR MSG_ERRQUEUE returns the datagram that was refused", RECVMSG,
	   pair[0], m, MSG_ERRQUEUE);
	FACT(find(m, IPPROTO_IP, IP_RECVERR),
	     "ancillary.udp.errqueue.error: MSG_ERRQUEUE returns the error as ancillary data");
	EQ(MSG_ERRQUEUE, m->msg_flags & MSG_ERRQUEUE, "ancillary.udp.errqueue.flags: msg_flags have MSG_ERRQUEUE");
	EQ(-EAGAIN, SC(RECVMSG, pair[0], with_room(&in, 256), MSG_ERRQUEUE),
	   "ancillary.udp.errqueue.once: the error queue returns each error once: EAGAIN");
	close(pair[0]);
	LIMITED(!have_ipv6(), ipv6)
	{
		struct in6_pktinfo info6 = { 0 };

		new_pair(&udp6, pair);
		SC(SETSOCKOPT, pair[1], IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
		must(SC(SEND, pair[0], "data", 4, 0) == 4, "a datagram");
		arrives(pair[1]);
		m = with_room(&in, 256);
		IS(4, "ancillary.udp6: an INET6 datagram is received with IPV6_PKTINFO", RECVMSG, pair[1], m,
		   MSG_DONTWAIT);
		c = limited() ? NULL : find(m, IPPROTO_IPV6, IPV6_PKTINFO);
		if (c)
			memcpy(&info6, CMSG_DATA(c), sizeof info6);
		FACT(c && IN6_IS_ADDR_LOOPBACK(&info6.ipi6_addr),
		     "ancillary.udp6.pktinfo: IPV6_PKTINFO has the address");
		close_pair(pair);
	}
}

int main(void)
{
	facts_begin();
	descriptors();
	malformed();
	credentials();
	LIMITED(in_child(pretend, NULL) == 255, user)
	EQ(EPERM, in_child(pretend, NULL),
	   "credentials.others: sending another process' credentials without privilege: EPERM");
	LIMITED(in_child(too_many, NULL) == 255, user)
	EQ(ETOOMANYREFS, in_child(too_many, NULL),
	   "rights.too-many: more descriptors in queues than RLIMIT_NOFILE, without privilege: ETOOMANYREFS");
	inet();
	return facts_end();
}
