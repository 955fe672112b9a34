/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "compare.h"
#include "maker.h"
#include "options.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "abi/calls.h"

struct translation {
	const struct guest *guest;
	const struct call *call; /* the kernel's version */
	uint8_t before[SEEN];    /* the memory of the kernel's twin before the call, and after it */
	const uint8_t *after;
	uint8_t is_set[SEEN]; /* 1: expect_byte() has set this byte */
	struct expected *expected;
};

/* Fills `memory` as it is before a call. */
static void memory_before(const struct call *call, uint8_t *memory)
{
	memset(memory, FILL, SEEN);
	memset(memory + 2 * PAGE, FILL_READABLE, PAGE);
	for (uint32_t i = 0; i < call->patches; i++)
		memcpy(memory + seen_at(ARENA + call->patch[i].offset), call->patch[i].bytes, call->patch[i].length);
}

/* Returns a number from the kernel's memory, before or after the call; 0 if the address isn't in memory. */
static uint64_t number_at(const uint8_t *memory, uint64_t address, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++) {
		int at = seen_at(address + i);

		if (at < 0)
			return 0;
		value |= (uint64_t)memory[at] << 8 * i;
	}
	return value;
}

static uint64_t word_at(const struct translation *t, uint64_t address)
{
	return number_at(t->before, address, t->guest->word);
}

static void expect_byte(struct translation *t, uint64_t address, uint8_t value)
{
	int at = seen_at(address);

	if (at < 0)
		return;
	if (t->is_set[at]) /* two things overlap here, and we don't know which was written last */
		t->expected->unsure[at] = 1;
	t->is_set[at] = 1;
	t->expected->step.memory[at] = value;
}

/* Expects a number of this value in the guest's byte order. */
static void expect_value(struct translation *t, uint64_t address, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		expect_byte(t, address + i, (uint8_t)(value >> 8 * (t->guest->swapped ? size - 1 - i : i)));
}

/* True if the kernel changed any of these bytes. Otherwise the guest's memory keeps what the guest wrote there. */
static bool is_written(const struct translation *t, uint64_t address, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		int at = seen_at(address + i);

		if (at >= 0 && t->after[at] != t->before[at])
			return true;
	}
	return false;
}

/* Returns a number from the kernel's memory after the call; its bytes that aren't in memory are 0. */
static uint64_t number_after(const struct translation *t, uint64_t address, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++) {
		int at = seen_at(address + i);

		value |= at < 0 ? 0 : (uint64_t)t->after[at] << 8 * i;
	}
	return value;
}

static void expect_number(struct translation *t, uint64_t address, unsigned size)
{
	if (is_written(t, address, size))
		expect_value(t, address, size, number_after(t, address, size));
}

static void expect_bytes(struct translation *t, uint64_t address, uint64_t size)
{
	for (uint64_t i = 0; i < size && i < SEEN; i++) {
		int at = seen_at(address + i);

		if (at >= 0 && is_written(t, address + i, 1))
			expect_byte(t, address + i, t->after[at]);
	}
}

/* Leaves bytes out of the comparison, because we don't know what the guest's own kernel would write there: for example,
 * the first bytes of a number of which only a part fits. */
static void mark_unsure(struct translation *t, uint64_t address, uint64_t size)
{
	for (uint64_t i = 0; i < size && i < SEEN; i++)
		if (seen_at(address + i) >= 0)
			t->expected->unsure[seen_at(address + i)] = 1;
}

/* Expects a number of `size` bytes, followed by padding of unknown content up to `padded` bytes. */
static void expect_short_number(struct translation *t, uint64_t address, unsigned size, unsigned padded)
{
	expect_value(t, address, size, number_after(t, address, size));
	mark_unsure(t, address + size, padded - size);
}

/* Expects `size` bytes whose members the format `is` describes (options.def). */
static void expect_made_of(struct translation *t, uint64_t address, uint64_t size, const char *is)
{
	for (; *is && size > 0; is++) {
		unsigned part = *is == 'w' || *is == 'u' ? t->guest->word
				: *is == 'q'             ? 8
				: *is == 's'             ? 2
				: *is == 'c'             ? 1
				: *is == '6'             ? 16
							 : 4;

		if (part > size) {
			mark_unsure(t, address, size);
			return;
		}
		if (*is == 'c' || *is == '4' || *is == '6')
			expect_bytes(t, address, part);
		else if (!is_written(t, address, part))
			;
		else if (*is == 'u' && t->guest->microseconds < part)
			expect_short_number(t, address, t->guest->microseconds, part);
		else if (*is == 't')
			expect_value(t, address, part,
				     (uint32_t)guest_type(t->guest, (int)number_after(t, address, 4)));
		else if (*is == 'e')
			expect_value(t, address, part,
				     (uint32_t)guest_errno(t->guest, (int)number_after(t, address, 4)));
		else
			expect_number(t, address, part);
		address += part;
		size -= part;
	}
	expect_bytes(t, address, size);
}

/* ---- Socket addresses -------------------------------------------------------------------------------------------- */

