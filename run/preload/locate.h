/* SPDX-License-Identifier: MIT
 * Where the preload lies, for whoever starts programs with it. */
#ifndef PRELOAD_LOCATE_H
#define PRELOAD_LOCATE_H

#include <stddef.h>

enum { PRELOAD_PATH_MAX = 4096 + 64 };

/*
 * Writes to `path` what LD_PRELOAD needs to load the preload into programs of every ABI: a path in which ld.so expands
 * $PLATFORM. The folder is looked for beside the running executable and in ../lib/socketcall, so a copied or mounted folder
 * works as an installed one does. 0, or: -ENOENT, no folder there; -EINVAL, LD_PRELOAD can't carry its path, and `*folder`
 * is that path until the next call; another -errno, the executable's place can't be told.
 */
int preload_locate(char *path, size_t size, const char **folder);

/* Whether `path` is one of the objects in LD_PRELOAD's value `list`. */
int preload_has(const char *list, const char *path);

/*
 * Whether the preload may replace text here, as this process may: a filter may let 32-bit programs do other things. Where it
 * may not, it leaves glibc's cancellation stub as it is, by which programs of glibc 2.41 and later that have threads make calls.
 */
int preload_replaces_text(void);

#endif
