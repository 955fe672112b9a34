/* SPDX-License-Identifier: MIT
 * Tests the sites: bytes as compilers make them are found, and edited. */
#include <string.h>

#include "run/demux/stub.h"
#include "run/patch/image.h"
#include "run/patch/sites.h"
#include "tests/fixtures/tap.h"

enum { AT = 0x8049000, PAGE = 4096, VDSO = 0xf7f00000, NOPS = 0x90, CALL = 0xe8, JUMP_SHORT = 0xeb };

/* The stubs, and the offset of the end of each one's int $0x80. */
static const unsigned char go[] = { 0xb8, 102, 0, 0,    0, 0x8b, 0x5c, 0x24, 4,    0x8d, 0x4c, 0x24, 8, 0xba, 0,
				    0,    0,   0, 0xbe, 0, 0,    0,    0,    0xbf, 0,    0,    0,    0, 0xcd, 0x80 };
static const unsigned char any3[] = { 0x8b, 0x44, 0x24, 4, 0x8b, 0x5c, 0x24, 8,    0x8b, 0x4c, 0x24, 12, 0x8b, 0x54,
				      0x24, 16,   0xbe, 0, 0,    0,    0,    0xbf, 0,    0,    0,    0,  0xcd, 0x80 };
static const unsigned char any6[] = { 0x8b, 0x44, 0x24, 4,    0x8b, 0x5c, 0x24, 8,    0x8b, 0x4c,
				      0x24, 12,   0x8b, 0x54, 0x24, 16,   0x8b, 0x74, 0x24, 20,
				      0x8b, 0x7c, 0x24, 24,   0x8b, 0x6c, 0x24, 28,   0xcd, 0x80 };
static const struct kind {
	const char *name;
	enum site_kind kind;
	const unsigned char *bytes;
	unsigned size, end;
	uint32_t offset; /* of the code that it calls, in the image below */
} kinds[] = {
	{ "the cancellation stub", SITE_STUB, stub_code, sizeof stub_code, 43, 0x100 },
	{ "Go's socketcall", SITE_GO, go, sizeof go, sizeof go, 0x200 },
	{ "Go's Syscall", SITE_GO_ANY3, any3, sizeof any3, sizeof any3, 0x300 },
	{ "Go's Syscall6", SITE_GO_ANY6, any6, sizeof any6, sizeof any6, 0x400 },
};
static struct image image = { .cancel = 0x100, .go = 0x200, .go_any3 = 0x300, .go_any6 = 0x400 };

/* A site among other bytes. */
static void lay(unsigned char text[3 * SITE_BYTES], const struct kind *kind)
{
	memset(text, NOPS, 3 * SITE_BYTES);
	memcpy(text + SITE_BYTES, kind->bytes, kind->size);
}

static void test_kind(const struct kind *kind)
{
	unsigned char text[3 * SITE_BYTES], edited[3 * SITE_BYTES], *site = edited + SITE_BYTES;
	struct site sites[SITES_MOST];
	struct site_edit edit;
	unsigned others = 0, outside = 0, call;
	int32_t distance;

	lay(text, kind);
	ok(sites_find(text, sizeof text, sites) == 1 && sites[0].kind == kind->kind && sites[0].offset == SITE_BYTES,
	   "%s is found, and nothing else", kind->name);
	ok(!sites_has_other_int80(text, sizeof text), "%s doesn't count as an unknown int $0x80", kind->name);
	for (unsigned i = 0; i < kind->end; i++) {
		text[SITE_BYTES + i] ^= 1;
		others += sites_find(text, sizeof text, sites);
		text[SITE_BYTES + i] ^= 1;
	}
	ok(others == 0, "%s with another byte is no site", kind->name);
	ok(sites_call_end(kind->kind, text + SITE_BYTES) == kind->end &&
		   !sites_is_edited(kind->kind, text + SITE_BYTES, AT, VDSO, &image),
	   "%s: the end of its int $0x80 is found, and it doesn't count as edited", kind->name);

	memcpy(edited, text, sizeof text);
	edit = sites_edit(kind->kind, site, AT, VDSO, &image);
	for (unsigned i = 0; i < sizeof text; i++)
		outside += edited[i] != text[i] &&
			   (i < SITE_BYTES + edit.first || i >= SITE_BYTES + edit.first + edit.size);
	ok(outside == 0, "%s: only the bytes of the edit change", kind->name);
	ok(edit.first + edit.size <= kind->end - 2, "%s: its int $0x80 stays", kind->name);
	for (call = edit.first; call < edit.first + edit.size && site[call] != CALL; call++)
		;
	memcpy(&distance, site + call + 1, sizeof distance);
	ok(AT + call + 5 + (uint32_t)distance == VDSO + kind->offset, "%s: the call goes to its code", kind->name);
	ok(kind->kind == SITE_STUB || (site[call + 5] == JUMP_SHORT && call + 7 + site[call + 6] == kind->end),
	   "%s: the call returns to a jump over the int $0x80", kind->name);
	ok(sites_is_edited(kind->kind, site, AT, VDSO, &image) && sites_call_end(kind->kind, site) == kind->end &&
		   !sites_is_unedited(kind->kind, site) && !sites_find(edited, sizeof edited, sites),
	   "%s, edited, is recognised as edited, and isn't found again", kind->name);
	ok(!sites_is_edited(kind->kind, site, AT + 1, VDSO, &image) &&
		   !sites_is_edited(kind->kind, site, AT, VDSO + 1, &image),
	   "%s, edited: bytes that call something else aren't recognised", kind->name);
}

/* Tries each place of the site near the end of a page, and compares with the bytes that the edit really changes. */
static void test_pages(const struct kind *kind)
{
	bool right = true, one = false, two = false;

	for (uint32_t at = AT + PAGE - SITE_BYTES; at <= AT + PAGE; at++) {
		unsigned char text[3 * SITE_BYTES], *site = text + SITE_BYTES;
		uint32_t first = 0, last = 0;
		bool in_one_page;

		lay(text, kind);
		sites_edit(kind->kind, site, at, VDSO, &image);
		for (uint32_t i = kind->size; i-- > 0;)
			if (site[i] != kind->bytes[i])
				first = at + i;
		for (uint32_t i = 0; i < kind->size; i++)
			if (site[i] != kind->bytes[i])
				last = at + i;
		in_one_page = first / PAGE == last / PAGE;
		right &= sites_edit_is_in_one_page(kind->kind, at) == in_one_page;
		one |= in_one_page;
		two |= !in_one_page;
	}
	ok(right && one && two, "%s: whether its edit lies in one page", kind->name);
}

int main(void)
{
	static const unsigned char raw[] = { 0xb8, 102, 0, 0, 0, 0x89, 0xd9, 0xcd, 0x80 };
	unsigned char text[3 * SITE_BYTES];
	struct site sites[SITES_MOST];

	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
		test_kind(&kinds[i]);
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
		test_pages(&kinds[i]);
	memset(text, NOPS, sizeof text);
	memcpy(text + 5, raw, sizeof raw);
	ok(sites_has_other_int80(text, sizeof text) && !sites_find(text, sizeof text, sites),
	   "an unknown int $0x80 is reported, and isn't a site");
	for (unsigned i = 0; i < SITES_MOST + 4; i++)
		memcpy(text + i % 3 * SITE_BYTES, any3, sizeof any3);
	ok(sites_find(text, sizeof text, sites) == 3, "several are found, each once");
	return plan();
}
