/* SPDX-License-Identifier: MIT
 *
 * A guest of any architecture, for tests: its numbers; its memory, whose pages aren't contiguous in this process; and
 * its calls, which are served on real sockets. The test itself lays out what the guest writes and must find, by the
 * guest's word and byte order.
 */
#ifndef TESTS_UNIT_SERVER_GUEST_H
#define TESTS_UNIT_SERVER_GUEST_H

#include <socketcall/host.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/tap.h"

enum { BASE = 0x10000, MEMORY = 0x8000, PAGE = 4096 };

/* Each guest's numbers: n_SO_TYPE, n_EAGAIN and so on. */
struct numbers {
	const char *name;
#define SIGSET(bytes)
#define ERRNO(name, value)  int n_##name;
#define OPTION(name, value) int n_##name;
#define TYPE(name, value)   int n_##name;
#include "abi/errno/generic.def"
#include "abi/options/generic.def"
#undef SIGSET
#undef ERRNO
#undef OPTION
#undef TYPE
};

/* clang-format off */
static const struct numbers numbers[] = { {
#define NONE 0
#define ARCH(name_, token, word, order) }, { .name = #name_,
#define ERRNO(name, value)  .n_##name = value,
#define OPTION(name, value) .n_##name = value,
#define TYPE(name, value)   .n_##name = value,
#include "abi/arch/all.def"
} };
/* clang-format on */

/* ---- The guest's memory: pages that aren't contiguous here ------------------------------------------------------- */

static unsigned char *pages[MEMORY / PAGE];

static unsigned char *byte_at(uint64_t address)
{
	uint64_t offset = address - BASE;

	return offset < MEMORY ? pages[offset / PAGE] + offset % PAGE : NULL;
}

static size_t read_guest(void *context, uint64_t address, void *to, size_t size)
{
	size_t done = 0;

	(void)context;
	for (; done < size && byte_at(address + done); done++)
		((unsigned char *)to)[done] = *byte_at(address + done);
	return done;
}

static size_t write_guest(void *context, uint64_t address, const void *from, size_t size)
{
	size_t done = 0;

	(void)context;
	for (; done < size && byte_at(address + done); done++)
		*byte_at(address + done) = ((const unsigned char *)from)[done];
	return done;
}

static void *at_guest(void *context, uint64_t address, size_t *size, int writable)
{
	size_t left = PAGE - (size_t)(address % PAGE);

	(void)context;
	(void)writable;
	*size = *size < left ? *size : left;
	return byte_at(address);
}

static struct socketcall_host_context host;
static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
static struct socketcall_server server = {
	.memory = { read_guest, write_guest, at_guest, NULL },
	.backend = &socketcall_host_backend,
	.context = &host,
	.scratch = scratch,
	.scratch_size = sizeof scratch,
};
static const struct numbers *n;
static unsigned word;

static void put(uint64_t address, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		*byte_at(address + (server.arch->guest.order == SOCKETCALL_BIG ? size - 1 - i : i)) =
			(unsigned char)(value >> 8 * i);
}

__attribute__((__unused__)) static uint64_t get(uint64_t address, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)*byte_at(address + (server.arch->guest.order == SOCKETCALL_BIG ? size - 1 - i : i))
			 << 8 * i;
	return value;
}

/* Addresses in the guest's memory; the first two things lie across the end of a page. */
enum {
	BLOCK = BASE + PAGE - 12,
	HEADER = BASE + 2 * PAGE - 20,
	VECTOR = BASE + 3 * PAGE,
	CONTROL = VECTOR + 512,
	NAME = VECTOR + 1024,
	VALUE = VECTOR + 1536,
	LENGTH = VECTOR + 2048,
	DATA = BASE + 5 * PAGE - 8
};

#define CALL(NAME, ...) call(SOCKETCALL_##NAME, (const uint64_t[6]){ __VA_ARGS__ })
__attribute__((__unused__)) static long call(int number, const uint64_t words[6])
{
	for (unsigned i = 0; i < 6; i++)
		put(BLOCK + i * word, word, words[i]);
	return socketcall_serve(&server, number, BLOCK);
}

/* Asserts that two values are equal; the text begins with the architecture. */
#define IS(got, wanted, text) is((int64_t)(got), (int64_t)(wanted), text)
__attribute__((__unused__)) static void is(int64_t got, int64_t wanted, const char *text)
{
	ok(got == wanted, "%s: %s (got %lld, wanted %lld)", n->name, text, (long long)got, (long long)wanted);
}

/* Makes the memory; returns the number of architectures. */
static unsigned guests(void)
{
	for (unsigned i = 0; i < MEMORY / PAGE; i++)
		pages[MEMORY / PAGE - 1 - i] = aligned_alloc(PAGE, PAGE);
	return sizeof numbers / sizeof *numbers - 1;
}

/* Becomes the guest of architecture `i`, from 0. Returns false, after a failed assertion, if the server doesn't know
 * it. */
static bool become(unsigned i)
{
	n = &numbers[1 + i];
	server.arch = socketcall_arch(n->name);
	if (!server.arch)
		return ok(false, "the server knows the architecture %s", n->name);
	word = server.arch->guest.word;
	return true;
}

#endif
