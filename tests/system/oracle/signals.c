/* SPDX-License-Identifier: MIT
 * Signals and socket calls: interruption, restart, storms, jumps out of a call, calls made by handlers. */
#include "blocking.h"

#include <setjmp.h>
#include <stdbool.h>

/* ---- Interruption ------------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t *handled; /* shared with the child */

static void count(int number)
{
	(void)number;
	++*handled;
}

static void work(int number)
{
	int pair[2] = { -1, -1 };
	char text[8] = { 0 };
	uint32_t words[] = { AF_UNIX, SOCK_DGRAM, 0, (uint32_t)pair };
	int good = raw_call(SYS_SOCKETPAIR, words) == 0;

	good &= raw_call(SYS_SEND, (uint32_t[]){ pair[0], (uint32_t) "handler", 7, 0 }) == 7;
	good &= raw_call(SYS_RECV, (uint32_t[]){ pair[1], (uint32_t)text, 8, 0 }) == 7 && !strcmp(text, "handler");
	good &= raw_call(SYS_LISTEN, NULL) == -EFAULT;
	good &= raw_call(0, NULL) == -EINVAL;
	close(pair[0]);
	close(pair[1]);
	if (good)
		count(number);
}

static void install(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	*handled = 0;
	must(sigaction(SIGUSR1, &action, NULL), "sigaction");
}

/* In a child: signals its parent, which is blocked in a call, so many times; then lets it go on, if wanted. */
static pid_t disturb(struct blocking *b, int signals, int number, int restarts)
{
	pid_t parent = getpid(), child = fork();

	if (child)
		return (pid_t)must(child, "fork");
	alarm(90);
	for (int i = 0; i < signals; i++) {
		wait_blocked(parent);
		kill(parent, number);
		while (*handled <= i)
			nap();
	}
	if (restarts) {
		wait_blocked(parent);
		blocking_let_go(b);
	}
	_exit(0);
}

static void interrupt(int call, void (*handler)(int), int flags, int signals, int timed, const char *what)
{
	struct timeval long_time = { 1000, 0 };
	struct blocking b;
	char text[128];
	pid_t child;
	long r;

	install(handler, flags);
	blocking_begin(&b, call);
	if (timed)
		must(sc(SYS_SETSOCKOPT, b.fds[0], SOL_SOCKET,
			blocking_sends(call) || call == SYS_CONNECT ? SO_SNDTIMEO : SO_RCVTIMEO, &long_time,
			sizeof long_time),
		     "setsockopt");
	child = disturb(&b, signals, SIGUSR1, (flags & SA_RESTART) && !timed);
	r = door->call(call, b.words);
	snprintf(text, sizeof text, "%s, the child ended with %s, %d handlers ran", what, ending(child), (int)*handled);
	blocking_end(&b, r, text);
}

static void interruptions(void)
{
	for (size_t i = 0; i < COUNT(blocking_calls); i++) {
		if (!blocking_exists(blocking_calls[i]))
			continue;
		interrupt(blocking_calls[i], count, 0, 1, 0, "interrupted");
		interrupt(blocking_calls[i], count, SA_RESTART, 1, 0, "restarted");
		interrupt(blocking_calls[i], count, SA_RESTART, 5, 0, "restarted five times");
		interrupt(blocking_calls[i], count, SA_RESTART, 1, 1, "with a timeout, interrupted");
		interrupt(blocking_calls[i], work, 0, 1, 0, "interrupted by a handler that makes calls");
		interrupt(blocking_calls[i], work, SA_RESTART, 3, 0, "restarted after handlers that make calls");
		interrupt(blocking_calls[i], count, SA_RESTART | SA_NODEFER, 2, 0, "restarted with SA_NODEFER");
		interrupt(blocking_calls[i], count, SA_RESTART | SA_SIGINFO, 1, 0, "restarted with SA_SIGINFO");
	}
}

