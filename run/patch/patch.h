/* SPDX-License-Identifier: MIT
 *
 * run/patch: changes the code of a 32-bit program in its memory, so that its multiplexed socket calls become direct
 * calls. Afterwards nothing is attached to the program. A program is patched while it is stopped or waits in the
 * kernel, before its first socket call: docs/run.md says when that is, and what is patched.
 *
 *	patch.[ch]   patches a process when it starts, and code that appears in it later, in the right order
 *	late.[ch]    patches a process that has made a multiplexed call, and the code that made the call
 *	vdso.[ch]    the steps by which the vDSO of a process is patched
 *	texts.[ch]   patches the texts (the executable mappings) of a process
 *	image.[ch]   computes the patched bytes of a vDSO image
 *	frames.[ch]  computes the unwind information of the patched image
 *	object.[ch]  code.S, the code that is written into the vDSO, as an object file embedded in this program
 *	sites.[ch]   finds and edits code that makes socketcall by an `int $0x80` of its own
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

enum {
	PATCHER_TEXTS = 32,      /* how many texts the cache of sites holds */
	PATCHER_PIECE = 1 << 18, /* the size of the pieces in which a text is read */
};

/* Identifies a text (an executable mapping of a file) by its file, the process' owner, and its size. */
struct patcher_text_key {
	uint64_t device, inode, changed; /* as in struct mappings_text */
	uid_t owner;
	uint32_t size;
};

/*
 * The sites that were found in a text, so that each file is searched only once. A program may have changed its own copy
 * of the text, so the cache may be wrong. A site that isn't there does no harm, because its bytes are compared again
 * before they are replaced. But nothing shows that a site is missing in the cache. So the key has the program's owner,
 * and one user's programs can't keep another user's programs from being patched.
 */
struct patcher_text {
	struct patcher_text_key key;
	bool whole; /* the search has been completed; false: the process that searched was killed */
	unsigned count;
	struct site sites[SITES_MOST];
	bool has_other; /* sites_has_other_int80() */
};

struct late;
typedef int patcher_worker(void *context, struct late *late, int step, uint32_t after);

/*
 * What is kept from one program to the next, and working memory (1.4 MiB, most of which is never touched if texts are
 * small). The caller zeroes it and calls patcher_init().
 */
struct patcher {
	/*
	 * The kernel gives all programs the same vDSO, so its patched form is computed once. It is used only for a vDSO
	 * of which each byte is image->before's or, if an earlier patching was interrupted, already the patched one.
	 * The image lies in memory that is shared with processes that are forked later. So a process that takes over
	 * from a killed one knows the image that the killed process has partly written.
	 */
	struct image *image;
	struct image edited; /* a new image, until it is complete */
	bool image_is_given; /* the caller has filled *image; a program's own image is never trusted */
	struct ring texts;   /* the texts whose sites are remembered, in text_entries */
	struct patcher_text text_entries[PATCHER_TEXTS];
	struct patcher_text uncached; /* a text whose sites aren't remembered, while it is patched */
	unsigned char have[IMAGE_MOST], wanted[IMAGE_MOST];  /* a process' vDSO: its bytes now, and patched */
	unsigned char piece[PATCHER_PIECE + SITE_BYTES - 1]; /* a part of a text that is searched */
	char maps[MAPPINGS_BUFFER];                          /* the contents of a /proc/PID/maps */

	/*
	 * A site that crosses a page boundary, while it is written: the kernel writes one page after the other. If this
	 * process is killed in between, the process that takes over writes the site again.
	 */
	struct patcher_halves {
		pid_t pid;     /* the thread by which the process was opened; 0: no site is being written */
		uint32_t at;   /* the address of the bytes that are written */
		unsigned size; /* how many there are */
		unsigned char before[SITE_BYTES], after[SITE_BYTES];
	} halves;

	/*
	 * If not null, this function has another process call late_make_step(), returns the result of that call, and
	 * copies to *late what that call has written to the other process' copy.
	 */
	patcher_worker *worker;
	void *worker_context;
};

/* The result of patching a program. */
struct patch_result {
	enum patch_outcome {
		PATCH_DONE,    /* the vDSO's entry was patched now, and `stubs` + `go` sites */
		PATCH_LATER,   /* the entry had been patched before; `stubs` + `go` sites were patched now */
		PATCH_ALREADY, /* the entry had been patched before, and there was nothing to patch now */
		PATCH_NO_VDSO, /* it has no 32-bit vDSO: a 64-bit program, or the kernel gave it none (vdso32=0) */
		PATCH_FAILED,  /* it could not be patched, because of `error` */
	} outcome;
	int error;          /* -errno of process_open(), memory_read(), memory_write() or image_edit(), or 0 */
	unsigned stubs, go; /* how many cancellation stubs of glibc, and stubs of Go, were patched now */
	bool has_other;     /* the program seems to make multiplexed calls by an `int $0x80` that isn't patched */
};

/* Returns 0 or -ENOMEM. patcher_free() frees what patcher_init() has allocated, not the patcher itself. */
int patcher_init(struct patcher *patcher);
void patcher_free(struct patcher *patcher);

/*
 * Patches the process of thread `pid` when it starts. The thread must be stopped, or wait in the kernel in a system
 * call. `after` is the address behind the instruction that made the call, or 0. The vDSO's entry is patched last. So if
 * the caller is killed, another process can call this again. After the process' memory has been opened,
 * is_still(context) must say whether `pid` is still the thread that was meant. If it returns false, nothing is changed
 * and the error is -ESRCH. Bytes that aren't recognised aren't changed.
 */
struct patch_result patch_process(struct patcher *patcher, pid_t pid, uint32_t after, bool (*is_still)(void *context),
				  void *context);

/* A place in a text: its address, or the address of a word that contains it. */
struct patch_place {
	uint32_t address;
	bool is_pointer;
};

/*
 * Like patch_process(), but for code that has just appeared in a process: patches the text that contains `place`, which
 * no thread of the process has executed yet. PATCH_ALREADY means that there was nothing to patch.
 */
struct patch_result patch_text(struct patcher *patcher, pid_t pid, struct patch_place place,
			       bool (*is_still)(void *context), void *context);

/*
 * For a stopped thread `pid` that made a multiplexed call by an `int $0x80` of its own, which ends at address `after`.
 * Returns the address at which the thread must go on so that the call is made directly, as if the program had called
 * its vDSO's patched entry instead: the caller sets the thread's eip to it and eax to `after`, and keeps all other
 * registers. Returns 0 if there is no such address: the process' memory can't be read; its vDSO isn't patched; or
 * `after` is in the vDSO, where the demultiplexer has made the call because the kernel has no direct call.
 */
uint32_t patch_int80_entry(struct patcher *patcher, pid_t pid, uint32_t after);

#endif
