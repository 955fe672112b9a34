/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "kit.h"

#include <grp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>

const struct kind kinds[] = {
	{ "unix-stream", AF_UNIX, SOCK_STREAM },
	{ "tcp", AF_INET, SOCK_STREAM },
	{ "unix-seqpacket", AF_UNIX, SOCK_SEQPACKET },
	{ "unix-dgram", AF_UNIX, SOCK_DGRAM },
	{ "udp", AF_INET, SOCK_DGRAM },
};
const struct kind unix_stream = { "unix-stream", AF_UNIX, SOCK_STREAM },
		  unix_dgram = { "unix-dgram", AF_UNIX, SOCK_DGRAM },
		  unix_seqpacket = { "unix-seqpacket", AF_UNIX, SOCK_SEQPACKET }, tcp = { "tcp", AF_INET, SOCK_STREAM },
		  udp = { "udp", AF_INET, SOCK_DGRAM }, tcp6 = { "tcp6", AF_INET6, SOCK_STREAM },
		  udp6 = { "udp6", AF_INET6, SOCK_DGRAM };

size_t page;

__attribute__((constructor)) static void find_page(void)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- Sockets ----------------------------------------------------------------------------------------------------- */

/* A new network namespace's loopback is down: bring it up. If that isn't possible, facts that need it report it. If
 * another program brings it up at the same moment, it is up before it has its address. */
static void loopback_up(void)
{
	static int done;
	struct ifreq request = { .ifr_name = "lo" };
	int fd;

	if (done++)
		return;
	fd = (int)SC(SOCKET, AF_INET, SOCK_DGRAM, 0);
	if (fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &request) && !(request.ifr_flags & IFF_UP)) {
		request.ifr_flags |= IFF_UP;
		ioctl(fd, SIOCSIFFLAGS, &request);
	}
	for (int tries = 0; tries < 5000 && ioctl(fd, SIOCGIFADDR, &request) < 0 && errno == EADDRNOTAVAIL; tries++)
		usleep(1000);
	close(fd);
}

int new_socket(const struct kind *k)
{
	long fd;

	if (k->family != AF_UNIX)
		loopback_up();
	fd = SC(SOCKET, k->family, k->type, 0);
	must(fd >= 0, "a socket");
	return (int)fd;
}

socklen_t fresh_address(int family, union address *a)
{
	static unsigned serial;

	memset(a, 0, sizeof *a);
	a->any.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof a->in;
	}
	if (family == AF_INET6) {
		a->in6.sin6_addr = in6addr_loopback;
		return sizeof a->in6;
	}
	snprintf(a->un.sun_path + 1, sizeof a->un.sun_path - 1, "conformance-%d-%u", getpid(), serial++);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(a->un.sun_path + 1));
}

socklen_t bind_fresh(int fd, int family, union address *a)
{
	socklen_t length = fresh_address(family, a);

	must(SC(BIND, fd, a, length) == 0, "a name for a socket");
	length = sizeof *a;
	must(SC(GETSOCKNAME, fd, a, &length) == 0, "the name of a socket");
	return length;
}

int new_listener(const struct kind *k, union address *a, socklen_t *length)
{
	int fd = new_socket(k);

	*length = bind_fresh(fd, k->family, a);
	must(SC(LISTEN, fd, 16) == 0, "a listening socket");
	return fd;
}

int new_client(const struct kind *k, const union address *a, socklen_t length)
{
	int fd = new_socket(k);
	long answer = SC(CONNECT, fd, a, length);

	must(!answer, f("a connection (%ld)", answer));
	return fd;
}

void new_pair(const struct kind *k, int pair[2])
{
	union address a, b;
	socklen_t length;
	int listener;

	if (k->family == AF_UNIX) {
		must(SC(SOCKETPAIR, AF_UNIX, k->type, 0, pair) == 0, "a pair of sockets");
		return;
	}
	if (k->type == SOCK_DGRAM) {
		for (int i = 0; i < 2; i++) {
			pair[i] = new_socket(k);
			length = bind_fresh(pair[i], k->family, i ? &b : &a);
		}
		must(!SC(CONNECT, pair[0], &b, length) && !SC(CONNECT, pair[1], &a, length), "a pair of sockets");
		return;
	}
	listener = new_listener(k, &a, &length);
	pair[0] = new_client(k, &a, length);
	pair[1] = limited() ? -1 : (int)SC(ACCEPT, listener, 0, 0);
	must(pair[1] >= 0, "a pair of sockets");
	close(listener);
}

void close_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

bool have_ipv6(void)
{
	static int known, have;
	union address a;
	int fd;

	if (known++)
		return have;
	loopback_up();
	fd = (int)SC(SOCKET, AF_INET6, SOCK_DGRAM, 0);
	have = fd >= 0 && !SC(BIND, fd, &a, fresh_address(AF_INET6, &a));
	close(fd);
	return have;
}

