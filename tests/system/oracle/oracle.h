/* SPDX-License-Identifier: MIT
 *
 * Shared by the oracle's programs. Such a program prints facts about socket calls, one a line: a sentence and a result.
 * The lines are the same in every run: they contain no process number, port, pointer or descriptor. oracle.pl runs each
 * program on the open kernel, which is the oracle, and with socketcall closed under the preload or patched: the lines
 * must agree.
 *
 * A program makes a call by sc(call, word…), through the door that `door` points to: socketcall's raw entry, where
 * every register is compared with its value before the call, or libc's wrapper. The result is a value or -errno,
 * whichever the door.
 */
#ifndef ORACLE_H
#define ORACLE_H

#ifndef __i386__
#error "the oracle's programs are for i386"
#endif
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/net.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/netlink.h>

#define MAYBE_UNUSED __attribute__((unused))
#define PAGE         4096u
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	FIRST_CALL = SYS_SOCKET,
	LAST_CALL = SYS_SENDMMSG,
	PATIENCE_MS = 30000, /* for an event that comes at once, unless the machine is busy or the fact is false */
};

static const unsigned char words_of[] = { 0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4 };
static const char *const name_of[] = {
	"call 0",      "socket",     "bind",    "connect", "listen",  "accept",   "getsockname",
	"getpeername", "socketpair", "send",    "recv",    "sendto",  "recvfrom", "shutdown",
	"setsockopt",  "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
};

/* ---- What is printed --------------------------------------------------------------------------------------------- */

static __thread char context[128]; /* printed before every sentence */
static __thread FILE *out;         /* null: standard output */

MAYBE_UNUSED static void set_context(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(context, sizeof context, format, list);
	va_end(list);
}

/* Returns one of a few buffers, in turn: enough for the arguments of one line. */
static char *scratch(void)
{
	static __thread char buffer[8][512];
	static __thread unsigned turn;

	return buffer[turn++ % COUNT(buffer)];
}

MAYBE_UNUSED static const char *errno_name(int error)
{
	static const struct {
		int value;
		const char *name;
	} names[] = {
#define E(name) { name, #name }
		E(EPERM),           E(ENOENT),
		E(EINTR),           E(EIO),
		E(EBADF),           E(EAGAIN),
		E(ENOMEM),          E(EACCES),
		E(EFAULT),          E(EEXIST),
		E(ENODEV),          E(ENOTDIR),
		E(EINVAL),          E(ENFILE),
		E(EMFILE),          E(EPIPE),
		E(ENOSYS),          E(ENAMETOOLONG),
		E(ELOOP),           E(ENOTSOCK),
		E(EDESTADDRREQ),    E(EMSGSIZE),
		E(EPROTOTYPE),      E(ENOPROTOOPT),
		E(EPROTONOSUPPORT), E(ESOCKTNOSUPPORT),
		E(EOPNOTSUPP),      E(EPFNOSUPPORT),
		E(EAFNOSUPPORT),    E(EADDRINUSE),
		E(EADDRNOTAVAIL),   E(ENETDOWN),
		E(ENETUNREACH),     E(ECONNABORTED),
		E(ECONNRESET),      E(ENOBUFS),
		E(EISCONN),         E(ENOTCONN),
		E(ESHUTDOWN),       E(ETOOMANYREFS),
		E(ETIMEDOUT),       E(ECONNREFUSED),
		E(EHOSTUNREACH),    E(EALREADY),
		E(EINPROGRESS),     E(EDOM),
		E(ERANGE),          E(ENODATA),
#undef E
	};
	char *text;

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].value == error)
			return names[i].name;
	text = scratch();
	sprintf(text, "errno %d", error);
	return text;
}

MAYBE_UNUSED static const char *result_text(long r)
{
	char *text;

	if (r < 0 && r > -4096)
		return errno_name((int)-r);
	text = scratch();
	sprintf(text, "%ld", r);
	return text;
}

__attribute__((format(printf, 2, 0))) static void put_line(const char *result, const char *format, va_list list)
{
	char line[2048];
	int n = snprintf(line, sizeof line, "%s%s", context, *context ? " " : "");

	n += vsnprintf(line + n, sizeof line - n, format, list);
	snprintf(line + n, sizeof line - n, "%s%s\n", *result ? ": " : "", result);
	fputs(line, out ? out : stdout);
	fflush(out ? out : stdout);
}

