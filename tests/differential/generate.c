/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "generate.h"
#include "maker.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "abi/calls.h"

static void name_in(struct maker *m, uint64_t *address, uint64_t *length)
{
	struct bytes name;

	make_name(m, &name);
	if (once_in(m, 12)) {
		*address = 0;
		*length = once_in(m, 2) ? 0 : name.size;
		return;
	}
	*address = place_bytes(m, &name);
	*length = (uint64_t)(int64_t)name_length(m, &name);
}

static void name_out(struct maker *m, uint64_t *address, uint64_t *length_at)
{
	int room = length_or_odd(m, once_in(m, 2) ? 16 : 128);

	if (once_in(m, 8)) {
		*address = 0;
		*length_at = once_in(m, 2) ? 0 : place_int(m, room);
		return;
	}
	*address = place(m, room > 0 && room < 256 ? (unsigned)room : 16);
	*length_at = place_int(m, room);
}

static int type_of(struct maker *m, int type)
{
	return m->as_guest ? guest_type(m->guest, type) : type;
}

/* For socket and socketpair. If the guest has constants of its own, only types are used whose constants are known. */
static void make_socket(struct maker *m, uint64_t *w, bool pair)
{
	int type = PICK(m, SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, SOCK_STREAM | SOCK_NONBLOCK,
			SOCK_DGRAM | SOCK_CLOEXEC, SOCK_DGRAM, SOCK_STREAM, 0, 4, 6, 10, 11, 15, 16, SOCK_STREAM | 0x10,
			SOCK_DGRAM | 0x1000, -1);
	int family = pair ? PICK(m, AF_UNIX, AF_UNIX, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, 0, -1, AF_VSOCK)
			  : PICK(m, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, 0, 46, 47, 100, -1,
				 INT_MAX, 3, 999);

	if (m->guest->own_constants && type != SOCK_STREAM && type != SOCK_DGRAM &&
	    type != (SOCK_STREAM | SOCK_NONBLOCK))
		type = SOCK_STREAM;
	w[0] = (uint64_t)(int64_t)family;
	w[1] = (uint64_t)(int64_t)type_of(m, type);
	w[2] = (uint64_t)(int64_t)(pair ? PICK(m, 0, 0, 0, 1, 6, -1)
					: PICK(m, 0, 0, 0, 1, 6, 17, 58, 255, 256, -1, 132, 262, 136, 33));
	if (m->guest->swapped &&
	    family == AF_NETLINK) /* NETLINK_USERSOCK, since server/host.h refuses other protocols */
		w[2] = 2;
	if (pair)
		w[3] = place(m, 8);
}

static void make_bytes(struct maker *m, uint64_t *w, int call)
{
	bool sending = call == SOCKETCALL_SEND || call == SOCKETCALL_SENDTO;
	struct bytes data;

	w[2] = amount_of_bytes(m);
	w[1] = place(m, w[2] < 8192 ? (unsigned)w[2] : 64);
	w[3] = (uint32_t)message_flags(m, sending);
	if (sending) {
		data.size = w[2] < 192 ? (unsigned)w[2] : 192;
		memset(data.at, 'A' + (int)below(m, 26), sizeof data.at);
		bytes_at(m, w[1], &data);
	}
	if (call == SOCKETCALL_SENDTO && once_in(m, 2))
		name_in(m, &w[4], &w[5]);
	else if (call == SOCKETCALL_SENDTO && once_in(m, 5))
		w[5] = (uint64_t)(int64_t)length_or_odd(m, 16);
	else if (call == SOCKETCALL_RECVFROM && once_in(m, 2))
		name_out(m, &w[4], &w[5]);
	else if (call == SOCKETCALL_RECVFROM && once_in(m, 5))
		w[5] = place(m, 4);
}

