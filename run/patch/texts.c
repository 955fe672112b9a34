/* SPDX-License-Identifier: MIT */
#include "run/patch/texts.h"

#include "process/mappings.h"
#include "process/memory.h"
#include "run/demux/stub.h"
#include "run/patch/patch.h"

#include <string.h>

enum { TEXT_MOST = 256 << 20 /* larger texts aren't searched */ };

_Static_assert(sizeof(struct patcher_text_key) == 3 * sizeof(uint64_t) + sizeof(uid_t) + sizeof(uint32_t),
	       "a ring's key has no padding");

/* The state of texts_patch(). */
struct work {
	struct patcher *patcher;
	const struct process *target;
	uint32_t address;
	bool start;
	bool is_anonymous; /* the text at the address isn't mapped from a file */
	struct texts_patched patched;
};

/*
 * A glibc has one cancellation stub. If several places look like it, none is patched, because nothing tells which one
 * is the stub.
 */
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
 * Searches a text for sites, in pieces that overlap by SITE_BYTES - 1 bytes. So each site lies completely in exactly
 * one piece. Returns 0 or -errno.
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
		text->has_other |= sites_has_other_int80(patcher->piece, size);
		for (unsigned i = 0; i < count && text->count < SITES_MOST; i++) {
			found[i].offset += at - mapping->start;
			text->sites[text->count++] = found[i];
		}
		at += size < sizeof patcher->piece ? size : PATCHER_PIECE;
	}
	drop_ambiguous(text);
	return 0;
}

/* Returns what is known of the text, which is searched now if necessary; null if it can't be read. */
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

	if (text && text->whole)
		return text;
	if (text)
		ring_forget(&patcher->texts, text);
	text = ring_add(&patcher->texts, &key);
	if (!search(patcher, target, mapping, text)) {
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		text->whole = true;
		return text;
	}
	ring_forget(&patcher->texts, text);
	return NULL;
}

enum texts_site texts_patch_site(const struct image *image, const struct process *target, uint32_t at,
				 enum site_kind kind)
{
	unsigned char bytes[SITE_BYTES];
	struct site_edit edit;

	if (memory_read(target, at, bytes, sizeof bytes))
		return TEXTS_SITE_GONE;
	if (sites_is_edited(kind, bytes, at, target->vdso, image))
		return TEXTS_SITE_ALREADY;
	if (!sites_is_unedited(kind, bytes))
		return TEXTS_SITE_GONE;
	edit = sites_edit(kind, bytes, at, target->vdso, image);
	return memory_write(target, at + edit.first, bytes + edit.first, edit.size) ? TEXTS_SITE_GONE
										    : TEXTS_SITE_PATCHED;
}

/* Remembers a site that is about to be written, if it crosses a page boundary. */
static void remember_halves(struct patcher *patcher, const struct process *target, uint32_t at, enum site_kind kind)
{
	struct patcher_halves *halves = &patcher->halves;
	struct site_edit edit;

	if (at % I386_PAGE + SITE_BYTES <= I386_PAGE || memory_read(target, at, halves->before, SITE_BYTES) ||
	    !sites_is_unedited(kind, halves->before))
		return;
	memcpy(halves->after, halves->before, SITE_BYTES);
	edit = sites_edit(kind, halves->after, at, target->vdso, patcher->image);
	memmove(halves->before, halves->before + edit.first, edit.size);
	memmove(halves->after, halves->after + edit.first, edit.size);
	halves->at = at + edit.first;
	halves->size = edit.size;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	halves->pid = target->pid;
}

static void forget_halves(struct patcher *patcher)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	patcher->halves.pid = 0;
}

/* If a process was killed after it had written only the first page of a site of `target`, writes the site again. */
static void complete_halves(struct patcher *patcher, const struct process *target)
{
	struct patcher_halves *halves = &patcher->halves;
	unsigned char bytes[SITE_BYTES];
	bool known = halves->pid == target->pid && !memory_read(target, halves->at, bytes, halves->size);

	for (unsigned i = 0; known && i < halves->size; i++)
		known = bytes[i] == halves->before[i] || bytes[i] == halves->after[i];
	if (known)
		memory_write(target, halves->at, halves->after, halves->size);
	forget_halves(patcher);
}

