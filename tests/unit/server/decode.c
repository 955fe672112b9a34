/* SPDX-License-Identifier: MIT
 * Tests socketcall_decode() and socketcall_dispatch() by tables: every call, blocks of 32-bit and 64-bit words in both
 * byte orders, at the ends of memory, with junk in the bits that the kernel ignores. TAP. */
#include <socketcall/server.h>

#include <errno.h>
#include <limits.h>
#include <linux/net.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/tap.h"

/* ---- A guest's memory: SIZE bytes at `base`, nothing else -------------------------------------------------------- */

enum { SIZE = 256 };
static unsigned char memory[SIZE];
static uint64_t base;
static int reads;
static uint64_t read_address;
static size_t read_size;

static int guest_read(void *context, uint64_t address, void *to, size_t size)
{
	reads++;
	read_address = address;
	read_size = size;
	if (context != memory || address < base || address - base > SIZE || size > SIZE - (address - base))
		return 1;
	memcpy(to, memory + (address - base), size);
	/* overwrite what was read, so that the test notices a second read */
	memset(memory + (address - base), 0xee, size);
	return 0;
}

static const struct socketcall_memory accessor = { guest_read, memory };

static void store(uint64_t address, uint64_t value, const struct socketcall_guest *guest)
{
	for (unsigned i = 0; i < guest->word; i++) {
		unsigned place = guest->order == SOCKETCALL_BIG ? guest->word - 1 - i : i;

		memory[address - base + place] = (unsigned char)(value >> (8 * i));
	}
}

/* ---- The expected arguments, written independently of abi/ ------------------------------------------------------- */

/* i: int; u: unsigned; w: a whole word. net/socket.c's calls, as the manual pages declare them. */
static const struct {
	int call;
	const char *name, *takes;
} expected[] = {
	{ SYS_SOCKET, "socket", "iii" },
	{ SYS_BIND, "bind", "iwi" },
	{ SYS_CONNECT, "connect", "iwi" },
	{ SYS_LISTEN, "listen", "ii" },
	{ SYS_ACCEPT, "accept", "iww" },
	{ SYS_GETSOCKNAME, "getsockname", "iww" },
	{ SYS_GETPEERNAME, "getpeername", "iww" },
	{ SYS_SOCKETPAIR, "socketpair", "iiiw" },
	{ SYS_SEND, "send", "iwwi" },
	{ SYS_RECV, "recv", "iwwi" },
	{ SYS_SENDTO, "sendto", "iwwiwi" },
	{ SYS_RECVFROM, "recvfrom", "iwwiww" },
	{ SYS_SHUTDOWN, "shutdown", "ii" },
	{ SYS_SETSOCKOPT, "setsockopt", "iiiwi" },
	{ SYS_GETSOCKOPT, "getsockopt", "iiiww" },
	{ SYS_SENDMSG, "sendmsg", "iwi" },
	{ SYS_RECVMSG, "recvmsg", "iwi" },
	{ SYS_ACCEPT4, "accept4", "iwwi" },
	{ SYS_RECVMMSG, "recvmmsg", "iwuiw" },
	{ SYS_SENDMMSG, "sendmmsg", "iwui" },
};
enum { EXPECTED = sizeof expected / sizeof *expected };

static uint64_t as_taken(uint64_t word, char take)
{
	if (take == 'i')
		return (uint64_t)(int64_t)(int32_t)word;
	return take == 'u' ? (uint32_t)word : word;
}

static const struct {
	struct socketcall_guest guest;
	const char *name;
} guests[] = {
	{ { 4, SOCKETCALL_LITTLE }, "32-bit little-endian" },
	{ { 4, SOCKETCALL_BIG }, "32-bit big-endian" },
	{ { 8, SOCKETCALL_LITTLE }, "64-bit little-endian" },
	{ { 8, SOCKETCALL_BIG }, "64-bit big-endian" },
};
enum { GUESTS = sizeof guests / sizeof *guests };

/* ---- decode ------------------------------------------------------------------------------------------------------ */

static int decode(const struct socketcall_guest *guest, int call, uint64_t block, struct socketcall_request *request)
{
	reads = 0;
	return socketcall_decode(guest, &accessor, call, block, request);
}

