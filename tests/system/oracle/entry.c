/* SPDX-License-Identifier: MIT
 * The multiplexed entry itself: the call's number, places of the block, and the registers that are preserved. */
#include "places.h"

#include <stdbool.h>
#include <sys/uio.h>

/* ---- The call's number ------------------------------------------------------------------------------------------- */

static void numbers(void)
{
	static const uint32_t calls[] = { INT_MIN, INT_MIN + 1, -21,   -20,   -1,      0,         21,
					  22,      0x7f,        0x101, 0x114, 0x10001, 0x7fffffff };
	const uint32_t good[6] = { AF_UNIX, SOCK_STREAM, 0 };
	const struct {
		const char *name;
		const void *block;
	} blocks[] = {
		{ "a good block", good },
		{ "a null block", NULL },
		{ "an unmapped block", unmapped() },
		{ "a block at -4", (void *)-4 },
	};

	for (size_t i = 0; i < COUNT(calls); i++)
		for (size_t j = 0; j < COUNT(blocks); j++)
			fact(raw_call(calls[i], blocks[j].block), "call %d with %s", (int)calls[i], blocks[j].name);
}

/* ---- Where the block lies ---------------------------------------------------------------------------------------- */

static void in_memory(void)
{
	static char data[64];
	char *file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *heap = malloc(64), *two = pages(2), stack[64];
	const struct {
		const char *name;
		char *block;
	} places[] = {
		{ "from the heap", heap },
		{ "from static data", data },
		{ "from shared memory", file },
		{ "from the stack", stack },
		{ "from a page's start", two },
		{ "from a block with one word in the first page", two + PAGE - 4 },
		{ "from a block with two words in the first page", two + PAGE - 8 },
		{ "from a block of which one byte is in the first page", two + PAGE - 1 },
		{ "from a block of which three bytes are in the first page", two + PAGE - 3 },
		{ "1 byte off", two + 65 },
		{ "2 bytes off", two + 66 },
		{ "3 bytes off", two + 67 },
	};

	must(file == MAP_FAILED ? -1 : 0, "mmap");
	for (size_t i = 0; i < COUNT(places); i++)
		for (int call = FIRST_CALL; call <= LAST_CALL; call++)
			try_place(call, &(struct place){ places[i].block, NULL }, 0, places[i].name);
	free(heap);
	munmap(file, PAGE);
	munmap(two, 3 * PAGE);
}

/* Blocks at the end of accessible memory: with all n words accessible, and every smaller number, down to none. */
static void at_an_end(void)
{
	char *one = pages(1);

	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		unsigned n = words_of[call];

		try_place(call, &(struct place){ one + PAGE - 4 * n, NULL }, 0,
			  "from exactly its words at a page's end");
		for (unsigned k = 0; k < n; k++) {
			struct sample s;

			sample_begin(&s, call, "entry");
			memcpy(one + PAGE - 4 * k, s.words, 4 * k);
			sample_end(&s, raw_call((uint32_t)call, one + PAGE - 4 * k), "from %u of its %u words", k, n);
		}
		for (unsigned k = 1; k < 4; k++) {
			struct sample s;
			char *block = one + PAGE - 4 * n + k;

			sample_begin(&s, call, "entry");
			memcpy(block, s.words, 4 * n - k);
			sample_end(&s, raw_call((uint32_t)call, block), "from all of its words but %u bytes", k);
		}
	}
	munmap(one, 2 * PAGE);
}

