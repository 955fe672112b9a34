/* SPDX-License-Identifier: MIT
 *
 * Measures what it costs to serve a guest's calls by decode, marshal and the host's backend, as ratios to the same
 * calls made directly by this program. The guest's memory is in this process, below 4 GB, so that a 32-bit guest's
 * pointers reach it. Prints medians of the ratios of interleaved rounds.
 */
#define _GNU_SOURCE
#define SOCKETCALL_I386_GS
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <socketcall/caller.h>
#include <socketcall/host.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "processor.h"
#include "rounds.h"

enum { CALLS = 1000, MEMORY = 64 * 1024 };
enum {
	BLOCK = 0,
	BLOCK_IN = 64,
	HEADER = 128,
	HEADER_IN = 192,
	VECTOR = 256,
	CONTROL = 512,
	VALUE = 768,
	DATA = 1024
}; /* offsets in the guest's memory */

static unsigned char *memory;
static int pair[2], tcp;

static void *at(void *context, uint64_t address, size_t *size, int writable)
{
	uint64_t offset = address - (uintptr_t)memory;

	(void)context;
	(void)writable;
	if (offset >= MEMORY)
		return NULL;
	if (*size > MEMORY - offset)
		*size = MEMORY - offset;
	return memory + offset;
}

static size_t read_memory(void *context, uint64_t address, void *to, size_t size)
{
	const void *from = at(context, address, &size, 0);

	return from ? (memcpy(to, from, size), size) : 0;
}

static size_t write_memory(void *context, uint64_t address, const void *from, size_t size)
{
	void *to = at(context, address, &size, 1);

	return to ? (memcpy(to, from, size), size) : 0;
}

static struct socketcall_host_context host;
static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
static struct socketcall_server server = {
	.memory = { read_memory, write_memory, at, NULL },
	.backend = &socketcall_host_backend,
	.context = &host,
	.scratch = scratch,
	.scratch_size = sizeof scratch,
};

static void must(int good)
{
	if (!good)
		exit(1);
}

/* ---- The calls, made directly ------------------------------------------------------------------------------------ */

/* In the kernel's own layout. */
struct bare {
	void *name;
	unsigned namelen;
	struct iovec *iov;
	unsigned long iovlen;
	void *control;
	unsigned long controllen;
	unsigned flags;
};

static void run_bare_messages(void)
{
	static char data[64];
	struct {
		unsigned long length;
		int level, type, fd, pad;
	} control;
	struct iovec part = { data, sizeof data };

	for (int i = 0; i < CALLS; i++) {
		struct bare message = { .iov = &part, .iovlen = 1, .control = &control };

		control.length = sizeof(long) + 12;
		control.level = SOL_SOCKET;
		control.type = SCM_RIGHTS;
		control.fd = tcp;
		message.controllen = control.length;
		must(socketcall_sendmsg(pair[0], &message, 0) == sizeof data);
		message.controllen = sizeof control;
		must(socketcall_recvmsg(pair[1], &message, 0) == sizeof data);
		close(control.fd);
	}
}

