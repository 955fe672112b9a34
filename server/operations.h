/* SPDX-License-Identifier: MIT
 *
 * The operations of socketcall_marshal, one for each call that has no maker but itself: socketcall_marshal_bind() and
 * so on, with the arguments that struct socketcall_operations gives them. marshal.c refers to all of them.
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
