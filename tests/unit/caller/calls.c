/* SPDX-License-Identifier: MIT
 *
 * Tests the calling end on any architecture: all twenty calls, made with a block and with arguments, succeed and fail
 * as the manual pages say. Compiled once for each choice of doors, and, with SERVED, for a server in this process. TAP.
 *
 *   calls [--close direct|multiplexed|recvmmsg|no]    first loads a seccomp filter that answers ENOSYS at that door;
 *                                                     recvmmsg: at the multiplexed door and for recvmmsg with 32-bit
 *                                                     times
 */
#include "tests/unit/caller/calls.h"
#ifdef SERVED
#include "tests/unit/server/served.h"
#endif

#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

/* ---- The two ways of making a call: with a block, and with arguments --------------------------------------------- */

__attribute__((unused)) static long by_arguments(int call, const word *w)
{
	switch (call) {
#define A1(k0, ...)                 (socketcall_kind_##k0) w[0]
#define A2(k0, k1, ...)             (socketcall_kind_##k0) w[0], (socketcall_kind_##k1)w[1]
#define A3(k0, k1, k2, ...)         A2(k0, k1, ), (socketcall_kind_##k2)w[2]
#define A4(k0, k1, k2, k3, ...)     A3(k0, k1, k2, ), (socketcall_kind_##k3)w[3]
#define A5(k0, k1, k2, k3, k4, ...) A4(k0, k1, k2, k3, ), (socketcall_kind_##k4)w[4]
#define A6(k0, k1, k2, k3, k4, k5)  A5(k0, k1, k2, k3, k4, ), (socketcall_kind_##k5)w[5]
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	case call:                                                                                                     \
		return socketcall_##name(A##arity(__VA_ARGS__));
#include "abi/calls.def"
#undef CALL
	}
	return -EINVAL;
}

static const struct {
	const char *name;
	long (*make)(int call, const word *words);
} manners[] = {
#ifdef SERVED
	{ "served", served },
#else
	{ "block", socketcall_raw },
	{ "arguments", by_arguments },
#endif
};
enum { MANNERS = sizeof manners / sizeof *manners };

/* ---- What the calls are made with -------------------------------------------------------------------------------- */

long (*make)(int call, const word *words);
char *nowhere;
int file, page;

void must(int good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

int new_socket(int family, int type)
{
	long fd = CALLS(SOCKET, (word)family, (word)type, 0);

	must(fd >= 0, "a socket for the tests");
	return (int)fd;
}

void new_pair(int type, int pair[2])
{
	must(CALLS(SOCKETPAIR, AF_UNIX, (word)type, 0, P(pair)) == 0, "a pair for the tests");
}

struct sockaddr_un abstract_name(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s-%d", name, getpid());
	return address;
}

unsigned named_length(const struct sockaddr_un *address)
{
	return (unsigned)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address->sun_path + 1));
}

int new_listener(struct sockaddr_un *address, int backlog)
{
	int fd = new_socket(AF_UNIX, SOCK_STREAM);

	must(CALLS(BIND, (word)fd, P(address), named_length(address)) == 0, "bind for the tests");
	must(CALLS(LISTEN, (word)fd, (word)backlog) == 0, "listen for the tests");
	return fd;
}

struct sockaddr_in loopback(int fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;

	must(CALLS(BIND, (word)fd, P(&address), sizeof address) == 0, "bind to loopback for the tests");
	must(CALLS(GETSOCKNAME, (word)fd, P(&address), P(&length)) == 0, "getsockname for the tests");
	return address;
}

/* ---- Errors that many calls share -------------------------------------------------------------------------------- */

const char *const names[] = {
	"no call",
#define CALL(call, NAME, name, ...) #name,
#include "abi/calls.def"
#undef CALL
};

