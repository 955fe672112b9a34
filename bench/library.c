/* SPDX-License-Identifier: MIT
 *
 * Measures what the library costs: a call through the calling end as a ratio to the same system call without it and to
 * libc's function; a decode as a ratio to an empty system call. Prints medians of the ratios of interleaved rounds.
 */
#define _GNU_SOURCE
#define SOCKETCALL_I386_GS
#include <socketcall/caller.h>
#include <socketcall/server.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "processor.h"
#include "rounds.h"

enum { CALLS = 4000 };

static int pair[2];
static char data[64];
/* volatile, so that the compiler can't use their values */
static volatile int call_listen = SOCKETCALL_LISTEN;
static volatile unsigned long minus_one = -1UL;

static void run_bare_listen(void)
{
	for (int i = 0; i < CALLS; i++)
		socketcall_enter3(socketcall_number_listen, minus_one, 0, 0);
}

/* The call's number is a variable: the compiler can't reduce socketcall_raw() to the code for one call. */
static void run_computed_listen(void)
{
	for (int i = 0; i < CALLS; i++) {
		unsigned long block[2] = { minus_one, 0 };

		socketcall_raw(call_listen, block);
	}
}

static void run_raw_listen(void)
{
	for (int i = 0; i < CALLS; i++) {
		unsigned long block[2] = { minus_one, 0 };

		socketcall_raw(SOCKETCALL_LISTEN, block);
	}
}

static void run_known_listen(void)
{
	for (int i = 0; i < CALLS; i++)
		socketcall_listen((int)minus_one, 0);
}

static void run_libc_listen(void)
{
	for (int i = 0; i < CALLS; i++)
		listen((int)minus_one, 0);
}

static void run_heap_listen(void)
{
	static unsigned long block[2];

	for (int i = 0; i < CALLS; i++) {
		block[0] = minus_one;
		socketcall_raw(call_listen, block);
	}
}

static void run_multiplexed_listen(void)
{
	for (int i = 0; i < CALLS; i++) {
		unsigned long block[2] = { minus_one, 0 };

		socketcall_multiplexed(call_listen, (unsigned long)block);
	}
}

static void must(long moved)
{
	if (moved != sizeof data)
		exit(1);
}

static void run_bare_send_recv(void)
{
	for (int i = 0; i < CALLS / 4; i++) {
		must(socketcall_enter6(socketcall_number_sendto, (unsigned long)pair[0], (unsigned long)data,
				       sizeof data, 0, 0, 0));
		must(socketcall_enter6(socketcall_number_recvfrom, (unsigned long)pair[1], (unsigned long)data,
				       sizeof data, 0, 0, 0));
	}
}

static void run_raw_send_recv(void)
{
	for (int i = 0; i < CALLS / 4; i++) {
		unsigned long out[4] = { (unsigned long)pair[0], (unsigned long)data, sizeof data, 0 };
		unsigned long in[4] = { (unsigned long)pair[1], (unsigned long)data, sizeof data, 0 };

		must(socketcall_raw(SOCKETCALL_SEND, out));
		must(socketcall_raw(SOCKETCALL_RECV, in));
	}
}

static void run_libc_send_recv(void)
{
	for (int i = 0; i < CALLS / 4; i++) {
		must(send(pair[0], data, sizeof data, 0));
		must(recv(pair[1], data, sizeof data, 0));
	}
}

static void run_empty(void)
{
	for (int i = 0; i < CALLS; i++)
		socketcall_enter3(SYS_getppid, 0, 0, 0);
}

static int read_block(void *context, uint64_t address, void *to, size_t size)
{
	/* a loop of its own, because memcpy() in glibc's i386 library would take longer than the rest of the decode */
	for (size_t i = 0; i < size; i += 4)
		__builtin_memcpy((char *)to + i, (char *)context + address + i, 4);
	return 0;
}

static struct socketcall_request request;
static void decode(const struct socketcall_guest *guest)
{
	static unsigned char guest_memory[48];
	const struct socketcall_memory memory = { read_block, guest_memory };

	for (int i = 0; i < CALLS; i++) {
		if (socketcall_decode(guest, &memory, SOCKETCALL_SOCKET, 0, &request))
			exit(1);
		__asm__ volatile("" : : "m"(request) : "memory");
	}
}

static void run_decode(void)
{
	static const struct socketcall_guest like_us = SOCKETCALL_GUEST_NATIVE;

	decode(&like_us);
}

static void run_decode_foreign(void)
{
	static const struct socketcall_guest s390x = { 8, SOCKETCALL_BIG };

	decode(&s390x);
}

enum {
	BARE,
	RAW,
	COMPUTED,
	KNOWN,
	LIBC,
	HEAP,
	MULTIPLEXED,
	BARE_SR,
	RAW_SR,
	LIBC_SR,
	EMPTY,
	DECODE,
	DECODE_FOREIGN,
	THINGS
};
static void (*const things[THINGS])(void) = {
	[BARE] = run_bare_listen,
	[RAW] = run_raw_listen,
	[COMPUTED] = run_computed_listen,
	[KNOWN] = run_known_listen,
	[LIBC] = run_libc_listen,
	[HEAP] = run_heap_listen,
	[MULTIPLEXED] = run_multiplexed_listen,
	[BARE_SR] = run_bare_send_recv,
	[RAW_SR] = run_raw_send_recv,
	[LIBC_SR] = run_libc_send_recv,
	[EMPTY] = run_empty,
	[DECODE] = run_decode,
	[DECODE_FOREIGN] = run_decode_foreign,
};
static double taken[THINGS][ROUNDS];

int main(void)
{

	stay_on_one_processor();
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return 1;
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < THINGS; i++) {
			double start = now();

			things[i]();
			taken[i][round] = now() - start;
		}
	printf("%d-bit:\n", 8 * (int)sizeof(long));
	ratio("listen(-1) by socketcall_raw / the bare system call", taken[RAW], taken[BARE], 1.02);
	ratio("listen(-1) by socketcall_listen / the bare system call", taken[KNOWN], taken[BARE], 1.02);
	ratio("listen(-1) by socketcall_raw / libc's listen", taken[RAW], taken[LIBC], 1.0);
	ratio("send+recv of 64 bytes by socketcall_raw / bare", taken[RAW_SR], taken[BARE_SR], 1.02);
	ratio("send+recv of 64 bytes by socketcall_raw / libc's", taken[RAW_SR], taken[LIBC_SR], 1.0);
	ratio("the same listen(-1), of a call computed at run time / bare", taken[COMPUTED], taken[BARE], 0);
	ratio("listen(-1), block not on the stack / the bare system call", taken[HEAP], taken[BARE], 0);
	if ((int)socketcall_number_multiplexed != SOCKETCALL_NONE)
		ratio("listen(-1) by socketcall_raw / the kernel's socketcall", taken[RAW], taken[MULTIPLEXED], 0);
	ratio("decode of three words / an empty system call", taken[DECODE], taken[EMPTY], 0.08);
	ratio("decode of three foreign words / an empty system call", taken[DECODE_FOREIGN], taken[EMPTY], 0.08);
	printf("(medians of %d interleaved rounds; bare listen(-1) %.1f ns, empty call %.1f ns, decode %.1f and %.1f "
	       "ns)\n",
	       ROUNDS, median(taken[BARE]) / CALLS, median(taken[EMPTY]) / CALLS, median(taken[DECODE]) / CALLS,
	       median(taken[DECODE_FOREIGN]) / CALLS);
	return 0;
}
