/* SPDX-License-Identifier: MIT
 * Sites: stubs in the text of programs and libraries that make socketcall by an `int $0x80` of their own, and that are
 * recognised by their bytes. These functions work on copies of the bytes, and touch no process. */
#ifndef PATCH_SITES_H
#define PATCH_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;

enum site_kind {
	SITE_STUB,    /* glibc's cancellation stub: run/demux/stub.h */
	SITE_GO,      /* one of Go's two stubs for socketcall */
	SITE_GO_ANY3, /* Go's stub for any system call with three arguments */
	SITE_GO_ANY6, /* Go's stub for any system call with six arguments */
};
#define SITE_KINDS (SITE_GO_ANY6 + 1) /* how many there are; no enumerator, so that a switch needs no case for it */

enum {
	SITES_MOST = 12, /* sites_find() finds no more sites in a text */
	SITE_BYTES = 64, /* no site is longer */
};

struct site {
	enum site_kind kind;
	uint32_t offset; /* from the text's start */
};

/*
 * Searches `size` bytes of text for these sites:
 *   - glibc's cancellation stub
 *   - Go for 386: syscall·socketcall and syscall·rawsocketcall
 *   - Go's functions for any system call: syscall·Syscall, ·Syscall6, ·RawSyscall and ·RawSyscall6 up to 1.18, Syscall6
 *     of internal/runtime/syscall since 1.19
 * The functions of Go up to 1.7 aren't sites, because they call the vDSO. Returns how many sites are in sites[].
 */
unsigned sites_find(const unsigned char *text, size_t size, struct site sites[SITES_MOST]);

/*
 * True if the text seems to make socketcall by an `int $0x80` that belongs to none of these sites: one that follows
 * shortly after mov $102, %eax. Code that loads the number in another way isn't found.
 */
bool sites_has_other_int80(const unsigned char *text, size_t size);

/* True if the SITE_BYTES bytes at `bytes` are a site of this kind that hasn't been edited. */
bool sites_is_unedited(enum site_kind kind, const unsigned char *bytes);

/* The bytes of a site that an edit changes: `size` bytes from offset `first`. */
struct site_edit {
	unsigned first, size;
};

/*
 * Edits the SITE_BYTES bytes of a site at address `at`, for a process that has the patched image at address `vdso`.
 * Returns which bytes it has changed. The site's `int $0x80` isn't changed: a thread may wait in a call that it made
 * there, and the kernel may then have the thread execute the `int $0x80` again to restart the call.
 */
struct site_edit sites_edit(enum site_kind kind, unsigned char *bytes, uint32_t at, uint32_t vdso,
			    const struct image *image);

/*
 * True if the bytes that the edit of a site of this kind at address `at` changes lie in one page. The kernel writes one
 * page after the other, so a write to two pages may be cut in between, by a SIGKILL of the writer.
 */
bool sites_edit_is_in_one_page(enum site_kind kind, uint32_t at);

/* True if the SITE_BYTES bytes, which are at address `at`, are a site of this kind that sites_edit() has edited. */
bool sites_is_edited(enum site_kind kind, const unsigned char *bytes, uint32_t at, uint32_t vdso,
		     const struct image *image);

/*
 * Returns the offset of the end of the `int $0x80` in a site, edited or not, from its SITE_BYTES bytes. 0 if there is
 * no `int $0x80` where this kind of site has it.
 */
unsigned sites_call_end(enum site_kind kind, const unsigned char *bytes);

#endif
