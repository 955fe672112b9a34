/* SPDX-License-Identifier: MIT
 *
 * A plugin of qemu-user (7.2's interface, version 1) that records the socket calls of a program of another
 * architecture. qemu-user tells it each system call's number, arguments and result. For each socket call it writes a
 * step of an image (tests/foreign/README.md): the words, the memory that their pointers lead to before the call, the
 * result, and the bytes of that memory that the call changed. It only follows pointers, for which it needs the size of
 * words; it doesn't use the layouts in abi/, which the images are to test.
 *
 *   qemu-ARCH -B BASE -plugin build/tests/foreign-recorder.so,arch=ARCH,base=BASE,to=FILE PROGRAM
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/foreign/image.h"

/* The part of qemu-plugin.h that is used. */
typedef void entered(uint64_t id, unsigned cpu, int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		     uint64_t e, uint64_t f, uint64_t g, uint64_t h);
typedef void left(uint64_t id, unsigned cpu, int64_t number, int64_t result);
extern void qemu_plugin_register_vcpu_syscall_cb(uint64_t id, entered *callback);
extern void qemu_plugin_register_vcpu_syscall_ret_cb(uint64_t id, left *callback);
__attribute__((__visibility__("default"))) extern const int qemu_plugin_version;
const int qemu_plugin_version = 1;
__attribute__((__visibility__("default"))) int qemu_plugin_install(uint64_t id, const void *info, int argc,
								   char **argv);

/* ---- Architectures ----------------------------------------------------------------------------------------------- */

enum { CALLS = 20, ENTRY = 0 /* index of socketcall's number in struct arch */ };

struct arch {
	const char *name;
	unsigned word;
	bool big;
	int numbers[CALLS + 1]; /* of the direct calls, by call; and of socketcall at ENTRY */
};

enum {
#define CALL(number, NAME, name, ...) call_##name = number,
#include "abi/calls.def"
#undef CALL
};

/* clang-format off */
static const struct arch arches[] = { {
#define NONE (-1)
#define BIG true
#define LITTLE false
#define ARCH(name_, token, word_, order) }, { .name = #name_, .word = word_, .big = order,
#define DOORS(multiplexed, ...) .numbers[ENTRY] = multiplexed,
#define NUMBER(call, number, since) .numbers[call_##call] = number,
#include "abi/arch/all.def"
} };
/* clang-format on */

static const struct row {
	const char *name;
	unsigned arity;
} rows[CALLS + 1] = {
#define CALL(number, NAME, name, maker, arity, ...) [number] = { #name, arity },
#include "abi/calls.def"
#undef CALL
};

/* ---- The program's memory ---------------------------------------------------------------------------------------- */

enum {
	PIECES = 256,   /* ranges of memory in a step */
	LONGEST = 2048, /* bytes of a range */
	MARGIN = 8,     /* bytes recorded behind each range, which the call must not change */
	FREE = 8,       /* free descriptors that a step lists */
};

struct piece {
	uint64_t at;
	size_t size;
	unsigned char before[LONGEST];
};

static struct {
	const struct arch *arch;
	uint64_t base;
	FILE *to;
	int call; /* the call that the program is in; 0: none */
	unsigned pieces;
	struct piece piece[PIECES];
} r; /* one is enough, because the recorded program has one thread */

static uint64_t address(uint64_t at)
{
	return r.arch->word == 4 ? (uint32_t)at : at;
}

static size_t peek(uint64_t at, void *to, size_t size)
{
	size_t done = 0;

	while (done < size) { /* page by page, up to the first that isn't mapped */
		size_t step = 4096 - (address(at) + done) % 4096;
		struct iovec mine, theirs;

		step = step < size - done ? step : size - done;
		mine = (struct iovec){ (char *)to + done, step };
		theirs = (struct iovec){ (void *)(uintptr_t)(r.base + address(at) + done), step };
		if (process_vm_readv(getpid(), &mine, 1, &theirs, 1, 0) != (ssize_t)step)
			break;
		done += step;
	}
	return done;
}

static uint64_t number(uint64_t at, unsigned size)
{
	unsigned char bytes[8] = { 0 };
	uint64_t value = 0;

	peek(at, bytes, size);
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << 8 * (r.arch->big ? size - 1 - i : i);
	return value;
}

/* Records `size` bytes and MARGIN bytes behind them, unless an earlier range contains them. */
static void keep(uint64_t at, uint64_t size)
{
	struct piece *piece = &r.piece[r.pieces];

	size += MARGIN;
	for (unsigned i = 0; i < r.pieces; i++)
		if (address(at) >= r.piece[i].at && address(at) + size <= r.piece[i].at + r.piece[i].size)
			return;
	if (!address(at) || r.pieces == PIECES)
		return;
	piece->at = address(at);
	piece->size = peek(at, piece->before, size < LONGEST ? (size_t)size : LONGEST);
	r.pieces += piece->size != 0;
}

static void keep_sized(uint64_t at, uint64_t size_at)
{
	int32_t size = (int32_t)number(size_at, 4);

	keep(size_at, 4);
	if (size > 0)
		keep(at, (uint64_t)size);
}

static void keep_message(uint64_t at)
{
	unsigned word = r.arch->word;
	uint64_t vector = number(at + 2 * word, word), count = number(at + 3 * word, word);

	keep(at, 7 * (uint64_t)word);
	if (number(at, word))
		keep(number(at, word), number(at + word, 4));
	if (count < 16)
		keep(vector, count * 2 * word);
	for (uint64_t i = 0; i < count && i < 16; i++)
		keep(number(vector + 2 * i * word, word), number(vector + (2 * i + 1) * word, word));
	if (number(at + 5 * word, word))
		keep(number(at + 4 * word, word), number(at + 5 * word, word));
}

