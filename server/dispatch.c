/* SPDX-License-Identifier: MIT */
#include "server/server.h"

#include "abi/native.h"

enum { MINUS_EINVAL = -22 }; /* the same on every architecture */

#define GIVEN_1(k0, ...)                 (socketcall_op_##k0) w[0]
#define GIVEN_2(k0, k1, ...)             GIVEN_1(k0, ), (socketcall_op_##k1)w[1]
#define GIVEN_3(k0, k1, k2, ...)         GIVEN_2(k0, k1, ), (socketcall_op_##k2)w[2]
#define GIVEN_4(k0, k1, k2, k3, ...)     GIVEN_3(k0, k1, k2, ), (socketcall_op_##k3)w[3]
#define GIVEN_5(k0, k1, k2, k3, k4, ...) GIVEN_4(k0, k1, k2, k3, ), (socketcall_op_##k4)w[4]
#define GIVEN_6(k0, k1, k2, k3, k4, k5)  GIVEN_5(k0, k1, k2, k3, k4, ), (socketcall_op_##k5)w[5]

/* One per call: by_NAME() gives the words, of which those that a call hasn't got are zero, to that operation. */
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	static long by_##name(const struct socketcall_operations *operations, void *server, const uint64_t *w)         \
	{                                                                                                              \
		return operations->name ? operations->name(server, GIVEN_##arity(__VA_ARGS__))                         \
					: -socketcall_errno_ENOSYS;                                                    \
	}
#include "abi/calls.def"
#undef CALL

long socketcall_dispatch(const struct socketcall_operations *operations, void *server,
			 const struct socketcall_request *request)
{
	switch (request->call) {
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	case call:                                                                                                     \
		return (operations->name ? by_##name : by_##maker)(operations, server, request->word);
#include "abi/calls.def"
#undef CALL
	default:
		return MINUS_EINVAL;
	}
}
