/* SPDX-License-Identifier: MIT
 *
 * Patching a 32-bit program's image so that its multiplexed socket calls are made directly, with nothing attached
 * afterwards. To be done before its first socket call, while the program waits: see docs/run.md.
 */
#ifndef PATCH_PATCH_H
#define PATCH_PATCH_H

#include <stdint.h>
#include <sys/types.h>

/* What came of a program. */
struct patch_result {
	int error;       /* 0: served; or why not: -errno of process_open(), memory_read() or image_edit() */
	int vdso;        /* the vDSO's entry was patched now … */
	int already;     /* … or had been */
	int no_vdso;     /* the program has none: it isn't a 32-bit one, or the kernel gives it none (vdso32=0) */
	unsigned stubs;  /* cancellation stubs of glibc patched, … */
	unsigned go;     /* … and stubs of Go */
};

/*
 * Patches the process of thread `pid`, which must be stopped or waiting in the kernel. still(context) is asked once the
 * process' memory is open: whether `pid` is still who was meant; where not, nothing is touched and the error is -ESRCH.
 * Bytes that aren't recognised are left alone. Not for use by two threads at once.
 */
struct patch_result patch_process(pid_t pid, int (*still)(void *context), void *context);

/*
 * Where the stopped thread `pid`, whose multiplexed call by an `int $0x80` before address `from` was trapped, is to go on, with
 * `from` in eax and everything else as it was: as if there had been a call of the vDSO's entry instead. 0: nowhere, its vDSO
 * not being patched or `from` lying in it, where the call is the demultiplexer's own last resort.
 */
uint32_t patch_trap(pid_t pid, uint32_t from);

#endif
