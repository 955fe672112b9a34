/* SPDX-License-Identifier: MIT
 *
 * The operations of socketcall_host, one for each call that has no maker but itself: socketcall_host_bind() and so on,
 * with the arguments that struct socketcall_operations gives them. operations.c refers to all of them.
 */
#ifndef SERVER_HOST_OPERATIONS_H
#define SERVER_HOST_OPERATIONS_H

#include "server/server.h"

#pragma GCC visibility push(hidden)
#define CALL(call, NAME, name, ...)                                                                                    \
	extern __typeof__(*((struct socketcall_operations *)0)->name) socketcall_host_##name;
#include "abi/calls.def"
#undef CALL
#pragma GCC visibility pop

#endif
