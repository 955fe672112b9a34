/* SPDX-License-Identifier: MIT
 *
 * Facts about i386 that more than one room needs: the page size, and instructions that are recognised or written byte
 * by byte. For C and for the assembler. Intel's "Software Developer's Manual", volume 2.
 */
#ifndef ABI_I386_H
#define ABI_I386_H

#define I386_PAGE 4096

#ifndef __ASSEMBLER__
#include <stdint.h>

/* The bytes of `int $0x80`, the instruction of a 32-bit system call, for an initializer. */
#define I386_INT80 0xcd, 0x80

enum {
	I386_INT80_BYTES = 2,
	I386_CALL = 0xe8, /* call and jmp: the opcode, and the distance in four bytes, little-endian */
	I386_JUMP = 0xe9,
	I386_BRANCH_BYTES = 5,  /* of either */
	I386_JUMP_SHORT = 0xeb, /* jmp: the opcode, and the distance in one byte, with its sign */
	I386_JUMP_SHORT_BYTES = 2,
};

/* The distance that a call or jump (not a short one) at address `at` needs to go to `target`. */
static inline uint32_t i386_distance(uint32_t at, uint32_t target)
{
	return target - (at + I386_BRANCH_BYTES);
}

/*
 * Writes the I386_BRANCH_BYTES bytes of a branch. `opcode`: I386_CALL or I386_JUMP; `distance`: from i386_distance().
 */
static inline void i386_put_branch(unsigned char *bytes, unsigned char opcode, uint32_t distance)
{
	*bytes++ = opcode;
	for (unsigned i = 0; i < sizeof distance; i++)
		bytes[i] = (unsigned char)(distance >> 8 * i);
}

/* The target of the call or jump (not a short one) that consists of `bytes` and lies at address `at`. */
static inline uint32_t i386_branch_target(const unsigned char *bytes, uint32_t at)
{
	int32_t distance = 0;

	for (unsigned i = 0; i < sizeof distance; i++)
		distance |= (int32_t)((uint32_t)bytes[1 + i] << (8 * i));
	return at + I386_BRANCH_BYTES + (uint32_t)distance;
}
#endif

#endif
