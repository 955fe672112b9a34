/* SPDX-License-Identifier: MIT */
#include "run/patch/image.h"

#include "run/patch/frames.h"
#include "run/patch/object.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	ALIGN = 4,
	DISPLACED_BYTES = I386_BRANCH_BYTES, /* the bytes of the entry that the jump overwrites */
};

/* Bytes of the image that nothing needs any more, where code can be placed. */
struct gap {
	uint32_t start, end;
};

/* The gaps of an image, in the order in which they are filled. */
enum {
	GAP_FRAMES,       /* the old place of .eh_frame, without the bytes by which .eh_frame_hdr grows */
	GAP_ALTERNATIVES, /* .altinstructions and .altinstr_replacement */
	GAP_NOTE,         /* .note: the last, because a debugger may look for the version and the build ID in it */
	GAPS              /* how many there are */
};

/*
 * What is found in an image before it is edited. The section headers are copies of image->before's, checked for bounds.
 */
struct layout {
	Elf32_Ehdr header;
	Elf32_Shdr eh_frame, eh_frame_hdr, alternatives, replacements, note;
	unsigned eh_frame_index, eh_frame_hdr_index; /* numbers of their section headers */
	unsigned kept;       /* how many section headers are kept: those before .altinstructions' */
	uint32_t memory_end; /* the end of the loaded segment: p_memsz */
	uint32_t tail;       /* nothing from this offset to the image's end is needed */
	uint32_t resume;     /* offset in the image at which code_pass jumps back to the entry */
	unsigned char displaced[DISPLACED_BYTES]; /* what code_pass executes before that: see struct form */
};

/*
 * The forms of the vDSO's entry: it pushes ecx, edx and ebp, executes sysenter, syscall or four bytes of no-operations,
 * then int $0x80, pops, and returns. In the third form the jump overwrites two of the four bytes of no-operations, so
 * code_pass goes on behind all four.
 */
static const struct form {
	unsigned char code[13];                   /* the whole entry */
	unsigned char displaced[DISPLACED_BYTES]; /* what code_pass executes instead of the overwritten bytes, … */
	unsigned resume;                          /* … before it goes on at this offset of the entry */
	unsigned nops_at; /* offset of four bytes of no-operations, which may be any of nops[]; 0: there are none */
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
 * Four bytes of no-operations, as arch/x86/include/asm/nops.h has them. The last two, for K8 and K7, were used up to
 * Linux 5.12.
 */
static const unsigned char nops[][4] = {
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
	/* The section headers are the last part of the ELF file. */
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

/* Finds the sections that are edited. The address of each must equal its offset, so that the image is like the file. */
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

/* There must be exactly one PT_LOAD segment, which starts at offset 0 and is as long in memory as in the file. */
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
	bool has_nops = !form->nops_at;

	memcpy(same, code, sizeof same);
	for (unsigned i = 0; form->nops_at && i < sizeof nops / sizeof *nops; i++)
		has_nops |= memcmp(code + form->nops_at, nops[i], sizeof *nops) == 0;
	if (form->nops_at)
		memcpy(same + form->nops_at, form->code + form->nops_at, sizeof *nops);
	return has_nops && memcmp(same, form->code, sizeof same) == 0;
}

static int find_entry(const struct image *image, struct layout *layout)
{
	for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (!is_in_bounds(image, image->entry, sizeof forms[i].code) ||
		    !has_form(image->before + image->entry, &forms[i]))
			continue;
		memcpy(layout->displaced, forms[i].displaced, sizeof layout->displaced);
		layout->resume = image->entry + forms[i].resume;
		return 0;
	}
	return -ENOTSUP;
}

/*
 * Checks that .altinstr_replacement lies behind .altinstructions and ends the loaded segment. The kernel uses these two
 * sections only while it boots. Their section headers and the later ones, of sections that aren't loaded, are dropped
 * to make space for .eh_frame behind the section headers. Only the header of the section names is kept, as the last
 * one.
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

/* True if the loaded sections `a` and `b`, and no other ones, have bytes in [start, end). */
static bool has_only(const struct image *image, const struct layout *layout, uint32_t start, uint32_t end,
		     const Elf32_Shdr *a, const Elf32_Shdr *b)
{
	for (unsigned i = 0; i < layout->header.e_shnum; i++) {
		Elf32_Shdr s = section(image, layout, i);
		bool is_inside = s.sh_addr < start ? s.sh_size > start - s.sh_addr : s.sh_addr < end && s.sh_size;

		if (is_inside && s.sh_flags & SHF_ALLOC && s.sh_name != a->sh_name && s.sh_name != b->sh_name)
			return false;
	}
	return true;
}

