/* SPDX-License-Identifier: MIT */
#include "run/patch/patch.h"

#include "run/patch/image.h"
#include "run/patch/sites.h"
#include "process/mappings.h"
#include "process/memory.h"

#include <errno.h>
#include <string.h>

enum { TRAP_BYTES = 8, TEXTS_KEPT = 32, TEXT_MOST = 256 << 20, TEXT_PIECE = 1 << 20 };

/* The vDSO is the same in all programs of one kernel that leave it alone: it is worked out once, and compared each time. */
static struct image image;

/*
 * What was found in texts, by the file that they are mapped from. Verified each time before it is used; but that a text has
 * none was seen in a program's memory, and is believed of that user's programs only.
 */
static struct text {
	uid_t owner;
	uint64_t device, inode, changed;
	uint32_t size;
	unsigned count;
	struct site sites[SITES_MOST];
} texts[TEXTS_KEPT];
static unsigned next_text;

static char maps[MAPPINGS_ROOM];

struct work {
	const struct process *target;
	struct patch_result *result;
};

/* The bytes that differ, the entry's page last: until then nothing leads to them. */
static int write_image(const struct process *target, const unsigned char *bytes)
{
	uint32_t entry_page = image.entry & -(uint32_t)I386_PAGE;
	int r = 0;

	for (uint32_t at = 0; !r && at < image.size; at += I386_PAGE)
		if (at != entry_page && memcmp(bytes + at, image.before + at, I386_PAGE) != 0)
			r = memory_write(target, target->vdso + at, bytes + at, I386_PAGE);
	return r ? r : memory_write(target, target->vdso + entry_page, bytes + entry_page, I386_PAGE);
}

static int patch_vdso(const struct process *target, struct patch_result *result)
{
	static unsigned char have[IMAGE_MOST], wanted[IMAGE_MOST];
	uint32_t entry = target->vdso_entry - target->vdso;
	size_t size = image.size ? image.size : I386_PAGE;
	int r = memory_read(target, target->vdso, have, size);

	/* A program that put another image in the vDSO's place must not be in the way of the next one. */
	if (r == -EFAULT && image.size) {
		image.size = 0;
		size = I386_PAGE;
		r = memory_read(target, target->vdso, have, size);
	}
	if (r)
		return r;
	if (image.size) {
		image_relocate(&image, target->vdso, wanted);
		result->already = memcmp(have, wanted, image.size) == 0;
		if (result->already)
			return 0;
	}
	if (!image.size || image.entry != entry || memcmp(have, image.before, image.size) != 0) {
		size = image_size(have, size);
		r = size ? memory_read(target, target->vdso, have, size) : -ENOTSUP;
		if (!r)
			r = image_edit(&image, have, size, entry);
		if (r)
			return r;
	}
	image_relocate(&image, target->vdso, wanted);
	r = write_image(target, wanted);
	result->vdso = !r;
	return r;
}

/* Of the stub there must be one: which of several is it? */
static void drop_ambiguous(struct text *text)
{
	unsigned stubs = 0, kept = 0;

	for (unsigned i = 0; i < text->count; i++)
		stubs += text->sites[i].kind == SITE_STUB;
	for (unsigned i = 0; i < text->count; i++)
		if (text->sites[i].kind != SITE_STUB || stubs == 1)
			text->sites[kept++] = text->sites[i];
	text->count = kept;
}

/* Looks through a text, in pieces that overlap so far that each site lies in one of them, and just one. */
static int look_through(const struct process *target, const struct mappings_text *mapping, struct text *text)
{
	static unsigned char piece[TEXT_PIECE + SITE_BYTES - 1];
	uint32_t at = mapping->start;

	text->count = 0;
	while (at < mapping->end) {
		uint32_t size = mapping->end - at < sizeof piece ? mapping->end - at : (uint32_t)sizeof piece;
		struct site found[SITES_MOST];
		unsigned count;
		int r = memory_read(target, at, piece, size);

		if (r)
			return r;
		count = sites_find(piece, size, found);
		for (unsigned i = 0; i < count && text->count < SITES_MOST; i++) {
			found[i].offset += at - mapping->start;
			text->sites[text->count++] = found[i];
		}
		at += size < sizeof piece ? size : TEXT_PIECE;
	}
	drop_ambiguous(text);
	return 0;
}

