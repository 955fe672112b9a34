/* SPDX-License-Identifier: MIT
 *
 * Usage: random [CALLS [SEED]]
 * Makes random calls of guests of all architectures, whose memory has holes and changes while it is read, to a backend
 * that accepts and returns anything it may, and sometimes would block. The sanitizers check marshal's accesses. This
 * test checks that marshal asks for no range of memory that is empty or wraps, and counts how often a call asks. TAP.
 */
#include <socketcall/marshal.h>

#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/tap.h"

enum { PAGE = 4096, PAGES = 16, BASE = 0x40000000, HOLES = 0x4210 /* a bit for each page that isn't mapped */ };

static unsigned char memory[PAGES * PAGE];
static uint64_t state;
static unsigned long asked, outside, answers_bad, most_asked, moved_messages;

static uint32_t some(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

static uint32_t below(uint32_t n)
{
	return some() % n;
}

/* Changes memory as another thread of the guest might do it. */
static void change(void)
{
	if (below(4) == 0)
		memory[below(sizeof memory)] = (unsigned char)(below(3) ? below(64) : some());
}

/* Returns how many bytes from `address` on are mapped. */
static size_t mapped_bytes(uint64_t address, size_t size)
{
	uint64_t offset = address - BASE;
	size_t count = 0;

	asked++;
	outside += size == 0 || address + size - 1 < address;
	while (count < size && offset + count < sizeof memory && !(HOLES >> (offset + count) / PAGE & 1))
		count += PAGE - (offset + count) % PAGE;
	return count < size ? count : size;
}

static size_t read_guest(void *context, uint64_t address, void *to, size_t size)
{
	size_t count = mapped_bytes(address, size);

	(void)context;
	change();
	if (count)
		memcpy(to, memory + (address - BASE), count);
	return count;
}

static size_t write_guest(void *context, uint64_t address, const void *from, size_t size)
{
	size_t count = mapped_bytes(address, size);
	volatile unsigned char sum = 0;

	(void)context;
	for (size_t i = 0; i < size; i++) /* reads all bytes, so that the sanitizers check them */
		sum = (unsigned char)(sum + ((const unsigned char *)from)[i]);
	if (count)
		memcpy(memory + (address - BASE), from, count);
	change();
	return count;
}

static void *at_guest(void *context, uint64_t address, size_t *size, int writable)
{
	size_t count = mapped_bytes(address, *size);

	(void)context;
	(void)writable;
	*size = count;
	return count ? memory + (address - BASE) : NULL;
}

/* ---- A backend --------------------------------------------------------------------------------------------------- */

static long outcome(struct socketcall_server *server)
{
	if (server->pending && below(8) == 0) {
		server->pending->fd = 3;
		server->pending->events = SOCKETCALL_READABLE;
		return SOCKETCALL_WOULD_BLOCK;
	}
	return below(3) ? 0 : -(long)(1 + below(133));
}

static long lookup(struct socketcall_server *server, int fd)
{
	(void)server;
	return fd < 0 ? -9 : 0;
}

static long by_name(struct socketcall_server *server, int fd, const struct socketcall_name *name)
{
	volatile unsigned char sum = 0;

	(void)fd;
	for (unsigned i = 0; i < name->length; i++)
		sum = (unsigned char)(sum + name->bytes[i]);
	return outcome(server);
}

static void fill(struct socketcall_name *name)
{
	name->length = below(SOCKETCALL_NAME + 2);
	for (unsigned i = 0; i < SOCKETCALL_NAME; i++)
		name->bytes[i] = (unsigned char)some();
	name->bytes[0] = (unsigned char)below(45);
	name->bytes[1] = 0;
}

static long to_name(struct socketcall_server *server, int fd, struct socketcall_name *name)
{
	(void)fd;
	fill(name);
	return outcome(server) < 0 ? -107 : 0;
}

static long accept4(struct socketcall_server *server, int fd, struct socketcall_name *name, int flags,
		    struct socketcall_made *made)
{
	(void)fd;
	(void)flags;
	if (name)
		fill(name);
	*made = (struct socketcall_made){ 5, below(2) ? 5 : -1 };
	return outcome(server);
}

static long make(struct socketcall_server *server, int family, int type, int protocol, struct socketcall_made *made)
{
	(void)family;
	(void)type;
	(void)protocol;
	*made = (struct socketcall_made){ 5, -1 };
	return outcome(server);
}

static long pair(struct socketcall_server *server, int family, int type, int protocol, struct socketcall_made made[2])
{
	make(server, family, type, protocol, &made[0]);
	make(server, family, type, protocol, &made[1]);
	if (below(2))
		made[0].number = made[1].number = 7;
	return below(2) ? 0 : -95;
}

/* Moves some of the message's bytes, by copies or in pieces. */
static long moved(struct socketcall_server *server, struct socketcall_message *message, bool out)
{
	uint64_t left = message->size - message->done, covered = 0;
	struct socketcall_piece pieces[8];
	size_t room;
	unsigned char *bytes = socketcall_room(server, &room);
	size_t size = left < room ? (size_t)left : room;

	answers_bad += message->done > message->size || room < SOCKETCALL_ROOM;
	size = size > 512 ? 512 + below(8) * 512 : size;
	size = left < size ? (size_t)left : size;
	if (below(2))
		socketcall_pieces(server, message, message->done, size, out, pieces, 8, &covered);
	answers_bad += covered > size;
	if (!size)
		return 0;
	memset(bytes, 1, size);
	return out ? (long)socketcall_give(server, message, message->done, bytes, size)
		   : (long)socketcall_take(server, message, message->done, bytes, size);
}

static long send_message(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	volatile unsigned char sum = 0;
	size_t controls = 0;
	long r = outcome(server), count;

	(void)fd;
	(void)flags;
	for (unsigned i = 0; i < message->control_count; i++)
		controls += message->controls[i].size == SIZE_MAX ? 0 : message->controls[i].size;
	answers_bad += controls > SOCKETCALL_CONTROL || message->segment_count > SOCKETCALL_SEGMENTS;
	for (unsigned i = 0; i < message->control_count; i++)
		for (size_t k = 0; message->controls[i].size != SIZE_MAX && k < message->controls[i].size; k++)
			sum = (unsigned char)(sum + ((const unsigned char *)message->controls[i].data)[k]);
	if (r < 0 && r != SOCKETCALL_WOULD_BLOCK)
		return r;
	count = moved(server, message, false);
	if (r == SOCKETCALL_WOULD_BLOCK)
		message->done += (uint64_t)count;
	message->left = below(4) == 0;
	return r ? r : count;
}

static long receive_message(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	static const int levels[] = { 0, 1, 1, 1, 6, 17, 41, 263, 270, 77 };
	size_t used = 0;
	long r = outcome(server), count;

	(void)fd;
	(void)flags;
	if (r < 0 && r != SOCKETCALL_WOULD_BLOCK)
		return r;
	count = moved(server, message, true);
	if (r == SOCKETCALL_WOULD_BLOCK) {
		message->done += (uint64_t)count;
		return r;
	}
	if (message->name)
		fill(message->name);
	for (unsigned i = below(6); message->control_room && i; i--) {
		size_t size = below(8) ? below(64) : below(SOCKETCALL_CONTROL);

		if (size > SOCKETCALL_CONTROL - used)
			break;
		memset(message->control_data + used, (int)some(), size);
		message->controls[message->control_count++] =
			(struct socketcall_control){ levels[below(10)], (int)below(80), message->control_data + used,
						     size };
		used += (size + 7) & ~(size_t)7;
		if (used > SOCKETCALL_CONTROL)
			break;
	}
	message->flags = (int)some() & 0xff;
	message->kept = message->next_error && below(2);
	return count;
}

static long set_option(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	volatile unsigned char sum = 0;

	(void)fd;
	answers_bad += option->there < 0 || option->there > SOCKETCALL_OPTION || option->there > option->length;
	for (int i = 0; option->value && i < option->there; i++)
		sum = (unsigned char)(sum + ((unsigned char *)option->value)[i]);
	return outcome(server) < 0 ? -22 : 0;
}

static long get_option(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	(void)fd;
	if (option->length_faults)
		return -14;
	if (option->length < 0 && below(2))
		return -22;
	memset(option->value, (int)some(), SOCKETCALL_OPTION);
	option->length =
		below(4) && option->length >= 0 ? (int)below((uint32_t)option->length + 1) : (int)below(0x7fffffff);
	return outcome(server) < 0 ? -34 : 0;
}

static long number(struct socketcall_server *server, int fd, int value)
{
	(void)fd;
	(void)value;
	return outcome(server);
}

static long install(struct socketcall_server *server, const struct socketcall_made *made, int flags)
{
	(void)server;
	(void)flags;
	return below(8) ? made->handle : -24;
}

static void drop(struct socketcall_server *server, const struct socketcall_made *made)
{
	(void)server;
	(void)made;
}

static int64_t now(struct socketcall_server *server)
{
	static int64_t time;

	(void)server;
	return time += below(1000000000);
}

static struct socketcall_backend backend = {
	.lookup = lookup,
	.socket = make,
	.bind = by_name,
	.connect = by_name,
	.listen = number,
	.accept4 = accept4,
	.getsockname = to_name,
	.getpeername = to_name,
	.socketpair = pair,
	.send = send_message,
	.receive = receive_message,
	.shutdown = number,
	.setsockopt = set_option,
	.getsockopt = get_option,
	.before_receiving = number,
	.install = install,
	.drop = drop,
	.now = now,
};

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

static uint64_t place(void)
{
	return below(16) == 0 ? some()
			      : BASE + below(4) * 4 * PAGE + (below(2) ? below(PAGES * 64) * 4 : below(PAGES * PAGE));
}

static uint64_t value(void)
{
	static const uint32_t values[] = { 0,  1,  2,   3,    4,    8,     12,         13,         16,        24,
					   28, 64, 128, 1024, 1025, 20480, 0x7fffffff, 0x80000000, 0xffffffff };

	return below(3) ? values[below(sizeof values / sizeof *values)] : below(2) ? place() : some();
}

static void put(const struct socketcall_arch *arch, uint64_t address, unsigned size, uint64_t what)
{
	for (unsigned i = 0; i < size; i++)
		if (mapped_bytes(address + i, 1))
			memory[address - BASE + (arch->guest.order == SOCKETCALL_BIG ? size - 1 - i : i)] =
				(unsigned char)(what >> 8 * i);
}

/* Makes a valid message, then changes some words of it; its vector and control data are in pages of their own. */
static void put_message(const struct socketcall_arch *arch, uint64_t address)
{
	static const uint32_t counts[] = { 0, 1, 1, 2, 3, 8, 100, 1024, 1025 };
	unsigned word = arch->guest.word, header = word == 4 ? 12 : 16, count = counts[below(9)];
	uint64_t vector = BASE + 10 * PAGE + below(64) * word, control = BASE + 12 * PAGE + below(PAGE), at = control;
	const uint64_t members[] = {
		below(2) ? place() : 0, below(SOCKETCALL_NAME), vector, count, below(3) ? control : 0, 0, some()
	};

	for (unsigned i = 0; i < count && i < 20; i++) {
		put(arch, vector + 2 * i * word, word, BASE + below(8) * PAGE + below(PAGE));
		put(arch, vector + (2 * i + 1) * word, word, below(16) ? below(2000) : value());
	}
	for (unsigned i = 1 + below(4); i; i--) {
		unsigned size = below(8) ? below(40) : below(PAGE);

		put(arch, at, word, below(16) ? header + size : value());
		put(arch, at + header - 8, 4, below(2) ? arch->guest.order == SOCKETCALL_BIG : below(300));
		put(arch, at + header - 4, 4, below(80));
		at += (header + size + word - 1) / word * word;
	}
	for (unsigned i = 0; i < 7; i++)
		put(arch, address + i * word, word, below(24) ? members[i] : value());
	if (below(2))
		put(arch, address + 5 * word, word, below(8) ? at - control : at - control + 1 - below(3));
}

static void one_call(struct socketcall_server *server, struct socketcall_pending *pending)
{
	const struct socketcall_arch *arch = socketcall_arch_at((int)below(29));
	unsigned word = arch->guest.word;
	int call = (int)below(21);
	uint64_t block = BASE + PAGE, messages = BASE + 2 * PAGE + below(16) * word;
	bool has_message = call == SOCKETCALL_SENDMSG || call == SOCKETCALL_RECVMSG || call == SOCKETCALL_SENDMMSG ||
			   call == SOCKETCALL_RECVMMSG;
	long r;

	server->arch = arch;
	server->memory.at = below(2) ? at_guest : NULL;
	server->pending = below(2) ? pending : NULL;
	backend.before_receiving = below(2) ? number : NULL;
	server->memory_end = below(4) ? 0 : BASE + 8 * PAGE;
	for (unsigned i = 0; i < 60; i++)
		put(arch, BASE + 2 * PAGE + i * word, word, value());
	for (unsigned i = 0; has_message && i < 4; i++)
		put_message(arch, messages + (uint64_t)i * 8 * word);
	for (unsigned i = 0; i < 6; i++)
		put(arch, block + i * word, word,
		    i == 0     ? below(8)
		    : below(2) ? BASE + 2 * PAGE + below(60) * word
			       : value());
	if (has_message && below(16))
		put(arch, block + word, word, messages);
	asked = 0;
	r = socketcall_serve(server, call, block);
	for (int i = 0; i < 8 && r == SOCKETCALL_WOULD_BLOCK; i++)
		r = below(3) ? socketcall_resume(server) : socketcall_interrupt(server);
	answers_bad += r < SOCKETCALL_WOULD_BLOCK;
	moved_messages += has_message && r > 0;
	most_asked = asked > most_asked ? asked : most_asked;
}

int main(int argc, char **argv)
{
	static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
	unsigned long calls = argc > 1 ? strtoul(argv[1], NULL, 0) : 200000;
	struct socketcall_server server = { .memory = { read_guest, write_guest, at_guest, NULL },
					    .backend = &backend,
					    .scratch = scratch,
					    .scratch_size = sizeof scratch };
	struct socketcall_pending pending;

	state = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	for (unsigned long i = 0; i < calls; i++)
		one_call(&server, &pending);
	ok(outside == 0, "%lu calls: no range of memory is empty, or wraps (%lu)", calls, outside);
	ok(answers_bad == 0, "the backend gets what its header promises (%lu mistakes)", answers_bad);
	ok(moved_messages > calls / 100, "many calls transfer messages (%lu)", moved_messages);
	ok(most_asked < 2000000, "a call's time is bounded (it asked for memory at most %lu times)", most_asked);
	return plan();
}
