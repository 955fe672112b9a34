/* SPDX-License-Identifier: MIT */
#include "run/patch/vdso.h"

#include "process/memory.h"
#include "run/patch/patch.h"

#include <errno.h>
#include <string.h>

/*
 * Copies the image to shared memory, for later programs. Its size is set last, so that there is no image at all if this
 * process is killed meanwhile.
 */
static void keep(struct image *kept, struct image *image)
{
	size_t size = image->size;

	image->size = kept->size = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*kept = *image;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	kept->size = size;
}

/* True if each byte of the process' vDSO is the known image's, before or after patching. */
static bool is_partly_written(const struct patcher *patcher)
{
	const struct image *image = patcher->image;

	for (size_t i = 0; i < image->size; i++)
		if (patcher->have[i] != image->before[i] && patcher->have[i] != patcher->wanted[i])
			return false;
	return true;
}

int vdso_look(struct patcher *patcher, const struct process *target, bool *patched)
{
	struct image *image = patcher->image;
	uint32_t entry = target->vdso_entry - target->vdso;
	size_t size = image->size ? image->size : I386_PAGE;
	int r;

	*patched = false;
	if (!target->vdso || target->vdso_entry < target->vdso)
		return -ENOTSUP;
	r = memory_read(target, target->vdso, patcher->have, size);
	/*
	 * The read of a whole image fails if this program has replaced its vDSO by a smaller image, or if the known
	 * image came from a program that had replaced its vDSO by a larger one. In the second case the known image must
	 * be forgotten, or no other program could be patched any more.
	 */
	if (r == -EFAULT && image->size && !patcher->image_is_given) {
		image->size = 0;
		size = I386_PAGE;
		r = memory_read(target, target->vdso, patcher->have, size);
	}
	if (r)
		return r;
	if (image->size) {
		image_relocate(image, target->vdso, patcher->wanted);
		if (memcmp(patcher->have, patcher->wanted, image->size) == 0) {
			*patched = true;
			return 0;
		}
		if (image->entry == entry &&
		    (memcmp(patcher->have, image->before, image->size) == 0 || is_partly_written(patcher)))
			return 0;
	}
	if (patcher->image_is_given)
		return -EILSEQ;
	size = image_size(patcher->have, size);
	r = size ? memory_read(target, target->vdso, patcher->have, size) : -ENOTSUP;
	if (!r)
		r = image_edit(&patcher->edited, patcher->have, size, entry);
	if (r)
		return r;
	keep(image, &patcher->edited);
	image_relocate(image, target->vdso, patcher->wanted);
	return 0;
}

/* Writes the wanted bytes between two offsets, page by page. Pages that already have them are skipped. */
static int write_between(const struct patcher *patcher, const struct process *target, uint32_t from, uint32_t to)
{
	int r = 0;

	for (uint32_t at = from, end; !r && at < to; at = end) {
		end = (at | (I386_PAGE - 1)) + 1;
		if (end > to)
			end = to;
		if (memcmp(patcher->have + at, patcher->wanted + at, end - at) != 0)
			r = memory_write(target, target->vdso + at, patcher->wanted + at, end - at);
	}
	return r;
}

int vdso_write_code(struct patcher *patcher, const struct process *target)
{
	const struct image *image = patcher->image;
	int r = write_between(patcher, target, 0, image->entry);

	return r ? r : write_between(patcher, target, image->entry + I386_BRANCH_BYTES, (uint32_t)image->size);
}

int vdso_write_jump(struct patcher *patcher, const struct process *target)
{
	uint32_t at = patcher->image->entry;

	return write_between(patcher, target, at, at + I386_BRANCH_BYTES);
}

uint32_t vdso_jump_at(const struct patcher *patcher, const struct process *target)
{
	return target->vdso + patcher->image->entry;
}