static void make_options(struct maker *m, uint64_t *w, bool set)
{
	struct bytes value;
	int level, option, length;

	make_option(m, &level, &option, &value, &length);
	w[1] = (uint32_t)level_of(m, level);
	w[2] = (uint32_t)option_of(m, level, option);
	w[3] = once_in(m, 20) ? 0 : place(m, length > 0 && length <= PAGE ? (unsigned)length : 16);
	if (set) {
		bytes_at(m, w[3], &value);
		w[4] = (uint64_t)(int64_t)length;
	} else {
		w[4] = place_int(m, length);
	}
}

/* Writes recvmmsg's timeout. A short timeout other than 0 would end the call after the first message or after a later
 * one, depending on chance, so it is made longer. */
static uint64_t place_timeout(struct maker *m)
{
	enum { SOON = 100000000, MOST = 1000000000 };
	struct bytes time = { .size = 0 };
	bool odd = once_in(m, 4);
	uint64_t seconds = odd ? (uint64_t)(int64_t)length_or_odd(m, 0) : below(m, 2);
	uint64_t nanoseconds = odd ? (uint64_t)(int64_t)length_or_odd(m, 5) : below(m, MOST);

	if (seconds == 0 && nanoseconds && nanoseconds < SOON)
		nanoseconds += SOON;
	put_word(m, &time, seconds);
	put_word(m, &time, nanoseconds);
	return place_bytes(m, &time);
}

static void make_messages(struct maker *m, uint64_t *w, bool sending)
{
	unsigned n = below(m, 4), size = message_size(m) + m->guest->word;

	w[1] = place(m, size * n);
	w[2] = (uint32_t)(below(m, 6) ? (int)n : PICK(m, 0, 1, 2, 8, 1023, 1024, 1025, -1, INT_MIN));
	w[3] = (uint32_t)message_flags(m, sending);
	for (unsigned i = 0; i < n && i < 2; i++)
		make_message(m, w[1] + size * i, sending);
	if (!sending && once_in(m, 3))
		w[4] = place_timeout(m);
}

/* The relative frequency of each call, by its number. */
static const unsigned char weights[SOCKETCALL_CALLS + 1] = {
	[SOCKETCALL_SOCKET] = 2,      [SOCKETCALL_BIND] = 4,       [SOCKETCALL_CONNECT] = 5,
	[SOCKETCALL_LISTEN] = 1,      [SOCKETCALL_ACCEPT] = 1,     [SOCKETCALL_GETSOCKNAME] = 3,
	[SOCKETCALL_GETPEERNAME] = 2, [SOCKETCALL_SOCKETPAIR] = 2, [SOCKETCALL_SEND] = 2,
	[SOCKETCALL_RECV] = 3,        [SOCKETCALL_SENDTO] = 4,     [SOCKETCALL_RECVFROM] = 4,
	[SOCKETCALL_SHUTDOWN] = 1,    [SOCKETCALL_SETSOCKOPT] = 9, [SOCKETCALL_GETSOCKOPT] = 9,
	[SOCKETCALL_SENDMSG] = 9,     [SOCKETCALL_RECVMSG] = 9,    [SOCKETCALL_ACCEPT4] = 1,
	[SOCKETCALL_RECVMMSG] = 6,    [SOCKETCALL_SENDMMSG] = 6,
};

static int any_call(struct maker *m)
{
	unsigned sum = 0, at;
	int call = 0;

	for (unsigned i = 0; i <= SOCKETCALL_CALLS; i++)
		sum += weights[i];
	for (at = below(m, sum); at >= weights[call]; call++)
		at -= weights[call];
	return call;
}

