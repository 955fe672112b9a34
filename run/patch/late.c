/* SPDX-License-Identifier: MIT */
#include "run/patch/late.h"

#include "abi/i386.h"
#include "process/memory.h"
#include "run/patch/patch.h"
#include "run/patch/texts.h"
#include "run/patch/vdso.h"

#include <errno.h>

/* ---- Which code made the call ------------------------------------------------------------------------------------ */

/* True if there is a site at address `at`, patched or not, whose `int $0x80` ends at address `after`. */
static bool is_site(const struct late *late, enum site_kind kind, uint32_t at, uint32_t after,
		    const unsigned char *bytes)
{
	return sites_call_end(kind, bytes) == after - at &&
	       (sites_is_unedited(kind, bytes) ||
		sites_is_edited(kind, bytes, at, late->target.vdso, late->patcher->image));
}

/*
 * Looks for the site whose `int $0x80` ends at address `after`. The site begins at most SITE_BYTES bytes before this
 * address, and ends at most SITE_BYTES bytes behind it. Bytes in a page that isn't mapped are zero here, which matches
 * no site.
 */
static void find_site(struct late *late, uint32_t after)
{
	unsigned char bytes[2 * SITE_BYTES] = { 0 };
	uint32_t first = after - SITE_BYTES, page = after & -(uint32_t)I386_PAGE, from = first;
	bool patched = false;

	if (memory_read(&late->target, first, bytes, sizeof bytes) && page > first) {
		from = page;
		if (memory_read(&late->target, from, bytes + (from - first), sizeof bytes - (from - first)))
			return;
	}
	for (uint32_t at = from; at < after; at++)
		for (unsigned kind = 0; kind < SITE_KINDS; kind++) {
			if (!is_site(late, (enum site_kind)kind, at, after, bytes + (at - first)))
				continue;
			late->caller = kind == SITE_STUB ? LATE_STUB : LATE_GO;
			late->site = (enum site_kind)kind;
			patched = !sites_is_unedited(late->site, bytes + (at - first));
			/*
			 * A site in two pages stays as it is, and each of its calls is turned. The kernel would write
			 * one page after the other. If this process were killed in between, the threads that it has
			 * stopped would go on at once, and execute the new bytes of one page and the old ones of the
			 * other.
			 */
			late->site_at = patched || !sites_edit_is_in_one_page(late->site, at) ? 0 : at;
			return;
		}
}

/* ---- The steps --------------------------------------------------------------------------------------------------- */

static void add_change(struct late *late, uint32_t start, uint32_t size)
{
	late->changed[late->changes++] = (struct late_range){ start, start + size };
}

/* What late_look() does. */
static int look(struct late *late, uint32_t after)
{
	const struct image *image = late->patcher->image;
	int r = vdso_look(late->patcher, &late->target, &late->is_patched);
	uint32_t in_vdso = after - late->target.vdso;

	if (r)
		return r;
	late->entry = late->target.vdso + image->int80_entry;
	if (in_vdso == image->last_resort_end)
		late->caller = LATE_LAST_RESORT;
	else if (in_vdso < image->size)
		late->caller = LATE_ENTRY;
	else
		find_site(late, after);
	if (!late->is_patched)
		add_change(late, vdso_jump_at(late->patcher, &late->target), I386_BRANCH_BYTES);
	if (late->site_at)
		add_change(late, late->site_at, after - late->site_at - I386_INT80_BYTES);
	return 0;
}

static int write_code(struct late *late)
{
	return late->is_patched ? 0 : vdso_write_code(late->patcher, &late->target);
}

static int write_jumps(struct late *late)
{
	int r = 0;

	if (late->site_at &&
	    texts_patch_site(late->patcher->image, &late->target, late->site_at, late->site) == TEXTS_SITE_GONE)
		r = -EFAULT;
	if (!r && !late->is_patched)
		r = vdso_write_jump(late->patcher, &late->target);
	return r;
}

static int prepare(struct late *late, uint32_t after)
{
	int r = look(late, after);

	return r || late->caller == LATE_LAST_RESORT ? r : write_code(late);
}

static int patch(struct late *late, uint32_t after)
{
	int r = prepare(late, after);

	if (!r && late->caller != LATE_LAST_RESORT)
		late->is_written = !write_jumps(late);
	return r;
}

int late_make_step(struct late *late, enum late_step step, uint32_t after)
{
	switch (step) {
	case LATE_STEP_PREPARE:
		return prepare(late, after);
	case LATE_STEP_LOOK:
		return look(late, after);
	case LATE_STEP_WRITE_JUMPS:
		return write_jumps(late);
	case LATE_STEP_PATCH:
		return patch(late, after);
	case LATE_STEP_END:
		break;
	}
	return 0;
}

int late_write_as_tracer(struct late *late, enum late_step step)
{
	int r;

	if (late->caller == LATE_LAST_RESORT)
		return 0;
	r = vdso_look(late->patcher, &late->target, &late->is_patched); /* so that what is written already is skipped */
	if (!r && step != LATE_STEP_WRITE_JUMPS)
		r = write_code(late);
	if (r || step == LATE_STEP_PREPARE)
		return r;
	r = write_jumps(late);
	late->is_written = !r;
	return step == LATE_STEP_PATCH ? 0 : r;
}

/* Makes a step in this process, or has the worker make it. */
static int delegate(struct late *late, enum late_step step, uint32_t after)
{
	struct patcher *patcher = late->patcher;

	if (patcher->worker)
		return patcher->worker(patcher->worker_context, late, step, after);
	return late_make_step(late, step, after);
}

int late_open(struct late *late, struct patcher *patcher, pid_t pid)
{
	int r;

	*late = (struct late){ .caller = LATE_OTHER, .patcher = patcher };
	r = process_open(&late->target, pid);
	if (r)
		return r;
	if (late->target.vdso && late->target.vdso_entry >= late->target.vdso)
		return 0;
	process_close(&late->target);
	return -ENOTSUP;
}

int late_look(struct late *late, uint32_t after)
{
	return look(late, after);
}

int late_write_code(struct late *late)
{
	return write_code(late);
}

int late_write_jumps(struct late *late)
{
	int r = delegate(late, LATE_STEP_WRITE_JUMPS, 0);

	late->is_written = !r;
	return r;
}

int late_prepare(struct late *late, uint32_t after)
{
	late->worker_has_memory = late->patcher->worker != NULL;
	return delegate(late, LATE_STEP_PREPARE, after);
}

int late_patch(struct late *late, uint32_t after)
{
	return delegate(late, LATE_STEP_PATCH, after);
}

void late_end(struct late *late)
{
	if (late->worker_has_memory)
		delegate(late, LATE_STEP_END, 0);
	process_close(&late->target);
}
