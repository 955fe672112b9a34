/* SPDX-License-Identifier: MIT
 *
 * Options' values that are structures, as guests of all architectures set and get them. `rows` describes each structure
 * by the kernel's headers, and this test lays it out for the guest and for this machine, without the layouts of abi/.
 * The backend keeps what it is given and answers with what the test made, so that no kernel is needed that has the
 * option. MPTCP_INFO is then got from this machine's kernel, too, if it has MPTCP. TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/server/guest.h"

enum { TLS = 282, MPTCP = 284, MPTCP_INFO_ = 1, PROTOCOL_MPTCP = 262, LARGEST = 400, ROOM = 480, FD = 5 };

#define OF_SOCKET(name) SOL_SOCKET, (int)offsetof(struct numbers, n_##name) /* each guest has a number of its own */
#define STORAGE         "A f b22 4 b100 " /* struct sockaddr_storage, with a struct sockaddr_in6 */

/*
 * Members, in order: 2, 4 and 8, numbers of so many bytes; f, a u16 with the value AF_INET6; bN, N bytes that are the
 * same everywhere; h, a byte of two halves; i, a byte of bit-fields of 1 and 2 bits; A, nothing, aligned as a word.
 * A number and x before a member repeat it.
 */
static const struct row {
	const char *what;
	int level, option;
	/* CUT: getsockopt writes as much as there is room for; WHOLE: it fails if there is less room. CUT_PART and
	 * WHOLE_PART: the structure's first members, which getsockopt can be asked for, but setsockopt can't set */
	enum { CUT, WHOLE, CUT_PART, WHOLE_PART } room;
	const char *members;
} rows[] = {
	{ "SO_LINGER", OF_SOCKET(SO_LINGER), CUT, "2x4" },
	{ "SO_PEERCRED", OF_SOCKET(SO_PEERCRED), CUT, "3x4" },
	{ "SO_COOKIE", OF_SOCKET(SO_COOKIE), WHOLE, "8" },
	{ "IP_ADD_MEMBERSHIP", IPPROTO_IP, 35, CUT, "b8 4" },
	{ "IP_MSFILTER", IPPROTO_IP, 41, WHOLE, "b8 2x4 b8" },
	{ "MCAST_JOIN_GROUP", IPPROTO_IP, 42, CUT, "4 " STORAGE },
	{ "MCAST_JOIN_SOURCE_GROUP", IPPROTO_IPV6, 46, CUT, "4 " STORAGE STORAGE },
	{ "MCAST_MSFILTER", IPPROTO_IPV6, 48, WHOLE, "4 " STORAGE "2x4 " STORAGE },
	/* of Linux 6.18, without the last word, which later versions use otherwise */
	{ "TCP_INFO", IPPROTO_TCP, 11, CUT, "b6 h i 24x4 4x8 6x4 4x8 2x4 2x8 6x4 2x2 7x4" },
	{ "TCP_MD5SIG", IPPROTO_TCP, 14, CUT, STORAGE "b2 2 4 b80" },
	{ "IPV6_JOIN_GROUP", IPPROTO_IPV6, 20, CUT, "b16 4" },
	{ "IPV6_FLOWLABEL_MGR", IPPROTO_IPV6, 32, WHOLE, "b22 3x2 4" },
	{ "IPV6_PATHMTU", IPPROTO_IPV6, 61, WHOLE, "f b22 2x4" },
	{ "PACKET_ADD_MEMBERSHIP", 263, 1, CUT, "4 2x2 b8" },
	{ "PACKET_ROLLOVER_STATS", 263, 21, CUT, "3x8" },
	{ "SO_VM_SOCKETS_BUFFER_SIZE", 40, 0, WHOLE, "8" },
	{ "TLS_TX", TLS, 1, WHOLE, "2x2 b36" },                 /* struct tls12_crypto_info_aes_gcm_128 */
	{ "TLS_RX", TLS, 2, WHOLE, "2x2 b52" },                 /* struct tls12_crypto_info_aes_gcm_256 */
	{ "TLS_TX's cipher alone", TLS, 1, WHOLE_PART, "2x2" }, /* struct tls_crypto_info */
	{ "TLS_TX_ZEROCOPY_RO", TLS, 3, WHOLE, "4" },
	{ "MPTCP_INFO", MPTCP, MPTCP_INFO_, CUT, "b6 2x4 3x8 b3 4 4x8 b4 3x4" },
	{ "MPTCP_INFO of Linux 5.16", MPTCP, MPTCP_INFO_, CUT_PART, "b6 2x4 3x8" },
};

/* ---- Layouts ----------------------------------------------------------------------------------------------------- */

