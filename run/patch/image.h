/* SPDX-License-Identifier: MIT
 * Computes the patched bytes of a vDSO image from the original ones. Touches no process. */
#ifndef PATCH_IMAGE_H
#define PATCH_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/i386.h"

enum { IMAGE_MOST = 4 * I386_PAGE, IMAGE_ABSOLUTES = 8 };

/* A vDSO image and its patched form. Addresses are offsets from the image's start. */
struct image {
	size_t size;                        /* in bytes, whole pages; 0: there is no image yet */
	unsigned char before[IMAGE_MOST];   /* as the kernel made it */
	unsigned char after[IMAGE_MOST];    /* with the demultiplexer, linked for address 0 */
	uint32_t absolute[IMAGE_ABSOLUTES]; /* offsets of words in `after` to which the image's address must be added */
	unsigned absolutes;                 /* how many there are */
	uint32_t entry;                     /* AT_SYSINFO: the function by which libcs enter the kernel */
	uint32_t cancel;                    /* the function that glibc's patched cancellation stub calls */
	uint32_t go, go_any3, go_any6;      /* the functions that Go's patched stubs call: see enum site_kind */
	uint32_t last_resort_end;           /* behind the `int $0x80` by which the demultiplexer makes socketcall */
	uint32_t int80_entry;               /* where a thread stopped in an `int $0x80` goes on: code.S's code_trap */
};

/*
 * Returns how many bytes of memory an ELF image occupies, in whole pages, from its first `have` bytes, which must be at
 * least the ELF header. 0 if it isn't an i386 ELF image or is larger than IMAGE_MOST.
 */
size_t image_size(const unsigned char *bytes, size_t have);

/*
 * Computes the patched form of the vDSO at `bytes`, whose `size` is image_size()'s. A jump is written over its entry at
 * offset `entry`, to the demultiplexer. The demultiplexer's code is placed in bytes that nothing needs:
 * .altinstructions, which only the booting kernel uses, and the old place of .eh_frame. .eh_frame moves behind the
 * loaded sections and gets entries for the demultiplexer; .eh_frame_hdr and the section headers are changed to point
 * there. All other bytes keep their values. Returns 0 with *image; or, with image->size 0:
 *   -ENOTSUP  not a vDSO as Linux 5.10 to 6.18 make them; the entry has none of the three known forms
 *             (arch/x86/entry/vdso/vdso32/system_call.S: sysenter, syscall, neither)
 *   -ENOSPC   the code doesn't fit
 * `bytes` may have any content, since it comes from another process.
 */
int image_edit(struct image *image, const unsigned char *bytes, size_t size, uint32_t entry);

/* Writes the patched image to `bytes`, image->size bytes, as it must be at address `base`. */
void image_relocate(const struct image *image, uint32_t base, unsigned char *bytes);

#endif
