/* SPDX-License-Identifier: MIT
 *
 * run/preload: a shared object that LD_PRELOAD loads into other people's i386 programs, where it makes their
 * multiplexed socket calls directly: docs/preload.md. Its parts, as they see each other:
 *
 *   start.c      runs when the object has been loaded, and puts the hook at %gs:0x10, by which libcs enter the kernel
 *   hook.S       the hook: two instances of the demultiplexer (run/demux/demux.h)
 *   entry.c      whether there is a known way into the kernel at %gs:0x10
 *   glibc.c      finds each glibc of 2.41 and later in the program, whose cancellation stub bypasses %gs:0x10
 *   stub.c       finds the stub in a glibc, and has it call cancel.S
 *   cancel.S     what the stub calls
 *   install.c    replaces machine code
 *   recvmmsg.c   recvmmsg on kernels without 32-bit times
 *   kernel.h     the system calls that the preload makes itself
 *
 * All of this runs in a program whose libc isn't set up yet, so there is no libc function, no thread-local storage and
 * no vector register. Functions return -errno, and errno is never set.
 *
 * locate.h and twin.c aren't parts of it: locate.h finds the object for whoever starts programs with it, and twin.c is
 * the empty object for ABIs without socketcall.
 */
#ifndef PRELOAD_PRELOAD_H
#define PRELOAD_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/native.h"
#include "run/preload/kernel.h"

#define HIDDEN __attribute__((visibility("hidden")))

/* hook.S */
extern HIDDEN uintptr_t hook_next;               /* what %gs:0x10 held before: the way into the kernel */
extern HIDDEN char hook_page[], hook_page_end[]; /* the patched instance's pages, … */
extern HIDDEN const uint32_t hook_page_bytes;    /* … so long, … */
struct hook_site {
	uint32_t offset; /* … with a word at this offset, to which something is added when the hook is installed: … */
	uint32_t plan;   /* … hook_plan; or, if this is 0, the distance from hook_page_end to *hook_next */
};
extern HIDDEN const struct hook_site hook_sites[];
extern HIDDEN const uint32_t hook_site_count;
extern HIDDEN const char hook_plan[];
extern HIDDEN char hook_patched_entry[], hook_pic_entry[];

/*
 * start.c: installs the hook. Called once, by hook.S's constructor. `environment` is the environment in glibc; in musl
 * it is any value at all.
 */
HIDDEN void preload_start(char **environment);

/* cancel.S */
extern HIDDEN char cancel_entry[];
extern HIDDEN kernel_enter cancel_original;

/* cancel.S: calls glibc_on_objects(), and keeps every register, as its caller may expect. */
extern HIDDEN char glibc_objects_entry[];

/*
 * Does %gs:0x10 hold what glibc and musl keep there, a pointer to kernel-entry code? In another libc it may be
 * anything, so the kernel is asked first whether there are 8 bytes to look at.
 */
HIDDEN bool entry_is_known(uintptr_t pointer);

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
