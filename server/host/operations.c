/* SPDX-License-Identifier: MIT */
#include "server/host/operations.h"

#include "abi/native.h"
#include "server/host.h"

/* A call that has a maker stays null: socketcall_dispatch() goes to the maker's operation. */
const struct socketcall_operations socketcall_host = {
#define CALL(call, NAME, name, maker, ...)                                                                             \
	.name = (int)socketcall_call_##name == (int)socketcall_call_##maker ? socketcall_host_##name : 0,
#include "abi/calls.def"
#undef CALL
};
