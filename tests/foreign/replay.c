/* SPDX-License-Identifier: MIT
 *
 * Makes the calls of an image (tests/foreign/README.md) again, and writes the image with the answers that it gets. A
 * step whose text differs from the image's was answered otherwise.
 *
 *   foreign IMAGE [MUTANT]  has the serving end answer, for a guest of the image's architecture. The last bit of the
 *                           result number MUTANT is flipped, so that a test can see that a wrong result is found
 *   kernel IMAGE            compiled with -DKERNEL for the image's architecture: has the kernel answer
 *
 * The guest has only the memory that the image lists for the call. The process runs in PID and network namespaces of
 * its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/abi.h"
#include "tests/foreign/image.h"

#ifdef KERNEL
#define SOCKETCALL_I386_GS
#include <socketcall/caller.h>
#else
#include <socketcall/host.h>
#endif

enum { PIECES = 256, PAGES = 256, PAGE = 4096, LONGEST = 4096, LINE = 32768, BLOCK = 0x30000, OWN = 100 };

struct piece {
	uint64_t at;
	size_t size;
	unsigned char before[LONGEST], vary[LONGEST];
};

static struct {
	unsigned pieces, pages;
	struct piece piece[PIECES]; /* the ranges of memory that the call's pointers lead to */
	uint64_t page_at[PAGES];
	unsigned char *page[PAGES];
	int call, nonblocking;
	unsigned words;
	uint64_t word[6];

	long mutant, answers;
	char arch[32];
	unsigned width;
	bool big;
} g;

static const char *const names[] = {
#define CALL(number, NAME, name, ...) [number] = #name,
#include "abi/calls.def"
#undef CALL
};

#if defined __SANITIZE_ADDRESS__
/* LeakSanitizer attaches to its process by PID, which fails after unshare(CLONE_NEWPID). */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

static void fail(const char *what)
{
	fprintf(stderr, "replay: %s\n", what);
	exit(2);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static unsigned char *byte_at(uint64_t at)
{
	uint64_t page = at & ~(uint64_t)(PAGE - 1);
	void *wanted = NULL, *there;
	unsigned i;

	for (i = 0; i < g.pages; i++)
		if (g.page_at[i] == page)
			return g.page[i] + at % PAGE;
	if (i == PAGES)
		fail("too many pages");
	g.page_at[i] = page;
#ifdef KERNEL
	wanted = (void *)(uintptr_t)page;
#endif
	there = mmap(wanted, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | (wanted ? MAP_FIXED_NOREPLACE : 0), -1, 0);
	if (there == MAP_FAILED || (wanted && there != wanted))
		fail("cannot map a page of the program's memory");
	g.page[g.pages++] = there;
	return (unsigned char *)there + at % PAGE;
}

#ifndef KERNEL
static bool is_listed(uint64_t at)
{
	for (unsigned i = 0; i < g.pieces; i++)
		if (at - g.piece[i].at < g.piece[i].size)
			return true;
	return at - BLOCK < (uint64_t)g.words * g.width;
}

static size_t read_guest(void *context, uint64_t at, void *to, size_t size)
{
	size_t done = 0;

	(void)context;
	for (; done < size && is_listed(at + done); done++)
		((unsigned char *)to)[done] = *byte_at(at + done);
	return done;
}

static size_t write_guest(void *context, uint64_t at, const void *from, size_t size)
{
	size_t done = 0;

	(void)context;
	for (; done < size && is_listed(at + done); done++)
		*byte_at(at + done) = ((const unsigned char *)from)[done];
	return done;
}
#endif

static void put_word(uint64_t at, uint64_t value)
{
	for (unsigned i = 0; i < g.width; i++)
		*byte_at(at + (g.big ? g.width - 1 - i : i)) = (unsigned char)(value >> 8 * i);
}

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

static long make_call(void)
{
	for (unsigned i = 0; i < g.words; i++)
		put_word(BLOCK + i * g.width, g.word[i]);
#ifndef KERNEL
	static struct socketcall_host_context host;
	static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
	struct socketcall_server server = {
		.arch = socketcall_arch(g.arch),
		.memory = { read_guest, write_guest, NULL, NULL },
		.backend = &socketcall_host_backend,
		.context = &host,
		.scratch = scratch,
		.scratch_size = sizeof scratch,
	};

	return socketcall_serve(&server, g.call, BLOCK);
#elif defined SYS_socketcall
	long r = syscall(SYS_socketcall, g.call, (void *)BLOCK);

	return r < 0 ? -errno : r;
#else
	unsigned long words[6];

	for (unsigned i = 0; i < 6; i++)
		words[i] = (unsigned long)g.word[i];
	return socketcall_raw(g.call, words);
#endif
}

/* Makes exactly the listed descriptors free, of all up to the last one: closes these, and occupies the others. */
static void make_free(const char *list)
{
	bool wanted[OWN] = { false };
	int last = 0;

	for (char *end; *list && *list != '\n'; list = end) {
		last = (int)strtol(list, &end, 10);
		if (end == list || last >= OWN)
			fail("a bad list of descriptors");
		wanted[last] = true;
	}
	for (int fd = 0; fd <= last; fd++) {
		bool open_now = fcntl(fd, F_GETFD) >= 0;

		if (wanted[fd] && open_now)
			close(fd);
		else if (!wanted[fd] && !open_now)
			dup2(OWN, fd);
	}
}

static void set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (fd > 2 && flags >= 0 && !!(flags & O_NONBLOCK) != g.nonblocking)
		fcntl(fd, F_SETFL, flags ^ O_NONBLOCK);
}

/*
 * Makes the call, and prints its result. On a busy machine, what an earlier call has sent may not have arrived yet. So
 * EAGAIN counts only if it is what the image has, `wanted`; else the call is made again, for ten seconds.
 */