/* Finds the gaps, in which no other section may lie. `frames` is the number of entries by which .eh_frame_hdr grows. */
static int find_gaps(const struct image *image, const struct layout *layout, unsigned frames, struct gap *gaps)
{
	uint32_t header_end = layout->eh_frame_hdr.sh_addr + layout->eh_frame_hdr.sh_size + frames * FRAMES_HDR_ENTRY;
	uint32_t frame_end = layout->eh_frame.sh_addr + layout->eh_frame.sh_size;
	Elf32_Shdr next = section(image, layout, layout->eh_frame_index + 1);

	if (layout->eh_frame.sh_addr < layout->eh_frame_hdr.sh_addr + layout->eh_frame_hdr.sh_size ||
	    header_end > frame_end || frame_end > layout->memory_end)
		return -ENOTSUP;
	if (next.sh_addr >= frame_end && next.sh_addr - frame_end < 16 && next.sh_addr <= layout->memory_end)
		frame_end = next.sh_addr; /* between them is only padding, at most 15 bytes */
	gaps[GAP_FRAMES] = (struct gap){ header_end, frame_end };
	gaps[GAP_ALTERNATIVES] = (struct gap){ layout->alternatives.sh_addr, layout->memory_end };
	gaps[GAP_NOTE] = (struct gap){ layout->note.sh_addr, layout->note.sh_addr + layout->note.sh_size };
	if (!has_only(image, layout, layout->eh_frame_hdr.sh_addr + layout->eh_frame_hdr.sh_size, frame_end,
		      &layout->eh_frame, &layout->eh_frame) ||
	    !has_only(image, layout, gaps[GAP_ALTERNATIVES].start, gaps[GAP_ALTERNATIVES].end, &layout->alternatives,
		      &layout->replacements) ||
	    !has_only(image, layout, gaps[GAP_NOTE].start, gaps[GAP_NOTE].end, &layout->note, &layout->note))
		return -ENOTSUP;
	return 0;
}

/* Places a section in the first gap that has room for it. Returns 0 or -ENOSPC. */
static int place(struct object_section *section, struct gap *gaps)
{
	for (struct gap *gap = gaps; gap < gaps + GAPS; gap++) {
		uint32_t start = (gap->start + ALIGN - 1) & -(uint32_t)ALIGN;

		if (start > gap->end || gap->end - start < section->size)
			continue;
		section->place = start;
		gap->start = start + section->size;
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

/* Code has overwritten the notes. So no header may describe this place as notes any more. */
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

/* Places the code sections and .eh_frame in the image, links them, and writes the headers and the jump. */
static int add_code(struct image *image, struct layout *layout)
{
	struct gap gaps[GAPS];
	struct object object;
	struct frames frames;
	uint32_t old_note = layout->note.sh_addr, hdr_limit;
	int r;

	object_read(&object);
	r = find_gaps(image, layout, object.eh_frame, gaps); /* each code section has at most one unwind entry */
	if (r)
		return r;
	hdr_limit = gaps[GAP_FRAMES].start;
	for (unsigned i = 0; !r && i < object.eh_frame; i++)
		r = place(&object.section[i], gaps);
	if (r)
		return r;
	for (unsigned i = 0; i < object.eh_frame; i++) {
		r = object_link(&object, i, image->after, layout->resume, image->absolute, &image->absolutes,
				IMAGE_ABSOLUTES);
		if (r)
			return r;
	}
	put(image->after, object_symbol(&object, "code_pass"), layout->displaced, sizeof layout->displaced);
	image->cancel = object_symbol(&object, "code_cancel");
	image->go = object_symbol(&object, "code_go");
	image->go_any3 = object_symbol(&object, "code_go_any3");
	image->go_any6 = object_symbol(&object, "code_go_any6");
	image->last_resort_end = object_symbol(&object, "code_last_end");
	image->int80_entry = object_symbol(&object, "code_trap");

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
	if (gaps[GAP_NOTE].start != old_note)
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
