/* SPDX-License-Identifier: MIT */
#include "run/supervise/reaper.h"

#include "process/child.h"
#include "process/proc.h"
#include "run/supervise/guard.h"
#include "run/supervise/state.h"
#include "run/supervise/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	DEAD_LEAST = 8, /* a process 1 that has so many dead supervisors, … */
	AGE_LEAST = 10, /* … started so many seconds ago, … */
	LOOKED_AT = 32, /* … among so many of its children doesn't collect them */
	CHILDREN_ROOM = 4096,
	STAT_ROOM = 512,
	STARTTIME = 22,
	BACKLOG = 64,
	IDLE_MS = 60 * 1000, /* then the reaper looks whether it is needed any more */
};

/* ---- Is there need of it? ---------------------------------------------------------------------------------------- */

/* Seconds since the system's start, by the clock of /proc/PID/stat's starttime. */
static unsigned long long now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &time);
	return (unsigned long long)time.tv_sec;
}

/*
 * Whether the process is a zombie of this program's name, by which it is the supervisor of an earlier run, and started
 * so long ago that somebody should have collected it. proc(5), /proc/PID/stat: the name, in parentheses, is the second
 * field, and starttime the 22nd.
 */
static bool is_dead_supervisor(pid_t pid)
{
	char text[STAT_ROOM], own[32] = "";
	int fd = proc_open(pid, "stat", O_RDONLY);
	const char *name, *field;
	ssize_t n;

	if (fd < 0)
		return false;
	n = proc_read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	prctl(PR_GET_NAME, own);
	name = strchr(text, '(');
	field = strrchr(text, ')');
	if (!name || !field || (size_t)(field - name) != strlen(own) + 1 || strncmp(name + 1, own, strlen(own)) != 0 ||
	    strncmp(field, ") Z", 3) != 0)
		return false;
	for (int i = 2; i < STARTTIME && field; i++)
		field = strchr(field + 1, ' ');
	return field && strtoull(field, NULL, 10) / (unsigned long)sysconf(_SC_CLK_TCK) + AGE_LEAST <= now();
}

/*
 * Looks at some children of process 1, from its oldest to its newest: dead supervisors are a good part of them where
 * nobody collects these. proc(5), /proc/PID/task/TID/children.
 */
static bool collects_no_orphans(void)
{
	static const char path[] = "/proc/1/task/1/children";
	char text[CHILDREN_ROOM];
	int fd = open(path, O_RDONLY | O_CLOEXEC), children = 0, dead = 0, number = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	n = proc_read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (const char *at = text; (at = strchr(at, ' ')); at++)
		children++;
	for (const char *at = text; number < children; at = strchr(at, ' ') + 1, number++)
		if (number % (children / LOOKED_AT + 1) == 0)
			dead += is_dead_supervisor((pid_t)strtol(at, NULL, 10));
	return dead >= DEAD_LEAST;
}

/* ---- The reaper's process ---------------------------------------------------------------------------------------- */

/* In a child of the reaper's, which has left the surroundings already: serves the tree of whoever has connected. */
static _Noreturn void supervise(int connection)
{
	static const struct supervisor_options options = { .report = NULL };
	struct supervisor *supervisor = supervisor_new(&options);
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (supervisor && !getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) && peer.pid > 0 &&
	    peer.uid == geteuid() && peer.gid == getegid()) {
		setsid();
		guard_tree(supervisor, connection, peer.pid);
	}
	_exit(0);
}

/* Has a new connection served. False if none can be accepted. */
static bool accept_connection(int listening, int signals)
{
	int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

	if (connection < 0)
		return errno == EINTR || errno == EAGAIN || errno == ECONNABORTED;
	if (fork() == 0) {
		close(listening);
		close(signals);
		supervise(connection);
	}
	close(connection);
	return true;
}

/*
 * All signals are blocked. The reaper ends when it can't wait for connections or accept one, as without a free
 * descriptor: whoever has connected then sees that, and starts a supervisor by itself.
 */