static void answer(long wanted)
{
	enum { AGAIN = -11, TRIES = 2000, PAUSE = 5000 }; /* AGAIN: that of all the images' architectures */
	bool makes = g.call == 1 || g.call == 8;
	long r;

	if (!makes)
		set_nonblocking((int)(uint32_t)g.word[0]);
	alarm(20); /* ends a call that would wait for ever */
	r = make_call();
	for (int i = 0; r == AGAIN && wanted != AGAIN && i < TRIES; i++) {
		usleep(PAUSE);
		r = make_call();
	}
	if (g.answers++ == g.mutant)
		r ^= 1;
	printf("= %ld\n", r);
}

static void print_changes(void)
{
	unsigned char now[LONGEST];

	for (unsigned i = 0; i < g.pieces; i++) {
		for (size_t k = 0; k < g.piece[i].size; k++)
			now[k] = *byte_at(g.piece[i].at + k);
		image_changes(stdout, g.piece[i].at, g.piece[i].before, now, g.piece[i].size, g.piece[i].vary);
	}
}

/* ---- The image --------------------------------------------------------------------------------------------------- */

static unsigned digits(const char *text)
{
	char two[3] = { text[0], text[1], 0 };

	return (unsigned)strtoul(two, NULL, 16);
}

/* Reads bytes as image.h writes them, and sets `vary` for each ??. Returns their number. */
static size_t bytes_of(const char *text, unsigned char *bytes, unsigned char *vary)
{
	size_t size = 0, run;

	for (; *text && *text != '\n'; size += run) {
		char *end = NULL;

		run = 1;
		if (*text == '(')
			run = strtoul(text + 4, &end, 10);
		if (run > LONGEST - size)
			fail("too many bytes");
		memset(bytes + size, (int)digits(text + (*text == '(')), run);
		memset(vary + size, *text == '?', run);
		text = end ? end + 1 : text + 2;
	}
	return size;
}

static void read_piece(const char *text)
{
	struct piece *piece = &g.piece[g.pieces++];
	char *end;

	if (g.pieces == PIECES)
		fail("too many pieces");
	piece->at = strtoull(text, &end, 16);
	piece->size = bytes_of(end + 1, piece->before, piece->vary);
	for (size_t i = 0; i < piece->size; i++)
		*byte_at(piece->at + i) = piece->before[i];
}

/* Reads a line "out": marks the bytes that are written as ??. */
static void read_varying(const char *text)
{
	static unsigned char bytes[LONGEST], vary[LONGEST];
	char *end;
	uint64_t at = strtoull(text, &end, 16);
	size_t size = bytes_of(end + 1, bytes, vary);

	for (size_t k = 0; k < size; k++)
		for (unsigned i = 0; vary[k] && i < g.pieces; i++)
			if (at + k - g.piece[i].at < g.piece[i].size)
				g.piece[i].vary[at + k - g.piece[i].at] = 1;
}

static void read_call(const char *text)
{
	char *end, name[32];

	g.pieces = g.words = 0;
	g.nonblocking = 0;
	g.call = 0;
	if (sscanf(text, "%31s", name) != 1)
		fail("a call without a name");
	for (int i = 1; i < (int)(sizeof names / sizeof *names); i++)
		if (!strcmp(names[i], name))
			g.call = i;
	for (text += strlen(name); g.words < 6 && *text && *text != '\n'; text = end)
		g.word[g.words++] = strtoull(text, &end, 16);
}

static void read_arch(const char *text)
{
	const struct abi_arch *arch;

	if (sscanf(text, "%31s", g.arch) != 1)
		fail("an architecture without a name");
	arch = abi_arch(g.arch);
	if (!arch)
		fail("an unknown architecture");
	g.width = arch->word;
	g.big = arch->order == ABI_BIG;
}

/* ---- Namespaces -------------------------------------------------------------------------------------------------- */

/* Enters new PID and network namespaces, and brings the loopback up. The caller continues as process 1. */
static void enter_namespaces(void)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, status, flags = CLONE_NEWPID | CLONE_NEWNET;
	pid_t child;

	if (unshare(flags) && unshare(flags | CLONE_NEWUSER))
		fail("cannot create PID and network namespaces");
	fflush(stdout);
	child = fork();
	if (child > 0) {
		waitpid(child, &status, 0);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (child < 0 || fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback))
		fail("cannot bring the loopback up");
	close(fd);
}

int main(int argc, char **argv)
{
	static char line[LINE];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int from = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	bool answered = false;
	FILE *image;

	g.mutant = argc > 2 ? atol(argv[2]) : -1;
	image = fdopen(fcntl(from, F_DUPFD_CLOEXEC, OWN + 1), "r");
	if (!image || null < 0 || dup2(null, OWN) < 0 || dup2(null, 0) < 0)
		fail("cannot open the image");
	close(from);
	enter_namespaces();
	while (fgets(line, sizeof line, image)) {
		if (!strncmp(line, "out ", 4)) {
			read_varying(line + 4);
			continue;
		}
		if (*line == '\n' && answered) {
			print_changes();
			answered = false;
		}
		if (!strncmp(line, "= ", 2)) {
			answered = true;
			answer(atol(line + 2));
			continue;
		}
		fputs(line, stdout);
		if (!strncmp(line, "arch ", 5))
			read_arch(line + 5);
		else if (!strncmp(line, "call ", 5))
			read_call(line + 5);
		else if (!strncmp(line, "free ", 5))
			make_free(line + 5);
		else if (!strncmp(line, "nonblocking", 11))
			g.nonblocking = 1;
		else if (!strncmp(line, "in ", 3))
			read_piece(line + 3);
	}
	if (answered) /* no empty line ends the last step */
		print_changes();
	return 0;
}