/* Patches a text's sites. Returns how many are patched afterwards; work->patched counts only those of this call. */
static unsigned patch_sites(struct work *work, const struct mappings_text *mapping, const struct patcher_text *text)
{
	unsigned patched = 0;

	for (unsigned i = 0; i < text->count; i++) {
		const struct site *site = &text->sites[i];
		uint32_t at = mapping->start + site->offset;

		remember_halves(work->patcher, work->target, at, site->kind);
		switch (texts_patch_site(work->patcher->image, work->target, at, site->kind)) {
		case TEXTS_SITE_PATCHED:
			patched++;
			if (site->kind == SITE_STUB)
				work->patched.stubs++;
			else
				work->patched.go++;
			break;
		case TEXTS_SITE_ALREADY:
			patched++;
			break;
		case TEXTS_SITE_GONE:
			break;
		}
		forget_halves(work->patcher);
	}
	return patched;
}

static bool contains(const struct mappings_text *mapping, uint32_t address)
{
	return address >= mapping->start && address < mapping->end;
}

static bool must_be_searched(const struct work *work, const struct mappings_text *mapping)
{
	if (mapping->end - mapping->start > TEXT_MOST)
		return false;
	if (!mapping->inode)
		return work->is_anonymous && mapping->start != work->target->vdso;
	if (contains(mapping, work->address))
		return true;
	return work->start && (contains(mapping, work->target->program_entry) || stub_is_in(mapping->path));
}

/* Searches and patches a text without the cache. */
static void patch_uncached(struct work *work, const struct mappings_text *mapping)
{
	struct patcher_text *text = &work->patcher->uncached;

	*text = (struct patcher_text){ .count = 0 };
	if (!search(work->patcher, work->target, mapping, text))
		patch_sites(work, mapping, text);
	work->patched.has_other |= text->has_other;
}

/* For mappings_each_text(). */
static int patch_mapping(void *context, const struct mappings_text *mapping)
{
	struct work *work = context;
	struct patcher_text *text;
	unsigned count, done;

	if (!must_be_searched(work, mapping))
		return 0;
	if (!mapping->inode) {
		patch_uncached(work, mapping);
		return 0;
	}
	text = text_of(work->patcher, work->target, mapping);
	if (!text)
		return 0;
	work->patched.has_other |= text->has_other && !stub_is_in(mapping->path);
	count = text->count;
	done = patch_sites(work, mapping, text);
	if (done == count)
		return 0;
	/*
	 * The cache is wrong about this text: the inode's number belongs to another file by now, or the program has
	 * changed its own copy of the text. So search again. The result must not be cached: sites that were patched
	 * just now aren't found any more, but other programs have them unpatched.
	 */
	ring_forget(&work->patcher->texts, text);
	patch_uncached(work, mapping);
	return 0;
}

/* For mappings_each_text(): finds out whether the text at the address isn't mapped from a file. */
static int find_anonymous(void *context, const struct mappings_text *mapping)
{
	struct work *work = context;

	if (contains(mapping, work->address))
		work->is_anonymous = !mapping->inode && mapping->start != work->target->vdso;
	return work->is_anonymous;
}

struct texts_patched texts_patch(struct patcher *patcher, const struct process *target, uint32_t address, bool start)
{
	struct work work = { .patcher = patcher, .target = target, .address = address, .start = start };
	struct mappings mappings;

	complete_halves(patcher, target);
	if (mappings_read(&mappings, target, address, patcher->maps, sizeof patcher->maps))
		return work.patched;
	mappings_each_text(&mappings, find_anonymous, &work);
	mappings_each_text(&mappings, patch_mapping, &work);
	return work.patched;
}
