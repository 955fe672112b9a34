/* SPDX-License-Identifier: MIT
 *
 * The operations of socketcall_marshal: socketcall_marshal_bind() and so on, one for each call but accept, send and
 * recv, which accept4, sendto and recvfrom serve. They have the arguments that struct socketcall_operations says.
 */
#ifndef SERVER_OPERATIONS_H
#define SERVER_OPERATIONS_H

#include "server/server.h"

#pragma GCC visibility push(hidden)
#define CALL(call, NAME, name, ...)                                                                                    \
	extern __typeof__(*((struct socketcall_operations *)0)->name) socketcall_marshal_##name;
#include "abi/calls.def"
#undef CALL
#pragma GCC visibility pop

#endif
