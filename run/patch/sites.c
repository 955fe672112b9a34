/* SPDX-License-Identifier: MIT */
#include "run/patch/sites.h"

#include "abi/i386.h"
#include "run/demux/stub.h"

#include <string.h>

enum { GO_CALL = 8, GO_JUMP = GO_CALL + I386_BRANCH_BYTES, GO_END = GO_JUMP + I386_JUMP_SHORT_BYTES };

/*
 * How Go's stubs begin: mov $102, %eax; mov 4(%esp), %ebx; lea 8(%esp), %ecx (src/syscall/asm_linux_386.s). Three
 * registers are cleared behind that, depending on the version, and then comes the int $0x80.
 */
static const unsigned char go_code[] = { 0xb8, 0x66, 0x00, 0x00, 0x00, 0x8b, 0x5c, 0x24, 0x04, 0x8d, 0x4c, 0x24, 0x08 };
static const unsigned char go_clear[][5] = {
	{ 0xba, 0, 0, 0, 0 }, /* mov $0, %edx */
	{ 0xbe, 0, 0, 0, 0 }, /* mov $0, %esi */
	{ 0xbf, 0, 0, 0, 0 }, /* mov $0, %edi */
};
static const unsigned char int80[] = { I386_INT80 };

/* Where behind the beginning of a Go stub its int $0x80 lies; 0: it is none. */
static unsigned go_int80(const unsigned char *bytes)
{
	unsigned at = sizeof go_code;

	if (memcmp(bytes, go_code, sizeof go_code) != 0)
		return 0;
	for (unsigned i = 0; i < sizeof go_clear / sizeof *go_clear; i++)
		if (memcmp(bytes + at, go_clear[i], sizeof *go_clear) == 0)
			at += sizeof *go_clear;
	return memcmp(bytes + at, int80, sizeof int80) == 0 ? at : 0;
}

bool sites_matches(enum site_kind kind, const unsigned char *bytes)
{
	return kind == SITE_STUB ? memcmp(bytes, stub_code, sizeof stub_code) == 0 : go_int80(bytes) != 0;
}

/* Adds the sites of a kind to those that are there; how many there are then. */
static unsigned find(enum site_kind kind, const unsigned char *pattern, size_t length, const unsigned char *text,
		     size_t size, struct site *sites, unsigned count)
{
	const unsigned char *end = text + size, *p = text;

	for (; count < SITES_MOST && (p = memmem(p, (size_t)(end - p), pattern, length)) != NULL; p++)
		if (end - p >= SITE_BYTES && sites_matches(kind, p))
			sites[count++] = (struct site){ kind, (uint32_t)(p - text) };
	return count;
}

unsigned sites_find(const unsigned char *text, size_t size, struct site sites[SITES_MOST])
{
	unsigned count = find(SITE_STUB, stub_code, sizeof stub_code, text, size, sites, 0);

	return find(SITE_GO386, go_code, sizeof go_code, text, size, sites, count);
}

unsigned sites_edit(enum site_kind kind, unsigned char *bytes, uint32_t at, uint32_t target)
{
	unsigned behind_int80;

	/* The preload writes the same call, so that the preload and the patch each know what the other has done. */
	if (kind == SITE_STUB) {
		i386_put_branch(bytes, I386_CALL, i386_distance(at, target));
		return STUB_CALL;
	}
	/* The stub's loads of ebx and ecx; the call, which loads eax itself; a jump to what is behind the int $0x80. */
	behind_int80 = go_int80(bytes) + I386_INT80_BYTES;
	memmove(bytes, bytes + sizeof go_code - GO_CALL, GO_CALL);
	i386_put_branch(bytes + GO_CALL, I386_CALL, i386_distance(at + GO_CALL, target));
	bytes[GO_JUMP] = I386_JUMP_SHORT;
	bytes[GO_JUMP + 1] = (unsigned char)(behind_int80 - GO_END);
	return GO_END;
}
