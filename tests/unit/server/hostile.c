/* SPDX-License-Identifier: MIT
 *
 * A hostile or odd guest: its memory is 4096 bytes, and nothing outside them may be read or written, whatever its calls
 * contain; and the answers are Linux's. TAP.
 */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

enum { SIZE = 4096 };

/* ---- The guest's memory, between the server's own ---------------------------------------------------------------- */

static unsigned char *memory; /* SIZE bytes before and after it are the server's */
static int may_write = 1;

/* At the end of memory it returns a pointer, with a size of 0. */
static void *at(void *context, uint64_t address, size_t *size, int writable)
{
	uint64_t offset = address - (uintptr_t)memory;

	(void)context;
	if (offset > SIZE || (writable && !may_write))
		return NULL;
	if (*size > SIZE - offset)
		*size = SIZE - offset;
	return memory + offset;
}

static size_t read_memory(void *context, uint64_t address, void *to, size_t size)
{
	void *from = at(context, address, &size, 0);

	if (!from)
		return 0;
	memcpy(to, from, size);
	return size;
}

static size_t write_memory(void *context, uint64_t address, const void *from, size_t size)
{
	void *to = at(context, address, &size, 1);

	if (!to)
		return 0;
	memcpy(to, from, size);
	return size;
}

static struct socketcall_host_context host;
static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
static struct socketcall_server server = {
	.memory = { read_memory, write_memory, at, NULL },
	.backend = &socketcall_host_backend,
	.context = &host,
	.scratch = scratch,
	.scratch_size = sizeof scratch,
};

static void own_memory(void)
{
	memset(memory - SIZE, 0x5a, SIZE);
	memset(memory + SIZE, 0x5a, SIZE);
}

static bool own_is_untouched(void)
{
	for (int i = 0; i < SIZE; i++)
		if (memory[i - SIZE] != 0x5a || memory[SIZE + i] != 0x5a)
			return false;
	return true;
}

static long call(int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	struct socketcall_request request = { number, 6, { a, b, c, d, e, f } };

	server.arch = socketcall_arch_here();
	return socketcall_serve_request(&server, &request);
}

#define P(pointer)      ((uint64_t)(uintptr_t)(pointer))
#define HOST(NAME, ...) HOST__(SOCKETCALL_##NAME, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define HOST__(number, a, b, c, d, e, f, ...)                                                                          \
	call(number, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e), (uint64_t)(f))

static int *length_at(int offset, int value)
{
	int *length = (int *)(memory + offset);

	*length = value;
	return length;
}

/* ---- Memory that isn't the guest's ------------------------------------------------------------------------------- */

static void at_the_end(void)
{
	int pair[2];
	char got[16];
	long r;

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	send(pair[1], "hello world", 11, 0);
	r = HOST(RECV, pair[0], P(memory + SIZE), 11, 0);
	ok_got(r == -EFAULT && own_is_untouched(), r, "recv to an address after the guest's memory is EFAULT");
	r = HOST(SEND, pair[0], P(memory + SIZE), 6, 0);
	ok_got(r == -EFAULT && recv(pair[1], got, sizeof got, MSG_DONTWAIT) < 0, r,
	       "send from an address after the guest's memory is EFAULT, and sends nothing");
	send(pair[1], "hello world", 11, 0);
	r = HOST(RECV, pair[0], P(memory + SIZE - 4), 11, 0);
	ok_got(r == -EFAULT && own_is_untouched(), r, "recv across the end of the guest's memory is EFAULT");
	send(pair[1], "hi", 2, 0);
	r = HOST(RECV, pair[0], P(memory + SIZE - 4), 1 << 30, 0);
	ok_got(r == 2 && memcmp(memory + SIZE - 4, "hi", 2) == 0, r,
	       "recv of bytes that fit succeeds, although the length reaches beyond the end");
	close(pair[0]);
	close(pair[1]);
}

/* Whatever the lengths are, none of the guest's own pointers may reach the kernel. In the kernel's layout, in which
 * lengths are words. */