/* Words that are valid but for the descriptor or, for socket and socketpair, the family. */
static void well_formed(int call, int fd, word *w)
{
	static struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/nowhere" };
	static int value, pair[2];
	static socklen_t length;
	static char data[16];
	static struct iovec vector = { data, sizeof data };
	static struct mmsghdr message = { .msg_hdr = { .msg_iov = &vector, .msg_iovlen = 1 } };
	word words[SOCKETCALL_CALLS + 1][6] = {
		[SOCKETCALL_BIND] = { 0, P(&name), sizeof name },
		[SOCKETCALL_CONNECT] = { 0, P(&name), sizeof name },
		[SOCKETCALL_ACCEPT] = { 0, P(&name), P(&length) },
		[SOCKETCALL_GETSOCKNAME] = { 0, P(&name), P(&length) },
		[SOCKETCALL_GETPEERNAME] = { 0, P(&name), P(&length) },
		[SOCKETCALL_SOCKETPAIR] = { 0, SOCK_STREAM, 0, P(pair) },
		[SOCKETCALL_SEND] = { 0, P(data), sizeof data },
		[SOCKETCALL_RECV] = { 0, P(data), sizeof data },
		[SOCKETCALL_SENDTO] = { 0, P(data), sizeof data, 0, P(&name), sizeof name },
		[SOCKETCALL_RECVFROM] = { 0, P(data), sizeof data, 0, P(&name), P(&length) },
		[SOCKETCALL_SETSOCKOPT] = { 0, SOL_SOCKET, SO_RCVBUF, P(&value), sizeof value },
		[SOCKETCALL_GETSOCKOPT] = { 0, SOL_SOCKET, SO_RCVBUF, P(&value), P(&length) },
		[SOCKETCALL_SENDMSG] = { 0, P(&message) },
		[SOCKETCALL_RECVMSG] = { 0, P(&message) },
		[SOCKETCALL_ACCEPT4] = { 0, P(&name), P(&length) },
		[SOCKETCALL_RECVMMSG] = { 0, P(&message), 1 },
		[SOCKETCALL_SENDMMSG] = { 0, P(&message), 1 },
	};

	length = call == SOCKETCALL_GETSOCKOPT ? sizeof value : sizeof name;
	memcpy(w, words[call], sizeof words[call]);
	w[0] = (word)fd;
}

static void descriptors(void)
{
	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		word w[6];
		long got;

		if (call == SOCKETCALL_SOCKET || call == SOCKETCALL_SOCKETPAIR)
			continue;
		well_formed(call, -1, w);
		got = make(call, w);
		ok_got(got == -EBADF, got, "%s of descriptor -1 is EBADF", names[call]);
		well_formed(call, file, w);
		got = make(call, w);
		ok_got(got == -ENOTSOCK, got, "%s of a file is ENOTSOCK", names[call]);
	}
}

/* ---- The block --------------------------------------------------------------------------------------------------- */

/* Returns the error of a call whose words are valid but for the first, which is -1. */
static long to_minus_one(int call)
{
	return call == SOCKETCALL_SOCKET || call == SOCKETCALL_SOCKETPAIR ? -EAFNOSUPPORT : -EBADF;
}

static void blocks(void)
{
	static const int odd[] = { 0, 21, -1, INT_MIN, INT_MAX, 256, 65537 };
	word *end = (word *)nowhere;
	char *constant = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long got;

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		got = make(odd[i], (const word *)nowhere);
		ok_got(got == -EINVAL, got, "call %d is EINVAL, whatever the block", odd[i]);
	}
	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		static const unsigned char arity[] = {
			0,
#define CALL(call, NAME, name, maker, words, ...) words,
#include "abi/calls.def"
#undef CALL
		};
		int n = arity[call];
		char *unaligned = nowhere - n * (int)sizeof(word) - 1;
		word w[6];

		well_formed(call, -1, w);
		memcpy(unaligned, w, (size_t)n * sizeof *w);
		got = make(call, NULL);
		ok_got(got == -EFAULT, got, "%s with a null block is EFAULT", names[call]);
		got = make(call, (const word *)nowhere);
		ok_got(got == -EFAULT, got, "%s with a block that can't be read is EFAULT", names[call]);
		got = make(call, (const word *)(~0UL - 3));
		ok_got(got == -EFAULT, got, "%s with a block at the end of all addresses is EFAULT", names[call]);
		got = make(call, end - n + 1);
		ok_got(got == -EFAULT, got, "%s with a block of which all but the last word can be read is EFAULT",
		       names[call]);
		got = make(call, (const word *)(void *)(nowhere - n * (int)sizeof(word) + 1));
		ok_got(got == -EFAULT, got, "%s with a block that lacks its last byte is EFAULT", names[call]);
		got = make(call, (const word *)(void *)unaligned);
		ok_got(got == to_minus_one(call), got, "%s reads a block that isn't aligned", names[call]);
		memcpy(end - n, w, (size_t)n * sizeof *w);
		got = make(call, end - n);
		ok_got(got == to_minus_one(call), got, "%s reads a block that ends where memory does", names[call]);
		memcpy(constant, w, sizeof w);
		mprotect(constant, (size_t)page, PROT_READ);
		got = make(call, (const word *)(void *)constant);
		mprotect(constant, (size_t)page, PROT_READ | PROT_WRITE);
		ok_got(got == to_minus_one(call), got, "%s reads a block in read-only memory", names[call]);
	}
	if (sizeof(word) == 8) {
		word junk = (word)0x12345678 << 16 << 16;

		got = make(SOCKETCALL_SOCKET, W(junk | AF_UNIX, junk | SOCK_STREAM, junk));
		ok_got(got >= 0, got, "bits above an int's 32 are dropped");
		close((int)got);
		got = make(SOCKETCALL_LISTEN, W(junk | 0xffffffff, junk));
		ok_got(got == -EBADF, got, "the low 32 bits are the int");
	}
}

