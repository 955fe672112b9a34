/* SPDX-License-Identifier: MIT
 *
 * run/patch: changes the code of a 32-bit program, in its memory, so that its multiplexed socket calls are made as
 * direct ones, with nothing attached to it afterwards. To be done before the program's first socket call, while it
 * waits: docs/run.md says when that is, and what is patched.
 *
 *	patch.[ch]   one process when it starts, and code that appears in it later: what is patched, in which order
 *	late.[ch]    one process when it has made a multiplexed call: what made it, and the patching of that
 *	vdso.[ch]    the steps by which one process' vDSO is patched; texts.[ch] those of its texts
 *	image.[ch]   the edit of a vDSO image, bytes to bytes; frames.[ch] its unwind information
 *	object.[ch]  the code that is put in (code.S), as the object file that this program carries
 *	sites.[ch]   code in texts that makes socketcall by an `int $0x80` of its own: how it is found and changed
 */
#ifndef PATCH_PATCH_H
#define PATCH_PATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/mappings.h"
#include "run/patch/image.h"
#include "run/patch/sites.h"
#include "run/ring.h"

enum { PATCHER_TEXTS = 32, PATCHER_PIECE = 1 << 18 };

/* A text (an executable mapping of a file), by its file. */
struct patcher_text_key {
	uint64_t device, inode, changed;
	uid_t owner;
	uint32_t size;
};

/*
 * What sites were found in a text, so that a file is searched once. The bytes of each site are compared again
 * before they are replaced. That a text has no sites can't be verified so: it was seen in a program's memory, which
 * its owner may have changed, and is believed of that owner's programs only.
 */
struct patcher_text {
	struct patcher_text_key key;
	bool whole; /* it was searched to its end. If not, who searched it was killed */
	unsigned count;
	struct site sites[SITES_MOST];
	bool has_other; /* sites_has_other() */
};

struct late;
typedef int patcher_worker(void *context, struct late *late, int step, uint32_t after);

/*
 * What is kept from one program to the next, and memory to work in (1.4 MiB, most of it untouched where texts are
 * small). Zeroed, and then initialized by patcher_init().
 */
struct patcher {
	/*
	 * The vDSO is the same in all programs of one kernel that leave it alone: its edit is worked out once. It is
	 * used only for images that are equal to image->before, but for what of the edit is written already. It lies in
	 * memory that is shared with the processes that are forked from now on: so one that takes over when another was
	 * killed knows the image that the other one has half written.
	 */
	struct image *image;
	struct image edited; /* while it is worked out */
	bool image_is_given; /* no other image is patched than *image */
	struct ring texts;
	struct patcher_text text_entries[PATCHER_TEXTS];
	struct patcher_text written; /* a text that isn't remembered, while it is patched */
	unsigned char have[IMAGE_MOST], wanted[IMAGE_MOST];
	unsigned char piece[PATCHER_PIECE + SITE_BYTES - 1]; /* of a text that is searched */
	char maps[MAPPINGS_BUFFER];                          /* a /proc/PID/maps */

	/*
	 * A site in two pages, while it is written, one page after the other: so that a process which takes over when
	 * this one was killed can write the second page, too.
	 */
	struct patcher_halves {
		pid_t pid; /* of the process; 0: there is no such site */
		uint32_t at;
		unsigned size;
		unsigned char before[SITE_BYTES], after[SITE_BYTES];
	} halves;

	/*
	 * Null; or has a step of late.h made by another process, and returns as late_make_step() there, with what it
	 * has written to *late.
	 */
	patcher_worker *worker;
	void *worker_context;
};

/* What became of a program. */
struct patch_result {
	enum patch_outcome {
		PATCH_DONE,    /* the vDSO's entry was patched now, and so many other sites */
		PATCH_LATER,   /* the entry had been patched before, and so many other sites were now */
		PATCH_ALREADY, /* it had been patched before, and nothing was touched */
		PATCH_NO_VDSO, /* it has no 32-bit vDSO: a 64-bit program, or the kernel gave it none (vdso32=0) */
		PATCH_FAILED,  /* it couldn't be patched, for `error` */
	} outcome;
	int error;          /* -errno of process_open(), memory_read(), memory_write() or image_edit(), or 0 */
	unsigned stubs, go; /* patched cancellation stubs of glibc, and stubs of Go */
	bool has_other;     /* the program seems to have an `int $0x80` for multiplexed calls that isn't patched */
};

/* 0 or -ENOMEM. patcher_free() frees what it has allocated, and not the patcher itself. */
int patcher_init(struct patcher *patcher);
void patcher_free(struct patcher *patcher);

/*
 * Patches the process of thread `pid`, which starts: it must be stopped or waiting in the kernel, in a call that was
 * made before address `after`, or 0. The vDSO's entry is patched last: so if the caller is killed, it can be done
 * again. is_still(context) is asked once the process' memory is open: whether `pid` is still the thread that was meant.
 * Where it isn't, nothing is touched and the error is -ESRCH. Bytes that aren't recognised are left alone.
 */
struct patch_result patch_process(struct patcher *patcher, pid_t pid, uint32_t after, bool (*is_still)(void *context),
				  void *context);

/* A place in a text: the address, or the address of a word that holds it. */
struct patch_place {
	uint32_t address;
	bool is_pointer;
};

/*
 * The same for code that has just appeared in a process, in the text that holds `place`, which none of the process'
 * threads has executed yet. PATCH_ALREADY: there was nothing to patch.
 */
struct patch_result patch_text(struct patcher *patcher, pid_t pid, struct patch_place place,
			       bool (*is_still)(void *context), void *context);

/*
 * Where the stopped thread `pid` has to go on so that its multiplexed call, by the `int $0x80` that ends at address
 * `after`, is made as if the program had called its vDSO's patched entry there: the thread's eip has to become what
 * this returns, its eax `after`, and every other register stay. Returns 0 where there is no such entry: the vDSO
 * isn't patched, or `after` lies in it, where the `int $0x80` is the demultiplexer's own, made because the direct
 * call isn't there.
 */
uint32_t patch_int80_entry(struct patcher *patcher, pid_t pid, uint32_t after);

#endif
