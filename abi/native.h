/* SPDX-License-Identifier: MIT
 *
 * The facts of abi/ at compile time, for the architecture that is being compiled for; C, C++ and assembly. The names:
 *
 *   socketcall_call_NAME       a call's number, 1 to 20
 *   socketcall_arity_NAME      how many words its block has
 *   socketcall_number_NAME     its direct system-call number, or NONE
 *   socketcall_number_multiplexed, socketcall_number_recvmmsg_time64          system-call numbers, or NONE
 *   socketcall_number_rt_sigprocmask, socketcall_number_rt_sigpending         see CALLER in arch/i386.def
 *   socketcall_native_token, socketcall_native_word
 *                              AUDIT_ARCH_* without its highest bit, for which an enum has no room, and bytes of a
 *                              word; no two architectures have both
 *   socketcall_sigset          how many bytes a signal set has
 *   socketcall_errno_NAME, socketcall_option_NAME, socketcall_type_NAME
 *                              the kernel's constants of errno/ and options/: socketcall_errno_ENOSYS
 *
 * NONE is SOCKETCALL_NONE. C gets enumeration constants, assembly symbols.
 */
#ifndef SOCKETCALL_ABI_NATIVE_H
#define SOCKETCALL_ABI_NATIVE_H

#define SOCKETCALL_NONE (-1)

#pragma push_macro("CALL")
#pragma push_macro("ARCH")
#pragma push_macro("DOORS")
#pragma push_macro("CALLER")
#pragma push_macro("NUMBER")
#pragma push_macro("SIGSET")
#pragma push_macro("STRUCTURES")
#pragma push_macro("ADDRESSES")
#pragma push_macro("ERRNO")
#pragma push_macro("OPTION")
#pragma push_macro("TYPE")
#pragma push_macro("NOTE")
#pragma push_macro("NONE")
#include "undefine.h"
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

#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	SOCKETCALL_FACT(call_##name, call) SOCKETCALL_FACT(arity_##name, arity)
#define ARCH(name, token, word, order)                                                                                 \
	SOCKETCALL_FACT(native_token, (token) & 0x7fffffff) SOCKETCALL_FACT(native_word, word)
#define NOTE(text)
#define DOORS(multiplexed, time64, since)                                                                              \
	SOCKETCALL_FACT(number_multiplexed, multiplexed) SOCKETCALL_FACT(number_recvmmsg_time64, time64)
#define CALLER(procmask, pending)                                                                                      \
	SOCKETCALL_FACT(number_rt_sigprocmask, procmask) SOCKETCALL_FACT(number_rt_sigpending, pending)
#define NUMBER(name, number, since) SOCKETCALL_FACT(number_##name, number)
#define STRUCTURES(align, seconds, fraction, timespec)
#define ADDRESSES(bits)
#define SIGSET(bytes)		    SOCKETCALL_FACT(sigset, bytes)
#define ERRNO(name, value)	    SOCKETCALL_FACT(errno_##name, value)
#define OPTION(name, value)	    SOCKETCALL_FACT(option_##name, value)
#define TYPE(name, value)	    SOCKETCALL_FACT(type_##name, value)

SOCKETCALL_FACTS
#include "calls.def"
#if defined(__x86_64__) && !defined(__ILP32__)
#include "arch/x86_64.def"
#elif defined(__x86_64__)
#include "arch/x32.def"
#elif defined(__i386__)
#include "arch/i386.def"
#elif defined(__aarch64__) && !defined(__ILP32__) && !defined(__AARCH64EB__)
#include "arch/aarch64.def"
#elif defined(__arm__) && defined(__ARM_EABI__) && !defined(__ARMEB__)
#include "arch/arm.def"
#elif defined(__riscv) && __riscv_xlen == 64
#include "arch/riscv64.def"
#elif defined(__riscv) && __riscv_xlen == 32
#include "arch/riscv32.def"
#elif defined(__loongarch__) && defined(__loongarch_lp64)
#include "arch/loongarch64.def"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#include "arch/ppc64le.def"
#elif defined(__powerpc64__)
#include "arch/ppc64.def"
#elif defined(__powerpc__) && !defined(__LITTLE_ENDIAN__)
#include "arch/ppc.def"
#elif defined(__s390x__)
#include "arch/s390x.def"
#elif defined(__s390__)
#include "arch/s390.def"
#elif defined(__mips__) && _MIPS_SIM == 1 && defined(__MIPSEB__) /* _ABIO32, which not all compilers define */
#include "arch/mips.def"
#elif defined(__mips__) && _MIPS_SIM == 1
#include "arch/mipsel.def"
#elif defined(__mips__) && _MIPS_SIM == 2 && defined(__MIPSEB__) /* _ABIN32 */
#include "arch/mips64n32.def"
#elif defined(__mips__) && _MIPS_SIM == 2
#include "arch/mipsel64n32.def"
#elif defined(__mips__) && _MIPS_SIM == 3 && defined(__MIPSEB__) /* _ABI64 */
#include "arch/mips64.def"
#elif defined(__mips__) && _MIPS_SIM == 3
#include "arch/mipsel64.def"
#elif defined(__sparc__) && defined(__arch64__)
#include "arch/sparc64.def"
#elif defined(__sparc__)
#include "arch/sparc.def"
#elif defined(__m68k__)
#include "arch/m68k.def"
#elif defined(__sh__) && defined(__BIG_ENDIAN__)
#include "arch/sh.def"
#elif defined(__sh__)
#include "arch/shel.def"
#elif defined(__hppa__) && !defined(__LP64__)
#include "arch/parisc.def"
#elif defined(__alpha__)
#include "arch/alpha.def"
#elif defined(__arc__)
#include "arch/arcv2.def"
#elif defined(__hexagon__)
#include "arch/hexagon.def"
#elif defined(__csky__)
#include "arch/csky.def"
#else
#error "socketcall: no facts about this architecture (abi/native.h, abi/arch)"
#endif
SOCKETCALL_FACTS_END;
/* clang-format on */

#undef SOCKETCALL_FACT
#undef SOCKETCALL_FACTS
#undef SOCKETCALL_FACTS_END
#include "undefine.h" /* cppcheck ignores pop_macro, and would use these macros in later files */
#pragma pop_macro("CALL")
#pragma pop_macro("ARCH")
#pragma pop_macro("DOORS")
#pragma pop_macro("CALLER")
#pragma pop_macro("NUMBER")
#pragma pop_macro("SIGSET")
#pragma pop_macro("STRUCTURES")
#pragma pop_macro("ADDRESSES")
#pragma pop_macro("ERRNO")
#pragma pop_macro("OPTION")
#pragma pop_macro("TYPE")
#pragma pop_macro("NOTE")
#pragma pop_macro("NONE")

#endif
