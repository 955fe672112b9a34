/* SPDX-License-Identifier: MIT
 * The edit of a vDSO image: bytes in, bytes out. Touches no process. */
#ifndef PATCH_IMAGE_H
#define PATCH_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/i386.h"

enum { IMAGE_MOST = 4 * I386_PAGE, IMAGE_ABSOLUTES = 8 };

/* What an image becomes. Offsets and addresses are from the image's start. */
struct image {
	size_t size;                        /* bytes, whole pages; 0: none yet */
	unsigned char before[IMAGE_MOST];   /* the image as the kernel made it */
	unsigned char after[IMAGE_MOST];    /* … and with the demultiplexer, linked for address 0 */
	uint32_t absolute[IMAGE_ABSOLUTES]; /* 32-bit words in `after` to which the image's address is to be added, … */
	unsigned absolutes;                 /* … so many */
	uint32_t entry;                     /* where AT_SYSINFO points to */
	uint32_t cancel;                    /* what glibc's cancellation stub is to call */
	uint32_t go, go_any3, go_any6;      /* what Go's stubs are to call: see enum site_kind */
	uint32_t last_end;                  /* behind the instruction that makes a multiplexed call after all */
	uint32_t int80;                     /* where an `int $0x80` goes on that a filter trapped: code.S's code_trap */
};

/*
 * How many bytes of memory the ELF image whose first `have` bytes (at least an ELF header's) are at `bytes` takes,
 * whole pages; 0 when it isn't an i386 ELF image or takes more than IMAGE_MOST.
 */
size_t image_size(const unsigned char *bytes, size_t have);

/*
 * Works out what the vDSO in `bytes`, `size` bytes as image_size() says, becomes. Its entry at `entry` jumps to the
 * demultiplexer. That is placed in bytes which nothing needs: .altinstructions, once the kernel has started, and the
 * old place of .eh_frame, which moves behind what is loaded and gets entries for the demultiplexer; .eh_frame_hdr and
 * the section headers point to it there. Everything else stays as it is. 0 and *image, or, with image->size 0:
 *   -ENOTSUP  not a vDSO as Linux 5.10 to 6.18 make them; the entry's bytes are none of the three forms
 *             (arch/x86/entry/vdso/vdso32/system_call.S: sysenter, syscall, neither)
 *   -ENOSPC   there is no room
 * `bytes` may be anything at all: it comes from another process.
 */
int image_edit(struct image *image, const unsigned char *bytes, size_t size, uint32_t entry);

/* Writes to `bytes` the image->size bytes that the edited image has when it lies at address `base`. */
void image_relocate(const struct image *image, uint32_t base, unsigned char *bytes);

#endif