static void run_bare_option(void)
{
	int on = 1;

	for (int i = 0; i < CALLS; i++)
		must(socketcall_setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
}

static void run_bare_bytes(void)
{
	static char data[64];

	for (int i = 0; i < CALLS; i++) {
		must(socketcall_sendto(pair[0], data, sizeof data, 0, NULL, 0) == sizeof data);
		must(socketcall_recvfrom(pair[1], data, sizeof data, 0, NULL, NULL) == sizeof data);
	}
}

/* ---- The calls, served ------------------------------------------------------------------------------------------- */

/* What the guest's own loop reads and writes in its memory, 4 bytes at a time: one load or store, as in the direct
 * loop. */
static void put_int(unsigned offset, uint32_t value)
{
	if (server.arch->guest.order == SOCKETCALL_BIG)
		value = __builtin_bswap32(value);
	memcpy(memory + offset, &value, sizeof value);
}

static uint32_t get_int(unsigned offset)
{
	uint32_t value;

	memcpy(&value, memory + offset, sizeof value);
	return server.arch->guest.order == SOCKETCALL_BIG ? __builtin_bswap32(value) : value;
}

/* Writes words into the guest's memory, in the guest's layout. */
static void put(unsigned offset, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		memory[offset + (server.arch->guest.order == SOCKETCALL_BIG ? size - 1 - i : i)] =
			(unsigned char)(value >> 8 * i);
}

static uint64_t there(unsigned offset)
{
	return (uintptr_t)memory + offset;
}

/* A block of words. */
static void words(unsigned offset, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	const uint64_t all[6] = { a, b, c, d, e, 0 };
	unsigned word = server.arch->guest.word;

	for (unsigned i = 0; i < 6; i++)
		put(offset + i * word, word, all[i]);
}

static long served(int call, unsigned block)
{
	return socketcall_serve(&server, call, there(block));
}

static void message(unsigned offset, unsigned controllen)
{
	unsigned word = server.arch->guest.word;

	put(offset, word, 0);
	put(offset + word, 4, 0);
	put(offset + 2 * word, word, there(VECTOR));
	put(offset + 3 * word, word, 1);
	put(offset + 4 * word, word, there(CONTROL));
	put(offset + 5 * word, word, controllen);
}

/* The guest's preparations are outside of the timed loop, as they are for the direct calls. */
static void served_messages(void)
{
	unsigned word = server.arch->guest.word, header = word == 4 ? 12 : 16;

	put(VECTOR, word, there(DATA));
	put(VECTOR + word, word, 64);
	message(HEADER, header + 4);
	message(HEADER_IN, header + 8);
	words(BLOCK, (uint64_t)pair[0], there(HEADER), 0, 0, 0);
	words(BLOCK_IN, (uint64_t)pair[1], there(HEADER_IN), 0, 0, 0);
	put(CONTROL, word, header + 4);
	put(CONTROL + header - 8, 4, SOL_SOCKET);
	put(CONTROL + header - 4, 4, SCM_RIGHTS);
	for (int i = 0; i < CALLS; i++) {
		put_int(CONTROL + header, (uint32_t)tcp);
		must(served(SOCKETCALL_SENDMSG, BLOCK) == 64);
		put_int(HEADER_IN + 5 * word, header + 8);
		must(served(SOCKETCALL_RECVMSG, BLOCK_IN) == 64);
		close((int)get_int(CONTROL + header));
	}
}

static void served_option(void)
{
	put(VALUE, 4, 1);
	words(BLOCK, (uint64_t)tcp, IPPROTO_TCP, TCP_NODELAY, there(VALUE), 4);
	for (int i = 0; i < CALLS; i++)
		must(served(SOCKETCALL_SETSOCKOPT, BLOCK) == 0);
}

static void served_bytes(void)
{
	words(BLOCK, (uint64_t)pair[0], there(DATA), 64, 0, 0);
	words(BLOCK_IN, (uint64_t)pair[1], there(DATA), 64, 0, 0);
	for (int i = 0; i < CALLS; i++) {
		must(served(SOCKETCALL_SEND, BLOCK) == 64);
		must(served(SOCKETCALL_RECV, BLOCK_IN) == 64);
	}
}

#define SERVED(name, guest)                                                                                            \
	static void run_##name##_##guest(void)                                                                         \
	{                                                                                                              \
		server.arch = socketcall_arch(#guest);                                                                 \
		served_##name();                                                                                       \
	}
SERVED(messages, i386)
SERVED(messages, m68k)
SERVED(option, i386)
SERVED(option, m68k)
SERVED(bytes, i386)

enum { MESSAGES, MESSAGES_I386, MESSAGES_M68K, OPTION, OPTION_I386, OPTION_M68K, BYTES, BYTES_I386, THINGS };
static void (*const things[THINGS])(void) = {
	[MESSAGES] = run_bare_messages, [MESSAGES_I386] = run_messages_i386, [MESSAGES_M68K] = run_messages_m68k,
	[OPTION] = run_bare_option,     [OPTION_I386] = run_option_i386,     [OPTION_M68K] = run_option_m68k,
	[BYTES] = run_bare_bytes,       [BYTES_I386] = run_bytes_i386,
};
static double taken[THINGS][ROUNDS];

int main(void)
{

	stay_on_one_processor();
	memory = mmap((void *)0x30000000, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (memory == MAP_FAILED || (uintptr_t)memory > UINT32_MAX - MEMORY || tcp < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return 1;
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < THINGS; i++) {
			double start = now();

			things[i]();
			taken[i][round] = now() - start;
		}
	printf("%d-bit, serving:\n", 8 * (int)sizeof(long));
	ratio("sendmsg+recvmsg with a descriptor, guest of i386 / bare", taken[MESSAGES_I386], taken[MESSAGES], 1.10);
	ratio("setsockopt(TCP_NODELAY), guest of i386 / bare", taken[OPTION_I386], taken[OPTION], 1.2);
	ratio("sendmsg+recvmsg with a descriptor, guest of m68k / bare", taken[MESSAGES_M68K], taken[MESSAGES], 0);
	ratio("setsockopt(TCP_NODELAY), guest of m68k / bare", taken[OPTION_M68K], taken[OPTION], 0);
	ratio("send+recv of 64 bytes, guest of i386 / bare", taken[BYTES_I386], taken[BYTES], 0);
	printf("(medians of %d interleaved rounds; bare sendmsg+recvmsg+close %.1f ns, setsockopt %.1f ns)\n", ROUNDS,
	       median(taken[MESSAGES]) / CALLS, median(taken[OPTION]) / CALLS);
	return 0;
}