static bool is_filter(int level, int option)
{
	return (level == 1 || level == 0xffff) && (option == 26 || option == 0x401a);
}

/* The instructions of a struct sock_fprog: it begins with their number, and its last word is their address. */
static void keep_filter(uint64_t at, uint64_t size)
{
	keep(number(at + size - r.arch->word, r.arch->word), 8 * number(at, 2));
}

static void keep_all(int call, const uint64_t *w)
{
	switch (call) {
	case call_bind:
	case call_connect:
		keep(w[1], (uint32_t)w[2]);
		return;
	case call_accept:
	case call_accept4:
	case call_getsockname:
	case call_getpeername:
		if (address(w[1]))
			keep_sized(w[1], w[2]);
		return;
	case call_socketpair:
		keep(w[3], 8);
		return;
	case call_send:
	case call_recv:
	case call_sendto:
	case call_recvfrom:
		keep(w[1], w[2]);
		if (call == call_sendto && address(w[4]))
			keep(w[4], (uint32_t)w[5]);
		if (call == call_recvfrom && address(w[4]))
			keep_sized(w[4], w[5]);
		return;
	case call_setsockopt:
		keep(w[3], (uint32_t)w[4]);
		if (is_filter((int)w[1], (int)w[2]))
			keep_filter(w[3], (uint32_t)w[4]);
		return;
	case call_getsockopt:
		keep_sized(w[3], w[4]);
		return;
	case call_sendmsg:
	case call_recvmsg:
		keep_message(w[1]);
		return;
	case call_sendmmsg:
	case call_recvmmsg:
		for (uint32_t i = 0; i < (uint32_t)w[2] && i < 16; i++) {
			keep(w[1] + (uint64_t)i * 8 * r.arch->word, 8 * (uint64_t)r.arch->word);
			keep_message(w[1] + (uint64_t)i * 8 * r.arch->word);
		}
		if (call == call_recvmmsg && address(w[4]))
			keep(w[4], 2 * r.arch->word);
		return;
	default:
		return;
	}
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

/* Writes the lowest free descriptors, which the kernel will give out next. */
static void put_free(void)
{
	unsigned found = 0;

	fprintf(r.to, "free");
	for (int fd = 0; found < FREE; fd++)
		if (fcntl(fd, F_GETFD) < 0) {
			fprintf(r.to, " %d", fd);
			found++;
		}
	fputc('\n', r.to);
}

static void step(int call, const uint64_t *words)
{
	r.call = call;
	r.pieces = 0;
	fprintf(r.to, "call %s", rows[call].name);
	for (unsigned i = 0; i < rows[call].arity; i++)
		fprintf(r.to, " %" PRIx64, r.arch->word == 4 ? (uint32_t)words[i] : words[i]);
	fputc('\n', r.to);
	put_free();
	if (call != call_socket && call != call_socketpair && fcntl((int)words[0], F_GETFL) > 0 &&
	    fcntl((int)words[0], F_GETFL) & O_NONBLOCK)
		fputs("nonblocking\n", r.to);
	keep_all(call, words);
	for (unsigned i = 0; i < r.pieces; i++)
		image_bytes(r.to, "in", r.piece[i].at, r.piece[i].before, r.piece[i].size, NULL);
}

static void enter(uint64_t id, unsigned cpu, int64_t wanted, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
		  uint64_t f, uint64_t g, uint64_t h)
{
	uint64_t words[6] = { a, b, c, d, e, f };

	(void)id, (void)cpu, (void)g, (void)h;
	r.call = 0;
	if (wanted == r.arch->numbers[ENTRY] && wanted >= 0 && a >= 1 && a <= CALLS) {
		for (unsigned i = 0; i < rows[a].arity; i++)
			words[i] = number(b + i * r.arch->word, r.arch->word);
		step((int)a, words);
		return;
	}
	for (int call = 1; call <= CALLS; call++)
		if (wanted == r.arch->numbers[call] && wanted >= 0) {
			step(call, words);
			return;
		}
}

static void leave(uint64_t id, unsigned cpu, int64_t wanted, int64_t result)
{
	unsigned char now[LONGEST];

	(void)id, (void)cpu, (void)wanted;
	if (!r.call)
		return;
	r.call = 0;
	fprintf(r.to, "= %" PRId64 "\n", r.arch->word == 4 ? (int32_t)result : result);
	for (unsigned i = 0; i < r.pieces; i++)
		if (peek(r.piece[i].at, now, r.piece[i].size) == r.piece[i].size)
			image_changes(r.to, r.piece[i].at, r.piece[i].before, now, r.piece[i].size, NULL);
	fputc('\n', r.to);
	fflush(r.to);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	const char *name = "", *to = "";
	int fd;

	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "arch=", 5))
			name = argv[i] + 5;
		else if (!strncmp(argv[i], "base=", 5))
			r.base = strtoull(argv[i] + 5, NULL, 0);
		else if (!strncmp(argv[i], "to=", 3))
			to = argv[i] + 3;
	}
	for (size_t i = 1; i < sizeof arches / sizeof *arches; i++)
		if (!strcmp(arches[i].name, name))
			r.arch = &arches[i];
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (!r.arch || fd < 0)
		return -1;
	r.to = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 500), "w"); /* a number that the program doesn't reach */
	close(fd);
	if (!r.to)
		return -1;
	fprintf(r.to, "arch %s\n\n", name);
	qemu_plugin_register_vcpu_syscall_cb(id, enter);
	qemu_plugin_register_vcpu_syscall_ret_cb(id, leave);
	return 0;
}
