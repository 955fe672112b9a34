/* SPDX-License-Identifier: MIT */
#include "run/preload/preload.h"

struct timespec64 {
	int64_t seconds, nanoseconds;
};

/* Like kernel_ask_readable(), but for writing: the kernel writes the old signal set there, and changes nothing else. */
static long ask_writable(uint32_t pointer)
{
	return kernel(__NR_rt_sigprocmask, 0, 0, (long)pointer, KERNEL_SIGSET, 0);
}

long hook_recvmmsg_time64(const uint32_t *words, const char *resume, void *channel)
{
	kernel_enter *enter = resume ? cancel_original : hook_kernel;
	int32_t *timeout = (int32_t *)words[4];
	struct timespec64 wide;
	long r;

	if (timeout) {
		r = kernel_ask_readable(words[4]);
		if (r)
			return r == -EFAULT ? r : -ENOSYS;
		wide.seconds = timeout[0];
		wide.nanoseconds = timeout[1];
	}
	r = enter(resume, channel, socketcall_number_recvmmsg_time64, (long)words[0], (long)words[1], (long)words[2],
		  (long)words[3], timeout ? (long)&wide : 0, 0);
	if (r <= 0 || !timeout)
		return r; /* the kernel writes the remaining time only if a message was received (net/socket.c) */
	if (ask_writable(words[4]))
		return -EFAULT;
	timeout[0] = (int32_t)wide.seconds;
	timeout[1] = (int32_t)wide.nanoseconds;
	return r;
}
