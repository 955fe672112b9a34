/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "maker.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* ---- Descriptors, flags, amounts --------------------------------------------------------------------------------- */

/* Chooses a descriptor: mostly one of 3 to 33, which every process of a twin starts with (world.c). */
int descriptor(struct maker *m)
{
	switch (below(m, 40)) {
	case 0:
		return -1;
	case 1:
		return 99;
	case 2:
		return PICK(m, 21, 22, 25, 26, 27, 0);
	default:
		return 3 + (int)below(m, 31);
	}
}

int message_flags(struct maker *m, bool sending)
{
	int flags = MSG_DONTWAIT | (sending && below(m, 8) ? MSG_NOSIGNAL : 0);

	for (unsigned i = below(m, 3); i > 0; i--) {
		flags |= PICK(m, MSG_OOB, MSG_PEEK, MSG_DONTROUTE, MSG_CTRUNC, MSG_TRUNC, MSG_EOR, MSG_WAITALL,
			      MSG_CONFIRM, MSG_ERRQUEUE, MSG_MORE, 0x10000, 0x40000000, 0x20000000, INT32_MIN, 0x800000,
			      0x2000000, 0x8000000);
	}
	if (once_in(m, 60))
		flags |= (int)any(m) & ~0x4000000; /* not MSG_ZEROCOPY, whose data are read at an unpredictable time */
	if (once_in(m, 200))
		flags &= ~MSG_DONTWAIT;
	return flags;
}

unsigned amount_of_bytes(struct maker *m)
{
	unsigned amount;

	if (below(m, 3))
		return 1 + below(m, 64);
	amount = (unsigned)PICK(m, 0, 1, 2, 4, 16, 100, 1000, 4000, 4096, 5000, 8192, 0x7fffffff, INT32_MIN, -1,
				0x7ffff000);
	/* Data of such a length would overlap other things of the call; good_place() says why nothing may. */
	return m->guest->swapped && amount >= 1000 && amount <= 8192 ? amount / 32 : amount;
}

/* ---- Socket addresses -------------------------------------------------------------------------------------------- */

static void port_and(struct maker *m, struct bytes *b)
{
	uint16_t port = htons((uint16_t)PICK(m, 0, 5000, 5001, 6000, 40000, 7));

	put_bytes(b, &port, sizeof port);
}

static void name_inet(struct maker *m, struct bytes *b)
{
	uint32_t address = below(m, 6) ? htonl(INADDR_LOOPBACK) : once_in(m, 2) ? any(m) : 0;

	put_16(m, b, (uint16_t)(below(m, 12) ? AF_INET : below(m, 12)));
	port_and(m, b);
	put_bytes(b, &address, sizeof address);
	put_zeros(b, 8);
}

static void name_inet6(struct maker *m, struct bytes *b)
{
	put_16(m, b, AF_INET6);
	port_and(m, b);
	put_zeros(b, 4); /* sin6_flowinfo is in network order */
	put_bytes(b, &in6addr_loopback, 16);
	put_32(m, b, once_in(m, 5) ? below(m, 4) : 0);
}

static void name_unix(struct maker *m, struct bytes *b)
{
	char path[108];

	put_16(m, b, AF_UNIX);
	switch (below(m, 7)) {
	case 0:
		memset(path, 'z', sizeof path);
		if (once_in(m, 2))
			path[0] = 0;
		put_bytes(b, path, once_in(m, 2) ? sizeof path : below(m, sizeof path));
		break;
	case 1:
		break;
	case 2:
	case 3:
		path[0] = 'p';
		path[1] = "abc"[below(m, 3)];
		path[2] = path[3] = 0;
		put_bytes(b, path, 2 + below(m, 3));
		break;
	default:
		path[0] = 0;
		path[1] = "dsxq"[below(m, 4)];
		put_bytes(b, path, 2);
	}
}

