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
#undef CALL
#define CALL(...) +1
	SOCKETCALL_WORDS = 6, /* no call has more words than this */
	SOCKETCALL_CALLS = 0  /* how many there are: they are numbered 1 to this */
#include "calls.def"
};
#pragma pop_macro("CALL")

#endif
