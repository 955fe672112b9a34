/* SPDX-License-Identifier: MIT
 *
 * socketcall_dispatch() inline: where the compiler knows the operations, it calls them directly, not by pointers.
 */
#ifndef SERVER_DISPATCH_H
#define SERVER_DISPATCH_H

#include "abi/native.h"
#include "server/server.h"

#define ARGUMENTS_1(k0, ...)                 (socketcall_op_##k0) words[0]
#define ARGUMENTS_2(k0, k1, ...)             ARGUMENTS_1(k0, ), (socketcall_op_##k1)words[1]
#define ARGUMENTS_3(k0, k1, k2, ...)         ARGUMENTS_2(k0, k1, ), (socketcall_op_##k2)words[2]
#define ARGUMENTS_4(k0, k1, k2, k3, ...)     ARGUMENTS_3(k0, k1, k2, ), (socketcall_op_##k3)words[3]
#define ARGUMENTS_5(k0, k1, k2, k3, k4, ...) ARGUMENTS_4(k0, k1, k2, k3, ), (socketcall_op_##k4)words[4]
#define ARGUMENTS_6(k0, k1, k2, k3, k4, k5)  ARGUMENTS_5(k0, k1, k2, k3, k4, ), (socketcall_op_##k5)words[5]

/*
 * Calls the operation of `call` with words[], which must be 0 from the call's arity on. If there is no such operation,
 * goes on at its maker's label, by_MAKER, whose operation gets the same words. Nothing jumps to the other labels.
 */
static inline __attribute__((__always_inline__)) long dispatch_words(const struct socketcall_operations *operations,
								     void *server, int call, const uint64_t *words)
{
	switch (call) {
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	case call:                                                                                                     \
		by_##name : __attribute__((__unused__));                                                               \
		if (operations->name)                                                                                  \
			return operations->name(server, ARGUMENTS_##arity(__VA_ARGS__));                               \
		if ((int)socketcall_call_##name == (int)socketcall_call_##maker)                                       \
			return -socketcall_errno_ENOSYS;                                                               \
		goto by_##maker;
#include "abi/calls.def"
#undef CALL
	default:
		return -22; /* EINVAL, the same on every architecture */
	}
}

#undef ARGUMENTS_1
#undef ARGUMENTS_2
#undef ARGUMENTS_3
#undef ARGUMENTS_4
#undef ARGUMENTS_5
#undef ARGUMENTS_6

#endif
