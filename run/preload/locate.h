/* SPDX-License-Identifier: MIT
 * Where the preload lies, and the environment that has programs load it: for whoever starts programs with it. */
#ifndef PRELOAD_LOCATE_H
#define PRELOAD_LOCATE_H

#include <limits.h>
#include <stdbool.h>

/* What came of preload_locate() or preload_set(). */
enum preload_outcome {
	PRELOAD_FOUND,          /* the preload is there; by preload_set(): and LD_PRELOAD names it */
	PRELOAD_NO_FOLDER,      /* its folder is neither beside the running executable nor in ../lib/socketcall */
	PRELOAD_UNFIT_FOLDER,   /* LD_PRELOAD can't carry its folder's path: it has a blank, a colon or a dollar sign */
	PRELOAD_NO_EXECUTABLE,  /* where the running executable lies can't be told, for `error` */
	PRELOAD_NO_ENVIRONMENT, /* the environment can't be changed, for `error` */
};

struct preload_place {
	char folder[PATH_MAX]; /* with PRELOAD_FOUND and PRELOAD_UNFIT_FOLDER; not closed by a slash */
	/* With PRELOAD_FOUND: LD_PRELOAD's entry for programs of every ABI, a path in which ld.so expands $PLATFORM. */
	char object[PATH_MAX + 64];
	int error; /* -errno, with PRELOAD_NO_EXECUTABLE and PRELOAD_NO_ENVIRONMENT */
};

/*
 * Looks for the preload's folder beside the running executable and in ../lib/socketcall, so that a copied or mounted
 * folder works as an installed one does. Never PRELOAD_NO_ENVIRONMENT.
 */
enum preload_outcome preload_locate(struct preload_place *place);

/*
 * Locates the preload, and appends it to LD_PRELOAD in this process' environment unless it is there already. With
 * `verbose` SOCKETCALL_DEBUG is set as well, by which the preload says in each program what it did there.
 */
enum preload_outcome preload_set(bool verbose, struct preload_place *place);

/*
 * Can the preload replace text here, as this process can (a filter may let 32-bit programs do other things)? Where it
 * can't, it leaves glibc's cancellation stub as it is, by which programs of glibc 2.41 and later that have threads
 * make calls.
 */
bool preload_replaces_text(void);

#endif
