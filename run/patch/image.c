/* SPDX-License-Identifier: MIT */
#include "run/patch/image.h"

#include "run/patch/frames.h"
#include "run/patch/object.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	ROOMS = 3,
	ALIGN = 4,
	PASS_BYTES =
		I386_BRANCH_BYTES, /* of the entry, which the jump replaces; code.S's code_pass executes them instead */
};

/* Bytes of the image that nothing needs any more, where code may be placed. */
struct room {
	uint32_t start, end;
};

/* What is known of an image while it is edited. Section headers are those of image->before, within bounds. */
struct layout {
	Elf32_Ehdr header;
	Elf32_Shdr eh_frame, eh_frame_hdr, alternatives, replacements, note;
	unsigned eh_frame_index, eh_frame_hdr_index; /* of their section headers */
	unsigned kept;                               /* so many section headers, those before .altinstructions', stay */
	uint32_t memory_end;                         /* the end of what the kernel loads: p_memsz */
	uint32_t tail;                               /* from here to the image's end nothing is needed */
	uint32_t resume;                             /* where code_pass goes on in the entry */
	unsigned char pass[PASS_BYTES];              /* what code_pass executes before: struct form */
};

/*
 * The entry's forms: pushes of ecx, edx and ebp; sysenter, syscall or nothing; int $0x80; pops, and ret. In the last
 * form the jump replaces two of the four bytes that do nothing, so code_pass goes on behind all four.
 */
static const struct form {
	unsigned char code[13];         /* all of the entry */
	unsigned char pass[PASS_BYTES]; /* what code_pass executes in place of its first bytes, … */
	unsigned resume;                /* … before it goes on at this offset */
	unsigned any;                   /* offset of four bytes that do nothing, in any spelling; 0: there are none */
} forms[] = {
	{ { 0x51, 0x52, 0x55, 0x89, 0xe5, 0x0f, 0x34, 0xcd, 0x80, 0x5d, 0x5a, 0x59, 0xc3 },
	  { 0x51, 0x52, 0x55, 0x89, 0xe5 },
	  5,
	  0 },
	{ { 0x51, 0x52, 0x55, 0x89, 0xcd, 0x0f, 0x05, 0xcd, 0x80, 0x5d, 0x5a, 0x59, 0xc3 },
	  { 0x51, 0x52, 0x55, 0x89, 0xcd },
	  5,
	  0 },
	{ { 0x51, 0x52, 0x55, 0x90, 0x90, 0x90, 0x90, 0xcd, 0x80, 0x5d, 0x5a, 0x59, 0xc3 },
	  { 0x51, 0x52, 0x55, 0x90, 0x90 },
	  7,
	  3 },
};

/*
 * Spellings of four bytes that do nothing: arch/x86/include/asm/nops.h. The last two, of K8 and K7, until Linux 5.12.
 */
static const unsigned char nothing[][4] = {
	{ 0x90, 0x90, 0x90, 0x90 }, { 0x0f, 0x1f, 0x40, 0x00 }, { 0x8d, 0x74, 0x26, 0x00 },
	{ 0x3e, 0x8d, 0x76, 0x00 }, { 0x66, 0x66, 0x66, 0x90 }, { 0x8d, 0x44, 0x20, 0x00 },
};

static bool is_in_bounds(const struct image *image, uint32_t start, uint32_t size)
{
	return start <= image->size && size <= image->size - start;
}

static bool is_i386(const unsigned char *bytes, Elf32_Ehdr *header)
{
	memcpy(header, bytes, sizeof *header);
	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS32 &&
	       header->e_machine == EM_386 && header->e_shentsize == sizeof(Elf32_Shdr) &&
	       header->e_phentsize == sizeof(Elf32_Phdr);
}

size_t image_size(const unsigned char *bytes, size_t have)
{
	Elf32_Ehdr header;
	size_t end;

	if (have < sizeof header || !is_i386(bytes, &header))
		return 0;
	/* The section headers are the file's last part. */
	end = header.e_shoff + (size_t)header.e_shnum * sizeof(Elf32_Shdr);
	if (end > IMAGE_MOST)
		return 0;
	return (end + I386_PAGE - 1) & -(size_t)I386_PAGE;
}

static Elf32_Shdr section(const struct image *image, const struct layout *layout, unsigned index)
{
	Elf32_Shdr result;

	memcpy(&result, image->before + layout->header.e_shoff + index * sizeof result, sizeof result);
	return result;
}

