/* SPDX-License-Identifier: MIT */
#include "run/patch/patch.h"

#include "run/demux/stub.h"
#include "run/patch/image.h"
#include "run/patch/sites.h"
#include "process/mappings.h"
#include "process/memory.h"

#include <errno.h>
#include <string.h>

enum { INT80_ENTRY_BYTES = 8, TEXT_MOST = 256 << 20 };

_Static_assert(sizeof(struct patcher_text_key) == 3 * sizeof(uint64_t) + sizeof(uid_t) + sizeof(uint32_t),
	       "a ring's key has no padding");

/* Patching one process. */
struct work {
	struct patcher *patcher;
	const struct process *target;
	struct patch_result *result;
};

void patcher_init(struct patcher *patcher)
{
	patcher->texts = (struct ring)RING_OVER(patcher->text_entries, key);
}

/* ---- The vDSO ---------------------------------------------------------------------------------------------------- */

/* Writes the pages that differ. The entry's page comes last: until it is written, no code jumps to the others. */
static int write_image(const struct image *image, const struct process *target, const unsigned char *bytes)
{
	uint32_t entry_page = image->entry & -(uint32_t)I386_PAGE;
	int r = 0;

	for (uint32_t at = 0; !r && at < image->size; at += I386_PAGE)
		if (at != entry_page && memcmp(bytes + at, image->before + at, I386_PAGE) != 0)
			r = memory_write(target, target->vdso + at, bytes + at, I386_PAGE);
	return r ? r : memory_write(target, target->vdso + entry_page, bytes + entry_page, I386_PAGE);
}

/* 0, with PATCH_DONE or PATCH_ALREADY in *outcome, or -errno. */
static int patch_vdso(struct patcher *patcher, const struct process *target, enum patch_outcome *outcome)
{
	struct image *image = &patcher->image;
	uint32_t entry = target->vdso_entry - target->vdso;
	size_t size = image->size ? image->size : I386_PAGE;
	int r = memory_read(target, target->vdso, patcher->have, size);

	/*
	 * A program may have mapped a smaller image in the vDSO's place. And the image that is known may be such a
	 * program's: then it must be forgotten, or no other program could be patched any more.
	 */
	if (r == -EFAULT && image->size) {
		image->size = 0;
		size = I386_PAGE;
		r = memory_read(target, target->vdso, patcher->have, size);
	}
	if (r)
		return r;
	if (image->size) {
		image_relocate(image, target->vdso, patcher->wanted);
		if (memcmp(patcher->have, patcher->wanted, image->size) == 0) {
			*outcome = PATCH_ALREADY;
			return 0;
		}
	}
	if (!image->size || image->entry != entry || memcmp(patcher->have, image->before, image->size) != 0) {
		size = image_size(patcher->have, size);
		r = size ? memory_read(target, target->vdso, patcher->have, size) : -ENOTSUP;
		if (!r)
			r = image_edit(image, patcher->have, size, entry);
		if (r)
			return r;
	}
	image_relocate(image, target->vdso, patcher->wanted);
	*outcome = PATCH_DONE;
	return write_image(image, target, patcher->wanted);
}

/* ---- Texts ------------------------------------------------------------------------------------------------------- */

/* A glibc has one cancellation stub. Where several places look like it, none is taken: nothing tells which it is. */
static void drop_ambiguous(struct patcher_text *text)
{
	unsigned stubs = 0, kept = 0;

	for (unsigned i = 0; i < text->count; i++)
		stubs += text->sites[i].kind == SITE_STUB;
	for (unsigned i = 0; i < text->count; i++)
		if (text->sites[i].kind != SITE_STUB || stubs == 1)
			text->sites[kept++] = text->sites[i];
	text->count = kept;
}

/*
 * Searches a text for sites, in pieces that overlap by one byte less than a site is long: so each site lies in one
 * piece as a whole, and in no other one. 0 or -errno.
 */
static int search(struct patcher *patcher, const struct process *target, const struct mappings_text *mapping,
		  struct patcher_text *text)
{
	uint32_t at = mapping->start;

	while (at < mapping->end) {
		uint32_t left = mapping->end - at;
		uint32_t size = left < sizeof patcher->piece ? left : (uint32_t)sizeof patcher->piece;
		struct site found[SITES_MOST];
		unsigned count;
		int r = memory_read(target, at, patcher->piece, size);

		if (r)
			return r;
		count = sites_find(patcher->piece, size, found);
		for (unsigned i = 0; i < count && text->count < SITES_MOST; i++) {
			found[i].offset += at - mapping->start;
			text->sites[text->count++] = found[i];
		}
		at += size < sizeof patcher->piece ? size : PATCHER_PIECE;
	}
	drop_ambiguous(text);
	return 0;
}

