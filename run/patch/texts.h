/* SPDX-License-Identifier: MIT
 *
 * Finds and patches the sites (sites.h) in a process' texts. The sites of a file's text are remembered. A site that is
 * patched already is left alone, so if this process is killed, another one can simply call the same function again.
 */
#ifndef PATCH_TEXTS_H
#define PATCH_TEXTS_H

#include <stdbool.h>
#include <stdint.h>

#include "process/process.h"
#include "run/patch/sites.h"

struct image;
struct patcher;

/* What texts_patch() did. */
struct texts_patched {
	unsigned stubs, go; /* how many cancellation stubs of glibc, and stubs of Go, it patched */
	bool has_other;     /* sites_has_other_int80() is true of a text that isn't libc's */
};

/*
 * Patches the sites in the text that contains `address`. If the program is starting (`start`), its own text and libc's
 * are patched as well. If the text at `address` isn't mapped from a file, the program has generated it, as an unpacker
 * does: then all texts that aren't mapped from a file are patched.
 */
struct texts_patched texts_patch(struct patcher *patcher, const struct process *target, uint32_t address, bool start);

/* The result of texts_patch_site(). */
enum texts_site {
	TEXTS_SITE_PATCHED, /* the site was patched now */
	TEXTS_SITE_ALREADY, /* it had been patched before */
	TEXTS_SITE_GONE,    /* there is no such site, or it can't be written */
};

/* Patches the site at address `at`, if there still is one of this kind. */
enum texts_site texts_patch_site(const struct image *image, const struct process *target, uint32_t at,
				 enum site_kind kind);

#endif