static void message_lengths(void)
{
	struct {
		void *name;
		unsigned namelen;
		struct iovec *iov;
		unsigned long iovlen;
		void *control;
		unsigned long controllen;
		unsigned flags;
	} *m = (void *)memory;
	struct iovec *part = (struct iovec *)(memory + 256);
	static const unsigned long lengths[] = { 0,         1,         64,
						 SIZE,      SIZE + 1,  INT_MAX,
						 1UL << 31, ULONG_MAX, ULONG_MAX << 31 << 1 };
	int pair[2], on = 1;

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		long r;

		memset(m, 0, sizeof *m);
		*part = (struct iovec){ memory + 512, 16 };
		m->iov = part;
		m->iovlen = 1;
		m->control = memory + SIZE;
		m->controllen = lengths[i];
		send(pair[1], "x", 1, 0);
		r = HOST(RECVMSG, pair[0], P(m), 0);
		ok_got(own_is_untouched(), r, "recvmsg with control data of %lu bytes outside writes nothing there",
		       lengths[i]);
		m->control = NULL;
		m->controllen = 0;
		m->iov = (struct iovec *)(memory + SIZE);
		m->iovlen = lengths[i];
		r = HOST(RECVMSG, pair[0], P(m), MSG_DONTWAIT);
		ok_got(r < 0 || lengths[i] == 0 || lengths[i] == ULONG_MAX << 31 << 1, r,
		       "recvmsg into %lu parts that lie outside fails", lengths[i]);
		m->name = memory + SIZE - 1;
		m->namelen = (unsigned)lengths[i];
		m->iov = part;
		m->iovlen = 1;
		send(pair[1], "x", 1, 0);
		r = HOST(RECVMSG, pair[0], P(m), 0);
		ok_got(own_is_untouched(), r, "recvmsg with room for a name of %u at the end writes nothing after it",
		       (unsigned)lengths[i]);
		while (recv(pair[0], part, 0, MSG_DONTWAIT) >= 0)
			;
	}
	close(pair[0]);
	close(pair[1]);
}

static void filters(void)
{
	static struct sock_filter code[64];
	struct sock_fprog program = { 64, code };
	struct sock_fprog *guest = (struct sock_fprog *)memory;
	static const int lengths[] = { 1, 2, 64, 4096, 4097, 0x10000000, 0x20000001, 0x20000040, INT_MAX };
	int pair[2];
	long r;

	for (int i = 0; i < 64; i++)
		code[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0xffff);
	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		int *length = length_at(0, lengths[i]);

		r = HOST(GETSOCKOPT, pair[0], SOL_SOCKET, SO_GET_FILTER, P(memory + SIZE - 8), P(length));
		ok_got(r < 0 && own_is_untouched(), r, "SO_GET_FILTER of %d instructions writes nothing beyond the end",
		       lengths[i]);
	}
	r = HOST(GETSOCKOPT, pair[0], SOL_SOCKET, SO_GET_FILTER, P(memory + 64), P(length_at(0, 64)));
	ok_got(r == 0 && *(int *)memory == 64 && memcmp(memory + 64, code, sizeof code) == 0, r,
	       "SO_GET_FILTER of 64 instructions writes them if there is room");
	memcpy(memory + 64, code, sizeof code);
	*guest = (struct sock_fprog){ 64, (struct sock_filter *)(memory + 64) };
	r = HOST(SETSOCKOPT, pair[1], SOL_SOCKET, SO_ATTACH_FILTER, P(guest), sizeof *guest);
	ok_got(r == 0, r, "a filter in the guest's memory is attached");
	guest->filter = code;
	r = HOST(SETSOCKOPT, pair[1], SOL_SOCKET, SO_ATTACH_FILTER, P(guest), sizeof *guest);
	ok_got(r == -EFAULT, r, "a filter in the server's memory is EFAULT");
	r = HOST(SETSOCKOPT, pair[1], SOL_SOCKET, SO_ATTACH_FILTER, P(guest), sizeof *guest + 8);
	ok_got(r == -EINVAL, r, "a filter of a wrong length is EINVAL");
	close(pair[0]);
	close(pair[1]);
}