/* The text, known from before or searched now; a null pointer when it can't be read. */
static struct patcher_text *text_of(struct patcher *patcher, const struct process *target,
				    const struct mappings_text *mapping)
{
	const struct patcher_text_key key = {
		.device = mapping->device,
		.inode = mapping->inode,
		.changed = mapping->changed,
		.owner = target->owner,
		.size = mapping->end - mapping->start,
	};
	struct patcher_text *text = ring_find(&patcher->texts, &key, NULL);

	if (text)
		return text;
	text = ring_add(&patcher->texts, &key);
	if (!search(patcher, target, mapping, text))
		return text;
	ring_forget(&patcher->texts, text);
	return NULL;
}

/* Whether the site, at address `at`, is patched now. */
static bool patch_site(const struct image *image, const struct process *target, uint32_t at, const struct site *site)
{
	unsigned char bytes[SITE_BYTES];
	unsigned size;
	int r = memory_read(target, at, bytes, sizeof bytes);

	if (r || !sites_matches(site->kind, bytes))
		return false;
	size = sites_edit(site->kind, bytes, at,
			  target->vdso + (site->kind == SITE_STUB ? image->cancel : image->go386));
	return !memory_write(target, at, bytes, size);
}

/* How many of the text's sites are patched now; they are counted in the result. */
static unsigned patch_sites(struct work *work, const struct mappings_text *mapping, const struct patcher_text *text)
{
	unsigned done = 0;

	for (unsigned i = 0; i < text->count; i++) {
		const struct site *site = &text->sites[i];

		if (!patch_site(&work->patcher->image, work->target, mapping->start + site->offset, site))
			continue;
		done++;
		if (site->kind == SITE_STUB)
			work->result->stubs++;
		else
			work->result->go++;
	}
	return done;
}

/* For mappings_each_text(): patches the program's own text and libc's. */
static int patch_text(void *context, const struct mappings_text *mapping)
{
	struct work *work = context;
	uint32_t program = work->target->program_entry;
	struct patcher_text *text;
	unsigned count, done;

	if (!(program >= mapping->start && program < mapping->end) && !stub_is_in(mapping->path))
		return 0;
	if (mapping->end - mapping->start > TEXT_MOST)
		return 0;
	text = text_of(work->patcher, work->target, mapping);
	if (!text)
		return 0;
	count = text->count;
	done = patch_sites(work, mapping, text);
	if (done == count)
		return 0;
	/*
	 * What was known isn't true of this text: by now the file's number is another file's, or the program has
	 * changed its own copy. It is searched again. What is found then isn't kept: where some sites were patched
	 * just now, they aren't among it, though other programs have them.
	 */
	ring_forget(&work->patcher->texts, text);
	text = text_of(work->patcher, work->target, mapping);
	if (!text)
		return 0;
	count = text->count;
	if (patch_sites(work, mapping, text) != count || done)
		ring_forget(&work->patcher->texts, text);
	return 0;
}

/* ---- A process --------------------------------------------------------------------------------------------------- */

struct patch_result patch_process(struct patcher *patcher, pid_t pid, bool (*is_still)(void *context), void *context)
{
	struct patch_result result = { .outcome = PATCH_FAILED };
	struct process target;
	struct work work = { patcher, &target, &result };

	result.error = process_open(&target, pid);
	if (result.error)
		return result;
	if (!is_still(context))
		result.error = -ESRCH;
	else if (!target.vdso || target.vdso_entry < target.vdso)
		result.outcome = PATCH_NO_VDSO;
	else
		result.error = patch_vdso(patcher, &target, &result.outcome);
	if (result.error)
		result.outcome = PATCH_FAILED;
	if (result.outcome == PATCH_DONE)
		mappings_each_text(&target, patcher->maps, sizeof patcher->maps, patch_text, &work);
	process_close(&target);
	return result;
}

uint32_t patch_int80_entry(struct patcher *patcher, pid_t pid, uint32_t after)
{
	const struct image *image = &patcher->image;
	unsigned char code[INT80_ENTRY_BYTES];
	struct process target;
	uint32_t entry = 0;

	if (!image->size || process_open(&target, pid))
		return 0;
	/* Whether this program's vDSO is patched is seen by the code where the thread would go on. */
	if (target.vdso && after - target.vdso >= image->size &&
	    !memory_read(&target, target.vdso + image->int80, code, sizeof code) &&
	    memcmp(code, image->after + image->int80, sizeof code) == 0)
		entry = target.vdso + image->int80;
	process_close(&target);
	return entry;
}
