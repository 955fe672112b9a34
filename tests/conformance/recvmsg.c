/* SPDX-License-Identifier: MIT
 * RECVMSG: recvmsg(2). Ancillary data is in rights.c. */
#define _GNU_SOURCE
#define NAME "recvmsg"
#include "receiving.h"

static long recv_by(int fd, void *data, size_t size, int how)
{
	struct letter l;

	return SC(RECVMSG, fd, letter(&l, data, size), how);
}

static void headers(void)
{
	EVERY(k)
	{
		char one[3], two[8];
		struct iovec parts[3] = { { one, 2 }, { nowhere(), 0 }, { two, 8 } };
		struct msghdr header = { .msg_iov = parts, .msg_iovlen = 3, .msg_flags = 0x5a5a, .msg_controllen = 0 };
		static struct iovec many[1025];
		struct letter l;
		struct msghdr *m;
		int pair[2];

		new_pair(k, pair);
		put(pair[0], "abcde");
		wait_for(pair[1], POLLIN);
		IS(5, f("recvmsg.%s.iov: data is received into several parts", k->name), RECVMSG, pair[1], &header, 0);
		FACT(!memcmp(one, "ab", 2) && !memcmp(two, "cde", 3),
		     f("recvmsg.%s.iov.data: the parts are filled in order", k->name));
		EQ(0, header.msg_flags, f("recvmsg.%s.flags: msg_flags are overwritten", k->name));
		EQ(0, header.msg_controllen,
		   f("recvmsg.%s.control: without ancillary data msg_controllen is 0", k->name));
		FACT(header.msg_iov == parts && header.msg_iovlen == 3 && parts[0].iov_len == 2,
		     f("recvmsg.%s.iov.kept: the parts' addresses and lengths aren't changed", k->name));
		put(pair[0], "abcdef");
		wait_for(pair[1], POLLIN);
		m = letter(&l, two, 4);
		IS(4, f("recvmsg.%s.cut: a short buffer is filled", k->name), RECVMSG, pair[1], m, 0);
		EQ(k->type == SOCK_STREAM ? 0 : MSG_TRUNC, m->msg_flags,
		   f("recvmsg.%s.cut.flags: MSG_TRUNC is set where the rest is lost", k->name));
		while (SC(RECV, pair[1], two, 8, MSG_DONTWAIT) > 0)
			;
		put(pair[0], "x");
		wait_for(pair[1], POLLIN);
		IS(-EFAULT, f("recvmsg.%s.header.nowhere: a message that can't be read: EFAULT", k->name), RECVMSG,
		   pair[1], nowhere(), 0);
		IS(-EFAULT, f("recvmsg.%s.header.null: a null pointer: EFAULT", k->name), RECVMSG, pair[1], NULL, 0);
		header.msg_iov = many;
		header.msg_iovlen = 1025;
		IS(-EMSGSIZE, f("recvmsg.%s.iov.1025: more than UIO_MAXIOV parts: EMSGSIZE", k->name), RECVMSG, pair[1],
		   &header, 0);
		header.msg_iov = (struct iovec *)nowhere();
		header.msg_iovlen = 1;
		IS(-EFAULT, f("recvmsg.%s.iov.nowhere: parts that can't be read: EFAULT", k->name), RECVMSG, pair[1],
		   &header, 0);
		IS(1, f("recvmsg.%s.errors.kept: after these errors the data is still there", k->name), RECVMSG,
		   pair[1], memcpy(nowhere() - sizeof *m, letter(&l, two, 8), sizeof *m), 0);
		m = letter(&l, two, 8);
		m->msg_flags = 0x5a;
		IS(-EAGAIN, f("recvmsg.%s.none: no data: EAGAIN", k->name), RECVMSG, pair[1], m, MSG_DONTWAIT);
		EQ(0x5a, m->msg_flags, f("recvmsg.%s.none.flags: after EAGAIN msg_flags aren't written", k->name));
		close_pair(pair);
	}
}

