/* SPDX-License-Identifier: MIT */
#include "run/patch/sites.h"

#include "abi/i386.h"
#include "run/demux/stub.h"
#include "run/patch/image.h"

#include <string.h>

enum {
	/*
	 * Offsets from the beginning of a site. _INT80: of the `int $0x80`; _EDIT: of the first byte that the edit
	 * changes; _CALL, _JUMP: of the call and the jump that the edit writes; _END: behind these.
	 */
	STUB_INT80 = 41,

	GO_CALL = 8,
	GO_JUMP = GO_CALL + I386_BRANCH_BYTES,
	GO_END = GO_JUMP + I386_JUMP_SHORT_BYTES,

	ANY3_EDIT = 16,
	ANY3_CALL = ANY3_EDIT + 2,
	ANY3_INT80 = 26,
	ANY6_CALL = 20,
	ANY6_INT80 = 28,

	LOAD_NUMBER = 5,  /* bytes of mov $102, %eax, the first instruction of go_code */
	OTHER_BYTES = 24, /* how far behind that instruction sites_has_other_int80() looks for an int $0x80 */
};

/*
 * The beginning of Go's stubs for socketcall: mov $102, %eax; mov 4(%esp), %ebx; lea 8(%esp), %ecx
 * (src/syscall/asm_linux_386.s). Some Go versions then clear edx, esi and edi. Then comes the int $0x80.
 */
static const unsigned char go_code[] = { 0xb8, 0x66, 0x00, 0x00, 0x00, 0x8b, 0x5c, 0x24, 0x04, 0x8d, 0x4c, 0x24, 0x08 };
static const unsigned char go_clear[][5] = {
	{ 0xba, 0, 0, 0, 0 }, /* mov $0, %edx */
	{ 0xbe, 0, 0, 0, 0 }, /* mov $0, %esi */
	{ 0xbf, 0, 0, 0, 0 }, /* mov $0, %edi */
};
static const unsigned char int80[] = { I386_INT80 };

/*
 * Go's stubs for any system call load the number and the arguments, and make the call (the same file, and since Go 1.19
 * internal/runtime/syscall/asm_linux_386.s).
 */
static const unsigned char any_code[] = {
	0x8b, 0x44, 0x24, 0x04, /* mov 4(%esp), %eax */
	0x8b, 0x5c, 0x24, 0x08, /* mov 8(%esp), %ebx */
	0x8b, 0x4c, 0x24, 0x0c, /* mov 12(%esp), %ecx */
	0x8b, 0x54, 0x24, 0x10, /* mov 16(%esp), %edx */
};
static const unsigned char any3_rest[] = {
	0xbe, 0,    0, 0, 0, /* mov $0, %esi */
	0xbf, 0,    0, 0, 0, /* mov $0, %edi */
	0xcd, 0x80,
};
static const unsigned char any6_rest[] = {
	0x8b, 0x74, 0x24, 0x14, /* mov 20(%esp), %esi */
	0x8b, 0x7c, 0x24, 0x18, /* mov 24(%esp), %edi */
	0x8b, 0x6c, 0x24, 0x1c, /* mov 28(%esp), %ebp */
	0xcd, 0x80,
};
static const unsigned char clear_esi[] = { 0x31, 0xf6 }; /* xor %esi, %esi */

/* Returns the offset of the int $0x80 in a Go stub for socketcall, edited or not; 0 if it isn't such a stub. */
static unsigned go_int80(const unsigned char *bytes)
{
	unsigned at = sizeof go_code;

	if (bytes[GO_CALL] == I386_CALL && bytes[GO_JUMP] == I386_JUMP_SHORT &&
	    bytes[GO_JUMP + 1] < SITE_BYTES - GO_END)
		at = GO_END + bytes[GO_JUMP + 1] - I386_INT80_BYTES;
	for (unsigned i = 0; i < sizeof go_clear / sizeof *go_clear; i++)
		if (memcmp(bytes + at, go_clear[i], sizeof *go_clear) == 0)
			at += sizeof *go_clear;
	return memcmp(bytes + at, int80, sizeof int80) == 0 ? at : 0;
}

/* True if the bytes are any_code, followed by `rest`. */
static bool is_any(const unsigned char *bytes, const unsigned char *rest, size_t size)
{
	return memcmp(bytes, any_code, sizeof any_code) == 0 && memcmp(bytes + sizeof any_code, rest, size) == 0;
}

bool sites_is_unedited(enum site_kind kind, const unsigned char *bytes)
{
	switch (kind) {
	case SITE_STUB:
		return memcmp(bytes, stub_code, sizeof stub_code) == 0;
	case SITE_GO:
		return memcmp(bytes, go_code, sizeof go_code) == 0 && go_int80(bytes) >= GO_END;
	case SITE_GO_ANY3:
		return is_any(bytes, any3_rest, sizeof any3_rest);
	case SITE_GO_ANY6:
		return is_any(bytes, any6_rest, sizeof any6_rest);
	}
	return false;
}

/*
 * Appends the sites of a kind, which begin with `pattern`, to sites[], which has `count`. Returns how many it has then.
 * Finds SITE_GO_ANY6 together with SITE_GO_ANY3, because both begin alike.
 */
static unsigned find(enum site_kind kind, const unsigned char *pattern, size_t length, const unsigned char *text,
		     size_t size, struct site *sites, unsigned count)
{
	const unsigned char *end = text + size, *p = text;

	for (; count < SITES_MOST && (p = memmem(p, (size_t)(end - p), pattern, length)) != NULL; p++) {
		if (end - p < SITE_BYTES)
			break;
		if (kind == SITE_GO_ANY3 && sites_is_unedited(SITE_GO_ANY6, p))
			sites[count++] = (struct site){ SITE_GO_ANY6, (uint32_t)(p - text) };
		else if (sites_is_unedited(kind, p))
			sites[count++] = (struct site){ kind, (uint32_t)(p - text) };
	}
	return count;
}

