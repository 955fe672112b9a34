/* SPDX-License-Identifier: MIT
 * The bytes of glibc's cancellation stub (see demux.h), by which the patch and the preload recognise it. */
#ifndef DEMUX_STUB_H
#define DEMUX_STUB_H

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>

/*
 * The machine code of __syscall_cancel_arch in glibc 2.41 (sysdeps/unix/sysv/linux/i386/syscall_cancel.S): the pushes,
 * the test of the channel, the loads, int $0x80, and both exits, up to the opcode of the last jump.
 */
static const unsigned char stub_code[] = {
	0x55, 0x57, 0x56, 0x53, 0x8b, 0x44, 0x24, 0x14, 0xf6, 0x00, 0x08, 0x75, 0x23, 0x8b, 0x44, 0x24, 0x18, 0x8b,
	0x5c, 0x24, 0x1c, 0x8b, 0x4c, 0x24, 0x20, 0x8b, 0x54, 0x24, 0x24, 0x8b, 0x74, 0x24, 0x28, 0x8b, 0x7c, 0x24,
	0x2c, 0x8b, 0x6c, 0x24, 0x30, 0xcd, 0x80, 0x5b, 0x5e, 0x5f, 0x5d, 0xc3, 0x5b, 0x5e, 0x5f, 0x5d, 0xe9,
};

/* True if `path` is the path of the library that has the stub: libc.so.6 in any folder. `path` may be null. */
static inline bool stub_is_in(const char *path)
{
	static const char name[] = "libc.so.6";
	const char *base = path;

	if (!base)
		return false;
	for (const char *c = base; *c; c++)
		if (*c == '/')
			base = c + 1;
	for (size_t i = 0; i < sizeof name; i++)
		if (base[i] != name[i])
			return false;
	return true;
}

#endif

/*
 * A call of STUB_CALL bytes is written over the stub's beginning. It damages the first STUB_REPLACED bytes: four pushes
 * and the load of the channel.
 */
#define STUB_REPLACED 8
#define STUB_CALL     5

#endif
