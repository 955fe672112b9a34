/* SPDX-License-Identifier: MIT
 * Finds the preload, and sets the environment so that ld.so loads it into programs that this process starts. */
#ifndef PRELOAD_LOCATE_H
#define PRELOAD_LOCATE_H

#include <limits.h>
#include <stdbool.h>

/* The result of preload_locate() and preload_set(). */
enum preload_outcome {
	PRELOAD_FOUND,          /* the preload was found; preload_set() has also added it to LD_PRELOAD */
	PRELOAD_NO_FOLDER,      /* its folder is neither beside the running executable nor in ../lib/socketcall */
	PRELOAD_UNFIT_FOLDER,   /* its path has a blank, colon or dollar sign, which LD_PRELOAD can't have */
	PRELOAD_NO_EXECUTABLE,  /* the running executable's path can't be found out, because of `error` */
	PRELOAD_NO_ENVIRONMENT, /* the environment can't be changed, because of `error` */
};

struct preload_place {
	char folder[PATH_MAX]; /* with PRELOAD_FOUND and PRELOAD_UNFIT_FOLDER; without a slash at the end */
	/* With PRELOAD_FOUND: the path for LD_PRELOAD. ld.so expands the $PLATFORM in it in programs of every ABI. */
	char object[PATH_MAX + 64];
	int error; /* -errno, with PRELOAD_NO_EXECUTABLE and PRELOAD_NO_ENVIRONMENT */
};

/*
 * Looks for the preload's folder beside the running executable and in ../lib/socketcall, so that a copied or mounted
 * folder works like an installed one. Never returns PRELOAD_NO_ENVIRONMENT.
 */
enum preload_outcome preload_locate(struct preload_place *place);

/*
 * Finds the preload, and appends it to LD_PRELOAD in this process' environment unless it is there already. With
 * `verbose` also sets SOCKETCALL_DEBUG, so that the preload prints in each program what it did there.
 */
enum preload_outcome preload_set(bool verbose, struct preload_place *place);

/*
 * True if this process may replace text. Then presumably the preload may, too, although a filter may treat 32-bit
 * programs differently. If the preload may not, it can't patch glibc's cancellation stub, by which multi-threaded
 * programs with glibc 2.41 and later make calls.
 */
bool preload_replaces_text(void);

#endif