static void options(void)
{
	static const struct {
		int family, type, level, option;
		const char *what;
	} refused[] = {
		{ AF_UNIX, SOCK_STREAM, IPPROTO_IP, IP_TTL, "another family's" },
		{ AF_UNIX, SOCK_STREAM, SOL_SOCKET, SO_ZEROCOPY, "SO_ZEROCOPY" },
		{ AF_INET, SOCK_STREAM, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, "TCP_ZEROCOPY_RECEIVE" },
		{ AF_INET, SOCK_STREAM, IPPROTO_TCP, 41, "TCP_AO_GET_KEYS" },
		{ AF_INET, SOCK_DGRAM, IPPROTO_IP, 64, "iptables' replacing" },
		{ AF_INET, SOCK_DGRAM, IPPROTO_IP, 129, "ebtables' entries" },
		{ AF_INET, SOCK_DGRAM, IPPROTO_IP, MCAST_MSFILTER, "MCAST_MSFILTER" },
		{ AF_INET6, SOCK_DGRAM, IPPROTO_IPV6, 32, "IPV6_FLOWLABEL_MGR" },
		{ AF_INET, SOCK_STREAM, 282, 1, "TLS'" },
		{ AF_INET, SOCK_STREAM, 9999, 1, "a level's that there isn't" },
	};
	static const int families[] = { AF_ALG, AF_BLUETOOTH, AF_RDS, AF_XDP, AF_ATMPVC, -1, 9999 };
	struct timeval *time = (struct timeval *)memory;
	char zeros[64] = { 0 };
	socklen_t size;
	long wanted;
	int inet = socket(AF_INET, SOCK_STREAM, 0), *value = length_at(0, 0);
	long r;

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		int fd = socket(refused[i].family, refused[i].type, 0);

		if (fd < 0 && errno == EAFNOSUPPORT) /* no IPv6 here: the option is refused for the same reason */
			fd = socket(AF_INET, refused[i].type, 0);
		memset(memory, 0, 64);
		wanted = setsockopt(fd, refused[i].level, refused[i].option, zeros, 4) ? -errno : 0;
		r = HOST(SETSOCKOPT, fd, refused[i].level, refused[i].option, P(memory), 4);
		ok_got(r == -ENOPROTOOPT || r == wanted, r, "setting %s option is ENOPROTOOPT, or the kernel's error",
		       refused[i].what);
		size = 4;
		wanted = getsockopt(fd, refused[i].level, refused[i].option, zeros, &size) ? -errno : 0;
		r = HOST(GETSOCKOPT, fd, refused[i].level, refused[i].option, P(memory), P(length_at(64, 4)));
		ok_got(r == -ENOPROTOOPT || r == wanted, r, "getting %s option is ENOPROTOOPT, or the kernel's error",
		       refused[i].what);
		close(fd);
	}
	r = HOST(SETSOCKOPT, -1, 282, 1, P(memory), 4);
	ok_got(r == -EBADF, r, "setting an unknown option of descriptor -1 is EBADF");
	r = HOST(SETSOCKOPT, open("/dev/null", O_RDONLY), 282, 1, P(memory), 4);
	ok_got(r == -ENOTSOCK, r, "setting an unknown option of a file is ENOTSOCK");
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		r = HOST(SOCKET, families[i], SOCK_SEQPACKET, 0);
		ok_got(r == -EAFNOSUPPORT, r, "a socket of family %d is EAFNOSUPPORT", families[i]);
	}
	r = HOST(SOCKET, AF_RDS, SOCK_SEQPACKET | 0x10000000, 0);
	ok_got(r == -EINVAL, r, "a socket of such a family with an unknown flag is EINVAL");
	may_write = 0;
	*time = (struct timeval){ 7, 0 };
	r = HOST(SETSOCKOPT, inet, SOL_SOCKET, SO_RCVTIMEO, P(time), sizeof *time);
	ok_got(r == 0, r, "an option's value is read from read-only memory");
	may_write = 1;
	r = HOST(SETSOCKOPT, inet, SOL_SOCKET, SO_RCVTIMEO, P(memory + SIZE - 4), sizeof *time);
	ok_got(r == -EFAULT, r, "an option's value that reaches over the end of memory is EFAULT");
	*value = 1;
	r = HOST(SETSOCKOPT, inet, SOL_SOCKET, SO_KEEPALIVE, P(value), SIZE);
	ok_got(r == 0, r, "an option's value may be longer than necessary");
	close(inet);
}

