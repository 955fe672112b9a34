/* SPDX-License-Identifier: MIT
 *
 * Usage: formatted FILE SEED SEQUENCES
 *
 * Makes the random calls of the differential test (tests/differential) by the kernel's own door, and writes
 * socketcall_format()'s description of each to FILE. format.t runs this under strace, and compares. shutdown(-777, 0)
 * comes before the first of these calls, and separates them from earlier ones.
 */
#define _GNU_SOURCE
#include "tests/differential/generate.h"
#include "tests/differential/world.h"

#include "abi/native.h"
#include "server/format.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

static void interrupted(int signal)
{
	(void)signal;
}

static int read_here(void *context, uint64_t address, void *to, size_t size)
{
	struct iovec here = { to, size }, there = { (void *)(uintptr_t)address, size };

	(void)context;
	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) != (ssize_t)size;
}

static void memory_make(void)
{
	static const unsigned char pages[PAGES] = PAGES_ARE;
	char *memory = mmap((void *)(uintptr_t)ARENA, PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (memory == MAP_FAILED)
		exit(2);
	memset(memory, FILL_READABLE, PAGES * PAGE);
	for (int page = 0; page < PAGES; page++)
		if (pages[page] != WRITABLE)
			mprotect(memory + page * PAGE, PAGE, pages[page] == HOLE ? PROT_NONE : PROT_READ);
}

static void memory_fill(const struct call *call)
{
	char *memory = (char *)(uintptr_t)ARENA;

	memset(memory, FILL, 2 * PAGE);
	memset(memory + 4 * PAGE, FILL, PAGE);
	for (uint32_t i = 0; i < call->patches; i++)
		memcpy(memory + call->patch[i].offset, call->patch[i].bytes, call->patch[i].length);
}

/* On i386, makes all twenty calls by socketcall; elsewhere, those that have a system call of their own. */
static long enter(const struct call *call, const struct socketcall_request *request)
{
#ifdef __i386__
	int r;

	(void)request;
	__asm__ volatile("int $0x80" : "=a"(r) : "0"(102), "b"(call->call), "c"((uint32_t)call->block) : "memory");
	return r;
#else
	static const int numbers[] = {
		-1,
#define CALL(call, NAME, name, ...) socketcall_number_##name,
#include "abi/calls.def"
#undef CALL
	};
	const uint64_t *w = request->word;
	long r = syscall(numbers[call->call], w[0], w[1], w[2], w[3], w[4], w[5]);

	return r < 0 ? -errno : r;
#endif
}

/* strace 6.1 loops forever if a control message of a 64-bit program has a length of all ones: don't make such calls. */
static bool ends_strace(const struct call *call)
{
	static const uint8_t ones[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	for (uint32_t i = 0; i < call->patches; i++)
		if (memmem(call->patch[i].bytes, call->patch[i].length, ones, sizeof ones))
			return true;
	return false;
}

static bool is_made(const struct call *call)
{
	return sizeof(long) == 4 ||
	       (call->call != SOCKETCALL_SEND && call->call != SOCKETCALL_RECV && !ends_strace(call));
}

static void make(const struct socketcall_arch *arch, const struct call *call, FILE *lines)
{
	static char line[1 << 16];
	const struct itimerval on = { { 0, 15000 }, { 0, 3000 } }, off = { { 0, 0 }, { 0, 0 } };
	struct socketcall_format format = { .arch = arch, .text = line, .size = sizeof line };
	struct socketcall_request request;
	long r;

	format.memory.read = read_here;
	memory_fill(call);
	if (socketcall_decode(&arch->guest, &format.memory, call->call, call->block, &request) || !is_made(call))
		return;
	socketcall_format(&format, &request, NULL);
	setitimer(ITIMER_REAL, &on, NULL);
	r = enter(call, &request);
	setitimer(ITIMER_REAL, &off, NULL);
	socketcall_format(&format, &request, &r);
	fprintf(lines, "%s\n", line);
}

int main(int argc, char **argv)
{
	static struct sequence sequence;
	const struct guest *guest = guest_named(sizeof(long) == 8 ? "x86_64" : "i386");
	struct socketcall_arch arch = { .name = guest->name };
	FILE *lines = argc > 3 ? fopen(argv[1], "w") : NULL;
	int fd;

	if (!lines || (fd = dup2(fileno(lines), 100)) < 0 || unshare(CLONE_NEWNET))
		return 2;
	fclose(lines);
	lines = fdopen(fd, "w");
	arch.guest = (struct socketcall_guest)SOCKETCALL_GUEST_NATIVE;
	for (int signal = 1; signal < 32; signal++)
		sigaction(signal, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = interrupted }, NULL);
	memory_make();
	for (int i = 0; i < atoi(argv[3]); i++) {
		generate(&sequence, (uint32_t)(atoi(argv[2]) + i), guest, false);
		if (i == 0) {
			world_make(false);
			shutdown(-777, 0);
		}
		for (uint32_t k = 0; k < sequence.length; k++)
			make(&arch, &sequence.call[k], lines);
	}
	return fclose(lines) != 0;
}
