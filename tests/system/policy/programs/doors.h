/* SPDX-License-Identifier: MIT
 * Functions that ask for a socket or a pair, one for each door that a program of x86-64, or one of i386, has. They
 * return 0 or -errno, and close the new descriptors. */
#ifndef TESTS_POLICY_DOORS_H
#define TESTS_POLICY_DOORS_H

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SOCKET = 1, SOCKETPAIR = 8, I386_SOCKET = 359, I386_SOCKETPAIR = 360, I386_SOCKETCALL = 102 };

struct asked {
	uint32_t family, type, protocol;
	bool pair;
};

struct door {
	const char *name;
	long (*ask)(const struct asked *asked);
	bool is_shut; /* every policy closes it */
};

/* Memory below 4 GiB, so that 32-bit calls of a 64-bit program can point to it. */
struct low {
	volatile uint32_t block[4]; /* socketcall's block */
	int pair[2];                /* descriptors of a pair */
	bool watched;               /* take() is to store each socket's family in `made` */
	int made;
};

static inline struct low *low_memory(void)
{
	static struct low *low;

#ifdef __x86_64__
	if (!low)
		low = mmap(NULL, sizeof *low, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
#else
	static struct low memory;

	low = &memory;
#endif
	return low;
}

/* Closes what the call made. Returns 0 or -errno. */
static inline long take(const struct asked *asked, long result)
{
	if (asked->pair && result == 0) {
		close(low_memory()->pair[0]);
		close(low_memory()->pair[1]);
	} else if (!asked->pair && result >= 0) {
		if (low_memory()->watched) {
			socklen_t size = sizeof low_memory()->made;

			/* Directly: i386's libc makes a multiplexed call, which may be refused, too. */
			syscall(SYS_getsockopt, (int)result, SOL_SOCKET, SO_DOMAIN, &low_memory()->made, &size);
		}
		close((int)result);
		return 0;
	}
	return result;
}

static inline long int80(uint32_t number, const volatile uint32_t words[4])
{
	int result;

#ifdef __x86_64__
	register uint64_t si __asm__("rsi") = words[3];

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(words[0]), "c"(words[1]), "d"(words[2]), "r"(si)
			 : "memory", "r8", "r9", "r10", "r11");
#else
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(words[0]), "c"(words[1]), "d"(words[2]), "S"(words[3])
			 : "memory");
#endif
	return result;
}

static inline void set_words(const struct asked *asked, volatile uint32_t words[4])
{
	words[0] = asked->family;
	words[1] = asked->type;
	words[2] = asked->protocol;
	words[3] = (uint32_t)(uintptr_t)low_memory()->pair;
}

/* i386's direct call by `int $0x80`. */
static inline long ask_int80(const struct asked *asked)
{
	uint32_t words[4];

	set_words(asked, words);
	return take(asked, int80(asked->pair ? I386_SOCKETPAIR : I386_SOCKET, words));
}

/* i386's socketcall by an `int $0x80` of this program's own. */
static inline long ask_socketcall(const struct asked *asked)
{
	uint32_t words[4] = { asked->pair ? SOCKETPAIR : SOCKET, (uint32_t)(uintptr_t)low_memory()->block };

	set_words(asked, low_memory()->block);
	return take(asked, int80(I386_SOCKETCALL, words));
}

#ifdef __x86_64__
/* x86-64's direct call, with high bits set in each word. The kernel uses only the low 32 bits. */
static inline long ask_native(const struct asked *asked)
{
	const uint64_t high = 0x5a5a5a5aull << 32;
	long number = asked->pair ? SYS_socketpair : SYS_socket, result;
	register uint64_t r10 __asm__("r10") = (uintptr_t)low_memory()->pair;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(asked->family | high), "S"(asked->type | high), "d"(asked->protocol | high),
			   "r"(r10)
			 : "memory", "rcx", "r11");
	return take(asked, result);
}

static inline long ask_x32(const struct asked *asked)
{
	return take(asked, syscall(0x40000000 | (asked->pair ? SYS_socketpair : SYS_socket), asked->family, asked->type,
				   asked->protocol, low_memory()->pair) < 0
				   ? -errno
				   : 0);
}

static const struct door doors[] = {
	{ "native", ask_native, false },
	{ "i386", ask_int80, false },
	{ "socketcall", ask_socketcall, true },
	{ "x32", ask_x32, true },
};
#else
/* Enters the kernel by the vDSO's entry, as a libc does. */
static inline long vdso(uint32_t number, const volatile uint32_t words[4])
{
	long result;

	__asm__ volatile("call *%1"
			 : "=a"(result)
			 : "m"(*(const long *)(const long[]){ (long)getauxval(AT_SYSINFO) }), "0"(number),
			   "b"(words[0]), "c"(words[1]), "d"(words[2]), "S"(words[3])
			 : "memory", "cc");
	return result;
}

static inline long ask_direct(const struct asked *asked)
{
	uint32_t words[4];

	set_words(asked, words);
	return take(asked, vdso(asked->pair ? I386_SOCKETPAIR : I386_SOCKET, words));
}

static inline long ask_multiplexed(const struct asked *asked)
{
	uint32_t words[4] = { asked->pair ? SOCKETPAIR : SOCKET, (uint32_t)(uintptr_t)low_memory()->block };

	set_words(asked, low_memory()->block);
	return take(asked, vdso(I386_SOCKETCALL, words));
}

static const struct door doors[] = {
	{ "direct", ask_direct, false },
	{ "i386", ask_int80, false },
	{ "multiplexed", ask_multiplexed, false },
	{ "socketcall", ask_socketcall, false },
};
#endif

static const unsigned door_count = sizeof doors / sizeof *doors;

/* The data that a filter gets for the direct call. */
static inline struct seccomp_data data_of(const struct asked *asked)
{
#ifdef __x86_64__
	struct seccomp_data data = { .nr = asked->pair ? SYS_socketpair : SYS_socket, .arch = AUDIT_ARCH_X86_64 };
#else
	struct seccomp_data data = { .nr = asked->pair ? I386_SOCKETPAIR : I386_SOCKET, .arch = AUDIT_ARCH_I386 };
#endif

	data.args[0] = asked->family;
	data.args[1] = asked->type;
	data.args[2] = asked->protocol;
	return data;
}

#endif
