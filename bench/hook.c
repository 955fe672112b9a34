/* SPDX-License-Identifier: MIT
 *
 * Measures what a call costs through the hook, as a ratio to the kernel's own socketcall and to the direct call in the
 * same run. This is an i386 program; start it with the preload on an open kernel. It loads a filter that allows
 * everything, because every program has a filter where socketcall is closed, and the filter slows each call. libc's
 * functions enter the kernel by `call *%gs:0x10`; the program sets this pointer to the hook and to the vDSO's entry in
 * turn, round by round.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/call.h"
#include "bench/processor.h"

static int pair[2];

static double time_listen(void)
{
	double start = now();

	for (int i = 0; i < CALLS; i++)
		listen(-1, 0);
	return now() - start;
}

static double time_send_recv(void)
{
	double start = now();
	char data[64] = { 0 };

	for (int i = 0; i < CALLS / 4; i++)
		if (send(pair[0], data, sizeof data, 0) != sizeof data ||
		    recv(pair[1], data, sizeof data, 0) != sizeof data)
			exit(1);
	return now() - start;
}

/* Returns the result of `timed`, which it calls while libc enters the kernel at `entry`. */
static double by(enter *entry, double (*timed)(void))
{
	__asm__ volatile("movl %0, %%gs:0x10" : : "r"(entry) : "memory");
	return timed();
}

static void load_open_filter(void)
{
	struct sock_filter open = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &open };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("hook: no filter");
		exit(1);
	}
}

int main(void)
{
	static double multiplexed[ROUNDS], hooked[ROUNDS], direct[ROUNDS], other[ROUNDS], other_hooked[ROUNDS];
	static double libc[ROUNDS], libc_hooked[ROUNDS], moved[ROUNDS], moved_hooked[ROUNDS];
	enter *bare = (enter *)getauxval(AT_SYSINFO), *hook;
	long block[2] = { -1, 0 };

	__asm__("movl %%gs:0x10, %0" : "=r"(hook));
	if (hook == bare) {
		fputs("start this with the preload: socketcall run --preload-only -- …\n", stderr);
		return 1;
	}
	stay_on_one_processor();
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return 1;
	load_open_filter();
	for (int i = 0; i < ROUNDS; i++) {
		hooked[i] = time_calls(hook, SYS_socketcall, LISTEN, (long)block);
		direct[i] = time_calls(bare, DIRECT_LISTEN, -1, 0);
		multiplexed[i] = time_calls(bare, SYS_socketcall, LISTEN, (long)block);
		other_hooked[i] = time_calls(hook, SYS_getppid, 0, 0);
		other[i] = time_calls(bare, SYS_getppid, 0, 0);
		libc_hooked[i] = by(hook, time_listen);
		libc[i] = by(bare, time_listen);
		moved_hooked[i] = by(hook, time_send_recv);
		moved[i] = by(bare, time_send_recv);
	}
	ratio("listen(-1) through the hook / the kernel's socketcall", hooked, multiplexed, 0.90);
	ratio("listen(-1) through the hook / the bare direct call", hooked, direct, 1.06);
	ratio("getppid() through the hook / unhooked", other_hooked, other, 1.02);
	ratio("libc's listen(-1), hook / kernel's", libc_hooked, libc, 0.90);
	ratio("libc's send+recv of 64 bytes over a socketpair, hook / kernel's", moved_hooked, moved, 0.97);
	printf("(medians of %d interleaved rounds; the kernel's socketcall took %.0f ns for listen(-1))\n", ROUNDS,
	       median(multiplexed));
	return 0;
}
