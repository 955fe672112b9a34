/* SPDX-License-Identifier: MIT
 *
 * The steps by which the vDSO of one process is patched. The process that makes them may be killed between any two
 * writes, and another one then begins again. So a vDSO of which some bytes are the kernel's and the others are already
 * the wanted ones counts as not patched yet.
 */
#ifndef PATCH_VDSO_H
#define PATCH_VDSO_H

#include <stdbool.h>

#include "process/process.h"

struct patcher;

/*
 * Reads the process' vDSO to patcher->have, and computes its patched form, in patcher->wanted. Returns 0, with *patched
 * true if the two are equal; or -errno of memory_read() or image_edit(), where -ENOTSUP also means that the process has
 * no 32-bit vDSO; or -EILSEQ, the vDSO isn't that of the given image (patcher->image_is_given).
 */
int vdso_look(struct patcher *patcher, const struct process *target, bool *patched);

/*
 * Writes all bytes that vdso_look() found to differ, except the jump at the vDSO's entry: no thread can execute the
 * other bytes before the jump is written. Returns 0 or -errno of memory_write().
 */
int vdso_write_code(struct patcher *patcher, const struct process *target);

/*
 * Writes the jump at the entry: I386_BRANCH_BYTES at address vdso_jump_at(). No thread may run meanwhile, and none may
 * be about to execute an instruction in these bytes other than the first one. Returns 0 or -errno of memory_write().
 */
int vdso_write_jump(struct patcher *patcher, const struct process *target);
uint32_t vdso_jump_at(const struct patcher *patcher, const struct process *target);

#endif
