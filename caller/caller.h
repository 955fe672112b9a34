/* SPDX-License-Identifier: MIT
 *
 * socketcall's calling end: makes the twenty socket calls by whichever door is open on the running kernel.
 *
 * It is for C libraries and for programs without one: freestanding (-ffreestanding -nostdlib), C11 or C++11. It has
 * only inline functions and no state, so it can be used in signal handlers, in threads and before main().
 * socketcall_raw(3) is the manual page.
 *
 * There are two doors: a call's own system call (direct), and socketcall(2) (multiplexed); some architectures have only
 * one of them. Define at most one of these before you include this header:
 *
 *   SOCKETCALL_DIRECT_FIRST        direct; after ENOSYS multiplexed (the default)
 *   SOCKETCALL_MULTIPLEXED_FIRST   multiplexed; after ENOSYS direct
 *   SOCKETCALL_DIRECT_ONLY         direct
 *   SOCKETCALL_MULTIPLEXED_ONLY    multiplexed; each call is ENOSYS on an architecture without that door
 *
 * Each call tries the doors anew, because a seccomp filter may be loaded at any time, for one thread, and may refuse
 * one call only. Only ENOSYS means that a door is closed.
 *
 * On i386, define SOCKETCALL_I386_GS as well if a libc has set up the thread; see entry/i386.h.
 */
#ifndef SOCKETCALL_CALLER_H
#define SOCKETCALL_CALLER_H

#if defined(SOCKETCALL_DIRECT_FIRST) + defined(SOCKETCALL_MULTIPLEXED_FIRST) + defined(SOCKETCALL_DIRECT_ONLY) +       \
		defined(SOCKETCALL_MULTIPLEXED_ONLY) >                                                                 \
	1
#error "socketcall: more than one choice of doors"
#endif

#include "abi/calls.h"
#include "abi/native.h"

#pragma push_macro("CALL")
#pragma push_macro("KIND")
#undef CALL
#undef KIND

#define SOCKETCALL_INLINE static inline __attribute__((__always_inline__, __unused__))

/*
 * The entry of each architecture. Its first comment names the registers. It defines:
 *   socketcall_enter3(), socketcall_enter5(), socketcall_enter6()
 *                                make the system call `number` with 3, 5 or 6 arguments; return its result or -errno
 *   socketcall_stack_pointer()   returns the stack pointer
 *   SOCKETCALL_CALLS_PUSH        only if calls push something, so that the stack pointer points to mapped memory
 * Its other macros are for itself. SOCKETCALL_LOST is the part of the clobber list that these functions share.
 */
#if defined(__x86_64__) && defined(__ILP32__)
#include "entry/x32.h"
#elif defined(__x86_64__)
#include "entry/x86_64.h"
#elif defined(__i386__)
#include "entry/i386.h"
#elif defined(__aarch64__)
#include "entry/aarch64.h"
#elif defined(__arm__)
#include "entry/arm.h"
#elif defined(__riscv)
#include "entry/riscv.h"
#elif defined(__loongarch__)
#include "entry/loongarch64.h"
#elif defined(__powerpc__)
#include "entry/powerpc.h"
#elif defined(__s390__) /* s390x, too */
#include "entry/s390x.h"
#elif defined(__mips__) && _MIPS_SIM == 1 /* _ABIO32 */
#include "entry/mips.h"
#elif defined(__mips__)
#include "entry/mips64.h"
#elif defined(__sparc__)
#include "entry/sparc.h"
#elif defined(__m68k__)
#include "entry/m68k.h"
#elif defined(__sh__)
#include "entry/sh.h"
#elif defined(__hppa__)
#include "entry/parisc.h"
#elif defined(__alpha__)
#include "entry/alpha.h"
#elif defined(__arc__)
#include "entry/arcv2.h"
#elif defined(__hexagon__)
#include "entry/hexagon.h"
#else
#error "socketcall: facts about this architecture, but no entry (caller/entry)"
#endif

/* ---- Asking the kernel whether memory can be read ---------------------------------------------------------------- */

enum {
	SOCKETCALL_EFAULT = 14, /* these two have the same value on every architecture */
	SOCKETCALL_EINVAL = 22,
	SOCKETCALL_GRANULE = 4096 /* no kernel has smaller pages */
};