/* Prints a line without a call's result. */
__attribute__((format(printf, 1, 2))) MAYBE_UNUSED static void say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_line("", format, list);
	va_end(list);
}

/* Prints a line that ends with the call's result. */
__attribute__((format(printf, 2, 3))) MAYBE_UNUSED static void fact(long r, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_line(result_text(r), format, list);
	va_end(list);
}

/* The same for a call that makes a descriptor. */
__attribute__((format(printf, 2, 3))) MAYBE_UNUSED static void fact_fd(long r, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_line(r >= 0 ? "a descriptor" : result_text(r), format, list);
	va_end(list);
}

/* A precondition of the facts isn't there: ends the program. */
__attribute__((format(printf, 2, 3), noreturn)) MAYBE_UNUSED static void die(long r, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_line(result_text(r), format, list);
	va_end(list);
	_exit(1);
}

MAYBE_UNUSED static long must(long r, const char *what)
{
	if (r < 0)
		die(r == -1 ? -errno : r, "gave up, since this failed: %s", what);
	return r;
}

/* Bytes as text, unprintable ones in hexadecimal; long runs of one byte as a count. */
MAYBE_UNUSED static const char *bytes(const void *data, size_t length)
{
	const unsigned char *b = data;
	char *text = scratch();
	size_t n = 0;

	text[n++] = '"';
	for (size_t i = 0, run; i < length && n < 400; i += run) {
		for (run = 1; i + run < length && b[i + run] == b[i]; run++)
			;
		n += sprintf(text + n, b[i] >= ' ' && b[i] < 127 ? "%c" : "<%02x>", b[i]);
		if (run < 8)
			run = 1;
		else
			n += sprintf(text + n, "{%zu}", run);
	}
	strcpy(text + n, "\"");
	return text;
}

/* An address, with its port and process number normalised. */
MAYBE_UNUSED static const char *address(const void *data, socklen_t length)
{
	const struct sockaddr_storage *a = data;
	const struct sockaddr_un *un = data;
	const struct sockaddr_in *in = data;
	const struct sockaddr_in6 *in6 = data;
	const struct sockaddr_nl *nl = data;
	char *text = scratch();
	char ip[64];

	if (length < 2)
		sprintf(text, "nothing (length %u)", length);
	else if (a->ss_family == AF_UNIX)
		sprintf(text, "unix %s (length %u)",
			length == 8 && !un->sun_path[0] ? "<00>autobound" : bytes(un->sun_path, length - 2), length);
	else if (a->ss_family == AF_INET && length == sizeof *in)
		sprintf(text, "inet %s %s (length %u)", inet_ntop(AF_INET, &in->sin_addr, ip, sizeof ip),
			in->sin_port ? "and a port" : "port 0", length);
	else if (a->ss_family == AF_INET6 && length == sizeof *in6)
		sprintf(text, "inet6 %s %s (length %u)", inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof ip),
			in6->sin6_port ? "and a port" : "port 0", length);
	else if (a->ss_family == AF_NETLINK && length == sizeof *nl)
		sprintf(text, "netlink %s groups %x (length %u)", nl->nl_pid ? "and a port" : "port 0", nl->nl_groups,
			length);
	else
		sprintf(text, "family %u (length %u)", a->ss_family, length);
	return text;
}

#include "doors.h"

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