void make_name(struct maker *m, struct bytes *b)
{
	b->size = 0;
	switch (below(m, 20)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		name_inet(m, b);
		break;
	case 5:
	case 6:
		name_inet6(m, b);
		break;
	case 7: /* struct sockaddr_nl */
		put_16(m, b, AF_NETLINK);
		put_16(m, b, 0);
		put_32(m, b, below(m, 3));
		put_32(m, b, once_in(m, 3) ? below(m, 9) : 0);
		break;
	case 8: /* struct sockaddr_vm */
		put_16(m, b, AF_VSOCK);
		put_16(m, b, 0);
		put_32(m, b, 1000 + below(m, 3));
		put_32(m, b, (uint32_t)PICK(m, 1, 2, -1, 0));
		put_zeros(b, 4);
		break;
	case 9: /* struct sockaddr_ll; its protocol is in network order */
		put_16(m, b, AF_PACKET);
		put_bytes(b, "\0\3", 2);
		put_32(m, b, below(m, 3));
		put_16(m, b, 772);
		put_zeros(b, 10);
		break;
	case 10: /* another family and random bytes; not AF_VSOCK for another byte order, since it would read numbers */
		put_16(m, b, (uint16_t)PICK(m, 0, 3, 4, 9, 11, 15, 19, m->guest->swapped ? 41 : AF_VSOCK, 300));
		for (unsigned i = below(m, 26); i > 0; i--)
			put_bytes(b, &(char){ (char)any(m) }, 1);
		break;
	default:
		name_unix(m, b);
	}
}

int name_length(struct maker *m, const struct bytes *name)
{
	int length = length_or_odd(m, (int)name->size);

	/* Not longer than the name for another byte order: bytes behind it, which may differ, would become a part of
	 * it. */
	return m->guest->swapped && length > (int)name->size && length <= 256 ? (int)name->size : length;
}

/* ---- Control messages -------------------------------------------------------------------------------------------- */

static void control_header(struct maker *m, struct bytes *b, unsigned size, int level, int type)
{
	unsigned length = m->guest->word + 8 + size;

	put_word(m, b, (uint64_t)(int64_t)(once_in(m, 12) ? length_or_odd(m, (int)length) : (int)length));
	put_32(m, b, (uint32_t)level_of(m, level));
	put_32(m, b, (uint32_t)type);
}

static void control_rights(struct maker *m, struct bytes *b)
{
	unsigned n = below(m, 4), odd = once_in(m, 8) ? below(m, 4) : 0;

	control_header(m, b, 4 * n + odd, SOL_SOCKET, SCM_RIGHTS);
	for (unsigned i = 0; i < n; i++)
		put_32(m, b, (uint32_t)(below(m, 5) ? 3 + (int)below(m, 20) : PICK(m, -1, 99, 26, 27)));
	put_zeros(b, odd);
}

/* Makes a control message of `ints` numbers of 32 bits. */
static void control_ints(struct maker *m, struct bytes *b, int level, int type, unsigned ints, const uint32_t *value)
{
	control_header(m, b, 4 * ints, level, type);
	for (unsigned i = 0; i < ints; i++)
		put_32(m, b, value[i]);
}

static void control_other(struct maker *m, struct bytes *b)
{
	unsigned size = below(m, 24);
	int level = PICK(m, SOL_SOCKET, SOL_SOCKET, IPPROTO_IP, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP, 300);
	uint8_t bytes[24];

	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)any(m);
	if (m->guest->swapped) { /* random bytes could be numbers, different ones in each byte order */
		size = 0;
	}
	control_header(m, b, size, level, (int)below(m, 80));
	put_bytes(b, bytes, size);
}