/* A word of a block that may lie anywhere, whatever type it was stored as. */
struct socketcall_word {
	unsigned long word;
} __attribute__((__packed__, __may_alias__));

/*
 * Whether a signal set at `address` can be read: 0 if it can, -EFAULT if not, another value if the kernel does not
 * tell. rt_sigprocmask reads the set before it finds `how` invalid (kernel/signal.c, every version). It takes a null
 * pointer for "no set", so for address 0 we ask about another set in the first page.
 */
SOCKETCALL_INLINE long socketcall_ask(unsigned long address)
{
	long r = socketcall_enter5(socketcall_number_rt_sigprocmask, ~0UL,
				   address ? address : (unsigned long)socketcall_sigset, 0, socketcall_sigset, 0);

	return r == -SOCKETCALL_EINVAL ? 0 : r ? r : 1;
}

/*
 * socketcall_shortest is the length in words of the shortest block of a call, but at most 2. In socketcall_arities, bit
 * n is set if a call has n words.
 */
enum {
	socketcall_arities = 0
#define CALL(call, NAME, name, maker, arity, ...) | 1 << arity
#include "abi/calls.def"
#undef CALL
	,
	socketcall_shortest = (int)socketcall_arities & 1 << 1 ? 1 : 2
};

/*
 * Whether the `bytes` bytes at `address` can be read. `bytes` is at least socketcall_shortest words, and at most a
 * granule. Returns what socketcall_ask() returns. We probe the first and last bytes of the block itself, so that tagged
 * addresses (arm64 MTE) are checked with their own tags. Where a signal set is longer than the shortest block (mips),
 * we probe other bytes of the same pages.
 */
static inline long socketcall_readable(unsigned long address, unsigned long bytes)
{
	const unsigned long page = ~(unsigned long)(SOCKETCALL_GRANULE - 1);
	unsigned long first = address, last = address + bytes - socketcall_sigset;
	long r;

	if (socketcall_sigset > socketcall_shortest * sizeof(long)) {
		first = (address & page) + socketcall_sigset;
		last = ((address + bytes - 1) & page) + socketcall_sigset;
	}
	r = socketcall_ask(last);
	return r || ((first ^ last) & page) == 0 ? r : socketcall_ask(first);
}

/*
 * Whether the bytes lie wholly in the page of the stack pointer, which is mapped. If the stack pointer points to the
 * start of a page, that page may not be mapped: on architectures whose calls push nothing, this is an empty stack.
 */
SOCKETCALL_INLINE int socketcall_on_stack(unsigned long address, unsigned long bytes)
{
	unsigned long sp = socketcall_stack_pointer();

#ifndef SOCKETCALL_CALLS_PUSH
	if (sp % SOCKETCALL_GRANULE == 0)
		return 0;
#endif
	return ((address ^ sp) | ((address + bytes - 1) ^ sp)) < SOCKETCALL_GRANULE;
}

/* ---- The doors --------------------------------------------------------------------------------------------------- */

/* Chooses between a fact about a call and one about its maker: the call's, if it has a direct number. */
#define SOCKETCALL_OWN(number, own, made) ((int)(number) != SOCKETCALL_NONE ? (int)(own) : (int)(made))

/*
 * recvmmsg on a kernel that was built without 32-bit times: makes the variant with 64-bit times, and converts the
 * timeout. As in net/socket.c, the remaining time is written back only if a message came, and the answer is EFAULT if
 * it cannot be written.
 */
static inline long socketcall_recvmmsg_time64(unsigned long fd, unsigned long messages, unsigned long count,
					      unsigned long flags, unsigned long timeout)
{
	struct socketcall_word *words = (struct socketcall_word *)timeout;
	struct {
		long long seconds, nanoseconds;
	} wide = { 0, 0 };
	long r;

	if (timeout) {
		r = socketcall_readable(timeout, 2 * sizeof *words);
		if (r)
			return r == -SOCKETCALL_EFAULT ? r : -socketcall_errno_ENOSYS;
		wide.seconds = (long)words[0].word;
		wide.nanoseconds = (long)words[1].word;
	}
	r = socketcall_enter5(socketcall_number_recvmmsg_time64, fd, messages, count, flags,
			      timeout ? (unsigned long)&wide : 0);
	if (r <= 0 || !timeout)
		return r;
	/* rt_sigpending tells whether the 8 bytes can be written: it writes exactly these, and we overwrite them. */
	if (socketcall_enter3(socketcall_number_rt_sigpending, timeout, 8, 0) == -SOCKETCALL_EFAULT)
		return -SOCKETCALL_EFAULT;
	words[0].word = (unsigned long)wide.seconds;
	words[1].word = (unsigned long)wide.nanoseconds;
	return r;
}

