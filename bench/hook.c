/* SPDX-License-Identifier: MIT
 *
 * What a call costs through the hook, as a ratio to the kernel's own socketcall in the same run. An i386 program, to be
 * started with the preload on an open kernel: it switches its own %gs:0x10 between the hook and the vDSO's entry, round
 * by round, and takes the median of the rounds' ratios.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rounds.h"

enum { CALLS = 4000, DIRECT_LISTEN = 363 };

static int pair[2];

static long enter2(long number, long a, long b)
{
	long r;

	__asm__ volatile("call *%%gs:0x10" : "=a"(r) : "0"(number), "b"(a), "c"(b) : "memory");
	return r;
}

static void run_listen(void)
{
	for (int i = 0; i < CALLS; i++)
		listen(-1, 0);
}

static void run_direct_listen(void)
{
	for (int i = 0; i < CALLS; i++)
		enter2(DIRECT_LISTEN, -1, 0);
}

static void run_getppid(void)
{
	for (int i = 0; i < CALLS; i++)
		enter2(SYS_getppid, 0, 0);
}

static void run_send_recv(void)
{
	char data[64] = { 0 };

	for (int i = 0; i < CALLS / 4; i++)
		if (send(pair[0], data, sizeof data, 0) != sizeof data ||
		    recv(pair[1], data, sizeof data, 0) != sizeof data)
			exit(1);
}

enum { NATIVE, HOOK };
enum { LISTEN, LISTEN_HOOKED, DIRECT, GETPPID, GETPPID_HOOKED, SEND_RECV, SEND_RECV_HOOKED, THINGS };
static const struct {
	void (*run)(void);
	int entry;
} things[THINGS] = {
	[LISTEN] = { run_listen, NATIVE },
	[LISTEN_HOOKED] = { run_listen, HOOK },
	[DIRECT] = { run_direct_listen, NATIVE },
	[GETPPID] = { run_getppid, NATIVE },
	[GETPPID_HOOKED] = { run_getppid, HOOK },
	[SEND_RECV] = { run_send_recv, NATIVE },
	[SEND_RECV_HOOKED] = { run_send_recv, HOOK },
};
static double taken[THINGS][ROUNDS];

int main(void)
{
	unsigned long entry[2] = { [NATIVE] = getauxval(AT_SYSINFO) };
	cpu_set_t one;

	__asm__("movl %%gs:0x10, %0" : "=r"(entry[HOOK]));
	if (entry[HOOK] == entry[NATIVE]) {
		fputs("start this with the preload: socketcall run -- …\n", stderr);
		return 1;
	}
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof one, &one);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return 1;
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < THINGS; i++) {
			double start;

			__asm__ volatile("movl %0, %%gs:0x10" : : "r"(entry[things[i].entry]) : "memory");
			start = now();
			things[i].run();
			taken[i][round] = now() - start;
		}
	ratio("listen(-1) through the hook / the kernel's socketcall", taken[LISTEN_HOOKED], taken[LISTEN], 0.88);
	ratio("listen(-1) through the hook / the bare direct call", taken[LISTEN_HOOKED], taken[DIRECT], 1.06);
	ratio("getppid() through the hook / unhooked", taken[GETPPID_HOOKED], taken[GETPPID], 1.02);
	ratio("send+recv of 64 bytes over a socketpair, hook / kernel's", taken[SEND_RECV_HOOKED], taken[SEND_RECV],
	      0.97);
	printf("(medians of %d interleaved rounds; the kernel's socketcall took %.0f ns for listen(-1))\n", ROUNDS,
	       median(taken[LISTEN]) / CALLS);
	return 0;
}