/* ---- Descriptors and memory -------------------------------------------------------------------------------------- */

int closed_fd(void)
{
	int fd = dup(0);

	if (fd < 0)
		fd = open("/", O_RDONLY);
	close(fd);
	return fd;
}

int file_fd(void)
{
	static int fd = -1;

	if (fd < 0) {
		fd = open("file", O_RDWR | O_CREAT, 0600);
		must(fd >= 0 && !unlink("file"), "a file");
	}
	return fd;
}

int pipe_fd(void)
{
	static int ends[2] = { -1, -1 };

	if (ends[0] < 0)
		must(!pipe(ends), "a pipe");
	return ends[0];
}

int path_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/", O_PATH);
	must(fd >= 0, "a descriptor by O_PATH");
	return fd;
}

static int minus_one(void)
{
	return -1;
}

const struct odd_descriptor odd_descriptors[5] = {
	{ "minus-one", minus_one, EBADF, "descriptor -1: EBADF" },
	{ "closed", closed_fd, EBADF, "a closed descriptor: EBADF" },
	{ "path", path_fd, EBADF, "a descriptor opened with O_PATH: EBADF" },
	{ "file", file_fd, ENOTSOCK, "the descriptor of a file: ENOTSOCK" },
	{ "pipe", pipe_fd, ENOTSOCK, "the descriptor of a pipe: ENOTSOCK" },
};

bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

bool is_cloexec(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

bool is_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_NONBLOCK);
}

bool same_file(int a, int b)
{
	struct stat one, other;

	return !fstat(a, &one) && !fstat(b, &other) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

char *nowhere(void)
{
	static char *memory;

	if (!memory) {
		memory = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(memory != MAP_FAILED && !mprotect(memory + page, page, PROT_READ | PROT_WRITE), "memory");
	}
	return memory + 2 * page;
}

char *constant(void)
{
	static char *memory;

	if (!memory)
		memory = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED, "memory");
	return memory;
}

/* ---- Others ------------------------------------------------------------------------------------------------------ */

pid_t child(int (*function)(void *), void *argument)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	must(pid >= 0, "a child");
	if (pid)
		return pid;
	signal(SIGALRM, SIG_DFL);
	alarm(60);
	_exit(function(argument));
}

int child_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		must(errno == EINTR, "a wait for a child");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

int in_child(int (*function)(void *), void *argument)
{
	return child_status(child(function, argument));
}

static int state(pid_t process, pid_t thread)
{
	char path[64], text[512];
	const char *after;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", process, thread);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	after = strrchr(text, ')');
	return after && after[1] ? after[2] : 0;
}

void wait_asleep(pid_t process, pid_t thread)
{
	int asleep = 0;

	for (int tries = 0; tries < 120000 && asleep < 3; tries++) {
		int now = state(process, thread);

		if (!now || now == 'Z')
			return; /* it has ended instead of waiting; the fact about its result will fail */
		asleep = now == 'S' ? asleep + 1 : 0;
		usleep(500);
	}
	must(asleep == 3, "a wait for a blocking call");
	/* A supervisor that answers calls in their order looks at the sleeping thread's call before it answers this
	 * one. Before that, a signal or a closed socket would meet a call that hasn't begun. */
	SC(LISTEN, -1, 0);
}

void wait_for(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };
	int n;

	while ((n = poll(&p, 1, 60000)) < 0 && errno == EINTR)
		;
	must(n == 1 && (p.revents & (events | POLLHUP | POLLERR)), "a wait for an event");
}

void wait_taken(const int pair[2])
{
	int left = 1;

	for (int tries = 0; tries < 120000 && left; tries++) {
		/* SIOCOUTQ counts bytes until they have arrived (tcp(7)), or have been read (unix(7)) */
		must(!ioctl(pair[0], SIOCOUTQ, &left), "SIOCOUTQ");
		left = left || ready(pair[1], POLLIN);
		if (left)
			usleep(500);
	}
	must(!left, "a wait for the reader");
}

/* On a busy processor the loopback delivers later, by ksoftirqd. */
bool arrives(int fd)
{
	static int patience = 3000;
	struct pollfd p = { fd, POLLIN, 0 };
	int n;

	while ((n = poll(&p, 1, patience)) < 0 && errno == EINTR)
		;
	if (n != 1)
		patience = 100; /* ms; one datagram was lost, so others may be: wait less for them */
	return n == 1;
}

int ready(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

bool become_nobody(void)
{
	if (geteuid())
		return true;
	return !setgroups(0, NULL) && !setresgid(65534, 65534, 65534) && !setresuid(65534, 65534, 65534);
}

struct msghdr *letter(struct letter *l, const void *data, size_t size)
{
	memset(l, 0, sizeof *l);
	l->vector = (struct iovec){ (void *)data, size };
	l->header.msg_iov = &l->vector;
	l->header.msg_iovlen = 1;
	return &l->header;
}
