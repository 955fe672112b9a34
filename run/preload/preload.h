/* SPDX-License-Identifier: MIT
 *
 * The preload's parts, as they see each other. Everything here runs inside somebody else's program before its libc is
 * set up: no libc function, no thread-local storage, no vector register; -errno inside and nothing at any gate.
 */
#ifndef PRELOAD_PRELOAD_H
#define PRELOAD_PRELOAD_H

#include <stddef.h>
#include <stdint.h>

#include "abi/native.h"
#include "run/preload/kernel.h"

#define HIDDEN __attribute__((visibility("hidden")))

/* hook.S */
extern HIDDEN uintptr_t hook_next;               /* what %gs:0x10 held before us */
extern HIDDEN char hook_page[], hook_page_end[]; /* the patched instance's pages, … */
extern HIDDEN const uint32_t hook_page_bytes;    /* … so long, … */
struct hook_site {
	uint32_t offset; /* … in which there is a word, and to it is to be added … */
	uint32_t plan;   /* … hook_plan; or, when this is 0, what is between hook_page_end and *hook_next */
};
extern HIDDEN const struct hook_site hook_sites[];
extern HIDDEN const uint32_t hook_site_count;
extern HIDDEN const char hook_plan[];
extern HIDDEN char hook_patched_entry[], hook_pic_entry[];

/* start.c: called once by hook.S's constructor, with the environment in glibc and with anything at all in musl. */
HIDDEN void start(char **environment);

/* cancel.S */
extern HIDDEN char cancel_entry[];
extern HIDDEN kernel_enter cancel_original;

/* cancel.S: what glibc_on_objects() must be called by, since its caller may expect every register to be kept. */
extern HIDDEN char glibc_objects_entry[];

/*
 * Does %gs:0x10 hold what glibc and musl keep there, a pointer to kernel-entry code? In another libc it may be
 * anything, so the kernel is asked first whether there are 8 bytes to look at.
 */
HIDDEN int entry_is_known(uintptr_t pointer);

/*
 * recvmmsg with the 32-bit timespec at words[4], made by the call with 64-bit times. `words` are the five words of the
 * block, readable. When the call came through cancel_entry, it goes on through cancel_original, and `resume` and
 * `channel` are that function's; else `resume` is null. Returns what recvmmsg returns, or -ENOSYS when the kernel has
 * no such call or can't be asked.
 */
HIDDEN long hook_recvmmsg_time64(const uint32_t *words, const char *resume, void *channel);

/*
 * Replacing text without its ever being writable and executable, or absent: install_begin() makes a writable copy of
 * the `length` bytes of whole pages at `page`; the caller edits it; install_end() makes the copy executable and moves
 * it over the page in one step. On an error nothing has changed. They return the copy or null; 0 or -errno.
 */
HIDDEN char *install_begin(const char *page, size_t length);
HIDDEN long install_end(char *page, size_t length, char *copy);

/* Puts a branch to `target` over the five bytes at `place`, `opcode` being that of a call or a jump. 0 or -errno. */
HIDDEN long install_branch(char *place, unsigned char opcode, const char *target);

enum glibc_stub {
	GLIBC_NOT_NEEDED, /* not glibc, or one before 2.41 */
	GLIBC_PATCHED,
	GLIBC_UNKNOWN, /* 2.41 or later, with other bytes than those known here */
	GLIBC_REFUSED, /* the system doesn't let libc's text be replaced */
};

/*
 * Sends __syscall_cancel_arch of the libc loaded at `base` to cancel_entry, if it is there once and its bytes are
 * known. `accept` is null or what may be that libc's accept(): following its calls touches less memory than a search.
 */
HIDDEN enum glibc_stub stub_patch(uintptr_t base, char *accept);

/*
 * Make every libc in the process send its cancellable calls to cancel_entry, and those of later dlmopen()s too. Returns
 * what happened to the program's own.
 */
HIDDEN enum glibc_stub glibc_patch(void);

/* To be called when the list of loaded objects has changed: looks for libcs that have come. */
HIDDEN void glibc_on_objects(void);

#endif
