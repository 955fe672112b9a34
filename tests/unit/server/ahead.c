/* SPDX-License-Identifier: MIT
 * Which bytes socketcall_process_begin() allows to be read ahead, and for how long. The guest's memory is shared with
 * this process, so that it can be changed between reads. TAP. */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

enum { PAGE = 4096, AHEAD = 1024, HERE = 2 * AHEAD };

static struct socketcall_process process = { .pidfd = -1, .listener = -1 };
static struct socketcall_memory_hooks hooks;
static char *memory;

/* Returns the guest's byte as the server reads it. */
static char byte_at(unsigned offset)
{
	char byte = '?';

	hooks.read(hooks.context, (uintptr_t)memory + offset, &byte, 1);
	return byte;
}

/* Changes a byte; returns true if the next read sees the change. */
static bool is_seen(unsigned offset)
{
	memory[offset]++;
	return byte_at(offset) == memory[offset];
}

int main(void)
{
	char bytes[2 * AHEAD];
	size_t r;

	memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	munmap(memory + PAGE, PAGE);
	memset(memory, 'a', PAGE);
	process.pid = fork();
	if (process.pid == 0)
		for (;;)
			pause();
	socketcall_process_memory(&process, &hooks);
	byte_at(HERE);
	ok(is_seen(HERE) && is_seen(HERE + 1), "without socketcall_process_begin(), each read sees current bytes");
	socketcall_process_begin(&process);
	byte_at(HERE);
	ok(!is_seen(HERE) && !is_seen(HERE + AHEAD - 1),
	   "after socketcall_process_begin(), bytes near a read one are read ahead");
	ok(is_seen(HERE - 1) && is_seen(HERE + AHEAD), "bytes further away aren't read ahead");
	byte_at(HERE);
	hooks.write(hooks.context, (uintptr_t)memory, "b", 1);
	ok(is_seen(HERE), "after a write, the next read sees current bytes");
	byte_at(HERE);
	socketcall_process_begin(&process);
	ok(is_seen(HERE), "after the next socketcall_process_begin(), a read sees current bytes");
	r = hooks.read(hooks.context, (uintptr_t)memory + HERE + 4, bytes, AHEAD);
	ok_got(r == AHEAD && !memcmp(bytes, memory + HERE + 4, AHEAD), (long)r, "a read across two pieces is complete");
	r = hooks.read(hooks.context, (uintptr_t)memory + PAGE - 8, bytes, 16);
	ok_got(r == 8, (long)r, "a read across the end of memory returns the bytes before the end");
	r = hooks.read(hooks.context, (uintptr_t)memory + PAGE - 8, bytes, 8);
	ok_got(r == 8 && !memcmp(bytes, memory + PAGE - 8, 8), (long)r, "a read up to the end of memory is complete");
	r = hooks.read(hooks.context, (uintptr_t)memory + PAGE, bytes, 8);
	ok_got(r == 0, (long)r, "a read beyond the end of memory returns no bytes");
	byte_at(HERE);
	socketcall_process_done(&process);
	ok(is_seen(HERE) && is_seen(HERE + 1), "after socketcall_process_done(), each read sees current bytes");
	kill(process.pid, SIGKILL);
	waitpid(process.pid, NULL, 0);
	return plan();
}
