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
	DEAD_LEAST = 8,       /* process 1 doesn't collect orphans if so many dead supervisors, … */
	AGE_LEAST = 10,       /* … all started at least so many seconds ago, … */
	LOOKED_AT = 32,       /* … are among a sample of about so many of its children */
	CHILDREN_SIZE = 4096, /* bytes of the list of process 1's children: those that don't fit are ignored */
	STAT_SIZE = 512,
	STARTTIME = 22, /* the number of that field in /proc/PID/stat */
	BACKLOG = 64,
	IDLE_MS = 60 * 1000, /* after so long without a connection the reaper checks whether it is still needed */
};

/* ---- Whether a reaper is needed ---------------------------------------------------------------------------------- */

/* Seconds since boot, by the clock of starttime in /proc/PID/stat. */
static unsigned long long seconds_since_boot(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &time);
	return (unsigned long long)time.tv_sec;
}

/*
 * True if the process is a zombie with this program's name, so that it is the supervisor of an earlier run, and was
 * started so long ago that process 1 should have collected it. In /proc/PID/stat, the name is the second field, in
 * parentheses, and starttime the 22nd: proc(5).
 */
static bool is_dead_supervisor(pid_t pid)
{
	char text[STAT_SIZE], own[32] = "";
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
	return field &&
	       strtoull(field, NULL, 10) / (unsigned long)sysconf(_SC_CLK_TCK) + AGE_LEAST <= seconds_since_boot();
}

/*
 * True if process 1 doesn't collect orphans: then a good part of its children are dead supervisors. Looks at a sample,
 * spread evenly from the oldest child to the newest, because there may be thousands. proc(5),
 * /proc/PID/task/TID/children.
 */
static bool collects_no_orphans(void)
{
	static const char path[] = "/proc/1/task/1/children";
	char text[CHILDREN_SIZE];
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

/*
 * In a child of the reaper: serves the tree of the process that has connected. The kernel says by SO_PEERCRED which
 * process that is, so it can't claim to be another; a process of another user isn't served. leave_surroundings() was
 * called by the reaper already.
 */
static _Noreturn void serve_connection(int connection)
{
	static const struct supervisor_options options = { .on_event = NULL };
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

/* Accepts a connection and forks a supervisor for it. Returns false if no connection can be accepted. */
static bool accept_connection(int listening, int signals)
{
	int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

	if (connection < 0)
		return errno == EINTR || errno == EAGAIN || errno == ECONNABORTED;
	if (fork() == 0) {
		close(listening);
		close(signals);
		serve_connection(connection);
	}
	close(connection);
	return true;
}

/*
 * All signals are blocked. The reaper ends if it can't wait for connections or accept one, for example without a free
 * descriptor. A process that has connected then sees the end of its connection, and starts a supervisor itself.
 */
static _Noreturn void reap(int listening)
{
	static const struct supervisor_options options = { .on_event = NULL };
	sigset_t child;
	int signals;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	leave_surroundings(&listening, 1, &options);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* adopts and reaps a supervisor's server whose guard was killed */
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

/* ---- The process that wants a supervisor ------------------------------------------------------------------------- */

/*
 * Makes the abstract address of this user's reaper in this PID namespace. An abstract address disappears with the
 * process that listens there, so there is no stale socket file. Returns 0, or -1.
 */
static int make_reaper_address(struct sockaddr_un *address, socklen_t *size)
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
 * True if the listening process is a reaper of this user. Any user can bind to an abstract address first, so the peer
 * must have this user and group, and execute the same file as this process. Otherwise a stranger would get the
 * handshake, and the listener.
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

/*
 * Returns the connection, or -errno: ECONNREFUSED, nobody listens at the address; EPERM, the process that listens isn't
 * a reaper.
 */
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
 * Starts a reaper as an orphan, by a double fork, and waits until it listens: then the reaper closes its end of the
 * pipe. If another process has started one meanwhile, bind() fails and nothing is started. The reaper itself must call
 * listen(2), because SO_PEERCRED names the process that did.
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

	/*
	 * A reaper's child wasn't forked from this process: it has no copy of the options, of the memory that
	 * on_event() and judge() use, or of the descriptors.
	 */
	if (options->on_event || options->judge || options->confinement || options->socketcall_reported ||
	    getpid() == 1 || !collects_no_orphans() || make_reaper_address(&address, &size))
		return -1;
	connection = connect_to(&address, size);
	if (connection == -ECONNREFUSED) {
		start_reaper(&address, size);
		connection = connect_to(&address, size);
	}
	return connection < 0 ? -1 : connection;
}