/* True if decoding fails with `error`, and leaves `request` untouched. */
static bool fails(const struct socketcall_guest *guest, int call, uint64_t block, int error)
{
	struct socketcall_request request, before;

	memset(&request, 0x55, sizeof request);
	before = request;
	return decode(guest, call, block, &request) == error && memcmp(&request, &before, sizeof request) == 0;
}

/* True if decoding returns the words, with zeros after them, and has read exactly these words by one read. */
static bool is_taken(const struct socketcall_guest *guest, int which, uint64_t block, const uint64_t *words)
{
	unsigned arity = (unsigned)strlen(expected[which].takes);
	struct socketcall_request request;

	memset(&request, 0x55, sizeof request);
	for (unsigned i = 0; i < arity; i++)
		store(block + i * guest->word, words[i], guest);
	if (decode(guest, expected[which].call, block, &request) || reads != 1 || read_address != block ||
	    read_size != (size_t)arity * guest->word || request.call != expected[which].call || request.arity != arity)
		return false;
	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++) {
		uint64_t word =
			i < arity ? as_taken(guest->word == 4 ? (uint32_t)words[i] : words[i], expected[which].takes[i])
				  : 0;

		if (request.word[i] != word)
			return false;
	}
	return true;
}

static void decoded(int which, const struct socketcall_guest *guest, const char *name)
{
	static const uint64_t plain[6] = { 1, 2, 3, 4, 5, 6 };
	static const uint64_t junk[6] = { 0x1234567880000000, 0x9abcdef07fffffff, 0xfedcba98ffffffff,
					  0x0f0f0f0f80000001, 0xffffffff00000000, 0x8000000000000000 };
	const char *call = expected[which].name;
	unsigned size = (unsigned)strlen(expected[which].takes) * guest->word;

	base = 0x10000;
	ok(is_taken(guest, which, base + 3, plain), "%s, %s: words in their places, wherever the block lies", name,
	   call);
	ok(is_taken(guest, which, base, junk), "%s, %s: INT_MIN, -1, and junk above an int", name, call);
	ok(is_taken(guest, which, base + SIZE - size, plain), "%s, %s: a block that ends where memory does", name,
	   call);
	ok(fails(guest, expected[which].call, base + SIZE - size + 1, -EFAULT), "%s, %s: a byte less is EFAULT", name,
	   call);
	ok(fails(guest, expected[which].call, base - 1, -EFAULT), "%s, %s: a block that begins before memory is EFAULT",
	   name, call);
	base = guest->word == 4 ? 0x100000000 - SIZE : 0 - (uint64_t)SIZE;
	ok(is_taken(guest, which, base + SIZE - size, plain), "%s, %s: a block at the end of all addresses", name,
	   call);
	ok(fails(guest, expected[which].call, base + SIZE - size + 1, -EFAULT) && reads == 0,
	   "%s, %s: a block beyond the last address is EFAULT, and isn't read", name, call);
}