static void groups(void)
{
	int pair[2], *length = length_at(0, 1);
	long wanted, r;
	char one;
	socklen_t size = 1;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	wanted = getsockopt(pair[0], SOL_SOCKET, SO_PEERGROUPS, &one, &size) ? -errno : 0;
	r = HOST(GETSOCKOPT, pair[0], SOL_SOCKET, SO_PEERGROUPS, P(memory + 64), P(length));
	ok_got(r == wanted && *length == (int)size, r,
	       "a getsockopt that fails for lack of room returns the necessary length, as Linux does");
	close(pair[0]);
	close(pair[1]);
}

/* ---- Parts of a message ------------------------------------------------------------------------------------------ */

static long sent_in_parts(int fd, size_t first, size_t second)
{
	struct iovec *parts = (struct iovec *)(memory + 256);
	struct msghdr *m = (struct msghdr *)memory;

	memset(m, 0, sizeof *m);
	parts[0] = (struct iovec){ memory + SIZE - 8, first };
	parts[1] = (struct iovec){ memory + 512, second };
	m->msg_iov = parts;
	m->msg_iovlen = 2;
	return HOST(SENDMSG, fd, P(m), MSG_DONTWAIT);
}

static void parts(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons(9) };
	struct iovec *list = (struct iovec *)memory;
	struct msghdr *m = (struct msghdr *)(memory + 3584 - 128);
	int pair[2], udp = socket(AF_INET, SOCK_DGRAM, 0);
	long r;

	connect(udp, (struct sockaddr *)&name, sizeof name);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	r = sent_in_parts(pair[0], 100, SIZE_MAX);
	ok_got(r == -EINVAL, r, "a part of length -1 after one that reaches beyond memory is EINVAL");
	r = sent_in_parts(udp, 100, 70000);
	ok_got(r == -EMSGSIZE, r, "a part that is too long is EMSGSIZE, wherever it points");
	r = sent_in_parts(pair[0], 100, 8);
	ok_got(r == 8 || r == -EFAULT, r, "of a stream's first part, the bytes in memory are sent, or none");
	for (int i = 0; i < 200; i++)
		list[i] = (struct iovec){ memory + SIZE - 8, i == 199 ? 100 : 0 };
	memset(m, 0, sizeof *m);
	m->msg_iov = list;
	m->msg_iovlen = 200;
	r = HOST(SENDMSG, pair[0], P(m), MSG_DONTWAIT);
	ok_got((r == 8 || r == -EFAULT) && own_is_untouched(), r,
	       "of the last of many parts, the bytes in memory are sent, or none");
	r = HOST(SENDTO, -1, P(memory + SIZE - 8), 100, 0, P(memory), 1000);
	ok_got(r == -EBADF, r, "sendto without a descriptor is EBADF, whatever else is wrong");
	r = HOST(SENDTO, udp, P(memory + SIZE - 8), 100, 0, P(memory), 1000);
	ok_got(r == -EINVAL, r, "sendto of a socket with too long an address is EINVAL");
	close(pair[1]);
	r = HOST(SEND, pair[0], P(memory), 1, 0);
	ok_got(r == -EPIPE, r, "send to a closed peer is EPIPE, and doesn't kill this process");
	close(pair[0]);
	close(udp);
}

