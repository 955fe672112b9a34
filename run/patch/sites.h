/* SPDX-License-Identifier: MIT
 * Sites: places in the text of programs and libraries that make socketcall by an `int $0x80` of their own, and are
 * known by their bytes. Bytes in, offsets and bytes out. */
#ifndef PATCH_SITES_H
#define PATCH_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum site_kind {
	SITE_STUB,  /* glibc's cancellation stub: run/demux/stub.h */
	SITE_GO386, /* one of Go's two stubs */
};
enum { SITES_MOST = 4, SITE_BYTES = 64 };

struct site {
	enum site_kind kind;
	uint32_t offset; /* of its first byte, from the text's start */
};

/*
 * Looks through `size` bytes of text for glibc's cancellation stub and Go's stubs (syscall·socketcall and
 * syscall·rawsocketcall of Go 1.3 and later for 386). Returns how many are in sites[].
 */
unsigned sites_find(const unsigned char *text, size_t size, struct site sites[SITES_MOST]);

/* Whether there is a site of that kind at the SITE_BYTES bytes at `bytes`. */
bool sites_matches(enum site_kind kind, const unsigned char *bytes);

/*
 * Writes to `bytes` what a site at address `at` becomes when it calls what is at `target`; returns how many bytes from
 * its start on that are. `bytes` holds the SITE_BYTES bytes of the site.
 */
unsigned sites_edit(enum site_kind kind, unsigned char *bytes, uint32_t at, uint32_t target);

#endif
