/* SPDX-License-Identifier: MIT
 *
 * A program without a libc that makes i386's socketcall(2) by int $0x80 and prints what it returns: on Linux and on
 * examples/kernel the same. Two of them talk, the one with CLIENT defined to the other, by the abstract name NAME. One
 * with TRESPASSER reads what no program may read.
 */
#define _GNU_SOURCE
#include <socketcall/abi/calls.h>

#ifdef CLIENT
#define ROLE "client: "
#elif defined(TRESPASSER)
#define ROLE "trespasser: "
#else
#define ROLE "server: "
#endif

enum { EXIT = 1, WRITE = 4, NUMBER = 102, PAGE = 4096, SLEEPS = 5000, MANY = 20 };
enum { AF_UNIX = 1, SOCK_DGRAM = 2, SOL_SOCKET = 1, SO_TYPE = 3, SCM_RIGHTS = 1, DONTWAIT = 0x40 };
enum { ECONNREFUSED = 111, NOWHERE = 0x1000 };

struct name {
	unsigned short family;
	char bytes[62];
};
struct part {
	const void *at;
	unsigned size;
};
struct header {
	struct name *name;
	unsigned namelen;
	struct part *parts;
	unsigned part_count;
	void *control;
	unsigned controllen, flags;
};
struct rights {
	unsigned length;
	int level, type, fd;
};

static struct name server_name = { AF_UNIX, "\0" NAME };
enum { NAME_LENGTH = (int)(2 + sizeof NAME) };

static long enter(long number, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return r;
}

static void print(const char *text)
{
	unsigned size = 0;

	while (text[size])
		size++;
	enter(WRITE, 1, (long)text, (long)size);
}

static char *decimal(char *at, long value)
{
	unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;
	char digits[12], *digit = digits;

	do
		*digit++ = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*at++ = '-';
	while (digit > digits)
		*at++ = *--digit;
	return at;
}

/* A line in one piece, as both programs print. */
static long say(const char *what, long value)
{
	char line[96], *at = line;

	for (const char *from = ROLE; *from;)
		*at++ = *from++;
	while (*what)
		*at++ = *what++;
	*at++ = ' ';
	at = decimal(at, value);
	*at++ = '\n';
	*at = '\0';
	print(line);
	return value;
}

static long call(int number, const unsigned long *block)
{
	return enter(NUMBER, number, (long)block, 0);
}

#define P(pointer)      ((unsigned long)(pointer))
#define CALL(NAME, ...) call(SOCKETCALL_##NAME, (unsigned long[SOCKETCALL_WORDS]){ __VA_ARGS__ })
#define SAY(text, ...)  say(text, CALL(__VA_ARGS__))

#if defined(TRESPASSER)

static int run(void)
{
	SAY("bind what isn't there", BIND, 99, P(&server_name), NAME_LENGTH);
	return (int)say("the kernel's first word", *(volatile int *)0x100000);
}

#elif !defined(CLIENT)

static int run(void)
{
	char data[32] = "";
	struct name from = { 0, "" };
	struct rights rights = { 0, 0, 0, -1 };
	struct part part = { data, sizeof data };
	struct header header = { &from, sizeof from, &part, 1, &rights, sizeof rights, 0 };
	unsigned long fd = (unsigned long)SAY("socket", SOCKET, AF_UNIX, SOCK_DGRAM, 0);
	long total = 0;

	SAY("a receive that may not wait", RECV, fd, P(data), sizeof data, DONTWAIT);
	SAY("bind", BIND, fd, P(&server_name), NAME_LENGTH);
	SAY("recvmsg, which waits for the client", RECVMSG, fd, P(&header), 0);
	say("the length of its sender's name beyond NAME", (long)header.namelen - NAME_LENGTH);
	say("bytes of control data", (long)header.controllen);
	SAY("send by the descriptor that came", SEND, (unsigned long)rights.fd, P("a reply"), 7, 0);
	for (int i = 0; i < MANY; i++)
		total += CALL(RECV, fd, P(data), sizeof data, 0);
	say("bytes of many messages", total);
	SAY("sendto the client's name", SENDTO, fd, P("bye"), 3, 0, P(&from), header.namelen);
	return 0;
}

#else

/* The last page that is there; nothing is behind it. */
static char memory[2 * PAGE] __attribute__((aligned(4096)));

/* Until the server has its name. */
static long connect_to_server(unsigned long fd)
{
	long r = -ECONNREFUSED;

	for (int i = 0; r == -ECONNREFUSED && i < SLEEPS; i++) {
		const long millisecond[2] = { 0, 1000000 };

		r = CALL(CONNECT, fd, P(&server_name), NAME_LENGTH);
		if (r == -ECONNREFUSED)
			enter(162, P(millisecond), 0, 0); /* nanosleep */
	}
	return r;
}