static _Noreturn void reap(int listening)
{
	static const struct supervisor_options options = { .report = NULL };
	sigset_t child;
	int signals;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	leave_surroundings(&listening, 1, &options);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* a supervisor's server, when its guard is killed */
	signals = descriptor_above_standard(signalfd(-1, &child, SFD_CLOEXEC));
	for (;;) {
		struct pollfd polls[] = {
			{ .fd = listening, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
		};
		int ready = poll(polls, sizeof polls / sizeof *polls, IDLE_MS);
		struct signalfd_siginfo info;
		int error = errno;
		pid_t pid;

		if (polls[1].revents & POLLIN)
			(void)!read(signals, &info, sizeof info);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (ready == 0 && pid < 0 && !collects_no_orphans())
			_exit(0);
		if (ready < 0 && error != EINTR)
			_exit(0);
		if (ready > 0 && polls[0].revents & POLLIN && !accept_connection(listening, signals))
			_exit(0);
	}
}

/* ---- Whoever wants a supervisor ---------------------------------------------------------------------------------- */

/* An abstract address, which is gone when the reaper is: of this user and this PID namespace. 0, or -1. */
static int name_reaper(struct sockaddr_un *address, socklen_t *size)
{
	struct stat namespace;
	int n;

	if (stat("/proc/self/ns/pid", &namespace))
		return -1;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "socketcall/reaper/%u/%lu",
		     (unsigned)geteuid(), (unsigned long)namespace.st_ino);
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
	return 0;
}

/*
 * Whether who listens there is a reaper of this user's: anybody can take that address. It has to execute the same file
 * as this process.
 */
static bool is_reaper(int connection)
{
	struct stat own, other;
	struct ucred peer;
	socklen_t size = sizeof peer;

	return !getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) && peer.pid > 0 &&
	       peer.uid == geteuid() && peer.gid == getegid() && !proc_stat(peer.pid, "exe", &other) &&
	       !stat("/proc/self/exe", &own) && own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

/* The connection, or -errno: ECONNREFUSED, nobody listens there. */
static int connect_to(const struct sockaddr_un *address, socklen_t size)
{
	int connection = descriptor_above_standard(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)), r = 0;

	if (connection < 0)
		return -errno;
	if (connect(connection, (const struct sockaddr *)address, size))
		r = -errno;
	else if (!is_reaper(connection))
		r = -EPERM;
	if (!r)
		return connection;
	close(connection);
	return r;
}

/*
 * Starts a reaper, as an orphan, and waits until it listens. If another process has just started one, this one isn't.
 * The reaper itself calls listen(2): whoever does is the peer that SO_PEERCRED tells.
 */
static void start_reaper(const struct sockaddr_un *address, socklen_t size)
{
	int listening = descriptor_above_standard(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)), ready[2];
	sigset_t all, mask;
	pid_t middle;
	char unused;

	if (listening < 0)
		return;
	if (!bind(listening, (const struct sockaddr *)address, size) && !pipe_above_standard(ready)) {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &mask);
		middle = child_quiet();
		if (middle == 0) {
			if (child_quiet() == 0 && !listen(listening, BACKLOG))
				reap(listening);
			_exit(0);
		}
		close(ready[1]);
		if (middle > 0) {
			child_wait(middle, NULL);
			(void)!read(ready[0], &unused, sizeof unused);
		}
		close(ready[0]);
		sigprocmask(SIG_SETMASK, &mask, NULL);
	}
	close(listening);
}

int reaper_connect(const struct supervisor_options *options)
{
	struct sockaddr_un address;
	int connection;
	socklen_t size;

	/* Its children have none of this process' memory and descriptors. */
	if (options->report || options->judge || options->confinement || options->socketcall_reported ||
	    getpid() == 1 || !collects_no_orphans() || name_reaper(&address, &size))
		return -1;
	connection = connect_to(&address, size);
	if (connection == -ECONNREFUSED) {
		start_reaper(&address, size);
		connection = connect_to(&address, size);
	}
	return connection < 0 ? -1 : connection;
}