/* Makes the direct call with `width` words, a constant. -ENOSYS if the architecture has none. */
SOCKETCALL_INLINE long socketcall_direct(int call, int number, int width, unsigned long a, unsigned long b,
					 unsigned long c, unsigned long d, unsigned long e, unsigned long f)
{
	long r;

	if (call == SOCKETCALL_RECVMMSG && (int)socketcall_number_recvmmsg == SOCKETCALL_NONE)
		number = socketcall_number_recvmmsg_time64; /* this architecture never had 32-bit times */
	if (number == SOCKETCALL_NONE)
		return -socketcall_errno_ENOSYS;
	if (width <= 3)
		r = socketcall_enter3(number, a, b, c);
	else if (width <= 5)
		r = socketcall_enter5(number, a, b, c, d, e);
	else
		r = socketcall_enter6(number, a, b, c, d, e, f);
	if (call == SOCKETCALL_RECVMMSG && (int)socketcall_number_recvmmsg != SOCKETCALL_NONE &&
	    (int)socketcall_number_recvmmsg_time64 != SOCKETCALL_NONE &&
	    __builtin_expect(r == -socketcall_errno_ENOSYS, 0))
		return socketcall_recvmmsg_time64(a, b, c, d, e);
	return r;
}

/* Makes the multiplexed call; the kernel makes all checks. -ENOSYS if the architecture has none. */
SOCKETCALL_INLINE long socketcall_multiplexed(int call, unsigned long block)
{
	if ((int)socketcall_number_multiplexed == SOCKETCALL_NONE)
		return -socketcall_errno_ENOSYS;
	return socketcall_enter3(socketcall_number_multiplexed, (unsigned long)call, block, 0);
}

/* ---- A call with its block --------------------------------------------------------------------------------------- */

