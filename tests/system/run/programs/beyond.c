/* SPDX-License-Identifier: MIT
 * A vDSO whose sections point beyond its end: .eh_frame ends with the image, and the section after it claims to begin
 * 12 bytes later. Tries every position of .eh_frame_hdr, so that the patch's code would end near the image's end. Exits
 * with 0 if no image is edited so that something lies outside of it. */
#include "run/patch/image.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

enum { HEADERS = IMAGE_MOST - I386_PAGE, NAMES = 0x200, ENTRY = 0x400, LOADED = 0x1000, SECTIONS = 8 };

static const char names[] =
	"\0.note\0.eh_frame_hdr\0.eh_frame\0.text\0.altinstructions\0.altinstr_replacement\0.shstrtab";
static const unsigned char entry[] = { 0x51, 0x52, 0x55, 0x89, 0xe5, 0x0f, 0x34, 0xcd, 0x80, 0x5d, 0x5a, 0x59, 0xc3 };

static void make(unsigned char *image, uint32_t frame_hdr)
{
	const uint32_t places[SECTIONS][2] = {
		{ 0, 0 },
		{ 0x300, 16 },
		{ frame_hdr, 12 },
		{ IMAGE_MOST - 200, 200 },
		{ IMAGE_MOST + 12, 4 },
		{ 0x800, 0x100 },
		{ 0x900, LOADED - 0x900 },
		{ NAMES, sizeof names },
	};
	const Elf32_Ehdr header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
				    .e_type = ET_DYN,
				    .e_machine = EM_386,
				    .e_phoff = sizeof header,
				    .e_shoff = HEADERS,
				    .e_ehsize = sizeof header,
				    .e_phentsize = sizeof(Elf32_Phdr),
				    .e_phnum = 1,
				    .e_shentsize = sizeof(Elf32_Shdr),
				    .e_shnum = SECTIONS,
				    .e_shstrndx = SECTIONS - 1 };
	const Elf32_Phdr segment = { .p_type = PT_LOAD, .p_filesz = LOADED, .p_memsz = LOADED };
	uint32_t name = 0;

	memset(image, 0, IMAGE_MOST);
	memcpy(image, &header, sizeof header);
	memcpy(image + sizeof header, &segment, sizeof segment);
	memcpy(image + NAMES, names, sizeof names);
	memcpy(image + ENTRY, entry, sizeof entry);
	for (unsigned i = 0; i < SECTIONS; i++) {
		Elf32_Shdr section = {
			.sh_name = name, .sh_addr = places[i][0], .sh_offset = places[i][0], .sh_size = places[i][1]
		};

		memcpy(image + HEADERS + i * sizeof section, &section, sizeof section);
		name += (uint32_t)strlen(names + name) + 1;
	}
}

int main(void)
{
	static unsigned char bytes[IMAGE_MOST];
	static struct image image;
	int bad = 0;

	for (uint32_t back = 300; back < 700; back++) {
		make(bytes, IMAGE_MOST - back);
		if (image_size(bytes, sizeof bytes) != sizeof bytes) {
			puts("the image isn't taken for one");
			bad = 1;
		}
		if (image_edit(&image, bytes, sizeof bytes, ENTRY))
			continue;
		for (unsigned i = 0; i < image.absolutes; i++)
			if (image.absolute[i] > image.size - 4) {
				printf(".eh_frame_hdr %u bytes before the end: an address at %#x\n", back,
				       image.absolute[i]);
				bad = 1;
			}
	}
	return bad;
}