static bool has_name(const struct image *image, const Elf32_Shdr *names, uint32_t name, const char *wanted)
{
	size_t length = strlen(wanted) + 1;

	return name < names->sh_size && length <= names->sh_size - name &&
	       memcmp(image->before + names->sh_offset + name, wanted, length) == 0;
}

/*
 * Finds the sections that are edited. Each must be loaded where it is in the file: at an address equal to its offset.
 */
static int find_sections(const struct image *image, struct layout *layout)
{
	const struct {
		const char *name;
		Elf32_Shdr *place;
	} wanted[] = {
		{ ".eh_frame", &layout->eh_frame },
		{ ".eh_frame_hdr", &layout->eh_frame_hdr },
		{ ".altinstructions", &layout->alternatives },
		{ ".altinstr_replacement", &layout->replacements },
		{ ".note", &layout->note },
	};
	unsigned found = 0;
	Elf32_Shdr names;

	if (layout->header.e_shstrndx >= layout->header.e_shnum)
		return -ENOTSUP;
	names = section(image, layout, layout->header.e_shstrndx);
	if (!is_in_bounds(image, names.sh_offset, names.sh_size))
		return -ENOTSUP;
	for (unsigned i = 0; i < layout->header.e_shnum; i++) {
		Elf32_Shdr s = section(image, layout, i);

		for (unsigned w = 0; w < sizeof wanted / sizeof *wanted; w++) {
			if (!has_name(image, &names, s.sh_name, wanted[w].name))
				continue;
			if (s.sh_addr != s.sh_offset || !is_in_bounds(image, s.sh_addr, s.sh_size) ||
			    wanted[w].place->sh_size)
				return -ENOTSUP;
			*wanted[w].place = s;
			found += s.sh_size != 0;
			if (wanted[w].place == &layout->eh_frame)
				layout->eh_frame_index = i;
			if (wanted[w].place == &layout->eh_frame_hdr)
				layout->eh_frame_hdr_index = i;
			if (wanted[w].place == &layout->alternatives)
				layout->kept = i;
		}
	}
	if (found != sizeof wanted / sizeof *wanted || layout->eh_frame_index >= layout->kept ||
	    layout->eh_frame_hdr_index >= layout->kept)
		return -ENOTSUP;
	return 0;
}

/* There must be one loaded segment, from the image's start on, in memory as in the file. */
static int find_segment(const struct image *image, struct layout *layout)
{
	unsigned loaded = 0;

	if (!is_in_bounds(image, layout->header.e_phoff, layout->header.e_phnum * (uint32_t)sizeof(Elf32_Phdr)))
		return -ENOTSUP;
	for (unsigned i = 0; i < layout->header.e_phnum; i++) {
		Elf32_Phdr segment;

		memcpy(&segment, image->before + layout->header.e_phoff + i * sizeof segment, sizeof segment);
		if (segment.p_type == PT_GNU_EH_FRAME && segment.p_vaddr != layout->eh_frame_hdr.sh_addr)
			return -ENOTSUP;
		if (segment.p_type != PT_LOAD)
			continue;
		if (segment.p_offset || segment.p_vaddr || segment.p_filesz != segment.p_memsz || loaded++)
			return -ENOTSUP;
		layout->memory_end = segment.p_memsz;
	}
	return loaded && layout->memory_end <= layout->header.e_shoff ? 0 : -ENOTSUP;
}

static bool has_form(const unsigned char *code, const struct form *form)
{
	unsigned char same[sizeof form->code];
	bool is_nothing = !form->any;

	memcpy(same, code, sizeof same);
	for (unsigned i = 0; form->any && i < sizeof nothing / sizeof *nothing; i++)
		is_nothing |= memcmp(code + form->any, nothing[i], sizeof *nothing) == 0;
	if (form->any)
		memcpy(same + form->any, form->code + form->any, sizeof *nothing);
	return is_nothing && memcmp(same, form->code, sizeof same) == 0;
}

static int find_entry(const struct image *image, struct layout *layout)
{
	for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (!is_in_bounds(image, image->entry, sizeof forms[i].code) ||
		    !has_form(image->before + image->entry, &forms[i]))
			continue;
		memcpy(layout->pass, forms[i].pass, sizeof layout->pass);
		layout->resume = image->entry + forms[i].resume;
		return 0;
	}
	return -ENOTSUP;
}

/*
 * .altinstructions and .altinstr_replacement must be next to each other, and the last sections that are loaded. The
 * kernel uses them while it starts, and nobody does later. Their headers and those behind them, of sections that aren't
 * loaded, are given up to make room for .eh_frame; only the one of the section names stays, as the last.
 */