/* The same block in memory with several combinations of read, write and execute permission. */
static void with_protection(void)
{
	static const struct {
		int protection;
		const char *name;
	} kinds[] = {
		{ PROT_NONE, "from memory that may not be touched" },
		{ PROT_READ, "from read-only memory" },
		{ PROT_WRITE, "from write-only memory" },
		{ PROT_READ | PROT_EXEC, "from text" },
		{ PROT_EXEC, "from text that may not be read" },
	};
	int fd = (int)must(memfd_create("block", 0), "memfd_create");

	must(ftruncate(fd, PAGE), "ftruncate");
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
			struct sample s;
			void *block = mmap(NULL, PAGE, kinds[i].protection, MAP_SHARED, fd, 0);

			must(block == MAP_FAILED ? -1 : 0, "mmap");
			sample_begin(&s, call, "entry");
			must(pwrite(fd, s.words, 4 * words_of[call], 0), "pwrite");
			sample_end(&s, raw_call((uint32_t)call, block), "%s", kinds[i].name);
			munmap(block, PAGE);
		}
	close(fd);
}

static void at_bad_pointers(void)
{
	const struct {
		const char *name;
		uint32_t block;
	} blocks[] = {
		{ "a null block", 0 },
		{ "a block at 1", 1 },
		{ "a block at 8", 8 },
		{ "an unmapped block", (uint32_t)unmapped() },
		{ "an unmapped block, 8 bytes on", (uint32_t)unmapped() + 8 },
		{ "a block at the end of an unmapped page", (uint32_t)unmapped() + PAGE - 4 },
		{ "a block at 0xffffe000", 0xffffe000 },
		{ "a block at 0xfffff000", 0xfffff000 },
		{ "a block at -24", (uint32_t)-24 },
		{ "a block at -8", (uint32_t)-8 },
		{ "a block at -4", (uint32_t)-4 },
		{ "a block at -1", (uint32_t)-1 },
	};

	for (size_t i = 0; i < COUNT(blocks); i++)
		for (int call = FIRST_CALL; call <= LAST_CALL; call++)
			fact(raw_call((uint32_t)call, (const void *)blocks[i].block), "%s with %s", name_of[call],
			     blocks[i].name);
}

/* The page at 0 is mapped, so null is a valid pointer. */
static void at_null(void)
{
	char *zero = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (zero)
		die(-errno, "may not map the page at 0, as root may");
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		struct sample s;

		sample_begin(&s, call, "entry");
		for (unsigned i = 0; i < words_of[call]; i++)
			((volatile uint32_t *)zero)[i] = s.words[i];
		sample_end(&s, raw_call((uint32_t)call, zero), "from the page at 0");
	}
	munmap(zero, PAGE);
}

static void beyond_a_file(void)
{
	int fd = memfd_create("short", 0);
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, must(fd, "memfd_create"), 0);

	must(p == MAP_FAILED ? -1 : 0, "mmap");
	must(ftruncate(fd, PAGE), "ftruncate");
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		try_place(call, &(struct place){ p + 16, NULL }, 0, "from a file");
		try_place(call, &(struct place){ p + PAGE - 4 * words_of[call], NULL }, 0, "from a file's end");
		fact(raw_call((uint32_t)call, p + PAGE), "%s with a block beyond a file's end", name_of[call]);
		fact(raw_call((uint32_t)call, p + PAGE - 4), "%s with a block that runs over a file's end",
		     name_of[call]);
	}
	close(fd);
	munmap(p, 2 * PAGE);
}

/* Blocks that the linker made: read-only, or read-only after relocation. */
static void constants(void)
{
	static const uint32_t socket_words[] = { AF_UNIX, SOCK_STREAM, 0 };
	static const uint32_t listen_words[] = { 200, 3 };
	static const uint32_t shutdown_words[] = { 200, SHUT_RDWR };
	static int pair[2];
	static const void *const pair_words[] = { (void *)AF_UNIX, (void *)SOCK_STREAM, NULL, pair };
	int fd = (int)raw_call(SYS_SOCKET, socket_words);
	struct sockaddr_storage a;

	fact_fd(fd, "socket from a constant");
	bind_any(fd, AF_UNIX, &a);
	must(dup2(fd, 200), "dup2");
	fact(raw_call(SYS_LISTEN, listen_words), "listen from a constant");
	fact(raw_call(SYS_SHUTDOWN, shutdown_words), "shutdown from a constant");
	close(200);
	close(fd);
	fact(raw_call(SYS_SHUTDOWN, shutdown_words), "shutdown from a constant, closed");
	fact(raw_call(SYS_SOCKETPAIR, pair_words), "socketpair from a constant with an address");
	fact(write(pair[0], "x", 1), "writing to it");
	close(pair[0]);
	close(pair[1]);
}