struct layout {
	unsigned word, most; /* the sizes of a word, and of the largest alignment */
	bool big;
};

static struct layout of_this_machine(void)
{
	struct aligned {
		char first;
		uint64_t number;
	};

	return (struct layout){ sizeof(long), offsetof(struct aligned, number), *(const char *)&(int){ 1 } == 0 };
}

static struct layout of_the_guest(void)
{
	static const char *const of_4[] = { "i386", "arcv2", "csky", "sh", "shel" };
	struct layout it = { word, strcmp(n->name, "m68k") == 0 ? 2 : 8, server.arch->guest.order == SOCKETCALL_BIG };

	for (size_t i = 0; i < sizeof of_4 / sizeof *of_4; i++)
		if (strcmp(n->name, of_4[i]) == 0)
			it.most = 4;
	return it;
}

struct writer {
	struct layout layout;
	unsigned char *out;
	size_t size;
	unsigned alignment; /* the structure's, so far */
	unsigned char next; /* the next byte that is different from all bytes near it */
};

static void align(struct writer *w, unsigned alignment)
{
	alignment = alignment < w->layout.most ? alignment : w->layout.most;
	w->alignment = alignment > w->alignment ? alignment : w->alignment;
	while (w->size % alignment)
		w->out[w->size++] = 0;
}

static void write_number(struct writer *w, unsigned size, uint64_t value)
{
	align(w, size);
	for (unsigned i = 0; i < size; i++)
		w->out[w->size + (w->layout.big ? size - 1 - i : i)] = (unsigned char)(value >> 8 * i);
	w->size += size;
}

static void write_member(struct writer *w, char kind)
{
	uint64_t value = 0;

	switch (kind) {
	case 'A':
		align(w, w->layout.word);
		break;
	case 'b':
		w->out[w->size++] = w->next++;
		break;
	case 'f':
		write_number(w, 2, AF_INET6);
		break;
	case 'h': /* the first half is 5, the second 9 */
		w->out[w->size++] = w->layout.big ? 0x59 : 0x95;
		break;
	case 'i': /* the first bit-field is 1, the second 2 */
		w->out[w->size++] = w->layout.big ? 0xc0 : 0x05;
		break;
	default:
		for (int i = 0; i < kind - '0'; i++)
			value = value << 8 | w->next++;
		write_number(w, (unsigned)(kind - '0'), value);
	}
}

/* Writes a structure in this layout; returns its size. The same members have the same values in all layouts. */
static size_t written(const char *members, struct layout layout, unsigned char out[LARGEST])
{
	struct writer w = { .layout = layout, .out = out, .alignment = 1, .next = 1 };

	for (char *end; *members; members = end + strspn(end, " ")) {
		unsigned long count = strtoul(members, &end, 10);

		if (*end == 'x')
			members = end + 1;
		else
			count = 1;
		end = (char *)members + 1;
		if (*members == 'b')
			count = strtoul(members + 1, &end, 10);
		for (; count; count--)
			write_member(&w, *members);
	}
	align(&w, w.alignment);
	return w.size;
}

/* ---- The backend ------------------------------------------------------------------------------------------------- */

static struct {
	const struct row *row;
	unsigned char value[LARGEST], set[LARGEST]; /* what getsockopt answers, and setsockopt got */
	int size, set_length, set_there;
} kept;

static long lookup(struct socketcall_server *server_, int fd)
{
	(void)server_;
	return fd == FD ? 0 : -EBADF;
}

static long set_option(struct socketcall_server *server_, int fd, struct socketcall_option *option)
{
	kept.set_length = option->length;
	kept.set_there = option->there;
	if (option->value)
		memcpy(kept.set, option->value, (size_t)(option->there < LARGEST ? option->there : LARGEST));
	return lookup(server_, fd);
}

static bool is_whole(const struct row *row)
{
	return row->room == WHOLE || row->room == WHOLE_PART;
}

/* Answers as the kernel does. */
static long get_option(struct socketcall_server *server_, int fd, struct socketcall_option *option)
{
	if (is_whole(kept.row) && option->length < kept.size)
		return -EINVAL;
	if (option->length > kept.size)
		option->length = kept.size;
	memcpy(option->value, kept.value, (size_t)option->length);
	return lookup(server_, fd);
}

static const struct socketcall_backend backend = {
	.lookup = lookup,
	.setsockopt = set_option,
	.getsockopt = get_option,
};

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

static bool guest_has(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (*byte_at(VALUE + i) != bytes[i])
			return false;
	return true;
}