static int find_tail(const struct image *image, struct layout *layout)
{
	uint32_t headers_end = layout->header.e_shoff + layout->header.e_shnum * (uint32_t)sizeof(Elf32_Shdr);

	if (layout->alternatives.sh_addr + layout->alternatives.sh_size > layout->replacements.sh_addr ||
	    layout->replacements.sh_addr + layout->replacements.sh_size != layout->memory_end ||
	    layout->eh_frame_index >= layout->kept || layout->eh_frame_hdr_index >= layout->kept ||
	    layout->header.e_shstrndx <= layout->kept)
		return -ENOTSUP;
	for (uint32_t i = headers_end; i < image->size; i++)
		if (image->before[i])
			return -ENOTSUP;
	for (unsigned i = 0; i < layout->kept; i++)
		if (section(image, layout, i).sh_link >= layout->kept)
			return -ENOTSUP;
	layout->tail = layout->header.e_shoff + (layout->kept + 1) * (uint32_t)sizeof(Elf32_Shdr);
	return 0;
}

/*
 * The rooms, in the order in which they are to be filled: what .eh_frame leaves when it moves, less what .eh_frame_hdr
 * grows by for `frames` more entries; the alternatives; and last .note, for whose version and build ID somebody might
 * look.
 */
static int find_rooms(const struct image *image, const struct layout *layout, unsigned frames, struct room *rooms)
{
	uint32_t header_end = layout->eh_frame_hdr.sh_addr + layout->eh_frame_hdr.sh_size + frames * FRAMES_HDR_ENTRY;
	uint32_t frame_end = layout->eh_frame.sh_addr + layout->eh_frame.sh_size;
	Elf32_Shdr next = section(image, layout, layout->eh_frame_index + 1);

	if (layout->eh_frame.sh_addr < layout->eh_frame_hdr.sh_addr + layout->eh_frame_hdr.sh_size ||
	    header_end > frame_end || frame_end > layout->memory_end)
		return -ENOTSUP;
	if (next.sh_addr >= frame_end && next.sh_addr - frame_end < 16 && next.sh_addr <= layout->memory_end)
		frame_end = next.sh_addr; /* padding */
	rooms[0] = (struct room){ header_end, frame_end };
	rooms[1] = (struct room){ layout->alternatives.sh_addr, layout->memory_end };
	rooms[2] = (struct room){ layout->note.sh_addr, layout->note.sh_addr + layout->note.sh_size };
	return 0;
}

static int place(struct object_section *section, struct room *rooms)
{
	for (struct room *room = rooms; room < rooms + ROOMS; room++) {
		uint32_t start = (room->start + ALIGN - 1) & -(uint32_t)ALIGN;

		if (start > room->end || room->end - start < section->size)
			continue;
		section->place = start;
		room->start = start + section->size;
		return 0;
	}
	return -ENOSPC;
}

static void put(unsigned char *image, uint32_t at, const void *bytes, size_t size)
{
	memcpy(image + at, bytes, size);
}

static void put_section(struct image *image, const struct layout *layout, unsigned index, const Elf32_Shdr *section)
{
	put(image->after, layout->header.e_shoff + index * (uint32_t)sizeof *section, section, sizeof *section);
}

/* Code was placed where the notes were: nobody may find notes there any more. */
static void drop_notes(struct image *image, const struct layout *layout)
{
	for (unsigned i = 0; i < layout->header.e_phnum; i++) {
		uint32_t at = layout->header.e_phoff + i * (uint32_t)sizeof(Elf32_Phdr);
		Elf32_Phdr segment;

		memcpy(&segment, image->before + at, sizeof segment);
		if (segment.p_type == PT_NOTE)
			segment.p_type = PT_NULL;
		put(image->after, at, &segment, sizeof segment);
	}
	for (unsigned i = 0; i < layout->kept; i++) {
		Elf32_Shdr s = section(image, layout, i);

		if (s.sh_type == SHT_NOTE)
			s.sh_type = SHT_PROGBITS;
		put_section(image, layout, i, &s);
	}
}

