/* SPDX-License-Identifier: MIT
 *
 * The facts of abi/ at compile time, for the architecture that is being compiled for; C, C++ and assembly. The names:
 *
 *   socketcall_call_NAME       a call's number, 1 to 20
 *   socketcall_arity_NAME      how many words its block has
 *   socketcall_number_NAME     its direct system-call number, or NONE
 *   socketcall_number_multiplexed, socketcall_number_recvmmsg_time64          system-call numbers, or NONE
 *   socketcall_number_rt_sigprocmask, socketcall_number_rt_sigpending, socketcall_sigset, socketcall_enosys
 *                              see CALLER in arch/i386.def
 *
 * NONE is SOCKETCALL_NONE. C gets enumeration constants, assembly symbols.
 */
#ifndef SOCKETCALL_ABI_NATIVE_H
#define SOCKETCALL_ABI_NATIVE_H

#define SOCKETCALL_NONE (-1)

#pragma push_macro("CALL")
#pragma push_macro("ARCH")
#pragma push_macro("CALLER")
#pragma push_macro("NUMBER")
#pragma push_macro("NONE")
#undef CALL
#undef ARCH
#undef CALLER
#undef NUMBER
#undef NONE
#define NONE SOCKETCALL_NONE

/* clang-format off */
#ifdef __ASSEMBLER__
#define SOCKETCALL_FACT(name, value) .set socketcall_##name, value;
#define SOCKETCALL_FACTS
#define SOCKETCALL_FACTS_END
#else
#define SOCKETCALL_FACT(name, value) socketcall_##name = value,
#define SOCKETCALL_FACTS	     enum {
#define SOCKETCALL_FACTS_END }
#endif

#define CALL(call, NAME, name, maker, arity, ...) SOCKETCALL_FACT(call_##name, call) SOCKETCALL_FACT(arity_##name, arity)
#define ARCH(name, token, word, order, multiplexed, time64)                                                            \
	SOCKETCALL_FACT(number_multiplexed, multiplexed) SOCKETCALL_FACT(number_recvmmsg_time64, time64)
#define CALLER(name, procmask, pending, set, nosys)                                                                    \
	SOCKETCALL_FACT(number_rt_sigprocmask, procmask) SOCKETCALL_FACT(number_rt_sigpending, pending)                \
	SOCKETCALL_FACT(sigset, set) SOCKETCALL_FACT(enosys, nosys)
#define NUMBER(arch, name, number) SOCKETCALL_FACT(number_##name, number)

SOCKETCALL_FACTS
#include "calls.def"
#if defined(__x86_64__) && !defined(__ILP32__)
#include "arch/x86_64.def"
#elif defined(__i386__)
#include "arch/i386.def"
#elif defined(__aarch64__) && !defined(__ILP32__)
#include "arch/aarch64.def"
#elif defined(__arm__) && defined(__ARM_EABI__)
#include "arch/arm.def"
#elif defined(__s390x__)
#include "arch/s390x.def"
#elif defined(__mips__) && defined(_ABIO32) && _MIPS_SIM == _ABIO32 && defined(__MIPSEB__)
#include "arch/mips.def"
#else
#error "socketcall: no facts about this architecture (abi/native.h, abi/arch)"
#endif
SOCKETCALL_FACTS_END;
/* clang-format on */

#undef SOCKETCALL_FACT
#undef SOCKETCALL_FACTS
#undef SOCKETCALL_FACTS_END
#pragma pop_macro("CALL")
#pragma pop_macro("ARCH")
#pragma pop_macro("CALLER")
#pragma pop_macro("NUMBER")
#pragma pop_macro("NONE")

#endif
