/* SPDX-License-Identifier: MIT
 * For instructions.long, which reads the compiled instructions: a function made_NAME for each call, which makes it
 * directly with the arguments 17, 34, 51, 68, 85, 102. */
#define SOCKETCALL_DIRECT_ONLY
#include <socketcall/caller.h>

#define A1(k0, ...)                 (socketcall_kind_##k0)17
#define A2(k0, k1, ...)             (socketcall_kind_##k0)17, (socketcall_kind_##k1)34
#define A3(k0, k1, k2, ...)         A2(k0, k1, ), (socketcall_kind_##k2)51
#define A4(k0, k1, k2, k3, ...)     A3(k0, k1, k2, ), (socketcall_kind_##k3)68
#define A5(k0, k1, k2, k3, k4, ...) A4(k0, k1, k2, k3, ), (socketcall_kind_##k4)85
#define A6(k0, k1, k2, k3, k4, k5)  A5(k0, k1, k2, k3, k4, ), (socketcall_kind_##k5)102
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	long made_##name(void);                                                                                        \
	long made_##name(void)                                                                                         \
	{                                                                                                              \
		return socketcall_##name(A##arity(__VA_ARGS__));                                                       \
	}
#include <socketcall/abi/calls.def>