static void write_headers(struct image *image, struct layout *layout, const struct frames *frames)
{
	Elf32_Shdr names = section(image, layout, layout->header.e_shstrndx);

	layout->eh_frame.sh_addr = layout->eh_frame.sh_offset = frames->start;
	layout->eh_frame.sh_size = frames->end - frames->start;
	layout->eh_frame_hdr.sh_size = frames->hdr_size;
	put_section(image, layout, layout->eh_frame_index, &layout->eh_frame);
	put_section(image, layout, layout->eh_frame_hdr_index, &layout->eh_frame_hdr);
	put_section(image, layout, layout->kept, &names);
	layout->header.e_shnum = (Elf32_Half)(layout->kept + 1);
	layout->header.e_shstrndx = (Elf32_Half)layout->kept;
	put(image->after, 0, &layout->header, sizeof layout->header);
	for (unsigned i = 0; i < layout->header.e_phnum; i++) {
		uint32_t place = layout->header.e_phoff + i * (uint32_t)sizeof(Elf32_Phdr);
		Elf32_Phdr segment;

		memcpy(&segment, image->after + place, sizeof segment);
		if (segment.p_type == PT_GNU_EH_FRAME)
			segment.p_filesz = segment.p_memsz = frames->hdr_size;
		put(image->after, place, &segment, sizeof segment);
	}
}

/* Places all code and .eh_frame, then links them. */
static int add_code(struct image *image, struct layout *layout)
{
	struct room rooms[ROOMS];
	struct object object;
	struct frames frames;
	uint32_t old_note = layout->note.sh_addr, hdr_limit;
	int r;

	object_read(&object);
	r = find_rooms(image, layout, object.eh_frame, rooms); /* an entry for each section at most */
	if (r)
		return r;
	hdr_limit = rooms[0].start;
	for (unsigned i = 0; !r && i < object.eh_frame; i++)
		r = place(&object.section[i], rooms);
	if (r)
		return r;
	for (unsigned i = 0; i < object.eh_frame; i++) {
		r = object_link(&object, i, image->after, layout->resume, image->absolute, &image->absolutes,
				IMAGE_ABSOLUTES);
		if (r)
			return r;
	}
	put(image->after, object_symbol(&object, "code_pass"), layout->pass, sizeof layout->pass);
	image->cancel = object_symbol(&object, "code_cancel");
	image->go = object_symbol(&object, "code_go");
	image->go_any3 = object_symbol(&object, "code_go_any3");
	image->go_any6 = object_symbol(&object, "code_go_any6");
	image->last_end = object_symbol(&object, "code_last_end");
	image->int80 = object_symbol(&object, "code_trap");

	memset(image->after + layout->tail, 0, image->size - layout->tail);
	frames_begin(&frames, image->after, layout->tail, (uint32_t)image->size);
	r = frames_move(&frames, image->before, layout->eh_frame.sh_addr, layout->eh_frame.sh_size);
	if (r)
		return r;
	object.section[object.eh_frame].place = frames.end;
	if (image->size - frames.end < object.section[object.eh_frame].size)
		return -ENOSPC;
	r = object_link(&object, object.eh_frame, image->after, 0, image->absolute, &image->absolutes, IMAGE_ABSOLUTES);
	if (!r)
		r = frames_add(&frames, object.section[object.eh_frame].size);
	if (!r)
		r = frames_finish(&frames, layout->eh_frame_hdr.sh_addr, hdr_limit);
	if (r)
		return r;
	if (rooms[2].start != old_note)
		drop_notes(image, layout);
	write_headers(image, layout, &frames);
	i386_put_branch(image->after + image->entry, I386_JUMP,
			i386_distance(image->entry, object_symbol(&object, "code_entry")));
	return 0;
}

static int edit(struct image *image, struct layout *layout)
{
	int r;

	if (!is_i386(image->before, &layout->header) || image->size != image_size(image->before, image->size))
		return -ENOTSUP;
	r = find_sections(image, layout);
	if (!r)
		r = find_segment(image, layout);
	if (!r)
		r = find_entry(image, layout);
	if (!r)
		r = find_tail(image, layout);
	if (!r)
		r = add_code(image, layout);
	return r;
}

int image_edit(struct image *image, const unsigned char *bytes, size_t size, uint32_t entry)
{
	struct layout layout = { .kept = 0 };
	int r;

	image->size = 0;
	if (size > IMAGE_MOST || size < sizeof(Elf32_Ehdr))
		return -ENOTSUP;
	memcpy(image->before, bytes, size);
	memcpy(image->after, bytes, size);
	image->size = size;
	image->entry = entry;
	image->absolutes = 0;
	r = edit(image, &layout);
	if (r)
		image->size = 0;
	return r;
}

void image_relocate(const struct image *image, uint32_t base, unsigned char *bytes)
{
	memcpy(bytes, image->after, image->size);
	for (unsigned i = 0; i < image->absolutes; i++) {
		uint32_t value;

		memcpy(&value, bytes + image->absolute[i], sizeof value);
		value += base;
		memcpy(bytes + image->absolute[i], &value, sizeof value);
	}
}
