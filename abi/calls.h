/* SPDX-License-Identifier: MIT
 * The twenty calls' numbers: SOCKETCALL_SOCKET is 1, as SYS_SOCKET in <linux/net.h>. C and C++, nothing else
 * included. */
#ifndef SOCKETCALL_ABI_CALLS_H
#define SOCKETCALL_ABI_CALLS_H

#pragma push_macro("CALL")
#undef CALL
#define CALL(call, NAME, ...) SOCKETCALL_##NAME = call,
enum {
#include "calls.def"
	SOCKETCALL_CALLS = 20, /* calls are numbered 1 to this */
	SOCKETCALL_WORDS = 6   /* no call has more words than this */
};
#pragma pop_macro("CALL")

#endif
