/* SPDX-License-Identifier: MIT
 * A server in the caller's own process: decodes and marshals the call, and performs it on real sockets. */
#include <socketcall/host.h>

static long served(int call, const unsigned long *args)
{
	static _Thread_local struct socketcall_host_context host;
	static _Thread_local unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
	struct socketcall_server server = {
		.arch = socketcall_arch_here(),
		.memory = socketcall_same_process,
		.backend = &socketcall_host_backend,
		.context = &host,
		.scratch = scratch,
		.scratch_size = sizeof scratch,
	};

	return socketcall_serve(&server, call, (uintptr_t)args);
}
