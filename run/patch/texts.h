/* SPDX-License-Identifier: MIT
 *
 * The sites (sites.h) in a process' texts: where they are, known from before by the text's file or searched for, and
 * their patching. What is patched already isn't found any more, so this can be done again from any point on.
 */
#ifndef PATCH_TEXTS_H
#define PATCH_TEXTS_H

#include <stdbool.h>
#include <stdint.h>

#include "process/process.h"
#include "run/patch/sites.h"

struct image;
struct patcher;

/* What was patched. */
struct texts_patched {
	unsigned stubs, go; /* cancellation stubs of glibc, and stubs of Go */
	bool has_other;     /* not patched: sites_has_other() of a text that isn't libc's */
};

/*
 * Patches what is known in the text that holds `address`, of a file or not. With `start` also in the program's own text
 * and in libc's, as they are when a program starts. If the text at `address` is of no file, it was written by the
 * program, as an unpacker does: then all texts of no file are searched.
 */
struct texts_patched texts_patch(struct patcher *patcher, const struct process *target, uint32_t address, bool start);

/* What became of a site. */
enum texts_site {
	TEXTS_SITE_PATCHED, /* it was patched now */
	TEXTS_SITE_ALREADY, /* it had been patched before */
	TEXTS_SITE_GONE,    /* it isn't there, or can't be written */
};

/* Patches the site at address `at`, if it still is one. */
enum texts_site texts_patch_site(const struct image *image, const struct process *target, uint32_t at,
				 enum site_kind kind);

#endif