static void decode_checks(void)
{
	static const int none[] = { 0, 21, -1, INT_MIN, INT_MAX, 256, 65537 };
	static const struct socketcall_guest bad[] = { { 0, SOCKETCALL_LITTLE },
						       { 2, SOCKETCALL_BIG },
						       { 16, SOCKETCALL_BIG },
						       { 8, (enum socketcall_order)0 },
						       { 4, (enum socketcall_order)3 } };
	struct socketcall_request request;

	for (int g = 0; g < GUESTS; g++)
		for (int i = 0; i < EXPECTED; i++)
			decoded(i, &guests[g].guest, guests[g].name);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		ok(fails(&guests[0].guest, none[i], 0, -EINVAL) && reads == 0,
		   "call %d is EINVAL before anything is read", none[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(fails(&bad[i], SYS_SOCKET, base, -EINVAL) && reads == 0, "words of %u bytes in order %d are EINVAL",
		   bad[i].word, (int)bad[i].order);
	base = 0x10000;
	store(base, 7, &guests[0].guest);
	store(base + 4, 8, &guests[0].guest);
	ok(decode(&guests[0].guest, SYS_LISTEN, 0xdeadbeef00000000 | base, &request) == 0 && read_address == base,
	   "the upper half of a 32-bit guest's block address is dropped");
	ok(fails(&guests[2].guest, SYS_LISTEN, 0xdeadbeef00000000 | base, -EFAULT),
	   "no half of a 64-bit guest's block address is dropped");
}

/* ---- dispatch ---------------------------------------------------------------------------------------------------- */

static char said[256];

/* Each operation writes its name and arguments. */
#define SAY_1 snprintf(said, sizeof said, "%s %lld", name_, (long long)a)
#define SAY_2 snprintf(said, sizeof said, "%s %lld %lld", name_, (long long)a, (long long)b)
#define SAY_3 snprintf(said, sizeof said, "%s %lld %lld %lld", name_, (long long)a, (long long)b, (long long)c)
#define SAY_4                                                                                                          \
	snprintf(said, sizeof said, "%s %lld %lld %lld %lld", name_, (long long)a, (long long)b, (long long)c,         \
		 (long long)d)
#define SAY_5                                                                                                          \
	snprintf(said, sizeof said, "%s %lld %lld %lld %lld %lld", name_, (long long)a, (long long)b, (long long)c,    \
		 (long long)d, (long long)e)
#define SAY_6                                                                                                          \
	snprintf(said, sizeof said, "%s %lld %lld %lld %lld %lld %lld", name_, (long long)a, (long long)b,             \
		 (long long)c, (long long)d, (long long)e, (long long)f)
#define TAKES_1(k0, ...)                 socketcall_op_##k0 a
#define TAKES_2(k0, k1, ...)             socketcall_op_##k0 a, socketcall_op_##k1 b
#define TAKES_3(k0, k1, k2, ...)         TAKES_2(k0, k1, ), socketcall_op_##k2 c
#define TAKES_4(k0, k1, k2, k3, ...)     TAKES_3(k0, k1, k2, ), socketcall_op_##k3 d
#define TAKES_5(k0, k1, k2, k3, k4, ...) TAKES_4(k0, k1, k2, k3, ), socketcall_op_##k4 e
#define TAKES_6(k0, k1, k2, k3, k4, k5)  TAKES_5(k0, k1, k2, k3, k4, ), socketcall_op_##k5 f
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	static long say_##name(void *server, TAKES_##arity(__VA_ARGS__))                                               \
	{                                                                                                              \
		const char *name_ = #name;                                                                             \
		SAY_##arity;                                                                                           \
		return *(long *)server + call;                                                                         \
	}
#include "abi/calls.def"
#undef CALL

static const struct socketcall_operations all = {
#define CALL(call, NAME, name, ...) .name = say_##name,
#include "abi/calls.def"
#undef CALL
};

static void dispatch_checks(void)
{
	static const char *const words[] = { "-1 2", "-1 2 3", "-1 2 3 4", "-1 2 3 4 5", "-1 2 3 4 5 6" };
	struct socketcall_operations few = all, no_operation = { 0 };
	long server = 1000, r;

	for (int i = 0; i < EXPECTED; i++) {
		unsigned arity = (unsigned)strlen(expected[i].takes);
		struct socketcall_request request = { expected[i].call, arity, { (uint64_t)-1, 2, 3, 4, 5, 6 } };
		char wanted[64];

		snprintf(wanted, sizeof wanted, "%s %s", expected[i].name, words[arity - 2]);
		r = socketcall_dispatch(&all, &server, &request);
		ok(r == 1000 + expected[i].call && strcmp(said, wanted) == 0, "%s calls its operation: %s",
		   expected[i].name, said);
		r = socketcall_dispatch(&no_operation, &server, &request);
		ok(r == -ENOSYS, "%s without an operation is ENOSYS", expected[i].name);
	}
	few.accept = NULL;
	few.send = NULL;
	few.recv = NULL;
#define BY(call, arity, text)                                                                                          \
	do {                                                                                                           \
		struct socketcall_request request_ = { call, arity, { 9, 8, 7, arity == 4 ? 6 : 0, 0, 0 } };           \
		socketcall_dispatch(&few, &server, &request_);                                                         \
		ok(strcmp(said, text) == 0, "a call without an operation calls its maker's: %s", said);                \
	} while (0)
	BY(SYS_ACCEPT, 3, "accept4 9 8 7 0");
	BY(SYS_SEND, 4, "sendto 9 8 7 6 0 0");
	BY(SYS_RECV, 4, "recvfrom 9 8 7 6 0 0");
	for (int call = -1; call <= 21; call += 22) {
		struct socketcall_request request = { .call = call };

		ok(socketcall_dispatch(&all, &server, &request) == -EINVAL, "a request for call %d is EINVAL", call);
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	decode_checks();
	dispatch_checks();
	return plan();
}
