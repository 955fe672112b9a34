/* SPDX-License-Identifier: MIT
 *
 * run/preload: a shared object that LD_PRELOAD loads into i386 programs, and that makes direct calls of their
 * multiplexed socket calls: docs/preload.md. Only the parts of this object include this header:
 *
 *   start.c      runs when the object has been loaded, and puts the hook at %gs:0x10, by which libcs enter the kernel
 *   hook.S       the hook: two instances of the demultiplexer (run/demux/demux.h)
 *   entry.c      checks that %gs:0x10 points to known code that enters the kernel
 *   glibc.c      finds each glibc 2.41 and later in the program: its cancellation stub bypasses %gs:0x10
 *   stub.c       finds the stub in a glibc, and patches it to call cancel.S
 *   cancel.S     the code that the stub calls
 *   install.c    replaces machine code
 *   recvmmsg.c   recvmmsg on kernels without 32-bit times
 *   kernel.h     the system calls that the preload makes itself
 *
 * All of this runs before the program's libc is initialized. So it must not use libc functions, thread-local storage or
 * vector registers. Functions return -errno, and never set errno.
 *
 * locate.h and twin.c aren't parts of this object: locate.h is used by the command, which finds the object and starts
 * programs with it. twin.c is the empty object for ABIs without socketcall.
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
extern HIDDEN uintptr_t hook_next;               /* the old value of %gs:0x10: the code that enters the kernel */
extern HIDDEN char hook_page[], hook_page_end[]; /* the pages of the instance hook_patched */
extern HIDDEN const uint32_t hook_page_bytes;    /* their size */
/* A word in these pages to which a value is added when the hook is installed. */
struct hook_site {
	uint32_t offset; /* of the word, from hook_page */
	uint32_t plan;   /* 1: add hook_plan; 0: add the distance from hook_page_end to *hook_next */
};
extern HIDDEN const struct hook_site hook_sites[];
extern HIDDEN const uint32_t hook_site_count;
extern HIDDEN const char hook_plan[];
extern HIDDEN char hook_patched_entry[], hook_pic_entry[];

/*
 * start.c: installs the hook. Called once, by hook.S's constructor. With glibc, `environment` is the environment; with
 * musl it is an arbitrary value.
 */
HIDDEN void preload_start(char **environment);

/* cancel.S */
extern HIDDEN char cancel_entry[];
extern HIDDEN kernel_enter cancel_original;

/* cancel.S: calls glibc_on_objects(), and preserves all registers, because its caller may rely on that. */
extern HIDDEN char glibc_objects_entry[];

/*
 * True if `pointer`, the value of %gs:0x10, points to code that enters the kernel, as in glibc and musl. In another
 * libc the value may be anything, so this first asks the kernel whether 8 bytes can be read there.
 */
HIDDEN bool entry_is_known(uintptr_t pointer);

/*
 * Makes recvmmsg, with the 32-bit timespec at words[4], by the system call with 64-bit times. `words` are the five
 * words of the block, which must be readable. For a call from cancel_entry, `resume` and `channel` are the parameters
 * for cancel_original(), which then makes the call; else `resume` is null. Returns what recvmmsg returns; or -ENOSYS,
 * the kernel has no such call, or can't be asked whether the timespec is readable.
 */
HIDDEN long hook_recvmmsg_time64(const uint32_t *words, const char *resume, void *channel);

/*
 * Replace text so that it is never writable and executable at the same time, and never unmapped. install_begin() makes
 * a writable copy of `length` bytes, whole pages, at `page`, and returns it, or null. The caller edits the copy.
 * install_end() makes the copy executable and moves it over the pages by one mremap(2). Returns 0 or -errno; after an
 * error the text is unchanged.
 */
HIDDEN char *install_begin(const char *page, size_t length);
HIDDEN long install_end(char *page, size_t length, char *copy);

/* Writes a branch to `target` over the five bytes at `place`. `opcode` is a call's or a jump's. Returns 0 or -errno. */
HIDDEN long install_branch(char *place, unsigned char opcode, const char *target);

/* The result of patching the cancellation stub. */
enum glibc_stub {
	GLIBC_NOT_NEEDED, /* the libc isn't glibc, or is glibc before 2.41, which has no such stub */
	GLIBC_PATCHED,    /* the stub calls cancel_entry */
	GLIBC_UNKNOWN,    /* glibc 2.41 or later, in which the known stub wasn't found */
	GLIBC_REFUSED,    /* the system doesn't let libc's text be replaced */
};

/*
 * Patches __syscall_cancel_arch of the libc loaded at `base` to call cancel_entry, if its bytes are known and are found
 * exactly once. `accept` is null, or an address that may be that libc's accept(): to follow its calls to the stub
 * touches fewer pages than a search.
 */
HIDDEN enum glibc_stub stub_patch(uintptr_t base, char *accept);

/*
 * Patches the stub of every libc in the process, and of those that dlmopen() loads later. Returns the result for the
 * program's own libc.
 */
HIDDEN enum glibc_stub glibc_patch(void);

/* Called when the list of loaded objects has changed: patches the stub of libcs that are new in it. */
HIDDEN void glibc_on_objects(void);

#endif