static const char *name_format(int family)
{
	switch (family) {
	case AF_INET6:
		return "s" /* family */ "cc" /* port */ "4" /* flow */ "6i";
	case AF_NETLINK:
		return "ssii";
	case AF_PACKET:
		return "sccisccccccccccc";
	case AF_VSOCK:
		return "ssiicccc";
	default:
		return "s";
	}
}

/* Expects a socket address of `length` bytes, of which `room` bytes at most were written. */
static void expect_name(struct translation *t, uint64_t address, int64_t room, int64_t length)
{
	int64_t size = room < length ? room : length;

	if (address && size > 0)
		expect_made_of(t, address, (uint64_t)size, name_format((int)number_at(t->after, address, 2)));
}

static void expect_name_and_length(struct translation *t, uint64_t address, uint64_t length_at)
{
	int32_t room = (int32_t)number_at(t->before, length_at, 4), length = (int32_t)number_at(t->after, length_at, 4);

	if (!address && t->call->call != SOCKETCALL_GETSOCKNAME && t->call->call != SOCKETCALL_GETPEERNAME)
		return;
	expect_number(t, length_at, 4);
	expect_name(t, address, room, length);
}

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

static const char *control_format(int level, int type)
{
	if (level == SOL_SOCKET) {
		switch (type) {
		case SCM_RIGHTS:
			return "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii";
		case SCM_CREDENTIALS:
			return "iii";
		case 29: /* SCM_TIMESTAMP_OLD */
			return "wu";
		case 35:
			return "ww";
		default:
			return "i";
		}
	}
	if (level == IPPROTO_IP)
		return type == IP_PKTINFO ? "i44" : type == IP_TOS ? "c" : type == IP_RECVERR ? "ecccciis" : "i";
	if (level == IPPROTO_IPV6)
		return type == IPV6_PKTINFO ? "6i" : type == IPV6_RECVERR ? "ecccciis" : "i";
	return "i";
}

/* Returns the guest's number of a control message's type. At SOL_SOCKET, all but the first few are options' numbers. */
static int control_type(const struct guest *guest, int level, int type)
{
	enum { SCM_PIDFD_ = 4 };

	return level == SOL_SOCKET && type > SCM_PIDFD_ ? guest_option(guest, level, type) : type;
}

/* Expects the first control message in `size` bytes. Returns how many bytes it takes, or 0 if it takes all. */
static uint64_t expect_control_message(struct translation *t, uint64_t address, uint64_t size)
{
	unsigned word = t->guest->word;
	uint64_t length = number_at(t->after, address, word), aligned = (length + word - 1) / word * word;
	int level = (int)number_at(t->after, address + word, 4), type = (int)number_at(t->after, address + word + 4, 4);

	expect_number(t, address, word);
	if (is_written(t, address + word, 4))
		expect_value(t, address + word, 4,
			     (uint32_t)guest_level(t->guest, (int)number_after(t, address + word, 4)));
	if (is_written(t, address + word + 4, 4))
		expect_value(t, address + word + 4, 4, (uint32_t)control_type(t->guest, level, type));
	if (length < word + 8 || length > size)
		return 0;
	expect_made_of(t, address + word + 8, length - word - 8, control_format(level, type));
	return aligned > size ? 0 : aligned;
}

/* Expects control data of `used` bytes. If the kernel failed while it wrote a message, this message isn't part of them,
 * but lies behind them in the rest of the room. */
static void expect_control(struct translation *t, uint64_t address, uint64_t used, uint64_t room)
{
	unsigned word = t->guest->word;
	uint64_t at = 0, size;

	while (used - at >= word + 8) {
		size = expect_control_message(t, address + at, used - at);
		if (!size)
			return;
		at += size;
	}
	if (room > at && room - at >= word + 8)
		expect_control_message(t, address + at, room - at);
}

/* Expects what recvmsg writes for a struct msghdr. `bytes` is the number of bytes received, or -1 if it isn't known:
 * then the data are taken from the kernel's memory as they are, which is right for bytes. */
static void expect_message(struct translation *t, uint64_t address, int64_t bytes)
{
	unsigned word = t->guest->word;
	uint64_t vector = word_at(t, address + 2 * word), parts = word_at(t, address + 3 * word);
	uint64_t left = bytes < 0 ? 0 : (uint64_t)bytes;

	expect_number(t, address + word, 4);
	expect_number(t, address + 5 * word, word);
	expect_number(t, address + 6 * word, 4);
	expect_name(t, word_at(t, address), (int32_t)number_at(t->before, address + word, 4),
		    (int32_t)number_at(t->after, address + word, 4));
	expect_control(t, word_at(t, address + 4 * word), number_at(t->after, address + 5 * word, word),
		       word_at(t, address + 5 * word));
	for (uint64_t i = 0; i < parts && i < 1024 && left > 0; i++) {
		uint64_t size = word_at(t, vector + (2 * i + 1) * word);

		size = size < left ? size : left;
		expect_bytes(t, word_at(t, vector + 2 * i * word), size);
		left -= size;
	}
}