/* What is known of the text, or found out now; a null pointer when it can't be read. */
static struct text *known(const struct process *target, const struct mappings_text *mapping)
{
	struct text *text;

	for (text = texts; text < texts + TEXTS_KEPT; text++)
		if (text->owner == target->owner && text->inode == mapping->inode && text->device == mapping->device &&
		    text->changed == mapping->changed && text->size == mapping->end - mapping->start)
			return text;
	text = &texts[next_text++ % TEXTS_KEPT];
	*text = (struct text){
		.owner = target->owner, .device = mapping->device, .inode = mapping->inode, .changed = mapping->changed
	};
	if (look_through(target, mapping, text))
		return NULL;
	text->size = mapping->end - mapping->start;
	return text;
}

static int patch_site(const struct process *target, uint32_t at, const struct site *site)
{
	unsigned char bytes[SITE_BYTES];
	unsigned size;
	int r = memory_read(target, at, bytes, sizeof bytes);

	if (r || !sites_matches(site->kind, bytes))
		return 0;
	size = sites_edit(site->kind, bytes, at, target->vdso + (site->kind == SITE_STUB ? image.cancel : image.go386));
	return !memory_write(target, at, bytes, size);
}

static int is_libc(const char *path)
{
	const char *base = path ? strrchr(path, '/') : NULL;

	return base && strcmp(base, "/libc.so.6") == 0;
}

static int patch_text(void *context, const struct mappings_text *mapping)
{
	struct work *work = context;
	uint32_t program = work->target->program_entry;
	struct text *text;
	unsigned before = 0;

	if (!(program >= mapping->start && program < mapping->end) && !is_libc(mapping->path))
		return 0;
	if (mapping->end - mapping->start > TEXT_MOST)
		return 0;
	for (int again = 0; again < 2; again++) {
		unsigned done = 0;

		text = known(work->target, mapping);
		for (unsigned i = 0; text && i < text->count; i++) {
			if (!patch_site(work->target, mapping->start + text->sites[i].offset, &text->sites[i]))
				continue;
			done++;
			if (text->sites[i].kind == SITE_STUB)
				work->result->stubs++;
			else
				work->result->go++;
		}
		/* Once some are patched, what else is found isn't all that other programs have. */
		if (text && (done != text->count || before))
			text->size = 0;
		if (!text || done == text->count)
			break;
		before = done; /* another file of that number by now: look again */
	}
	return 0;
}

struct patch_result patch_process(pid_t pid, int (*still)(void *context), void *context)
{
	struct patch_result result = { 0 };
	struct process target;
	struct work work = { &target, &result };

	result.error = process_open(&target, pid);
	if (result.error)
		return result;
	if (!still(context))
		result.error = -ESRCH;
	else if (!target.vdso || target.vdso_entry < target.vdso)
		result.no_vdso = 1;
	else
		result.error = patch_vdso(&target, &result);
	if (result.vdso)
		mappings_each_text(&target, maps, sizeof maps, patch_text, &work);
	process_close(&target);
	return result;
}

uint32_t patch_trap(pid_t pid, uint32_t from)
{
	unsigned char code[TRAP_BYTES];
	struct process target;
	uint32_t at = 0;

	if (!image.size || process_open(&target, pid))
		return 0;
	if (target.vdso && from - target.vdso >= image.size &&
	    !memory_read(&target, target.vdso + image.int80, code, sizeof code) &&
	    memcmp(code, image.after + image.int80, sizeof code) == 0)
		at = target.vdso + image.int80;
	process_close(&target);
	return at;
}