/* Receives from the error queue while the socket has a pending error. */
static void error_queue(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof name;
	int closed = socket(AF_INET, SOCK_DGRAM, 0), fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
	struct mmsghdr *m = (struct mmsghdr *)memory;
	struct iovec *part = (struct iovec *)(memory + 256);
	struct pollfd refused = { .fd = fd }; /* POLLERR */
	long r;

	bind(closed, (struct sockaddr *)&name, sizeof name);
	getsockname(closed, (struct sockaddr *)&name, &length);
	close(closed);
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
	connect(fd, (struct sockaddr *)&name, sizeof name);
	send(fd, "x", 1, 0);
	poll(&refused, 1, 20000); /* until the loopback has refused it */
	memset(m, 0, sizeof *m);
	*part = (struct iovec){ memory + 512, 16 };
	m->msg_hdr.msg_iov = part;
	m->msg_hdr.msg_iovlen = 1;
	r = HOST(RECVMMSG, fd, P(m), 1, MSG_ERRQUEUE | MSG_DONTWAIT, 0);
	ok_got(r == 1, r, "recvmmsg from the error queue receives the queued error");
	r = HOST(RECVMMSG, fd, P(m), 1, MSG_DONTWAIT, 0);
	ok_got(r == -ECONNREFUSED || r == -EAGAIN, r, "then recvmmsg returns the socket's pending error, or EAGAIN");
	close(fd);
}

/* ---- A guest that changes its memory during calls ---------------------------------------------------------------- */

static volatile int stop;

static void *flip(void *seed)
{
	unsigned random = *(unsigned *)seed;

	while (!stop) {
		random = random * 1103515245 + 12345;
		memory[random >> 8 & (SIZE - 1)] = (unsigned char)(random >> 20);
	}
	return NULL;
}

static uint64_t some(unsigned *random)
{
	static const int near[] = { 0, 1, 8, 16, 64, SIZE - 8, SIZE - 1, SIZE, SIZE + 1, SIZE + 64 };

	*random = *random * 1103515245 + 12345;
	switch (*random >> 16 & 7) {
	case 0:
		return *random >> 8 & 63;
	case 1:
		return (uint64_t)-1;
	case 2:
		return 1ULL << (*random >> 20 & 63);
	default:
		return P(memory) + (uint64_t)near[(*random >> 8) % (sizeof near / sizeof *near)];
	}
}

static void races(void)
{
	enum { CALLS = 60000 };
	unsigned seed = 1, random = 42;
	pthread_t thread;

	pthread_create(&thread, NULL, flip, &seed);
	for (int i = 0; i < CALLS; i++) {
		int pair[2], number;

		random = random * 1103515245 + 12345;
		number = 1 + (int)((random >> 16) % SOCKETCALL_CALLS);
		if (number == SOCKETCALL_SOCKET || number == SOCKETCALL_SOCKETPAIR)
			continue; /* it would create descriptors, which stay open */
		socketpair(AF_UNIX, (random >> 8) & 1 ? SOCK_DGRAM : SOCK_STREAM, 0, pair);
		send(pair[1], memory, 100, MSG_DONTWAIT);
		send(pair[1], memory, 100, MSG_DONTWAIT);
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
		call(number, (uint64_t)pair[0], some(&random), some(&random), some(&random), some(&random),
		     some(&random));
		close(pair[0]);
		close(pair[1]);
		for (int fd = pair[1] + 1; fd < pair[1] + 4; fd++)
			close(fd);
	}
	stop = 1;
	pthread_join(thread, NULL);
	ok_got(own_is_untouched(), 0, "%d random calls, in memory that changes during them: nothing outside is written",
	       CALLS);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	memory = mmap(NULL, 5 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory + SIZE, 3 * SIZE, PROT_READ | PROT_WRITE))
		return 1;
	memory += 2 * SIZE;
	own_memory();
	at_the_end();
	message_lengths();
	filters();
	options();
	groups();
	parts();
	error_queue();
	races();
	return plan();
}