static bool get_into(int fd, uint64_t level, uint64_t option, unsigned room, long *r)
{
	for (unsigned i = 0; i < ROOM; i++)
		*byte_at(VALUE + i) = 0xee;
	put(LENGTH, 4, room);
	*r = CALL(GETSOCKOPT, (uint64_t)fd, level, option, VALUE, LENGTH);
	return *r == 0;
}

static void converted(const struct row *row)
{
	unsigned char theirs[LARGEST];
	unsigned size = (unsigned)written(row->members, of_the_guest(), theirs);
	unsigned less = size - (size > 8 ? 8 : 1);
	uint64_t level = (uint64_t)row->level, option = (uint64_t)row->option;
	long r;

	if (row->level == SOL_SOCKET) {
		level = (uint64_t)n->n_SOL_SOCKET;
		option = (uint64_t) * (const int *)(const void *)((const char *)n + row->option);
	}
	memset(&kept, 0, sizeof kept);
	kept.row = row;
	kept.size = (int)written(row->members, of_this_machine(), kept.value);
	for (unsigned i = 0; i < size; i++)
		*byte_at(VALUE + i) = theirs[i];
	r = CALL(SETSOCKOPT, FD, level, option, VALUE, size);
	if (row->room == CUT || row->room == WHOLE)
		ok_got(r == 0 && kept.set_length == kept.size && kept.set_there == kept.size &&
			       !memcmp(kept.set, kept.value, (size_t)kept.size),
		       r, "%s: %s is set in the layout of here", n->name, row->what);
	ok_got(get_into(FD, level, option, ROOM, &r) && get(LENGTH, 4) == size && guest_has(theirs, size) &&
		       *byte_at(VALUE + size) == 0xee,
	       r, "%s: %s is got in the guest's layout", n->name, row->what);
	get_into(FD, level, option, less, &r);
	if (is_whole(row))
		ok_got(r == -EINVAL && *byte_at(VALUE) == 0xee, r, "%s: %s with too little room is refused", n->name,
		       row->what);
	else
		ok_got(r == 0 && get(LENGTH, 4) == less && guest_has(theirs, less) && *byte_at(VALUE + less) == 0xee, r,
		       "%s: %s with too little room is cut", n->name, row->what);
}

/* Makes a connection by MPTCP on the loopback; false if this kernel has no MPTCP, or no MPTCP_INFO. */
static bool connected(int *fd)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listening = socket(AF_INET, SOCK_STREAM, PROTOCOL_MPTCP);
	socklen_t size = sizeof name;
	char info[LARGEST];

	*fd = socket(AF_INET, SOCK_STREAM, PROTOCOL_MPTCP);
	if (listening < 0 || *fd < 0 || bind(listening, (struct sockaddr *)&name, sizeof name) ||
	    listen(listening, 1) || getsockname(listening, (struct sockaddr *)&name, &size) ||
	    connect(*fd, (struct sockaddr *)&name, sizeof name))
		return false;
	size = sizeof info;
	return getsockopt(*fd, MPTCP, MPTCP_INFO_, info, &size) == 0; /* `listening` keeps the other end */
}

/* The members of the kernel's struct mptcp_info that don't change while nothing is sent: flags, token, write_seq. */
static void of_the_kernel(int fd)
{
	struct {
		uint8_t counts[6];
		uint32_t flags, token;
		uint64_t write_seq;
		uint8_t rest[LARGEST];
	} info;
	struct layout guest = of_the_guest();
	unsigned flags = guest.most == 2 ? 6 : 8;
	socklen_t size = sizeof info;
	long r;

	getsockopt(fd, MPTCP, MPTCP_INFO_, &info, &size);
	IS(get_into(fd, MPTCP, MPTCP_INFO_, ROOM, &r), 1, "getsockopt of the kernel's MPTCP_INFO");
	IS(guest_has(info.counts, sizeof info.counts), 1, "the kernel's MPTCP_INFO has the counts");
	IS(get(VALUE + flags, 4), info.flags, "the kernel's MPTCP_INFO has the flags");
	IS(get(VALUE + flags + 4, 4), info.token, "the kernel's MPTCP_INFO has the token");
	IS(get(VALUE + flags + 8, 8), info.write_seq, "the kernel's MPTCP_INFO has the sequence number");
}

int main(void)
{
	int fd;
	bool has_mptcp = connected(&fd);

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	for (unsigned i = 0, count = guests(); i < count; i++) {
		if (!become(i))
			continue;
		server.backend = &backend;
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
			converted(&rows[k]);
		server.backend = &socketcall_host_backend;
		if (has_mptcp)
			of_the_kernel(fd);
	}
	if (!has_mptcp)
		printf("# this kernel has no MPTCP_INFO: only its conversion is tested\n");
	return plan();
}
