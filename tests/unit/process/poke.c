/* SPDX-License-Identifier: MIT
 *
 * Tests memory_write() of process/memory.h where only ptrace(2) can write. TAP. */
#include "process/memory.h"
#include "tests/fixtures/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	NEAR = 32,      /* writes begin at most so many bytes from a page's ends */
	BRANCH = 5,     /* bytes of a call or jump instruction */
	SIZE_MOST = 15, /* bytes of the longest write */
};

/* The linker (--wrap=ptrace) makes process/memory.c call this function for ptrace(). It counts the calls that write. */
static unsigned writes;
long __real_ptrace(enum __ptrace_request request, ...);
long __wrap_ptrace(enum __ptrace_request request, ...);
long __wrap_ptrace(enum __ptrace_request request, ...)
{
	va_list arguments;
	pid_t pid;
	void *at, *data;

	va_start(arguments, request);
	pid = va_arg(arguments, pid_t);
	at = va_arg(arguments, void *);
	data = va_arg(arguments, void *);
	va_end(arguments);
	writes += request == PTRACE_POKEDATA;
	return __real_ptrace(request, pid, at, data);
}

/* Two pages, which the child has at the same address as this process. */
static unsigned char *pages;

/*
 * Writes `size` bytes at each address near the middle and the ends of the pages. Returns the greatest number of
 * requests that a write inside of one page took; or 0 if a write failed or wrote something else.
 */
static unsigned write_everywhere(const struct process *child, size_t size)
{
	unsigned char bytes[SIZE_MOST], wanted[2 * PAGE], got[2 * PAGE];
	uint32_t base = (uint32_t)(uintptr_t)pages;
	unsigned most = 0;

	if (memory_read(child, base, wanted, sizeof wanted))
		return 0;
	for (uint32_t at = 0; at + size <= sizeof wanted; at++) {
		if (at % PAGE >= NEAR && at % PAGE < PAGE - NEAR)
			continue;
		memset(bytes, (int)(at % 250 + 1), sizeof bytes);
		memcpy(wanted + at, bytes, size);
		writes = 0;
		if (memory_write(child, base + at, bytes, size) || memory_read(child, base, got, sizeof got) ||
		    memcmp(got, wanted, sizeof wanted) != 0)
			return 0;
		if (at / PAGE == (at + size - 1) / PAGE && writes > most)
			most = writes;
	}
	return most;
}

int main(void)
{
	struct process child = { .is_read_only = true };
	unsigned most;

	pages = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	child.pid = pages == MAP_FAILED ? -1 : fork();
	if (child.pid == 0) {
		__real_ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	child.memory = child.pid < 0 ? -1 : process_open_file(child.pid, "mem", O_RDONLY);
	if (!ok(child.memory >= 0 && waitpid(child.pid, NULL, 0) == child.pid, "a child is traced and has stopped"))
		return plan();
	most = write_everywhere(&child, BRANCH);
	ok_got(most == 1, most, "a call instruction is written by one request, wherever it is in a page");
	most = write_everywhere(&child, sizeof(long));
	ok_got(most == 1, most, "a word is written by one request, wherever it is in a page");
	most = write_everywhere(&child, SIZE_MOST);
	ok_got(most == 2, most, "15 bytes are written by two requests");
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
	return plan();
}
