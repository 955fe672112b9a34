/* SPDX-License-Identifier: MIT
 *
 * The vDSO of one process: how far it is patched, and the steps by which it becomes so. Whoever makes them may be
 * killed between any two writes, and somebody else begins again: an image of which some bytes are as the kernel made
 * them, and the others as they are to be, is one that is to be patched.
 */
#ifndef PATCH_VDSO_H
#define PATCH_VDSO_H

#include <stdbool.h>

#include "process/process.h"

struct patcher;

/*
 * Reads the process' vDSO, and works out what it is to become, in patcher->wanted. 0, with *patched: whether it is so
 * already; or -errno of memory_read() or image_edit(), with -ENOTSUP also for a process that has none.
 */
int vdso_look(struct patcher *patcher, const struct process *target, bool *patched);

/*
 * Writes all that vdso_look() found to be missing, but for the jump at the vDSO's entry: until that is written, the
 * program's threads never come to what is written here. 0 or -errno of memory_write().
 */
int vdso_write_code(struct patcher *patcher, const struct process *target);

/*
 * Writes the jump at the entry, I386_BRANCH_BYTES from the address vdso_jump_at() on. No thread may run that has begun
 * to execute these bytes. 0 or -errno of memory_write().
 */
int vdso_write_jump(struct patcher *patcher, const struct process *target);
uint32_t vdso_jump_at(const struct patcher *patcher, const struct process *target);

#endif
