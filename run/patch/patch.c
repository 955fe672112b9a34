/* SPDX-License-Identifier: MIT */
#include "run/patch/patch.h"

#include "process/memory.h"
#include "run/patch/texts.h"
#include "run/patch/vdso.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { INT80_ENTRY_BYTES = 8 /* how many bytes patch_int80_entry() compares to recognise code.S's code_trap */ };

int patcher_init(struct patcher *patcher)
{
	void *image = mmap(NULL, sizeof *patcher->image, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (image == MAP_FAILED)
		return -ENOMEM;
	patcher->image = image;
	patcher->texts = (struct ring)RING_OVER(patcher->text_entries, key);
	return 0;
}

void patcher_free(struct patcher *patcher)
{
	munmap(patcher->image, sizeof *patcher->image);
}

static void add(struct patch_result *result, struct texts_patched patched)
{
	result->stubs += patched.stubs;
	result->go += patched.go;
	result->has_other |= patched.has_other;
}

/*
 * If the vDSO isn't patched, patches it and the texts that a program has when it starts. If it is patched, the program
 * has been seen before; then only code that has appeared since is patched: the text at `address`, and nothing if the
 * program is starting (`start`).
 */
static void patch(struct patcher *patcher, const struct process *target, uint32_t address, bool start,
		  struct patch_result *result)
{
	bool patched;
	int r = vdso_look(patcher, target, &patched);

	if (!r && patched) {
		if (!start)
			add(result, texts_patch(patcher, target, address, false));
		result->outcome = result->stubs || result->go ? PATCH_LATER : PATCH_ALREADY;
		return;
	}
	if (!r)
		r = vdso_write_code(patcher, target);
	/* The texts come before the jump: a vDSO with the jump means that the texts are patched, too. */
	if (!r)
		add(result, texts_patch(patcher, target, address, true));
	if (!r)
		r = vdso_write_jump(patcher, target);
	result->outcome = r ? PATCH_FAILED : PATCH_DONE;
	result->error = r;
}

struct patch_result patch_process(struct patcher *patcher, pid_t pid, uint32_t after, bool (*is_still)(void *context),
				  void *context)
{
	struct patch_result result = { .outcome = PATCH_FAILED };
	struct process target;

	result.error = process_open(&target, pid);
	if (result.error)
		return result;
	if (!is_still(context))
		result.error = -ESRCH;
	else if (!target.vdso || target.vdso_entry < target.vdso)
		result.outcome = PATCH_NO_VDSO;
	else
		patch(patcher, &target, after, true, &result);
	process_close(&target);
	return result;
}

struct patch_result patch_text(struct patcher *patcher, pid_t pid, struct patch_place place,
			       bool (*is_still)(void *context), void *context)
{
	struct patch_result result = { .outcome = PATCH_FAILED };
	struct process target;
	uint32_t address = place.address;

	result.error = process_open(&target, pid);
	if (result.error)
		return result;
	if (!is_still(context))
		result.error = -ESRCH;
	else if (!target.vdso || target.vdso_entry < target.vdso)
		result.outcome = PATCH_NO_VDSO;
	else if (place.is_pointer && memory_read(&target, address, &address, sizeof address))
		result.outcome = PATCH_ALREADY; /* the call will fail with EFAULT */
	else
		patch(patcher, &target, address, false, &result);
	process_close(&target);
	return result;
}

uint32_t patch_int80_entry(struct patcher *patcher, pid_t pid, uint32_t after)
{
	const struct image *image = patcher->image;
	unsigned char code[INT80_ENTRY_BYTES];
	struct process target;
	uint32_t entry = 0;

	if (!image->size || process_open(&target, pid))
		return 0;
	/* This program's vDSO is patched if the code is there at which the thread would go on. */
	if (target.vdso && after - target.vdso >= image->size &&
	    !memory_read(&target, target.vdso + image->int80_entry, code, sizeof code) &&
	    memcmp(code, image->after + image->int80_entry, sizeof code) == 0)
		entry = target.vdso + image->int80_entry;
	process_close(&target);
	return entry;
}
