/* SPDX-License-Identifier: MIT
 * Sites: places in the text of programs and libraries that make socketcall by an `int $0x80` of their own, and are
 * known by their bytes. Bytes in, offsets and bytes out. */
#ifndef PATCH_SITES_H
#define PATCH_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;

enum site_kind {
	SITE_STUB,    /* glibc's cancellation stub: run/demux/stub.h */
	SITE_GO,      /* one of Go's two stubs for socketcall */
	SITE_GO_ANY3, /* Go's stubs for any system call: with three arguments, … */
	SITE_GO_ANY6, /* … and with six */
};
#define SITE_KINDS (SITE_GO_ANY6 + 1)

enum { SITES_MOST = 12, SITE_BYTES = 64 };

struct site {
	enum site_kind kind;
	uint32_t offset; /* of its first byte, from the text's start */
};

/*
 * Looks through `size` bytes of text for
 *   - glibc's cancellation stub
 *   - syscall·socketcall and syscall·rawsocketcall of Go for 386
 *   - what makes any call in Go: syscall·Syscall, ·Syscall6, ·RawSyscall and ·RawSyscall6 up to 1.18, Syscall6 of
 *     internal/runtime/syscall from 1.19 on
 * Go up to 1.7 calls the vDSO in the last two. Returns how many are in sites[].
 */
unsigned sites_find(const unsigned char *text, size_t size, struct site sites[SITES_MOST]);

/*
 * Whether the text seems to make socketcall by an `int $0x80` that is none of these sites: one that follows shortly
 * after mov $102, %eax. A number that is loaded in another way isn't seen.
 */
bool sites_has_other(const unsigned char *text, size_t size);

/* Whether there is a site of that kind at the SITE_BYTES bytes at `bytes`. */
bool sites_matches(enum site_kind kind, const unsigned char *bytes);

/* Which bytes of a site are changed. */
struct site_edit {
	unsigned first, size;
};

/*
 * Writes to `bytes` what a site at address `at` becomes in a process that has the edited image at address `vdso`.
 * `bytes` holds the SITE_BYTES bytes of the site. Its `int $0x80` stays where it is: a thread may wait in a call made
 * there, and make that call again.
 */
struct site_edit sites_edit(enum site_kind kind, unsigned char *bytes, uint32_t at, uint32_t vdso,
			    const struct image *image);

/* Whether the SITE_BYTES bytes at address `at` are those of a site of that kind that sites_edit() has changed. */
bool sites_is_edited(enum site_kind kind, const unsigned char *bytes, uint32_t at, uint32_t vdso,
		     const struct image *image);

/*
 * How many bytes behind its beginning the `int $0x80` of a site ends, whose first SITE_BYTES bytes are these, as they
 * were or edited. 0: it isn't there any more.
 */
unsigned sites_call_end(enum site_kind kind, const unsigned char *bytes);

#endif
