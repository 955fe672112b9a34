/* SPDX-License-Identifier: MIT
 * The vdso entry with one behaviour broken, for the test of the suite itself: some fact must fail. MUTANT=NAME in the
 * environment chooses the behaviour of mutants.def; without it nothing is broken. */
#define _GNU_SOURCE
#include "vdso.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

const struct entry entry = { "mutant", ENTRY_BLOCK, 0 };

static const unsigned char arity[] = {
#define CALL(call, NAME, name, maker, words, ...) [call] = words,
#include "abi/calls.def"
#undef CALL
};

static long real(int call, const word *block)
{
	return enter_multiplexed(call, block);
}

/* Copies `size` bytes from an address; returns 0 if they can't be read. */
static int copy(void *to, const void *from, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };

	return size && process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}

static int put(void *to, const void *from, size_t size)
{
	struct iovec local = { (void *)from, size }, remote = { to, size };

	return size && process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* A mutant gets the call and its block. If the block can be read, `words` is true, and w has a copy of its words. */
struct made {
	int call;
	const word *block;
	int words;
	word w[SOCKETCALL_WORDS];
};

static long made_real(const struct made *m)
{
	return m->words ? real(m->call, m->w) : real(m->call, m->block);
}

/* ---- Functions and macros for the rows of mutants.def ------------------------------------------------------------ */

#define ANSWER(calls, from, to)                                                                                        \
	{                                                                                                              \
		long r = real(m->call, m->block);                                                                      \
		return (calls) && r == (from) ? (to) : r;                                                              \
	}
#define WORD(calls, i, becomes)                                                                                        \
	{                                                                                                              \
		word old __attribute__((unused)) = m->w[i];                                                            \
		if (m->words && (calls))                                                                               \
			m->w[i] = (word)(becomes);                                                                     \
		return made_real(m);                                                                                   \
	}
#define IS(NAME) (m->call == SOCKETCALL_##NAME)

/* After the call, restores the int that the word points to. */
static long keeps_int(struct made *m, int applies, int i)
{
	int before;
	int had = applies && m->words && copy(&before, (const void *)m->w[i], sizeof before);
	long r = made_real(m);

	if (had && r >= 0)
		put((void *)m->w[i], &before, sizeof before);
	return r;
}

/* Limits the length that the call reports to the size of the buffer. */
static long tells_room(struct made *m, int applies, int i)
{
	int before, after;
	int had = applies && m->words && copy(&before, (const void *)m->w[i], sizeof before);
	long r = made_real(m);

	if (had && r >= 0 && copy(&after, (const void *)m->w[i], sizeof after) && before >= 0 && after > before)
		put((void *)m->w[i], &before, sizeof before);
	return r;
}

/* After a recvmsg, restores a member of its header, or clears bits in it. */
static long keeps_member(struct made *m, size_t offset, size_t size, int lost)
{
	char before[sizeof(word)];
	char *at = (char *)m->w[1] + offset;
	int had = IS(RECVMSG) && m->words && copy(before, at, size), flags;
	long r = made_real(m);

	if (!had || r < 0)
		return r;
	if (lost && copy(&flags, at, sizeof flags)) {
		flags &= ~lost;
		put(at, &flags, sizeof flags);
	}
	if (!lost)
		put(at, before, size);
	return r;
}

/* Makes a sendmsg with a changed header. */
static long with_header(struct made *m, void (*change)(struct msghdr *header))
{
	struct msghdr header;

	if (IS(SENDMSG) && m->words && copy(&header, (const void *)m->w[1], sizeof header)) {
		change(&header);
		m->w[1] = (word)&header;
	}
	return made_real(m);
}

static void no_control(struct msghdr *h)
{
	h->msg_control = NULL;
	h->msg_controllen = 0;
}

static void one_part(struct msghdr *h)
{
	h->msg_iovlen = h->msg_iovlen > 1 ? 1 : h->msg_iovlen;
}

static void some_parts(struct msghdr *h)
{
	h->msg_iovlen = h->msg_iovlen > 1024 ? 1024 : h->msg_iovlen;
}

static void no_name(struct msghdr *h)
{
	h->msg_name = NULL;
}

static void set_flag(long fd, int get, int set, int flag, int on)
{
	int flags = fcntl((int)fd, get);

	if (fd >= 0 && flags >= 0)
		fcntl((int)fd, set, on ? flags | flag : flags & ~flag);
}

/* Makes a recvmmsg or sendmmsg, and restores each message's msg_len. */
static long keeps_lengths(struct made *m, int applies)
{
	struct mmsghdr *messages = (struct mmsghdr *)m->w[1];
	unsigned before[8];
	int had = 0;
	long r;

	if (applies && m->words)
		while (had < 8 && had < (int)m->w[2] && copy(&before[had], &messages[had].msg_len, sizeof *before))
			had++;
	r = made_real(m);
	for (int i = 0; i < had && i < r; i++)
		put(&messages[i].msg_len, &before[i], sizeof *before);
	return r;
}

#define MUTANT(name, program, text, ...)                                                                               \
	static long mutant_##name(struct made *m)                                                                      \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}
#include "../mutants.def"
#undef MUTANT

static const struct {
	const char *name;
	long (*make)(struct made *m);
} mutants[] = {
#define MUTANT(name, program, text, ...) { #name, mutant_##name },
#include "../mutants.def"
#undef MUTANT
};

long sc(int call, const word *block)
{
	const char *name = getenv("MUTANT");
	struct made m = { .call = call, .block = block };

	if (!name)
		return real(call, block);
	m.words = call >= 1 && call <= SOCKETCALL_CALLS && copy(m.w, block, arity[call] * sizeof *block);
	for (unsigned i = 0; i < sizeof mutants / sizeof *mutants; i++)
		if (!strcmp(mutants[i].name, name))
			return mutants[i].make(&m);
	fprintf(stderr, "there is no mutant %s\n", name);
	abort();
}