/* ---- A closed door ----------------------------------------------------------------------------------------------- */

enum { MULTIPLEXED = 1, DIRECT = 2, RECVMMSG = 4 };

static void close_doors(int doors)
{
	static const long numbers[] = {
		socketcall_number_multiplexed,
		socketcall_number_recvmmsg_time64,
#define CALL(call, NAME, name, ...) socketcall_number_##name,
#include "abi/calls.def"
#undef CALL
	};
	struct sock_filter code[64] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	struct sock_fprog program = { 1, code };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		int is = i == 0 ? MULTIPLEXED : numbers[i] == socketcall_number_recvmmsg ? DIRECT | RECVMMSG : DIRECT;

		if (numbers[i] == NONE || !(is & doors))
			continue;
		code[program.len++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
	     "a seccomp filter");
}

/* Which doors this build may try. */
#if defined(SOCKETCALL_DIRECT_ONLY)
enum { TRIED = DIRECT };
#elif defined(SOCKETCALL_MULTIPLEXED_ONLY)
enum { TRIED = MULTIPLEXED };
#else
enum { TRIED = DIRECT | MULTIPLEXED };
#endif

/*
 * Asserts that every call is ENOSYS. Call 0 and unreadable blocks aren't tried: where only the direct door is tried,
 * these are EINVAL and EFAULT.
 */
static void all_closed(void)
{
	long got;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		got = make(call, W((word)-1, 0, 0, 0, 0, 0));
		ok_got(got == -ENOSYS, got, "%s is ENOSYS if all doors that the program may try are closed",
		       names[call]);
	}
}

int main(int argc, char **argv)
{
	int open = ((int)socketcall_number_multiplexed == NONE ? 0 : MULTIPLEXED) | DIRECT;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	page = (int)sysconf(_SC_PAGESIZE);
	if (argc == 3 && strcmp(argv[1], "--close") == 0) {
		int doors = strcmp(argv[2], "direct") == 0        ? DIRECT
			    : strcmp(argv[2], "multiplexed") == 0 ? MULTIPLEXED
			    : strcmp(argv[2], "recvmmsg") == 0    ? MULTIPLEXED | RECVMMSG
								  : 0;

		if (doors)
			close_doors(doors);
		open &= ~doors;
	}
	nowhere = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(nowhere != MAP_FAILED, "mmap");
	nowhere += page;
	must(mprotect(nowhere, (size_t)page, PROT_NONE) == 0, "mprotect");
	file = open ? openat(AT_FDCWD, "/dev/null", O_RDWR) : -1;
	for (int i = 0; i < MANNERS; i++) {
		make = manners[i].make;
		tap.prefix = manners[i].name;
		if (!(TRIED & open)) {
			all_closed();
			continue;
		}
		must(file >= 0, "/dev/null");
		if (i == 0)
			blocks();
		descriptors();
		connection_calls();
		transfer_calls();
	}
	return plan();
}
