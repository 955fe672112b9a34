/* SPDX-License-Identifier: MIT
 *
 * Usage: supervising SUPERVISOR PROGRAM
 *
 * Measures what socket, bind and connect cost a 32-bit program under examples/supervisor.c, as ratios to:
 * - three bare notifications, which a process that does nothing else answers at once, so no call is made;
 * - notifications that such a process answers by letting the kernel make the calls;
 * - a supervisor written by hand for these three calls, with as few system calls as possible;
 * - the open kernel; the costs under qemu-i386 and strace are printed beside that ratio.
 * PROGRAM is this file, compiled for i386. All processes run on one processor. Prints medians of the ratios of
 * interleaved rounds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wunused-function" /* each of the two programs has some of these */
#include "bench/both.h"
#include "bench/processor.h"
#include "tests/fixtures/listener.h"

enum { TURNS = 31, DISCARD = 9, SOCKETCALL_I386 = 102 };
enum { INT80, VDSO, ENTRIES };
enum { SOCKET = 1, BIND, CONNECT }; /* socketcall(2)'s */

#ifdef __i386__

/* ---- The program: receives a byte, makes the three calls, answers with the time in ns ---------------------------- */

static long call(int entry, int number, long a, const void *b, long c)
{
	long block[] = { a, (long)b, c }, r;

	if (entry == VDSO)
		__asm__ volatile("call *%%gs:0x10"
				 : "=a"(r)
				 : "0"(SOCKETCALL_I386), "b"(number), "c"(block)
				 : "memory");
	else
		__asm__ volatile("int $0x80" : "=a"(r) : "0"(SOCKETCALL_I386), "b"(number), "c"(block) : "memory");
	return r;
}

/* A bare notification is answered with 0, so there is no socket to close. */
static double time_calls(int entry)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, peer = own;
	double took[TURNS];

	peer.sin_port = htons(DISCARD);
	for (int i = 0; i < TURNS; i++) {
		double start = now();
		long fd = call(entry, SOCKET, AF_INET, (void *)SOCK_DGRAM, 0);
		long failed = call(entry, BIND, fd, &own, sizeof own) | call(entry, CONNECT, fd, &peer, sizeof peer);

		took[i] = now() - start;
		if (failed || fd < 0)
			exit(1);
		if (fd > 0)
			close((int)fd);
	}
	/* don't count the time in which another program ran */
	qsort(took, TURNS, sizeof *took, by_value);
	return took[TURNS / 2];
}

int main(int argc, char **argv)
{
	int socket = argc > 1 ? atoi(argv[1]) : -1;
	char entry;

	while (read(socket, &entry, 1) == 1) {
		double took = time_calls(entry);

		if (write(socket, &took, sizeof took) != sizeof took)
			return 1;
	}
	return 0;
}

#else

/* ---- Bare notifications, and a supervisor by hand ---------------------------------------------------------------- */

/* Since Linux 6.6: supervisor and program wake each other on the same processor, as examples/supervisor.c does */
#define NOTIFY_SET_FLAGS _IOW('!', 4, uint64_t)
enum { ADD_AND_ANSWER = 1 << 1 }; /* SECCOMP_ADDFD_FLAG_SEND */

static void make_call(int listener, const struct seccomp_notif *notification, struct seccomp_notif_resp *response)
{
	static int pidfd = -1; /* one program */
	const __u64 *arguments = notification->data.args;
	unsigned block[3];
	struct sockaddr_in name;
	struct iovec here = { block, sizeof block }, there = { (void *)arguments[1], sizeof block };
	struct seccomp_notif_addfd add = { .id = notification->id, .flags = ADD_AND_ANSWER };
	int fd;

	process_vm_readv((pid_t)notification->pid, &here, 1, &there, 1, 0);
	if (arguments[0] == SOCKET) {
		fd = socket((int)block[0], (int)block[1], (int)block[2]);
		add.srcfd = (unsigned)fd;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
		close(fd);
		return;
	}
	here = (struct iovec){ &name, sizeof name };
	there = (struct iovec){ (void *)(uintptr_t)block[1], sizeof name };
	process_vm_readv((pid_t)notification->pid, &here, 1, &there, 1, 0);
	if (pidfd < 0)
		pidfd = (int)syscall(SYS_pidfd_open, notification->pid, 0);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, block[0], 0);
	if ((arguments[0] == BIND ? bind : connect)(fd, (struct sockaddr *)&name, sizeof name))
		response->error = -errno;
	close(fd);
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, response);
}