/* For each call: the number of the direct call that makes it, and how many words each of the two has. */
static const struct socketcall_row {
	int number;
	unsigned char arity, width; /* the words of the call, and of the direct call */
} socketcall_rows[SOCKETCALL_CALLS + 1] = {
	{ SOCKETCALL_NONE, 0, 0 },
#define CALL(call, NAME, name, maker, arity, ...)                                                                      \
	{ SOCKETCALL_OWN(socketcall_number_##name, socketcall_number_##name, socketcall_number_##maker), arity,        \
	  SOCKETCALL_OWN(socketcall_number_##name, arity, socketcall_arity_##maker) },
#include "abi/calls.def"
#undef CALL
};

/*
 * The second word of a block, or 0 if the call has only one. As long as abi/calls.def has no call of one word, the
 * compiler leaves out the test of row.arity.
 */
SOCKETCALL_INLINE unsigned long socketcall_second(struct socketcall_row row, const struct socketcall_word *word)
{
	return (int)socketcall_shortest > 1 || row.arity > 1 ? word[1].word : 0;
}

/*
 * Makes the direct call with the words of a readable block. There is no jump table, because an indirect jump between
 * two system calls is hardly ever predicted.
 */
SOCKETCALL_INLINE long socketcall_unpacked(int call, const struct socketcall_word *word)
{
	unsigned long c = 0, d = 0, e = 0;
	const struct socketcall_row row = socketcall_rows[call];

	if (row.arity > 2)
		c = word[2].word;
	if (row.arity > 3)
		d = word[3].word;
	if (row.arity > 4)
		e = word[4].word;
	if (row.width == 6)
		return socketcall_direct(call, row.number, 6, word[0].word, socketcall_second(row, word), c, d, e,
					 row.arity == 6 ? word[5].word : 0);
	return socketcall_direct(call, row.number, 5, word[0].word, socketcall_second(row, word), c, d, e, 0);
}

/* As socketcall_raw(), by the direct door only. Sets *closed if the door is closed or cannot be used for this block. */
SOCKETCALL_INLINE long socketcall_raw_direct(int call, const unsigned long *args, int *closed)
{
	const struct socketcall_word *word = (const struct socketcall_word *)args;
	unsigned long bytes;
	long r;

	*closed = 0;
	if (call < 1 || call > SOCKETCALL_CALLS)
		return -SOCKETCALL_EINVAL;
	/*
	 * Hides from the compiler where the block comes from; GCC 12 would warn that it is too short for other calls.
	 */
	__asm__("" : "+r"(word) : : "memory");
	bytes = socketcall_rows[call].arity * sizeof *word;
	if (__builtin_expect(!socketcall_on_stack((unsigned long)args, bytes), 0)) {
		r = socketcall_readable((unsigned long)args, bytes);
		if (r) {
			*closed = r != -SOCKETCALL_EFAULT;
			return -SOCKETCALL_EFAULT;
		}
	}
	r = socketcall_unpacked(call, word);
	*closed = r == -socketcall_errno_ENOSYS;
	return r;
}

/*
 * socketcall(2) as the kernel answers it. `call` is 1 to 20 (SOCKETCALL_SOCKET …), `args` points to that call's words.
 * Returns the call's result, or -errno in [-4095, -1]:
 *   -EINVAL  there is no such call; this is checked before args
 *   -EFAULT  the call's words at args cannot be read; nothing beyond these is read
 *   -ENOSYS  none of the doors that may be tried is open
 *   …        what the call itself answers
 * No other thread may unmap the block during the call: the kernel would answer EFAULT, but this function crashes.
 */
static inline long socketcall_raw(int call, const unsigned long *args)
{
	int closed;
	long r;

#if defined(SOCKETCALL_MULTIPLEXED_ONLY) || defined(SOCKETCALL_MULTIPLEXED_FIRST)
	r = socketcall_multiplexed(call, (unsigned long)args);
#ifdef SOCKETCALL_MULTIPLEXED_FIRST
	if (r == -socketcall_errno_ENOSYS)
		r = socketcall_raw_direct(call, args, &closed);
#else
	(void)closed;
#endif
#else
	r = socketcall_raw_direct(call, args, &closed);
#ifndef SOCKETCALL_DIRECT_ONLY
	if (__builtin_expect(closed, 0) && (int)socketcall_number_multiplexed != SOCKETCALL_NONE)
		r = socketcall_multiplexed(call, (unsigned long)args);
#endif
#endif
	return r;
}

/* ---- The twenty, with their arguments ---------------------------------------------------------------------------- */

/* Makes the multiplexed call with a block on the stack. */
static inline long socketcall_with_block(int call, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
					 unsigned long e, unsigned long f)
{
	unsigned long block[SOCKETCALL_WORDS] = { a, b, c, d, e, f };

	return socketcall_multiplexed(call, (unsigned long)block);
}

/*
 * Makes a call whose words are the arguments, by the doors that may be tried. `number` and `width` are those of the
 * direct call, as in struct socketcall_row.
 */
SOCKETCALL_INLINE long socketcall_made(int call, int number, int width, unsigned long a, unsigned long b,
				       unsigned long c, unsigned long d, unsigned long e, unsigned long f)
{
	long r;

#if defined(SOCKETCALL_MULTIPLEXED_ONLY) || defined(SOCKETCALL_MULTIPLEXED_FIRST)
	r = socketcall_with_block(call, a, b, c, d, e, f);
#ifdef SOCKETCALL_MULTIPLEXED_FIRST
	if (r == -socketcall_errno_ENOSYS)
		r = socketcall_direct(call, number, width, a, b, c, d, e, f);
#else
	(void)number, (void)width;
#endif
#else
	r = socketcall_direct(call, number, width, a, b, c, d, e, f);
#ifndef SOCKETCALL_DIRECT_ONLY
	if ((int)socketcall_number_multiplexed != SOCKETCALL_NONE && __builtin_expect(r == -socketcall_errno_ENOSYS, 0))
		r = socketcall_with_block(call, a, b, c, d, e, f);
#endif
#endif
	return r;
}

/* An argument's type by its kind: socketcall_kind_FD is int. */
#define KIND(NAME, text, type, take) typedef type socketcall_kind_##NAME;
#include "abi/kinds.def"
#undef KIND

/*
 * long socketcall_bind(int, const void *, unsigned) and so on, for each row of abi/calls.def: as the call of that name
 * in section 2 of the manual, with the kernel's convention for the result.
 */
#define SOCKETCALL_TAKES_1(A, B, C, D, E, F) A a
#define SOCKETCALL_TAKES_2(A, B, C, D, E, F) A a, B b
#define SOCKETCALL_TAKES_3(A, B, C, D, E, F) A a, B b, C c
#define SOCKETCALL_TAKES_4(A, B, C, D, E, F) A a, B b, C c, D d
#define SOCKETCALL_TAKES_5(A, B, C, D, E, F) A a, B b, C c, D d, E e
#define SOCKETCALL_TAKES_6(A, B, C, D, E, F) A a, B b, C c, D d, E e, F f
/* clang-format off */
#define SOCKETCALL_WORDS_2 (unsigned long)a, (unsigned long)b
#define SOCKETCALL_WORDS_3 SOCKETCALL_WORDS_2, (unsigned long)c
#define SOCKETCALL_WORDS_4 SOCKETCALL_WORDS_3, (unsigned long)d
#define SOCKETCALL_WORDS_5 SOCKETCALL_WORDS_4, (unsigned long)e
#define SOCKETCALL_GIVES_1 (unsigned long)a, 0, 0, 0, 0, 0
#define SOCKETCALL_GIVES_2 SOCKETCALL_WORDS_2, 0, 0, 0, 0
#define SOCKETCALL_GIVES_3 SOCKETCALL_WORDS_3, 0, 0, 0
#define SOCKETCALL_GIVES_4 SOCKETCALL_WORDS_4, 0, 0
#define SOCKETCALL_GIVES_5 SOCKETCALL_WORDS_5, 0
#define SOCKETCALL_GIVES_6 SOCKETCALL_WORDS_5, (unsigned long)f
/* clang-format on */
/*
 * This macro pastes `name` itself. If it passed `name` on to another macro, `name` would be expanded first, and a
 * program may have a macro of that name.
 */
#define CALL(call, NAME, name, maker, arity, k0, k1, k2, k3, k4, k5)                                                   \
	SOCKETCALL_INLINE long socketcall_##name(SOCKETCALL_TAKES_##arity(socketcall_kind_##k0, socketcall_kind_##k1,  \
									  socketcall_kind_##k2, socketcall_kind_##k3,  \
									  socketcall_kind_##k4, socketcall_kind_##k5)) \
	{                                                                                                              \
		return socketcall_made(                                                                                \
			call,                                                                                          \
			SOCKETCALL_OWN(socketcall_number_##name, socketcall_number_##name, socketcall_number_##maker), \
			SOCKETCALL_OWN(socketcall_number_##name, arity, socketcall_arity_##maker),                     \
			SOCKETCALL_GIVES_##arity);                                                                     \
	}
#include "abi/calls.def"
#undef CALL
#undef SOCKETCALL_TAKES_1
#undef SOCKETCALL_TAKES_2
#undef SOCKETCALL_TAKES_3
#undef SOCKETCALL_TAKES_4
#undef SOCKETCALL_TAKES_5
#undef SOCKETCALL_TAKES_6
#undef SOCKETCALL_WORDS_2
#undef SOCKETCALL_WORDS_3
#undef SOCKETCALL_WORDS_4
#undef SOCKETCALL_WORDS_5
#undef SOCKETCALL_GIVES_1
#undef SOCKETCALL_GIVES_2
#undef SOCKETCALL_GIVES_3
#undef SOCKETCALL_GIVES_4
#undef SOCKETCALL_GIVES_5
#undef SOCKETCALL_GIVES_6
#undef SOCKETCALL_OWN

#pragma pop_macro("CALL")
#pragma pop_macro("KIND")

#endif
