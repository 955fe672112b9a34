/* SPDX-License-Identifier: MIT
 * The stack can be unwound to the caller from every instruction of a call, including those of the hook: the call is
 * single-stepped by the trap flag, and the SIGTRAP handler makes a backtrace. `step threads` does it with a second
 * thread alive; then glibc 2.41 enters the kernel in another way. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { TRAP_FLAG = 0x100, SOCKETCALL = 102 };

static int steps, lost;
static unsigned long lost_at[8];
static int pair[2];

static _Unwind_Reason_Code is_caller(struct _Unwind_Context *frame, void *found);
static void (*callers[16])(void);

static void on_step(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *c = context;
	int found = 0;

	(void)signal;
	(void)info;
	steps++;
	_Unwind_Backtrace(is_caller, &found);
	if (found)
		return;
	if (lost < 8)
		lost_at[lost] = (unsigned long)c->uc_mcontext.gregs[REG_EIP];
	lost++;
}

static inline __attribute__((always_inline)) void trap(int on)
{
	if (on)
		__asm__ volatile("pushfl; orl %0, (%%esp); popfl" : : "i"(TRAP_FLAG) : "memory", "cc");
	else
		__asm__ volatile("pushfl; andl %0, (%%esp); popfl" : : "i"(~TRAP_FLAG) : "memory", "cc");
}

static long raw(int call, const void *block)
{
	long r;

	__asm__ volatile("call *%%gs:0x10" : "=a"(r) : "0"(SOCKETCALL), "b"(call), "c"(block) : "memory");
	return r;
}

static struct mmsghdr message;
static struct timespec timeout = { 0, 1000000 };

/* Backtraces must find each of these callers. */
#define CALLER(name, ...)                                                                                              \
	static __attribute__((noinline)) void name(void)                                                               \
	{                                                                                                              \
		trap(1);                                                                                               \
		__VA_ARGS__;                                                                                           \
		trap(0);                                                                                               \
		__asm__ volatile("");                                                                                  \
	}
static char data[64];
static unsigned long heap_block[6], recvmmsg_block[6];
CALLER(libc_socket, socket(-1, 0, 0))
CALLER(libc_listen, listen(-1, 0))
CALLER(libc_send, send(pair[0], data, sizeof data, 0))
CALLER(libc_recv, recv(pair[1], data, sizeof data, 0))
CALLER(libc_sendto, sendto(-1, data, sizeof data, 0, NULL, 0))
CALLER(libc_accept, accept(-1, NULL, NULL))
CALLER(raw_out_of_range, raw(21, NULL))
CALLER(raw_no_block, raw(1, NULL))
CALLER(raw_unreadable_block, raw(1, (void *)-4))
CALLER(raw_static_block, raw(11, heap_block))
CALLER(raw_recvmmsg, raw(19, recvmmsg_block))
CALLER(other_call, (void)getppid())

static _Unwind_Reason_Code is_caller(struct _Unwind_Context *frame, void *found)
{
	for (int i = 0; callers[i]; i++)
		if (_Unwind_GetRegionStart(frame) == (_Unwind_Ptr)callers[i]) {
			*(int *)found = 1;
			return _URC_END_OF_STACK;
		}
	return _URC_NO_REASON;
}

static void step(const char *name, void (*caller)(void))
{
	steps = lost = 0;
	caller();
	printf("%s: stepped %s, instructions from which the caller isn't found: %d\n", name,
	       steps > 10 ? "through" : "not at all", lost);
	for (int i = 0; i < lost && i < 8; i++) {
		Dl_info where;

		if (dladdr((void *)lost_at[i], &where) && where.dli_fname)
			printf("  %s+0x%lx\n", where.dli_fname, lost_at[i] - (unsigned long)where.dli_fbase);
		else
			printf("  outside of all objects\n");
	}
}

static void *wait_for_end(void *unused)
{
	for (;;)
		pause();
	return unused;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO };
	struct iovec vector = { data, sizeof data };
	unsigned long words[] = { (unsigned long)-1, (unsigned long)data, sizeof data, 0, 0, 0 };
	unsigned long timed[] = { 0, (unsigned long)&message, 1, MSG_DONTWAIT, (unsigned long)&timeout, 0 };
	pthread_t t;
	int dummy = 0;

	alarm(120);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) {
		perror("socketpair");
		return 1;
	}
	if (argc > 1 && strcmp(argv[1], "threads") == 0)
		pthread_create(&t, NULL, wait_for_end, NULL);
	message.msg_hdr.msg_iov = &vector;
	message.msg_hdr.msg_iovlen = 1;
	memcpy(heap_block, words, sizeof words);
	timed[0] = (unsigned long)pair[1];
	memcpy(recvmmsg_block, timed, sizeof timed);
	_Unwind_Backtrace(is_caller, &dummy); /* so that the libraries that it needs are opened now */
	sigaction(SIGTRAP, &action, NULL);
#define STEP(name) (callers[0] = name, step(#name, name))
	STEP(libc_socket);
	STEP(libc_listen);
	STEP(libc_send);
	STEP(libc_recv);
	STEP(libc_sendto);
	STEP(libc_accept);
	STEP(raw_out_of_range);
	STEP(raw_no_block);
	STEP(raw_unreadable_block);
	STEP(raw_static_block);
	STEP(libc_send);
	STEP(raw_recvmmsg);
	printf("raw_recvmmsg got %u bytes\n", message.msg_len);
	STEP(other_call);
	return 0;
}
