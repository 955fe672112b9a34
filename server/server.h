/* SPDX-License-Identifier: MIT
 *
 * socketcall's serving end: receives the calls of a guest, for kernels, emulators and sandboxes. socketcall_decode(3)
 * is the manual page.
 *
 * Freestanding, without state, allocation or system calls; reentrant. C11 and C++11.
 */
#ifndef SOCKETCALL_SERVER_H
#define SOCKETCALL_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "abi/calls.h"

/*
 * The version of these headers, and one number to compare: 0.2.0 is 200. What is declared in them keeps its name, its
 * arguments and its meaning as long as the major version is the same (from 1.0 on; until then, the minor version), but
 * for what says that it is private. Names that begin with socketcall_ or SOCKETCALL_ are the library's; a guest's, and
 * this machine's, own are never defined.
 */
#define SOCKETCALL_VERSION_MAJOR 0
#define SOCKETCALL_VERSION_MINOR 2
#define SOCKETCALL_VERSION_PATCH 0
#define SOCKETCALL_VERSION_NUMBER                                                                                      \
	(SOCKETCALL_VERSION_MAJOR * 10000 + SOCKETCALL_VERSION_MINOR * 100 + SOCKETCALL_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

enum socketcall_order { SOCKETCALL_LITTLE = 1, SOCKETCALL_BIG = 2 };

/* What the guest's words are like. Both by name: nothing is taken for a default. */
struct socketcall_guest {
	unsigned word; /* bytes in a word of the block: 4 or 8 */
	enum socketcall_order order;
};

/* The guest that is like the machine this is compiled for: struct socketcall_guest guest = SOCKETCALL_GUEST_NATIVE; */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SOCKETCALL_GUEST_NATIVE                                                                                        \
	{                                                                                                              \
		sizeof(unsigned long), SOCKETCALL_LITTLE                                                               \
	}
#else
#define SOCKETCALL_GUEST_NATIVE                                                                                        \
	{                                                                                                              \
		sizeof(unsigned long), SOCKETCALL_BIG                                                                  \
	}
#endif

/* How the guest's memory is read. */
struct socketcall_memory {
	/* Copies `size` bytes, 8 to 48, from the guest's `address` to `to`, all or none: 0, or else there is no such
	 * memory. */
	int (*read)(void *context, uint64_t address, void *to, size_t size);
	void *context; /* the first argument of it */
};

/* A call as it was received. Nothing in it has to be looked up in the guest again. */
struct socketcall_request {
	int call;       /* 1 to SOCKETCALL_CALLS */
	unsigned arity; /* how many words it has */
	/*
	 * The words as the kernel takes them. What it takes as an int (descriptors, families, flags, lengths of
	 * addresses and options) is the word's low 32 bits, sign-extended; a count of messages is those, zero-extended;
	 * sizes and addresses are the whole word, zero-extended. 0 from `arity` on.
	 */
	uint64_t word[SOCKETCALL_WORDS];
};

/*
 * Receives a call: reads the block at the guest's address `block` in one read of exactly the call's words. Returns 0,
 * with *request filled, or, in the kernel's order and with *request untouched,
 *   -EINVAL (-22)  there is no such call (memory wasn't read), or *guest has another word size or order than there are
 *   -EFAULT (-14)  the block can't be read, or runs over the end of the guest's addresses
 * For a guest with words of 4 bytes the upper half of `block` is dropped, as a 32-bit entry does.
 */
int socketcall_decode(const struct socketcall_guest *guest, const struct socketcall_memory *memory, int call,
		      uint64_t block, struct socketcall_request *request);

#pragma push_macro("CALL")
#pragma push_macro("KIND")
#undef CALL
#undef KIND

/* How an operation takes an argument of each kind: numbers as C's, addresses as the guest's. socketcall_op_FD is
 * int. */
typedef int socketcall_take_SIGNED;
typedef unsigned socketcall_take_UNSIGNED;
typedef uint64_t socketcall_take_WHOLE;
#define KIND(NAME, text, type, take) typedef socketcall_take_##take socketcall_op_##NAME;
#include "abi/kinds.def"

#define SOCKETCALL_OP_1(A, B, C, D, E, F) A
#define SOCKETCALL_OP_2(A, B, C, D, E, F) A, B
#define SOCKETCALL_OP_3(A, B, C, D, E, F) A, B, C
#define SOCKETCALL_OP_4(A, B, C, D, E, F) A, B, C, D
#define SOCKETCALL_OP_5(A, B, C, D, E, F) A, B, C, D, E
#define SOCKETCALL_OP_6(A, B, C, D, E, F) A, B, C, D, E, F
#define CALL(call, NAME, name, maker, arity, k0, k1, k2, k3, k4, k5)                                                   \
	long (*name)(void *server, SOCKETCALL_OP_##arity(socketcall_op_##k0, socketcall_op_##k1, socketcall_op_##k2,   \
							 socketcall_op_##k3, socketcall_op_##k4, socketcall_op_##k5));

/*
 * The twenty operations, each with its call's arguments: long (*bind)(void *server, int fd, uint64_t address, int
 * length). Each returns what the guest's call is to return: a value, or -errno. Null where the server hasn't got it.
 */
struct socketcall_operations {
#include "abi/calls.def"
};

#undef CALL
#undef KIND
#undef SOCKETCALL_OP_1
#undef SOCKETCALL_OP_2
#undef SOCKETCALL_OP_3
#undef SOCKETCALL_OP_4
#undef SOCKETCALL_OP_5
#undef SOCKETCALL_OP_6
#pragma pop_macro("CALL")
#pragma pop_macro("KIND")

/*
 * Hands a request to its operation, with `server` first, and returns what that does. accept, send and recv go to
 * accept4, sendto and recvfrom, with zeros for what they lack, where their own are null; -ENOSYS (-38, the host's on
 * mips) where those are, too.
 */
long socketcall_dispatch(const struct socketcall_operations *operations, void *server,
			 const struct socketcall_request *request);

#ifdef __cplusplus
}
#endif

#endif