/* A block that one of its own words points into. */
static void overlapping(void)
{
	uint32_t w[6] = { AF_UNIX, SOCK_STREAM, 0, (uint32_t)&w[0] };
	int pair[2];

	fact(raw_call(SYS_SOCKETPAIR, w), "socketpair whose descriptors are written over its block");
	memcpy(pair, w, sizeof pair);
	fact(write(pair[0], "123456789", 9), "writing to it");
	w[0] = (uint32_t)pair[1], w[1] = (uint32_t)w, w[2] = 9, w[3] = 0;
	fact(raw_call(SYS_RECV, w), "recv over its block");
	say("the block is then %s", bytes(w, 9));
	w[0] = (uint32_t)pair[0], w[1] = SOL_SOCKET, w[2] = SO_TYPE, w[3] = (uint32_t)&w[1], w[4] = (uint32_t)&w[5],
	w[5] = 4;
	fact(raw_call(SYS_GETSOCKOPT, w), "getsockopt whose value lies in its block, and its length behind it");
	say("they are then %u and %u", w[1], w[5]);
	close(pair[0]);
	close(pair[1]);
}

/* ---- Registers --------------------------------------------------------------------------------------------------- */

static void direction_flag(void)
{
	char *one = pages(1);
	char stack[64];

	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		try_place(call, &(struct place){ stack, NULL }, FLAG_DF, "with the direction flag set");
		try_place(call, &(struct place){ one, NULL }, FLAG_DF,
			  "with the direction flag set, not from the stack");
		fact(raw_call_on(NULL, (uint32_t)call, NULL, FLAG_DF),
		     "%s with the direction flag set and a null block", name_of[call]);
	}
	fact(raw_call_on(NULL, 21, NULL, FLAG_DF), "call 21 with the direction flag set");
	munmap(one, 2 * PAGE);
}

struct vectors {
	unsigned char bytes[512];
} __attribute__((aligned(16)));

/* Calls enter_kernel() with the floating-point and vector registers of `in`, and stores them in `out` afterwards. */
static void enter_with_vectors(struct registers *r, const struct vectors *in, struct vectors *out)
{
	struct vectors saved;

	__asm__ volatile("fxsave %0\n\tfxrstor %1" : "=m"(saved) : "m"(*in));
	enter_kernel(r, NULL);
	__asm__ volatile("fxsave %0\n\tfxrstor %1" : "=m"(*out) : "m"(saved));
}

/* Control, status and tag words, MXCSR, eight registers of 10 bytes, eight of 16. */
static bool same_vectors(const struct vectors *a, const struct vectors *b)
{
	int same = memcmp(a->bytes, b->bytes, 5) == 0 && memcmp(a->bytes + 24, b->bytes + 24, 4) == 0;

	for (int i = 0; i < 8; i++)
		same &= memcmp(a->bytes + 32 + 16 * i, b->bytes + 32 + 16 * i, 10) == 0;
	return same && memcmp(a->bytes + 160, b->bytes + 160, 128) == 0;
}

static void with_vectors(int call, char *block, const char *where, const struct vectors *in)
{
	struct registers r = { .eax = __NR_socketcall, .ebx = (uint32_t)call, .eflags = FLAGS_ALWAYS };
	struct vectors out;
	struct sample s;

	sample_begin(&s, call, "entry");
	if (block)
		memcpy(block, s.words, 4 * words_of[call]);
	r.ecx = (uint32_t)(block ? block : (char *)s.words);
	enter_with_vectors(&r, in, &out);
	sample_end(&s, (long)r.eax, "%s with every vector register in use: %s", where,
		   same_vectors(in, &out) ? "they are kept" : "SOME CHANGED");
}