static void make_errors(void)
{
	char *end = memory + 2 * PAGE;

	SAY("no call 0", SOCKET - 1, 0);
	say("no call 21", call(21, (unsigned long[]){ 0 }));
	say("a block that is nowhere", call(SOCKETCALL_SOCKET, (void *)NOWHERE));
	say("a block at the end of addresses", call(SOCKETCALL_SOCKET, (void *)-8UL));
	say("a block that memory ends in", call(SOCKETCALL_SOCKET, (void *)(end - 8)));
	say("a block that memory ends behind", call(SOCKETCALL_LISTEN, (void *)(end - 8)));
	SAY("no family 77", SOCKET, 77, SOCK_DGRAM, 0);
	SAY("no type 13", SOCKET, AF_UNIX, 13, 0);
	SAY("no such flag", SOCKET, AF_UNIX, SOCK_DGRAM | 0x100, 0);
	SAY("no protocol 9", SOCKET, AF_UNIX, SOCK_DGRAM, 9);
	SAY("a descriptor that isn't there", SEND, 99, 0, 0, 0);
	SAY("a descriptor that is no socket", BIND, 1, P(&server_name), NAME_LENGTH);
	SAY("socketpair of nowhere", SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, NOWHERE);
}

static void use_pair(void)
{
	char *end = memory + 2 * PAGE, data[16] = "";
	int pair[2] = { -1, -1 }, value = 0, length = 2;
	struct part parts[2] = { { "some ", 5 }, { "thing", 5 } };
	struct header header = { 0, 0, parts, 2, 0, 0, 0 };
	unsigned long a, b;

	SAY("socketpair", SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, P(pair));
	say("one end", a = (unsigned long)pair[0]);
	say("the other", b = (unsigned long)pair[1]);
	SAY("getsockopt(SO_TYPE)", GETSOCKOPT, a, SOL_SOCKET, SO_TYPE, P(&value), P(&length));
	say("its value", value);
	say("its length", length);
	SAY("getsockopt into nowhere", GETSOCKOPT, a, SOL_SOCKET, SO_TYPE, NOWHERE, P(&length));
	SAY("getsockopt of a length that is nowhere", GETSOCKOPT, a, SOL_SOCKET, SO_TYPE, P(&value), NOWHERE);
	SAY("sendmsg of two parts", SENDMSG, a, P(&header), 0);
	parts[0] = (struct part){ data, 4 };
	parts[1] = (struct part){ data + 8, 4 };
	SAY("recvmsg into less", RECVMSG, b, P(&header), 0);
	say("its flags", (long)header.flags);
	say("the first parts' bytes are in place", data[3] == 'e' && data[8] == ' ' && data[11] == 'i');
	SAY("send from where memory ends", SEND, a, P(end - 4), 5, 0);
	SAY("send up to there", SEND, a, P(end - 4), 4, 0);
	SAY("recv into what is only to be read", RECV, b, P("text"), 4, 0);
	SAY("recv of what that took away", RECV, b, P(data), 4, DONTWAIT);
	header.parts = (void *)NOWHERE;
	SAY("sendmsg of parts that are nowhere", SENDMSG, a, P(&header), 0);
	SAY("sendmsg of a header that is nowhere", SENDMSG, a, NOWHERE, 0);
	SAY("listen", LISTEN, a, 1);
	SAY("getpeername of no name", GETPEERNAME, a, P(data), P(&(int){ 16 }));
	SAY("send to a name that nobody has", SENDTO, a, P(data), 4, 0, P("\1\0\0nobody here"), 14);
	SAY("bind", BIND, a, P("\1\0\0" NAME ".pair"), NAME_LENGTH + 5);
	SAY("bind another to the same", BIND, b, P("\1\0\0" NAME ".pair"), NAME_LENGTH + 5);
	SAY("bind once more", BIND, a, P("\1\0\0" NAME ".more"), NAME_LENGTH + 5);
	SAY("bind to a name that is nowhere", BIND, b, NOWHERE, 8);
	SAY("bind to a name that is too long", BIND, b, P(memory), 200);
	length = 4;
	SAY("getsockname into four bytes", GETSOCKNAME, a, P(data), P(&length));
	say("the length of the whole name beyond NAME", length - NAME_LENGTH);
}

static int run(void)
{
	static struct name own = { AF_UNIX, "\0" NAME ".client" };
	char data[32] = "";
	int pair[2] = { -1, -1 };
	struct rights rights = { sizeof rights, SOL_SOCKET, SCM_RIGHTS, -1 };
	struct part part = { "hello", 5 };
	struct header header = { 0, 0, &part, 1, &rights, sizeof rights, 0 };
	unsigned long fd = (unsigned long)SAY("socket", SOCKET, AF_UNIX, SOCK_DGRAM, 0);
	long total = 0;

	make_errors();
	use_pair();
	SAY("bind", BIND, fd, P(&own), NAME_LENGTH + 7);
	say("connect", connect_to_server(fd));
	CALL(SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, P(pair));
	SAY("sendmsg of a descriptor that isn't there", SENDMSG, fd, P(&header), 0);
	rights.fd = pair[1];
	SAY("sendmsg of a descriptor", SENDMSG, fd, P(&header), 0);
	SAY("recv at its other end, which waits", RECV, (unsigned long)pair[0], P(data), sizeof data, 0);
	say("it is the reply", data[0] == 'a' && data[6] == 'y');
	for (int i = 0; i < MANY; i++)
		total += CALL(SEND, fd, P("many"), 4, 0);
	say("bytes of many messages", total);
	SAY("recv of the server's last", RECV, fd, P(data), sizeof data, 0);
	return data[0] != 'b';
}

#endif

__attribute__((noreturn, used)) void start(void)
{
	for (int status = run();;)
		enter(EXIT, status, 0, 0);
}

__asm__(".globl _start\n_start: and $-16, %esp\ncall start\n");