unsigned sites_find(const unsigned char *text, size_t size, struct site sites[SITES_MOST])
{
	unsigned count = find(SITE_STUB, stub_code, sizeof stub_code, text, size, sites, 0);

	count = find(SITE_GO, go_code, sizeof go_code, text, size, sites, count);
	return find(SITE_GO_ANY3, any_code, sizeof any_code, text, size, sites, count);
}

bool sites_has_other_int80(const unsigned char *text, size_t size)
{
	const unsigned char *end = text + size, *p = text;

	while ((p = memmem(p, (size_t)(end - p), go_code, LOAD_NUMBER)) != NULL) {
		const unsigned char *behind = p + LOAD_NUMBER;

		if (end - p < SITE_BYTES)
			return false;
		if (!sites_is_unedited(SITE_GO, p) && memmem(behind, OTHER_BYTES, int80, sizeof int80))
			return true;
		p = behind;
	}
	return false;
}

/* Returns the address that an edited site of this kind calls. */
static uint32_t callee(enum site_kind kind, uint32_t vdso, const struct image *image)
{
	switch (kind) {
	case SITE_STUB:
		return vdso + image->cancel;
	case SITE_GO:
		return vdso + image->go;
	case SITE_GO_ANY3:
		return vdso + image->go_any3;
	case SITE_GO_ANY6:
		return vdso + image->go_any6;
	}
	return 0;
}

/* Returns the offset in a site of this kind at which the edit writes the call. */
static unsigned call_at(enum site_kind kind)
{
	switch (kind) {
	case SITE_STUB:
		return 0;
	case SITE_GO:
		return GO_CALL;
	case SITE_GO_ANY3:
		return ANY3_CALL;
	case SITE_GO_ANY6:
		return ANY6_CALL;
	}
	return 0;
}

unsigned sites_call_end(enum site_kind kind, const unsigned char *bytes)
{
	unsigned at = 0;

	switch (kind) {
	case SITE_STUB:
		at = STUB_INT80;
		break;
	case SITE_GO:
		at = go_int80(bytes);
		break;
	case SITE_GO_ANY3:
		at = ANY3_INT80;
		break;
	case SITE_GO_ANY6:
		at = ANY6_INT80;
		break;
	}
	return at && memcmp(bytes + at, int80, sizeof int80) == 0 ? at + I386_INT80_BYTES : 0;
}

/* The bytes that the edit of a site of this kind changes. */
static struct site_edit changed_by_edit(enum site_kind kind)
{
	unsigned call = call_at(kind), end = call + I386_BRANCH_BYTES, first = call;

	if (kind == SITE_GO)
		first = 0;
	else if (kind == SITE_GO_ANY3)
		first = ANY3_EDIT;
	if (kind != SITE_STUB)
		end += I386_JUMP_SHORT_BYTES;
	return (struct site_edit){ .first = first, .size = end - first };
}

bool sites_edit_is_in_one_page(enum site_kind kind, uint32_t at)
{
	struct site_edit edit = changed_by_edit(kind);

	return (at + edit.first) % I386_PAGE + edit.size <= I386_PAGE;
}

struct site_edit sites_edit(enum site_kind kind, unsigned char *bytes, uint32_t at, uint32_t vdso,
			    const struct image *image)
{
	unsigned end = sites_call_end(kind, bytes), call = call_at(kind), jump = call + I386_BRANCH_BYTES;

	if (kind == SITE_GO) {
		/* Keep the loads of ebx and ecx. code_go loads eax itself. */
		memmove(bytes, bytes + sizeof go_code - GO_CALL, GO_CALL);
	} else if (kind == SITE_GO_ANY3) {
		memcpy(bytes + ANY3_EDIT, clear_esi, sizeof clear_esi); /* code_go_any3 clears edi */
	}
	i386_put_branch(bytes + call, I386_CALL, i386_distance(at + call, callee(kind, vdso, image)));
	/*
	 * In the cancellation stub, the edit is only a call, as the preload's is, so that the preload recognises this
	 * edit. In the other sites, the call returns to a jump, which skips the int $0x80.
	 */
	if (kind != SITE_STUB) {
		bytes[jump] = I386_JUMP_SHORT;
		bytes[jump + 1] = (unsigned char)(end - (jump + I386_JUMP_SHORT_BYTES));
	}
	return changed_by_edit(kind);
}

bool sites_is_edited(enum site_kind kind, const unsigned char *bytes, uint32_t at, uint32_t vdso,
		     const struct image *image)
{
	unsigned call = call_at(kind);

	if (!sites_call_end(kind, bytes) || bytes[call] != I386_CALL ||
	    i386_branch_target(bytes + call, at + call) != callee(kind, vdso, image))
		return false;
	switch (kind) {
	case SITE_STUB:
		return memcmp(bytes + STUB_CALL, stub_code + STUB_CALL, sizeof stub_code - STUB_CALL) == 0;
	case SITE_GO:
		return memcmp(bytes, go_code + sizeof go_code - GO_CALL, GO_CALL) == 0;
	case SITE_GO_ANY3:
		return memcmp(bytes, any_code, sizeof any_code) == 0;
	case SITE_GO_ANY6:
		return memcmp(bytes, any_code, sizeof any_code) == 0 &&
		       memcmp(bytes + sizeof any_code, any6_rest, ANY6_CALL - sizeof any_code) == 0;
	}
	return false;
}