static void names(void)
{
	EACH_DATAGRAMS(k)
	{
		union address a, own, from;
		int to = new_socket(k), fd = new_socket(k);
		socklen_t la = bind_fresh(to, k->family, &a), length = bind_fresh(fd, k->family, &own);
		struct letter l;
		char data[8];
		struct msghdr *m = letter(&l, data, sizeof data);

		must(SC(SENDTO, fd, "data", 4, 0, &a, la) == 4, "a datagram");
		memset(&from, 0x5a, sizeof from);
		m->msg_name = &from;
		m->msg_namelen = sizeof from;
		IS(4, f("recvmsg.%s.name: data is received with the sender's address", k->name), RECVMSG, to, m, 0);
		EQ(length, m->msg_namelen,
		   f("recvmsg.%s.name.length: the length of the sender's address is written", k->name));
		FACT(!memcmp(&from, &own, length),
		     f("recvmsg.%s.name.address: the sender's address is written", k->name));
		EQ(0x5a, from.bytes[length],
		   f("recvmsg.%s.name.beyond: nothing is written beyond the address", k->name));
		must(SC(SENDTO, fd, "data", 4, 0, &a, la) == 4, "a datagram");
		m->msg_namelen = 3;
		memset(&from, 0x5a, sizeof from);
		IS(4, f("recvmsg.%s.name.3: an address buffer of length 3 is no error", k->name), RECVMSG, to, m, 0);
		FACT(m->msg_namelen == length && !memcmp(&from, &own, 3) && from.bytes[3] == 0x5a,
		     f("recvmsg.%s.name.3.length: with a buffer of length 3 that much and the address' full length are "
		       "written",
		       k->name));
		must(SC(SENDTO, fd, "data", 4, 0, &a, la) == 4, "a datagram");
		m->msg_namelen = (socklen_t)-1;
		IS(-EINVAL, f("recvmsg.%s.name.negative: a negative length of the address buffer: EINVAL", k->name),
		   RECVMSG, to, m, 0);
		m->msg_namelen = 1000;
		IS(4,
		   f("recvmsg.%s.name.1000: after EINVAL the datagram is received with an address buffer of length "
		     "1000",
		     k->name),
		   RECVMSG, to, m, 0);
		EQ(length, m->msg_namelen,
		   f("recvmsg.%s.name.1000.length: with a buffer of length 1000 the address' length is written",
		     k->name));
		must(SC(SENDTO, fd, "data", 4, 0, &a, la) == 4, "a datagram");
		m->msg_name = NULL;
		m->msg_namelen = 77;
		IS(4, f("recvmsg.%s.name.null: data is received without an address", k->name), RECVMSG, to, m, 0);
		must(SC(SENDTO, fd, "data", 4, 0, &a, la) == 4, "a datagram");
		m->msg_name = nowhere();
		m->msg_namelen = sizeof from;
		IS(-EFAULT, f("recvmsg.%s.name.nowhere: an address that can't be written: EFAULT", k->name), RECVMSG,
		   to, m, 0);
		FACT(!ready(to, POLLIN), f("recvmsg.%s.name.nowhere.lost: after EFAULT the datagram is lost", k->name));
		close(to);
		close(fd);
	}
}

static void flag_words(void)
{
	struct letter l;
	struct msghdr *m;
	char data[8];
	int pair[2];

	EACH_PACKETS(k)
	{
		new_pair(k, pair);
		put(pair[0], "abcdef");
		m = letter(&l, data, 2);
		IS(6, f("recvmsg.%s.trunc.message: MSG_TRUNC returns a cut packet's whole length", k->name), RECVMSG,
		   pair[1], m, MSG_TRUNC);
		EQ(MSG_TRUNC, m->msg_flags & MSG_TRUNC,
		   f("recvmsg.%s.trunc.message.flags: msg_flags of a cut packet have MSG_TRUNC", k->name));
		put(pair[0], "abcdef");
		m = letter(&l, data, 6);
		IS(6, f("recvmsg.%s.fits.message: a packet that fits is received", k->name), RECVMSG, pair[1], m, 0);
		EQ(0, m->msg_flags & MSG_TRUNC,
		   f("recvmsg.%s.fits.message.flags: msg_flags of a packet that fits lack MSG_TRUNC", k->name));
		put(pair[0], "cloexec");
		m = letter(&l, data, 8);
		must(SC(RECVMSG, pair[1], m, MSG_CMSG_CLOEXEC) == 7, "a packet");
		EQ(MSG_CMSG_CLOEXEC, m->msg_flags & MSG_CMSG_CLOEXEC,
		   f("recvmsg.%s.cloexec.flags: MSG_CMSG_CLOEXEC is returned in msg_flags", k->name));
		close_pair(pair);
	}
	new_pair(&unix_seqpacket, pair);
	must(SC(SENDMSG, pair[0], letter(&l, "eor", 3), MSG_EOR) == 3, "a record");
	m = letter(&l, data, 8);
	IS(3, "recvmsg.unix-seqpacket.eor: a record that was sent with MSG_EOR is received", RECVMSG, pair[1], m, 0);
	EQ(0, m->msg_flags & MSG_TRUNC,
	   "recvmsg.unix-seqpacket.eor.flags: msg_flags of a record that fits lack MSG_TRUNC");
	close_pair(pair);
	new_pair(&tcp, pair);
	must(SC(SEND, pair[0], "!", 1, MSG_OOB) == 1, "urgent data");
	wait_for(pair[1], POLLPRI);
	m = letter(&l, data, 8);
	IS(1, "recvmsg.tcp.oob.message: MSG_OOB receives an out-of-band byte", RECVMSG, pair[1], m, MSG_OOB);
	EQ(MSG_OOB, m->msg_flags & MSG_OOB,
	   "recvmsg.tcp.oob.message.flags: msg_flags have MSG_OOB for an out-of-band byte");
	close_pair(pair);
}

int main(void)
{
	struct letter l;
	char c;

	facts_begin();
	DESCRIPTORS("recvmsg", RECVMSG, letter(&l, &c, 1), 0);
	IS(-EBADF, "recvmsg.fd.first: the descriptor is checked before the message: EBADF", RECVMSG, -1, nowhere(), 0);
	receives();
	ends();
	unconnected();
	flags();
	headers();
	names();
	flag_words();
	return facts_end();
}