static void expect_messages(struct translation *t, bool received, int64_t done)
{
	unsigned size = message_size(&(struct maker){ .guest = t->guest }), step = size + t->guest->word;
	uint64_t count = (uint32_t)t->call->word[2];
	bool came = true;

	if (received && t->call->word[4]) {
		expect_number(t, t->call->word[4], t->guest->word);
		expect_number(t, t->call->word[4] + t->guest->word, t->guest->word);
	}
	/* One message more than the result says may have been written in part. And if the timeout couldn't be written
	 * back, the call failed although messages were received. */
	for (uint64_t i = 0; i < count && came; i++) {
		uint64_t address = t->call->word[1] + i * step;

		came = (int64_t)i < done || (done < 0 && is_written(t, address + size, 4));
		expect_number(t, address + size, 4);
		if (received)
			expect_message(t, address, came ? (int64_t)number_at(t->after, address + size, 4) : -1);
	}
}

/* ---- A call ------------------------------------------------------------------------------------------------------ */

static void expect_option(struct translation *t)
{
	const uint64_t *w = t->call->word;
	const char *is = option_format((int)w[1], (int)w[2]);
	int32_t before = (int32_t)number_at(t->before, w[4], 4), after = (int32_t)number_at(t->after, w[4], 4);

	expect_number(t, w[4], 4);
	if (before < 0) /* SOL_IPV6 reads a negative length as a large one; the other levels fail and write nothing */
		before = INT32_MAX;
	if (before == 0 || after <= 0)
		return;
	if (!is)
		mark_unsure(t, w[3], (uint64_t)before);
	else
		expect_made_of(t, w[3], (uint64_t)(after < before ? after : before), is);
}

static void translate(struct translation *t, int64_t result)
{
	const uint64_t *w = t->call->word;

	switch (t->call->call) {
	case SOCKETCALL_ACCEPT:
	case SOCKETCALL_ACCEPT4:
	case SOCKETCALL_GETSOCKNAME:
	case SOCKETCALL_GETPEERNAME:
		expect_name_and_length(t, w[1], w[2]);
		return;
	case SOCKETCALL_SOCKETPAIR:
		expect_made_of(t, w[3], 8, "ii");
		return;
	case SOCKETCALL_RECV:
	case SOCKETCALL_RECVFROM:
		if (t->call->call == SOCKETCALL_RECVFROM)
			expect_name_and_length(t, w[4], w[5]);
		expect_bytes(t, w[1], result > 0 ? (uint64_t)result : 0);
		return;
	case SOCKETCALL_GETSOCKOPT:
		expect_option(
			t); /* even if the call failed: the value may have been written before the length failed */
		return;
	case SOCKETCALL_RECVMSG:
		expect_message(t, w[1], result);
		return;
	case SOCKETCALL_RECVMMSG:
	case SOCKETCALL_SENDMMSG:
		expect_messages(t, t->call->call == SOCKETCALL_RECVMMSG, result);
		return;
	default:
		return;
	}
}

/* A number across the end of memory is written in part. With the other byte order these are other bytes of it. */
static void ends_of_memory(struct translation *t)
{
	static const uint64_t ends[] = { ARENA + 2 * PAGE, ARENA + 5 * PAGE };

	for (unsigned end = 0; end < 2 && t->guest->swapped; end++) {
		for (uint64_t address = ends[end] - 16; address < ends[end]; address++)
			if (is_written(t, address, 1))
				mark_unsure(t, address, 1);
	}
}

/* The nanoseconds that recvmmsg writes back are different each time. */
static void expect_time_left(struct translation *t, const uint8_t *served_before)
{
	unsigned word = t->guest->word;
	int at = t->call->call == SOCKETCALL_RECVMMSG && t->call->word[4] ? seen_at(t->call->word[4] + word) : -1;

	t->expected->time_left = -1;
	if (at < 0 || seen_at(t->call->word[4] + 2 * word - 1) < 0 || !memcmp(t->before + at, t->after + at, word))
		return;
	t->expected->time_left = at;
	t->expected->time_size = word;
	memcpy(t->expected->time_was, served_before + at, word);
	memset(t->expected->unsure + at, 1, word);
}

void expect(const struct guest *guest, const struct call *kernel, const struct step *seen, const struct call *served,
	    struct expected *expected)
{
	static struct translation t; /* large; this program has one thread */
	static uint8_t served_before[SEEN];

	memset(expected->unsure, 0, sizeof expected->unsure);
	memset(t.is_set, 0, sizeof t.is_set);
	t.guest = guest;
	t.call = kernel;
	t.after = seen->memory;
	t.expected = expected;
	memory_before(kernel, t.before);
	memory_before(served, served_before);
	expected->step = *seen;
	expect_time_left(&t, served_before);
	if (!guest->swapped && !guest->own_constants)
		return;
	if (seen->result < 0)
		expected->step.result = -guest_errno(guest, (int)-seen->result);
	memcpy(expected->step.memory, served_before, SEEN);
	for (unsigned i = 0; i < SEEN; i++)
		if (t.after[i] != t.before[i])
			expected->step.memory[i] = t.after[i];
	translate(&t, seen->result);
	ends_of_memory(&t);
}