/* Stopped and continued by signals of the terminal: the call goes on, or fails, as the kernel's does. */
static void stops(void)
{
	for (size_t i = 0; i < COUNT(blocking_calls); i++) {
		if (!blocking_exists(blocking_calls[i]))
			continue;
		struct blocking b;
		pid_t parent = getpid(), child;
		char text[64];
		long r;

		blocking_begin(&b, blocking_calls[i]);
		child = (pid_t)must(fork(), "fork");
		if (!child) {
			char path[64], line[512] = { 0 };

			alarm(90);
			wait_blocked(parent);
			kill(parent, SIGSTOP);
			snprintf(path, sizeof path, "/proc/%d/stat", parent);
			for (int tries = 0; tries < PATIENCE_MS && !strstr(line, ") T "); tries++) {
				int fd = open(path, O_RDONLY);

				nap();
				must(read(fd, line, sizeof line - 1), "read");
				close(fd);
			}
			kill(parent, SIGCONT);
			wait_blocked(parent);
			blocking_let_go(&b);
			_exit(0);
		}
		r = door->call(blocking_calls[i], b.words);
		snprintf(text, sizeof text, "stopped and continued, the child ended with %s", ending(child));
		blocking_end(&b, r, text);
	}
}

/* ---- Jumps ------------------------------------------------------------------------------------------------------- */

static sigjmp_buf jump;

static void leap(int number)
{
	count(number);
	siglongjmp(jump, 1);
}

/* Jumps out of a blocked call, again and again: each jump leaves the call, and the next call works. */
static void jumps(void)
{
	for (size_t i = 0; i < COUNT(blocking_calls); i++) {
		if (!blocking_exists(blocking_calls[i]))
			continue;
		volatile int times = 0;
		struct sample s;

		install(leap, SA_RESTART);
		while (times < 5) {
			static struct blocking b;
			static pid_t child;
			long r;

			blocking_begin(&b, blocking_calls[i]);
			*handled = 0;
			child = disturb(&b, 1, SIGUSR1, 0);
			if (!sigsetjmp(jump, 1)) {
				r = door->call(blocking_calls[i], b.words);
				blocking_end(&b, r, "came back");
			}
			ending(child);
			for (size_t k = 0; k < COUNT(b.fds); k++)
				if (b.fds[k] >= 0)
					close(b.fds[k]);
			times++;
		}
		sample_begin(&s, blocking_calls[i], "signals");
		sample_end(&s, door->call(blocking_calls[i], s.words), "after %d jumps out of it", times);
	}
}

/* ---- Storms ------------------------------------------------------------------------------------------------------ */

static timer_t storm_timer;

static void storm_begin(void (*handler)(int), int flags, long nanoseconds)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec time = { { 0, nanoseconds }, { 0, nanoseconds } };

	install(handler, flags);
	must(timer_create(CLOCK_MONOTONIC, &event, &storm_timer), "timer_create");
	must(timer_settime(storm_timer, 0, &time, NULL), "timer_settime");
}

static void storm_end(void)
{
	timer_delete(storm_timer);
	signal(SIGUSR1, SIG_IGN);
}

enum { STORM_SIGNALS = 300, STORM_ROUNDS = 300 };

static bool storm_over(int rounds)
{
	return rounds >= STORM_ROUNDS && *handled >= STORM_SIGNALS;
}

/* Calls that don't block: each of the twenty has the same result in every round. */
static void storm_of_samples(void)
{
	int rounds = 0, wrong = 0;

	for (; !storm_over(rounds); rounds++) {
		int pair[2] = { -1, -1 }, value = 0, fd;
		char text[16] = { 0 };
		struct sockaddr_storage a;
		socklen_t length = sizeof value;
		struct iovec part = { text, sizeof text };
		struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };

		wrong += sc(SYS_SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0;
		wrong += sc(SYS_SEND, pair[0], "one", 3, MSG_DONTWAIT) != 3;
		wrong += sc(SYS_SENDTO, pair[0], "three", 5, MSG_DONTWAIT, NULL, 0) != 5;
		wrong += sc(SYS_RECV, pair[1], text, 16, MSG_DONTWAIT) != 3 || strcmp(text, "one");
		wrong += sc(SYS_RECVMSG, pair[1], &h, MSG_DONTWAIT) != 5 || strcmp(text, "three");
		wrong += sc(SYS_RECVFROM, pair[1], text, 16, MSG_DONTWAIT, NULL, NULL) != -EAGAIN;
		wrong += sc(SYS_GETSOCKOPT, pair[0], SOL_SOCKET, SO_TYPE, &value, &length) != 0 ||
			 value != SOCK_SEQPACKET;
		wrong += sc(SYS_SHUTDOWN, pair[0], SHUT_WR) != 0;
		wrong += sc(SYS_RECV, pair[1], text, 16, 0) != 0;
		fd = (int)sc(SYS_SOCKET, AF_INET, SOCK_DGRAM, 0);
		wrong += fd < 0;
		length = any_address(&a, AF_INET);
		wrong += sc(SYS_BIND, fd, &a, length) != 0;
		wrong += sc(SYS_GETSOCKNAME, fd, &a, &length) != 0 || ((struct sockaddr_in *)&a)->sin_port == 0;
		wrong += sc(SYS_CONNECT, fd, &a, length) != 0;
		wrong += sc(SYS_GETPEERNAME, fd, &a, &length) != 0;
		wrong += sc(SYS_LISTEN, fd, 1) != -EOPNOTSUPP;
		wrong += sc(SYS_ACCEPT, fd, NULL, NULL) != -EOPNOTSUPP;
		wrong += raw_call(SYS_SENDTO, unmapped() - 8) != -EFAULT;
		wrong += raw_call(21, NULL) != -EINVAL;
		close(fd);
		close(pair[0]);
		close(pair[1]);
	}
	say("%d rounds or more of eighteen calls, %d wrong", STORM_ROUNDS, wrong);
}