/* `count` writable pages, then one that may not be touched. */
MAYBE_UNUSED static char *pages(unsigned count)
{
	char *p = mmap(NULL, (count + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p == MAP_FAILED ? -1 : 0, "mmap");
	must(mprotect(p + count * PAGE, PAGE, PROT_NONE), "mprotect");
	return p;
}

/* A page that isn't accessible and stays so: a PROT_NONE mapping prevents others there. */
MAYBE_UNUSED static char *unmapped(void)
{
	static char *page;

	if (!page) {
		page = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(page == MAP_FAILED ? -1 : 0, "mmap");
		must(munmap(page + PAGE, PAGE), "munmap");
		page += PAGE;
	}
	return page;
}

/* ---- Sockets that the facts need --------------------------------------------------------------------------------- */

MAYBE_UNUSED static int new_socket(int family, int type)
{
	return (int)must(sc(SYS_SOCKET, family, type, 0), "socket");
}

MAYBE_UNUSED static void new_pair(int type, int pair[2])
{
	must(sc(SYS_SOCKETPAIR, AF_UNIX, type, 0, pair), "socketpair");
}

/* Writes the abstract unix address `name` to `a`. Returns its length. */
MAYBE_UNUSED static socklen_t abstract(struct sockaddr_un *a, const char *name)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(a->sun_path + 1, name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

/* The loopback address of a family with port 0, or a unix address that the kernel chooses; its length. */
MAYBE_UNUSED static socklen_t any_address(struct sockaddr_storage *a, int family)
{
	*a = (struct sockaddr_storage){ .ss_family = (sa_family_t)family };
	switch (family) {
	case AF_INET:
		((struct sockaddr_in *)a)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		((struct sockaddr_in6 *)a)->sin6_addr = in6addr_loopback;
		return sizeof(struct sockaddr_in6);
	case AF_NETLINK:
		return sizeof(struct sockaddr_nl);
	default:
		return sizeof(sa_family_t);
	}
}

/* Binds to any_address(), and writes the resulting address to `a`. Returns its length. */
MAYBE_UNUSED static socklen_t bind_any(int fd, int family, struct sockaddr_storage *a)
{
	socklen_t length = any_address(a, family);

	must(sc(SYS_BIND, fd, a, length), "bind");
	length = sizeof *a;
	must(sc(SYS_GETSOCKNAME, fd, a, &length), "getsockname");
	return length;
}

MAYBE_UNUSED static int new_listener(int family, int type, struct sockaddr_storage *a, socklen_t *length)
{
	int fd = new_socket(family, type);

	*length = bind_any(fd, family, a);
	must(sc(SYS_LISTEN, fd, 8), "listen");
	return fd;
}

MAYBE_UNUSED static int readable(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	int n;

	while ((n = poll(&p, 1, PATIENCE_MS)) < 0 && errno == EINTR)
		;
	return n == 1;
}

MAYBE_UNUSED static void wait_readable(int fd)
{
	if (!readable(fd))
		die(-ETIMEDOUT, "waited for a socket to become readable");
}

MAYBE_UNUSED static void close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* ---- Processes --------------------------------------------------------------------------------------------------- */

static const char *watchdog_program;

static void watchdog_handler(int number)
{
	(void)number;
	dprintf(1, "%s: took too long\n", watchdog_program);
	_exit(99);
}

/* The first statement of every program: sets a limit to the time that it may take, and changes to an empty folder. */
MAYBE_UNUSED static void oracle_begin(const char *program)
{
	char folder[] = "/tmp/oracle.XXXXXX";

	watchdog_program = program;
	signal(SIGALRM, watchdog_handler);
	signal(SIGPIPE, SIG_IGN);
	alarm(90);
	umask(022);
	must(mkdtemp(folder) ? chdir(folder) : -1, "a working folder");
}

MAYBE_UNUSED static void nap(void)
{
	nanosleep(&(struct timespec){ 0, 500000 }, NULL);
}

/* Waits until the task sleeps in a socket call, direct or multiplexed. */
MAYBE_UNUSED static void wait_blocked(pid_t task)
{
	char path[64], text[64];

	snprintf(path, sizeof path, "/proc/%d/syscall", task);
	for (int tries = 0; tries < 2 * PATIENCE_MS; tries++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
		int number;

		if (fd >= 0)
			close(fd);
		text[n > 0 ? n : 0] = '\0';
		number = atoi(text);
		if (number == __NR_socketcall || (number >= 359 && number <= 373) || number == 337 || number == 345 ||
		    number == 417)
			return;
		nap();
	}
	die(-ETIMEDOUT, "waited for a task to block in a socket call");
}

/* How a child ended. */
MAYBE_UNUSED static const char *ending(pid_t child)
{
	char *text = scratch();
	int status;

	while (waitpid(child, &status, __WALL) < 0)
		if (errno != EINTR)
			die(-errno, "waitpid");
	if (WIFEXITED(status))
		sprintf(text, "status %d", WEXITSTATUS(status));
	else
		sprintf(text, "signal %d", WTERMSIG(status));
	return text;
}

#endif