static void vectors(void)
{
	static struct vectors in;
	char *two = pages(2);

	__asm__ volatile("fxsave %0" : "=m"(in));
	for (unsigned i = 160; i < 288; i++)
		in.bytes[i] = (unsigned char)(i * 7);
	for (unsigned i = 0; i < 8; i++)
		memcpy(in.bytes + 32 + 16 * i, (const unsigned char[]){ 1, 2, 3, 4, 5, 6, 7, 0x80 | i, i, 0x40 }, 10);
	in.bytes[4] = 0xff;   /* all eight are in use */
	in.bytes[25] ^= 0x60; /* another rounding in MXCSR */
	in.bytes[1] ^= 0x0c;  /* and in the control word */
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		with_vectors(call, NULL, "from the stack", &in);
		with_vectors(call, two, "from a page's start", &in);
		with_vectors(call, two + PAGE - 4, "from across a page's end", &in);
	}
	munmap(two, 3 * PAGE);
}

/* Makes calls in every way with every combination of the arithmetic flags, which raw_call() uses in turn. */
static void flags(void)
{
	static char elsewhere[64];
	char *one = pages(1), stack[64];
	const struct {
		const char *name;
		char *block;
	} blocks[] = {
		{ "from the stack", stack },
		{ "from static data", elsewhere },
		{ "from three readable bytes", one + PAGE - 3 },
		{ "from null", NULL },
	};

	say("calls %s the arithmetic flags", flags_are_kept() ? "keep" : "lose");
	memset(stack, -1, sizeof stack);
	memset(elsewhere, -1, sizeof elsewhere);
	for (size_t i = 0; i < COUNT(blocks); i++)
		for (int call = FIRST_CALL - 1; call <= LAST_CALL + 1; call++)
			for (unsigned which = 0; which < 1 << ARITHMETIC_FLAGS; which++)
				fact(raw_call((uint32_t)call, blocks[i].block), "call %d %s with flags of kind %u",
				     call, blocks[i].name, which);
	munmap(one, 2 * PAGE);
}

/* ---- Other callers ----------------------------------------------------------------------------------------------- */

static void other_doors(void)
{
	static const struct door *const doors[] = { &door_raw, &door_libc, &door_syscall };

	for (size_t i = 0; i < COUNT(doors); i++) {
		door = doors[i];
		sample_all("entry");
	}
	door = &door_raw;
}

/* Other system calls aren't changed. */
static void other_calls(void)
{
	struct registers r = { .ebx = 1, .ecx = 2, .edx = 3, .esi = 4, .edi = 5, .ebp = 6 };

	for (unsigned which = 0; which < 1 << ARITHMETIC_FLAGS; which++) {
		r.eax = __NR_getppid;
		r.eflags = FLAGS_ALWAYS | arithmetic_flags(which);
		enter_kernel(&r, NULL);
		say("getppid by the same door: %s, %u %u %u %u %u %u, flags %03x",
		    (pid_t)r.eax == getppid() ? "right" : "wrong", r.ebx, r.ecx, r.edx, r.esi, r.edi, r.ebp, r.eflags);
	}
	r.eax = 0x7fffffff;
	enter_kernel(&r, NULL);
	say("a system call that isn't one: %s, %u %u %u %u %u %u", result_text((long)r.eax), r.ebx, r.ecx, r.edx, r.esi,
	    r.edi, r.ebp);
	r.eax = __NR_socketcall + 0x10000;
	r.ebx = SYS_SOCKET;
	enter_kernel(&r, NULL);
	fact((long)r.eax, "socketcall's number with a bit above it");
}

int main(void)
{
	oracle_begin("entry");
	numbers();
	other_doors();
	other_calls();
	in_memory();
	at_an_end();
	with_protection();
	at_bad_pointers();
	at_null();
	beyond_a_file();
	constants();
	overlapping();
	direction_flag();
	vectors();
	flags();
	return 0;
}
