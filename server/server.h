/* SPDX-License-Identifier: MIT
 *
 * socketcall's serving end: receives the calls of a guest, for kernels, emulators and sandboxes. The manual page is
 * socketcall_decode(3).
 *
 * Freestanding, without state, allocation or system calls; reentrant. C11 and C++11.
 */
#ifndef SOCKETCALL_SERVER_H
#define SOCKETCALL_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "abi/calls.h"

/*
 * The version of these headers, and one number to compare: 0.2.0 is 200. What these headers declare keeps its name, its
 * arguments and its meaning while the major version stays the same (before 1.0: the minor version), except members that
 * are marked private. All names begin with socketcall_ or SOCKETCALL_, so they never clash with the names of a guest or
 * of this machine.
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

/* The size and byte order of the guest's words. There are no defaults: 0 isn't valid in either. */
struct socketcall_guest {
	unsigned word; /* bytes in a word of the block: 4 or 8 */
	enum socketcall_order order;
};

/* Initializes a guest like the machine that this is compiled for: struct socketcall_guest g =
 * SOCKETCALL_GUEST_NATIVE; */
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
	/* Copies `size` bytes, 8 to 48, from the guest's `address` to `to`, all or none. Returns 0, or another value if
	 * the memory can't be read. */
	int (*read)(void *context, uint64_t address, void *to, size_t size);
	void *context; /* read's first argument */
};

/* A call as it was received: a copy, so the guest can't change it later. */
struct socketcall_request {
	int call;       /* 1 to SOCKETCALL_CALLS */
	unsigned arity; /* how many words it has */
	/*
	 * The words as the kernel takes them. An int argument (descriptors, families, flags, lengths of addresses and
	 * options) is the word's low 32 bits, sign-extended; a count of messages is the low 32 bits, zero-extended; a
	 * size or an address is the whole word, zero-extended. The words from `arity` on are 0.
	 */
	uint64_t word[SOCKETCALL_WORDS];
};

/*
 * Receives a call: reads the call's words, and no more, from the guest's address `block`, in one read. Returns 0 with
 * *request filled, or leaves *request as it is and returns, in the kernel's order,
 *   -EINVAL (-22)  there is no such call (then nothing was read), or *guest has an unknown word size or byte order
 *   -EFAULT (-14)  the block can't be read, or runs over the end of the guest's addresses
 * For a guest with 4-byte words, the upper half of `block` is dropped, as a 32-bit entry does.
 */
int socketcall_decode(const struct socketcall_guest *guest, const struct socketcall_memory *memory, int call,
		      uint64_t block, struct socketcall_request *request);

#pragma push_macro("CALL")
#pragma push_macro("KIND")
#undef CALL
#undef KIND

/* The C type in which an operation takes an argument of each kind: socketcall_op_FD is int. An address stays the
 * guest's. */
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
 * length). Each returns what the guest's call returns: a value, or -errno. Null: the server doesn't have the call.
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
 * Calls the request's operation with `server` as its first argument, and returns its result. If the operation of
 * accept, send or recv is null, accept4, sendto or recvfrom serves it, with zeros for the arguments that it lacks. If
 * that is null, too, returns -ENOSYS, by the number of this machine.
 */
long socketcall_dispatch(const struct socketcall_operations *operations, void *server,
			 const struct socketcall_request *request);

#ifdef __cplusplus
}
#endif

#endif