enum { OPEN, BARE, CONTINUED, BY_HAND, SUPERVISED, EMULATED, TRACED, KINDS };

static void answer_all(int listener, int kind)
{
	ioctl(listener, NOTIFY_SET_FLAGS, 1UL);
	for (;;) {
		struct seccomp_notif notification = { .id = 0 };
		struct seccomp_notif_resp response = { .id = 0 };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification)) {
			if (errno != EINTR)
				_exit(0);
			continue;
		}
		response.id = notification.id;
		response.flags = kind == CONTINUED ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
		if (kind == BY_HAND)
			make_call(listener, &notification, &response);
		else
			ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
}

/* Starts a process whose multiplexed calls are answered in this way. */
static void start_reported(char **argv, int kind)
{
	int told[2], listener;

	if (pipe(told))
		_exit(1);
	/* The child shares our descriptors until it executes the program, so that we have its listener, too. */
	if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0) == 0) {
		listener = load_reporting(SOCKETCALL_I386);
		if (write(told[1], &listener, sizeof listener) == sizeof listener)
			execv(argv[0], argv);
		_exit(127);
	}
	if (read(told[0], &listener, sizeof listener) != sizeof listener || listener < 0)
		_exit(1);
	close(atoi(argv[1])); /* so that the program's end is seen */
	answer_all(listener, kind);
}

/* ---- What is measured -------------------------------------------------------------------------------------------- */

/* Starts a program that runs in this way; returns the socket by which it is asked. */
static int start(int kind, char *supervisor, char *program)
{
	char number[12];
	char *const prefixes[KINDS][8] = {
		[SUPERVISED] = { supervisor },
		[EMULATED] = { (char *)"qemu-i386" },
		[TRACED] = { (char *)"strace", (char *)"-o", (char *)"/dev/null", (char *)"-e",
			     (char *)"trace=%network" },
	};
	char *argv[12] = { NULL };
	int ends[2], n = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		exit(1);
	snprintf(number, sizeof number, "%d", ends[1]);
	while (prefixes[kind][n]) {
		argv[n] = prefixes[kind][n];
		n++;
	}
	argv[n++] = program;
	argv[n] = number;
	if (fork() == 0) {
		close(ends[0]);
		if (kind == BARE || kind == CONTINUED || kind == BY_HAND)
			start_reported(argv, kind);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	return ends[0];
}

int main(int argc, char **argv)
{
	static const char *const names[ENTRIES] = { "int $0x80", "vDSO" };
	static double taken[KINDS][ROUNDS];
	int sockets[KINDS];
	char text[96];

	if (argc < 3)
		return 2;
	stay_on_one_processor();
	for (int kind = 0; kind < KINDS; kind++)
		sockets[kind] = start(kind, argv[1], argv[2]);
	printf("socket+bind+connect of a 32-bit program:\n");
	for (int entry = 0; entry < ENTRIES; entry++) {
		for (int round = 0; round < ROUNDS; round++)
			for (int kind = 0; kind < KINDS; kind++)
				taken[kind][round] = both_ask(sockets[kind], (char)entry);
#define RATIO(what, kind, other, target)                                                                               \
	snprintf(text, sizeof text, "%s: %s", names[entry], what), ratio(text, taken[kind], taken[other], target)
		RATIO("examples/supervisor.c / bare notifications", SUPERVISED, BARE, 1.3);
		RATIO("a supervisor by hand / bare notifications", BY_HAND, BARE, 0);
		RATIO("examples/supervisor.c / notifications, and the kernel makes the calls", SUPERVISED, CONTINUED,
		      0);
		RATIO("examples/supervisor.c / a supervisor by hand", SUPERVISED, BY_HAND, 1.3);
		RATIO("examples/supervisor.c / open kernel", SUPERVISED, OPEN, 0);
		RATIO("qemu-i386 / open kernel", EMULATED, OPEN, 0);
		RATIO("strace / open kernel", TRACED, OPEN, 0);
		printf("(medians of %d interleaved rounds; open kernel %.1f us, bare notifications %.1f us)\n", ROUNDS,
		       median(taken[OPEN]) / 1000, median(taken[BARE]) / 1000);
	}
	return 0;
}

#endif
