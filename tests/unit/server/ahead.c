/* SPDX-License-Identifier: MIT
 * What socketcall_process_begin() lets be read ahead, and until when. The guest's memory is shared with this process,
 * so that it can be changed between reads. TAP. */
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

/* What the guest's byte is said to be. */
static char byte_at(unsigned offset)
{
	char byte = '?';

	hooks.read(hooks.context, (uintptr_t)memory + offset, &byte, 1);
	return byte;
}

/* Changes a byte, and says whether the next read sees it. */
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
	ok(is_seen(HERE) && is_seen(HERE + 1), "without it, each read is of now");
	socketcall_process_begin(&process);
	byte_at(HERE);
	ok(!is_seen(HERE) && !is_seen(HERE + AHEAD - 1), "with it, what lies beside a byte is read with it");
	ok(is_seen(HERE - 1) && is_seen(HERE + AHEAD), "what lies further away isn't");
	byte_at(HERE);
	hooks.write(hooks.context, (uintptr_t)memory, "b", 1);
	ok(is_seen(HERE), "what is behind a write is read behind it");
	byte_at(HERE);
	socketcall_process_begin(&process);
	ok(is_seen(HERE), "the next call reads anew");
	r = hooks.read(hooks.context, (uintptr_t)memory + HERE + 4, bytes, AHEAD);
	ok_got(r == AHEAD && !memcmp(bytes, memory + HERE + 4, AHEAD), (long)r, "bytes of two such pieces are whole");
	r = hooks.read(hooks.context, (uintptr_t)memory + PAGE - 8, bytes, 16);
	ok_got(r == 8, (long)r, "bytes that memory ends in are as many as there are");
	r = hooks.read(hooks.context, (uintptr_t)memory + PAGE - 8, bytes, 8);
	ok_got(r == 8 && !memcmp(bytes, memory + PAGE - 8, 8), (long)r, "and those before it are whole");
	r = hooks.read(hooks.context, (uintptr_t)memory + PAGE, bytes, 8);
	ok_got(r == 0, (long)r, "behind it there are none");
	byte_at(HERE);
	socketcall_process_done(&process);
	ok(is_seen(HERE) && is_seen(HERE + 1), "behind socketcall_process_done(), each read is of now");
	kill(process.pid, SIGKILL);
	waitpid(process.pid, NULL, 0);
	return plan();
}
