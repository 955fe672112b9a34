/* SPDX-License-Identifier: MIT
 * RECVFROM: recvfrom(2). */
#define _GNU_SOURCE
#define NAME "recvfrom"
#include "receiving.h"

static long recv_by(int fd, void *data, size_t size, int how)
{
	return SC(RECVFROM, fd, data, size, how, NULL, NULL);
}

static void addresses(void)
{
	char data[8];

	EACH_DATAGRAMS(k)
	{
		union address a, own, from;
		int to = new_socket(k), fd = new_socket(k);
		socklen_t la = bind_fresh(to, k->family, &a), length = bind_fresh(fd, k->family, &own),
			  room = sizeof from;
#define LETTER() must(SC(SENDTO, fd, "data", 4, 0, &a, la) == 4, "a datagram")
		LETTER();
		memset(&from, 0x5a, sizeof from);
		IS(4, f("recvfrom.%s.from: data is received with the sender's address", k->name), RECVFROM, to, data,
		   sizeof data, 0, &from, &room);
		EQ(length, room, f("recvfrom.%s.from.length: the length of the sender's address is written", k->name));
		FACT(!memcmp(&from, &own, length),
		     f("recvfrom.%s.from.address: the sender's address is written", k->name));
		EQ(0x5a, from.bytes[length],
		   f("recvfrom.%s.from.beyond: nothing is written beyond the address", k->name));
		LETTER();
		room = 3;
		memset(&from, 0x5a, sizeof from);
		IS(4, f("recvfrom.%s.from.3: an address buffer of length 3 is no error", k->name), RECVFROM, to, data,
		   sizeof data, 0, &from, &room);
		FACT(room == length && !memcmp(&from, &own, 3) && from.bytes[3] == 0x5a,
		     f("recvfrom.%s.from.3.length: with a buffer of length 3 that much and the address' full length "
		       "are written",
		       k->name));
		LETTER();
		room = 0;
		IS(4, f("recvfrom.%s.from.0: an address buffer of length 0 is no error", k->name), RECVFROM, to, data,
		   sizeof data, 0, &from, &room);
		EQ(length, room,
		   f("recvfrom.%s.from.0.length: with a buffer of length 0 the address' full length is written",
		     k->name));
		LETTER();
		room = 77;
		IS(4, f("recvfrom.%s.from.null: data is received without an address", k->name), RECVFROM, to, data,
		   sizeof data, 0, NULL, &room);
		EQ(77, room, f("recvfrom.%s.from.null.length: without an address its length isn't written", k->name));
		LETTER();
		IS(4, f("recvfrom.%s.from.null.nowhere: without an address its length isn't read", k->name), RECVFROM,
		   to, data, sizeof data, 0, NULL, nowhere());
		LETTER();
		room = (socklen_t)-1;
		IS(-EINVAL, f("recvfrom.%s.from.negative: a negative length of the address buffer: EINVAL", k->name),
		   RECVFROM, to, data, sizeof data, 0, &from, &room);
		FACT(!ready(to, POLLIN),
		     f("recvfrom.%s.from.negative.lost: after a negative length the datagram is lost", k->name));
		LETTER();
		room = sizeof from;
		IS(-EFAULT, f("recvfrom.%s.from.nowhere: an address that can't be written: EFAULT", k->name), RECVFROM,
		   to, data, sizeof data, 0, nowhere(), &room);
		FACT(!ready(to, POLLIN),
		     f("recvfrom.%s.from.nowhere.lost: after EFAULT the datagram is lost", k->name));
		LETTER();
		IS(-EFAULT, f("recvfrom.%s.from.no-length: an address without a length: EFAULT", k->name), RECVFROM, to,
		   data, sizeof data, 0, &from, NULL);
		LETTER();
		IS(-EFAULT, f("recvfrom.%s.from.length.nowhere: a length that can't be read: EFAULT", k->name),
		   RECVFROM, to, data, sizeof data, 0, &from, nowhere());
		LETTER();
		room = sizeof from;
		must(SC(RECVFROM, to, data, sizeof data, MSG_PEEK, &from, &room) == 4, "a peek");
		FACT(room == length && !memcmp(&from, &own, length),
		     f("recvfrom.%s.from.peek: MSG_PEEK returns the sender's address, too", k->name));
		close(to);
		close(fd);
	}
	EACH_CONNECTION(k)
	{
		union address from;
		socklen_t room = 77;
		int pair[2];

		new_pair(k, pair);
		put(pair[0], "data");
		wait_for(pair[1], POLLIN);
		memset(&from, 0x5a, sizeof from);
		IS(4, f("recvfrom.%s.from: data is received with the sender's address", k->name), RECVFROM, pair[1],
		   data, sizeof data, 0, &from, &room);
		FACT(room == 0 && from.bytes[0] == 0x5a,
		     f("recvfrom.%s.from.none: data of a connection has no sender's address: length 0", k->name));
		close_pair(pair);
	}
	{
		union address a, from;
		int to = new_socket(&unix_dgram), fd = new_socket(&unix_dgram);
		socklen_t la = bind_fresh(to, AF_UNIX, &a), room = sizeof from;

		LETTER();
		IS(4, "recvfrom.nameless: data is received from a UNIX socket without a name", RECVFROM, to, data,
		   sizeof data, 0, &from, &room);
		EQ(0, room, "recvfrom.nameless.length: a sender without a name has no address: length 0");
		close(to);
		close(fd);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		union address a, from;
		int to = new_socket(&udp6), fd = new_socket(&udp6);
		socklen_t la = bind_fresh(to, AF_INET6, &a), room = sizeof from;

		if (!limited())
			LETTER();
		IS(4, "recvfrom.udp6.from: data is received from an INET6 socket", RECVFROM, to, data, sizeof data, 0,
		   &from, &room);
		FACT(room == sizeof from.in6 && IN6_IS_ADDR_LOOPBACK(&from.in6.sin6_addr) && from.in6.sin6_port,
		     "recvfrom.udp6.from.address: the sender's INET6 address and port are returned");
		close(to);
		close(fd);
	}
}

int main(void)
{
	char c;

	facts_begin();
	DESCRIPTORS("recvfrom", RECVFROM, &c, 1, 0, NULL, NULL);
	receives();
	ends();
	unconnected();
	flags();
	addresses();
	return facts_end();
}
