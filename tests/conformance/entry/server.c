/* SPDX-License-Identifier: MIT
 * The serving end, in the program itself: it decodes and marshals each call, and makes it on real sockets. The guest's
 * memory is the program's own. If the server reports that Linux would send SIGPIPE, it is sent here. */
#include "../entry.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "server/host.h"

const struct entry entry = { "server", ENTRY_BLOCK, 0 };

long sc(int call, const word *block)
{
	/* Not static: a child of vfork(), a thread and a signal handler may each be in a call at the same time. */
	static _Thread_local struct socketcall_host_context host;
	/* not on the stack, because some facts make calls on a small stack */
	void *scratch = mmap(NULL, SOCKETCALL_SCRATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct socketcall_server server = {
		.arch = socketcall_arch_here(),
		.memory = socketcall_same_process,
		.backend = &socketcall_host_backend,
		.context = &host,
		.scratch = scratch,
		.scratch_size = SOCKETCALL_SCRATCH,
	};
	long r;

	if (scratch == MAP_FAILED)
		abort();
	r = socketcall_serve(&server, call, (uintptr_t)block);
	munmap(scratch, SOCKETCALL_SCRATCH);
	if (server.sigpipe)
		raise(SIGPIPE);
	return r;
}