void make_control(struct maker *m, struct bytes *b)
{
	const uint32_t loopback = htonl(INADDR_LOOPBACK);

	b->size = 0;
	for (unsigned n = 1 + below(m, 2); n > 0 && b->size <= 120; n--) {
		switch (below(m, 12)) {
		case 0:
		case 1:
		case 2:
		case 3:
			control_rights(m, b);
			break;
		case 4:
		case 5: { /* struct ucred; mostly the caller's own ids: process 1, user 0, group 0 */
			uint32_t ids[3] = { once_in(m, 3) ? below(m, 3) : 1, once_in(m, 3) ? 1000 * below(m, 3) : 0,
					    0 };

			control_ints(m, b, SOL_SOCKET, SCM_CREDENTIALS, 3, ids);
			break;
		}
		case 6:
			control_ints(m, b, IPPROTO_IP, PICK(m, IP_TTL, IP_TOS), 1, &(uint32_t){ below(m, 300) - 10 });
			break;
		case 7: /* struct in_pktinfo: a number, and two addresses */
			control_header(m, b, 12, IPPROTO_IP, IP_PKTINFO);
			put_32(m, b, below(m, 3));
			put_bytes(b, &loopback, 4);
			put_zeros(b, 4);
			break;
		case 8: /* struct in6_pktinfo: an address, and a number */
			control_header(m, b, 20, IPPROTO_IPV6, IPV6_PKTINFO);
			put_bytes(b, &in6addr_loopback, 16);
			put_32(m, b, below(m, 3));
			break;
		case 9:
			control_ints(m, b, IPPROTO_IPV6, PICK(m, IPV6_HOPLIMIT, IPV6_TCLASS), 1,
				     &(uint32_t){ below(m, 300) - 10 });
			break;
		case 10:
			control_header(m, b, 2, IPPROTO_UDP, 103 /* UDP_SEGMENT */);
			put_16(m, b, (uint16_t)below(m, 40));
			break;
		default:
			control_other(m, b);
		}
		while (b->size % m->guest->word)
			put_zeros(b, 1);
	}
}

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

unsigned message_size(const struct maker *m)
{
	return m->guest->word == 8 ? 56 : 28;
}

/* Writes a vector of struct iovec and, if `sending`, the data that it points to. Returns its address. */
static uint64_t make_vector(struct maker *m, unsigned parts, bool sending)
{
	struct bytes vector = { .size = 0 }, part;

	for (unsigned i = 0; i < parts; i++) {
		unsigned size = below(m, 10) ? 1 + below(m, 40) : amount_of_bytes(m);
		uint64_t address = place(m, size < 5000 ? size : 64);

		put_word(m, &vector, address);
		put_word(m, &vector, size);
		part.size = size < 64 ? size : 64;
		memset(part.at, 'a' + (int)below(m, 26), part.size);
		if (sending)
			bytes_at(m, address, &part);
	}
	return place_bytes(m, &vector);
}

void make_message(struct maker *m, uint64_t address, bool sending)
{
	uint64_t name = 0, control = 0, vector, parts = below(m, 4);
	int length = 0, control_length = 0;
	struct bytes header = { .size = 0 }, b;

	if (once_in(m, 3)) {
		make_name(m, &b);
		name = place(m, b.size);
		length = sending ? name_length(m, &b) : length_or_odd(m, 128);
		if (sending)
			bytes_at(m, name, &b);
	} else if (once_in(m, 6)) {
		length = length_or_odd(m, 16);
	}
	vector = make_vector(m, (unsigned)parts, sending);
	if (once_in(m, 15))
		parts = (unsigned)PICK(m, 1023, 1024, 1025, -1, INT32_MIN, 0x20000000, 8, 512);
	if (sending && once_in(m, 3)) {
		make_control(m, &b);
		control = place_bytes(m, &b);
		control_length = below(m, 8) ? (int)b.size : length_or_odd(m, (int)b.size);
	} else if (!sending && below(m, 3)) {
		control_length = length_or_odd(m, PICK(m, 12, 13, 16, 20, 24, 28, 32, 36, 64, 128));
		control = place(m, control_length > 0 && control_length < 256 ? (unsigned)control_length : 32);
	}
	put_word(m, &header, name);
	put_32(m, &header, (uint32_t)length);
	put_zeros(&header, m->guest->word - 4);
	put_word(m, &header, vector);
	put_word(m, &header, parts);
	put_word(m, &header, control);
	put_word(m, &header, (uint64_t)(int64_t)control_length);
	put_32(m, &header, below(m, 4) ? 0 : any(m));
	bytes_at(m, address, &header);
}
