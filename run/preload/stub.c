/* SPDX-License-Identifier: MIT */
#include "run/preload/bytes.h"
#include "run/demux/stub.h"

#include <elf.h>

enum {
	FUNCTION_ALIGN = 16,
	FUNCTION_MOST = 128, /* bytes of a function in which follow_calls() looks for calls */
	CALLS_DEEP = 3,      /* below accept: __syscall_cancel, __internal_syscall_cancel, the stub */
};

/* An executable segment in memory, without its last bytes, which are too few for a stub. */
struct text {
	char *start, *end;
};

/* True for the stub, unpatched or with our call in it. */
static bool is_stub(const char *code)
{
	return bytes_same(code + I386_BRANCH_BYTES, stub_code + I386_BRANCH_BYTES,
			  sizeof stub_code - I386_BRANCH_BYTES) &&
	       ((unsigned char)*code == I386_CALL || bytes_same(code, stub_code, I386_BRANCH_BYTES));
}

static char *branch_target(const char *code)
{
	return (char *)(uintptr_t)i386_branch_target((const unsigned char *)code, (uintptr_t)code);
}

/*
 * Follows the calls from the function at `code`, `deep` calls deep, to the stub. Bytes that look like a call may be
 * something else. That does no harm, because only the stub's exact bytes are accepted at the end. Returns the stub or
 * null.
 */
static char *follow_calls(const struct text *text, char *code, int deep)
{
	if (code < text->start || code >= text->end)
		return NULL;
	code = bytes_behind_endbr(code);
	if (is_stub(code))
		return code;
	for (char *p = code; deep && p < code + FUNCTION_MOST && p < text->end; p++) {
		char *found = NULL;

		if ((unsigned char)*p == I386_CALL && (uintptr_t)branch_target(p) % FUNCTION_ALIGN == 0)
			found = follow_calls(text, branch_target(p), deep - 1);
		if (found)
			return found;
	}
	return NULL;
}

/* Returns the stub if there is exactly one in the text, else null. */
static char *search(const struct text *text)
{
	char *found = NULL;

	for (char *p = text->start; p < text->end; p += FUNCTION_ALIGN) {
		char *code = bytes_behind_endbr(p);

		if (!is_stub(code))
			continue;
		if (found)
			return NULL;
		found = code;
	}
	return found;
}

/*
 * Finds the first executable and readable segment of the object loaded at `base`. The ELF header may not be mapped
 * there, so the kernel is asked first whether the memory can be read.
 */
static bool find_text(uintptr_t base, struct text *text)
{
	const Elf32_Ehdr *header = (const Elf32_Ehdr *)base;
	const size_t tail = sizeof stub_code + I386_BRANCH_BYTES; /* the last bytes: see struct text */

	if (!base || kernel_ask_readable(base + KERNEL_SIGSET) || !bytes_same(header, ELFMAG, SELFMAG))
		return false;
	for (int i = 0; i < header->e_phnum; i++) {
		const Elf32_Phdr *segment = (const Elf32_Phdr *)(base + header->e_phoff) + i;
		uintptr_t start = base + segment->p_vaddr;

		if (segment->p_type != PT_LOAD || ~segment->p_flags & (PF_R | PF_X) || segment->p_filesz < 2 * tail)
			continue;
		text->start = (char *)((start + FUNCTION_ALIGN - 1) & -(uintptr_t)FUNCTION_ALIGN);
		text->end = (char *)(start + segment->p_filesz - tail);
		return true;
	}
	return false;
}

enum glibc_stub stub_patch(uintptr_t base, char *accept)
{
	struct text text;
	char *stub = NULL;

	if (!find_text(base, &text))
		return GLIBC_UNKNOWN;
	if (accept)
		stub = follow_calls(&text, accept, CALLS_DEEP);
	if (!stub)
		stub = search(&text);
	if (!stub)
		return GLIBC_UNKNOWN;
	if ((unsigned char)*stub == I386_CALL)
		return GLIBC_PATCHED;
	return install_branch(stub, I386_CALL, cancel_entry) ? GLIBC_REFUSED : GLIBC_PATCHED;
}