/* fork() without a storm: too many signals can prevent fork() from completing. */
static pid_t quiet_fork(void)
{
	sigset_t all, old;
	pid_t child;

	sigfillset(&all);
	must(sigprocmask(SIG_BLOCK, &all, &old), "sigprocmask");
	child = (pid_t)must(fork(), "fork");
	must(sigprocmask(SIG_SETMASK, &old, NULL), "sigprocmask");
	return child;
}

/* In a child: sends back what it receives, until the end of the data. */
static pid_t echo(int pair[2])
{
	pid_t child = quiet_fork();
	uint32_t number;

	if (child) {
		close(pair[1]);
		return child;
	}
	alarm(90);
	close(pair[0]);
	while (recv(pair[1], &number, sizeof number, MSG_WAITALL) == sizeof number)
		must(send(pair[1], &number, sizeof number, MSG_NOSIGNAL), "send");
	_exit(0);
}

/*
 * Calls that block: numbers are sent and come back in order, despite signals; EINTR only where the kernel returns it.
 */
static void storm_of_echoes(int may_interrupt)
{
	int pair[2], rounds = 0, wrong = 0, interrupted = 0;
	pid_t child;

	new_pair(SOCK_STREAM, pair);
	child = echo(pair);
	for (; !storm_over(rounds); rounds++) {
		uint32_t number = (uint32_t)rounds, back = 0;
		long r;

		while ((r = sc(SYS_SEND, pair[0], &number, sizeof number, MSG_NOSIGNAL)) == -EINTR)
			interrupted++;
		wrong += r != sizeof number;
		while ((r = sc(SYS_RECV, pair[0], &back, sizeof back, 0)) == -EINTR)
			interrupted++;
		wrong += r != sizeof back || back != number;
	}
	close(pair[0]);
	say("%d rounds or more there and back, %d wrong, %s, the child ended with %s", STORM_ROUNDS, wrong,
	    interrupted && !may_interrupt ? "INTERRUPTED" : "interrupted as may be", ending(child));
}

static void storms(void)
{
	static const long intervals[] = { 50000, 100000, 200000 };

	for (size_t i = 0; i < COUNT(intervals); i++) {
		say("signals every %ld ns", intervals[i]);
		storm_begin(count, SA_RESTART, intervals[i]);
		storm_of_samples();
		storm_end();
		storm_begin(count, SA_RESTART, intervals[i]);
		storm_of_echoes(0);
		storm_end();
		storm_begin(count, 0, intervals[i]);
		storm_of_echoes(1);
		storm_end();
	}
	say("handlers that make calls");
	storm_begin(work, SA_RESTART, 400000);
	storm_of_samples();
	storm_end();
	storm_begin(work, SA_RESTART, 400000);
	storm_of_echoes(0);
	storm_end();
}

int main(void)
{
	static const struct door *const doors[] = { &door_raw, &door_libc };

	oracle_begin("signals");
	handled = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < COUNT(doors); i++) {
		door = doors[i];
		set_context("%s:", door->name);
		interruptions();
		stops();
		jumps();
		storms();
	}
	return 0;
}
