/* SPDX-License-Identifier: MIT */
#include "run/patch/object.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* code.S, assembled by our own build. So its contents are trusted, and aren't checked for bounds here. */
extern const unsigned char patch_code[];
__asm__(".pushsection .rodata\n\t.balign 8\npatch_code:\n\t.incbin \"" PATCH_CODE "\"\n\t.popsection");

static const Elf32_Ehdr *header(void)
{
	return (const Elf32_Ehdr *)patch_code;
}

static const Elf32_Shdr *section_header(unsigned index)
{
	return (const Elf32_Shdr *)(patch_code + header()->e_shoff) + index;
}

static const char *section_name(const Elf32_Shdr *section)
{
	return (const char *)patch_code + section_header(header()->e_shstrndx)->sh_offset + section->sh_name;
}

static const Elf32_Shdr *section_of_type(uint32_t type)
{
	for (unsigned i = 0; i < header()->e_shnum; i++)
		if (section_header(i)->sh_type == type)
			return section_header(i);
	return NULL;
}

static void add(struct object *object, const Elf32_Shdr *section)
{
	object->section[object->sections++] = (struct object_section){
		.name = section_name(section),
		.bytes = patch_code + section->sh_offset,
		.size = section->sh_size,
		.index = (unsigned)(section - section_header(0)),
	};
}

void object_read(struct object *object)
{
	object->sections = 0;
	for (unsigned i = 0; i < header()->e_shnum; i++)
		if (strncmp(section_name(section_header(i)), "code.", 5) == 0)
			add(object, section_header(i));
	object->eh_frame = object->sections;
	for (unsigned i = 0; i < header()->e_shnum; i++)
		if (strcmp(section_name(section_header(i)), ".eh_frame") == 0)
			add(object, section_header(i));
}

/* Returns the address of a symbol in the image; `undefined` if it is undefined or in a section that isn't placed. */
static uint32_t symbol_address(const struct object *object, const Elf32_Sym *symbol, uint32_t undefined)
{
	for (unsigned i = 0; i < object->sections; i++)
		if (object->section[i].index == symbol->st_shndx)
			return object->section[i].place + symbol->st_value;
	return undefined;
}

uint32_t object_symbol(const struct object *object, const char *name)
{
	const Elf32_Shdr *table = section_of_type(SHT_SYMTAB);
	const Elf32_Sym *symbols = (const Elf32_Sym *)(patch_code + table->sh_offset);
	const char *names = (const char *)patch_code + section_header(table->sh_link)->sh_offset;

	for (unsigned i = 0; i < table->sh_size / sizeof *symbols; i++)
		if (strcmp(names + symbols[i].st_name, name) == 0)
			return symbol_address(object, &symbols[i], 0);
	return 0;
}

int object_link(const struct object *object, unsigned which, unsigned char *image, uint32_t undefined,
		uint32_t *absolute, unsigned *absolutes, unsigned most)
{
	const struct object_section *section = &object->section[which];
	const Elf32_Sym *symbols = (const Elf32_Sym *)(patch_code + section_of_type(SHT_SYMTAB)->sh_offset);

	memcpy(image + section->place, section->bytes, section->size);
	for (unsigned i = 0; i < header()->e_shnum; i++) {
		const Elf32_Shdr *rel = section_header(i);
		const Elf32_Rel *r = (const Elf32_Rel *)(patch_code + rel->sh_offset);

		if (rel->sh_type != SHT_REL || rel->sh_info != section->index)
			continue;
		for (unsigned n = 0; n < rel->sh_size / sizeof *r; n++, r++) {
			uint32_t at = section->place + r->r_offset, value;

			memcpy(&value, image + at, sizeof value);
			value += symbol_address(object, &symbols[ELF32_R_SYM(r->r_info)], undefined);
			if (ELF32_R_TYPE(r->r_info) == R_386_PC32)
				value -= at;
			else if (*absolutes == most)
				return -ENOSPC;
			else
				absolute[(*absolutes)++] = at;
			memcpy(image + at, &value, sizeof value);
		}
	}
	return 0;
}
