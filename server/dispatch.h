/* SPDX-License-Identifier: MIT
 *
 * socketcall_dispatch() inline: for operations that are known to the compiler, its calls are direct ones.
 */
#ifndef SERVER_DISPATCH_H
#define SERVER_DISPATCH_H

#include "abi/native.h"
#include "server/server.h"

#define GIVEN_1(k0, ...)                 (socketcall_op_##k0) w[0]
#define GIVEN_2(k0, k1, ...)             GIVEN_1(k0, ), (socketcall_op_##k1)w[1]
#define GIVEN_3(k0, k1, k2, ...)         GIVEN_2(k0, k1, ), (socketcall_op_##k2)w[2]
#define GIVEN_4(k0, k1, k2, k3, ...)     GIVEN_3(k0, k1, k2, ), (socketcall_op_##k3)w[3]
#define GIVEN_5(k0, k1, k2, k3, k4, ...) GIVEN_4(k0, k1, k2, k3, ), (socketcall_op_##k4)w[4]
#define GIVEN_6(k0, k1, k2, k3, k4, k5)  GIVEN_5(k0, k1, k2, k3, k4, ), (socketcall_op_##k5)w[5]

/* by_NAME gives the words, of which those that a call hasn't got are zero, to that operation. */
static inline __attribute__((__always_inline__)) long dispatched(const struct socketcall_operations *operations,
								 void *server, int call, const uint64_t *w)
{
	switch (call) {
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	case call:                                                                                                     \
		by_##name : __attribute__((__unused__));                                                               \
		if (operations->name)                                                                                  \
			return operations->name(server, GIVEN_##arity(__VA_ARGS__));                                   \
		if ((int)socketcall_call_##name == (int)socketcall_call_##maker)                                       \
			return -socketcall_errno_ENOSYS;                                                               \
		goto by_##maker;
#include "abi/calls.def"
#undef CALL
	default:
		return -22; /* EINVAL, the same on every architecture */
	}
}

#undef GIVEN_1
#undef GIVEN_2
#undef GIVEN_3
#undef GIVEN_4
#undef GIVEN_5
#undef GIVEN_6

#endif