static void make_words(struct maker *m, int call, uint64_t *w)
{
	if (call != SOCKETCALL_SOCKET && call != SOCKETCALL_SOCKETPAIR)
		w[0] = (uint64_t)(int64_t)descriptor(m);
	switch (call) {
	case SOCKETCALL_SOCKET:
	case SOCKETCALL_SOCKETPAIR:
		make_socket(m, w, call == SOCKETCALL_SOCKETPAIR);
		return;
	case SOCKETCALL_BIND:
	case SOCKETCALL_CONNECT:
		name_in(m, &w[1], &w[2]);
		return;
	case SOCKETCALL_LISTEN:
		w[1] = (uint32_t)PICK(m, 0, 1, 4, -1, INT_MAX, INT_MIN);
		return;
	case SOCKETCALL_ACCEPT4:
		w[3] = (uint32_t)PICK(m, 0, SOCK_NONBLOCK, SOCK_CLOEXEC, 1, -1, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (m->as_guest && m->guest->own_constants && (w[3] & ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC)) == 0)
			w[3] = (uint32_t)type_of(m, (int)w[3]);
		name_out(m, &w[1], &w[2]);
		return;
	case SOCKETCALL_ACCEPT:
	case SOCKETCALL_GETSOCKNAME:
	case SOCKETCALL_GETPEERNAME:
		name_out(m, &w[1], &w[2]);
		return;
	case SOCKETCALL_SEND:
	case SOCKETCALL_RECV:
	case SOCKETCALL_SENDTO:
	case SOCKETCALL_RECVFROM:
		make_bytes(m, w, call);
		return;
	case SOCKETCALL_SHUTDOWN:
		w[1] = (uint32_t)PICK(m, 0, 1, 2, 3, -1);
		return;
	case SOCKETCALL_SETSOCKOPT:
	case SOCKETCALL_GETSOCKOPT:
		make_options(m, w, call == SOCKETCALL_SETSOCKOPT);
		return;
	case SOCKETCALL_SENDMSG:
	case SOCKETCALL_RECVMSG:
		w[1] = place(m, message_size(m));
		w[2] = (uint32_t)message_flags(m, call == SOCKETCALL_SENDMSG);
		make_message(m, w[1], call == SOCKETCALL_SENDMSG);
		return;
	default:
		make_messages(m, w, call == SOCKETCALL_SENDMMSG);
	}
}

static void make_call(struct maker *m)
{
	struct call *call = m->call;
	struct bytes block = { .size = 0 };

	call->call = any_call(m);
	make_words(m, call->call, call->word);
	if (once_in(m, 80))
		call->call = PICK(m, 0, 21, -1, 22, INT_MAX, 1000, INT_MIN);
	/* Not for guests of another byte order: a shorter length would cut a number, whose first bytes differ then; and
	 * a random protocol might get a NETLINK socket that is refused (make_socket()). */
	if (once_in(m, 30) && !m->guest->own_constants &&
	    !(m->guest->swapped && (call->call == SOCKETCALL_SETSOCKOPT || call->call == SOCKETCALL_SOCKET))) {
		for (unsigned i = 0; i < SOCKETCALL_WORDS; i++)
			if (once_in(m, 4))
				call->word[i] = (uint64_t)(int64_t)length_or_odd(m, (int)call->word[i]);
	}
	if (call->patches > PATCHES - 2)
		call->patches = PATCHES - 2;
	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++)
		put_word(m, &block, call->word[i]);
	call->block = below(m, 30) ? ARENA + 4 * PAGE + 256 + 8 * below(m, 128) : place(m, block.size);
	bytes_at(m, call->block, &block);
}

void generate(struct sequence *sequence, uint32_t seed, const struct guest *guest, bool as_guest)
{
	struct maker m = { .guest = guest, .as_guest = as_guest };

	m.chance = 0x9e3779b97f4a7c15U * seed + 0x1234567;
	m.chance |= m.chance == 0;
	for (unsigned i = 0; i < 8; i++)
		any(&m);
	memset(sequence, 0, sizeof *sequence);
	sequence->seed = seed;
	sequence->user = once_in(&m, 3);
	sequence->length = 32 + below(&m, CALLS_MAX - 32 + 1);
	for (uint32_t i = 0; i < sequence->length; i++) {
		m.call = &sequence->call[i];
		m.edges = 0;
		make_call(&m);
	}
}
