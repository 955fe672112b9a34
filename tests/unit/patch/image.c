/* SPDX-License-Identifier: MIT
 *
 * Tests image_edit() with a vDSO image that tests/unit/patch/vdso.c printed.
 *
 * Usage: image FILE EDITED   edits the image, checks the result, and writes it to the file EDITED. The expectations
 * come
 *                            from the original's headers and the ELF and LSB specifications; the code under test isn't
 *                            used for them
 *        image FILE SEED N   edits N damaged copies, with seeds from SEED on; the sanitizers, and checks here, notice
 *                            accesses outside the image
 * TAP.
 */
#include "run/patch/image.h"
#include "tests/fixtures/tap.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { JUMP = 0xe9, JUMP_BYTES = 5, RECORD_HEAD = 8, HDR_HEAD = 12, FENCE = 0xa5, ADDED = 3 };

static unsigned char original[IMAGE_MOST];
static size_t original_size;
static uint32_t entry;
static struct image image;

static uint32_t word(const unsigned char *bytes, uint32_t at)
{
	uint32_t value;

	memcpy(&value, bytes + at, sizeof value);
	return value;
}

static void read_original(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t have;

	if (!file || fread(&entry, sizeof entry, 1, file) != 1) {
		perror(path);
		exit(2);
	}
	have = fread(original, 1, sizeof original, file);
	fclose(file);
	original_size = image_size(original, have);
	if (!original_size || original_size > have) {
		fprintf(stderr, "%s: no image: %zu bytes of %zu\n", path, original_size, have);
		exit(2);
	}
}

/* ---- The result of an edit --------------------------------------------------------------------------------------- */

static Elf32_Phdr segment(const unsigned char *bytes, uint32_t type)
{
	Elf32_Ehdr header;
	Elf32_Phdr result = { 0 };

	memcpy(&header, bytes, sizeof header);
	for (unsigned i = 0; i < header.e_phnum; i++) {
		memcpy(&result, bytes + header.e_phoff + i * sizeof result, sizeof result);
		if (result.p_type == type)
			return result;
	}
	return (Elf32_Phdr){ 0 };
}

/* Returns the section of this name from the section headers of `bytes`. */
static Elf32_Shdr section(const unsigned char *bytes, const char *name, Elf32_Shdr *next)
{
	Elf32_Ehdr header;
	Elf32_Shdr names, s;

	memcpy(&header, bytes, sizeof header);
	memcpy(&names, bytes + header.e_shoff + header.e_shstrndx * sizeof names, sizeof names);
	for (unsigned i = 0; i + 1 < header.e_shnum; i++) {
		memcpy(&s, bytes + header.e_shoff + i * sizeof s, sizeof s);
		memcpy(next, bytes + header.e_shoff + (i + 1) * sizeof s, sizeof s);
		if (strcmp((const char *)bytes + names.sh_offset + s.sh_name, name) == 0)
			return s;
	}
	return (Elf32_Shdr){ 0 };
}

static void allow(unsigned char *allowed, uint32_t from, uint32_t to)
{
	memset(allowed + from, 1, to - from);
}

/* Allows changes of the section's bytes, and of the padding up to the next one. */
static void allow_section(unsigned char *allowed, const char *name)
{
	Elf32_Shdr next, s = section(original, name, &next);

	allow(allowed, s.sh_offset, next.sh_addr > s.sh_addr ? next.sh_offset : s.sh_offset + s.sh_size);
}

static void check_bytes(void)
{
	static unsigned char allowed[IMAGE_MOST];
	static const char *const sections[] = { ".note", ".eh_frame_hdr", ".eh_frame", ".altinstructions",
						".altinstr_replacement" };
	Elf32_Ehdr header;
	unsigned outside = 0;

	memcpy(&header, original, sizeof header);
	for (unsigned i = 0; i < sizeof sections / sizeof *sections; i++)
		allow_section(allowed, sections[i]);
	allow(allowed, entry, entry + JUMP_BYTES);
	allow(allowed, offsetof(Elf32_Ehdr, e_shnum), sizeof header);
	for (unsigned i = 0; i < header.e_phnum; i++) {
		uint32_t at = header.e_phoff + i * (uint32_t)sizeof(Elf32_Phdr), type = word(original, at);

		if (type == PT_NOTE)
			allow(allowed, at, at + sizeof type);
		if (type == PT_GNU_EH_FRAME)
			allow(allowed, at + offsetof(Elf32_Phdr, p_filesz), at + offsetof(Elf32_Phdr, p_flags));
	}
	allow(allowed, header.e_shoff, (uint32_t)original_size);
	for (uint32_t i = 0; i < original_size; i++)
		outside += image.after[i] != original[i] && !allowed[i];
	ok(outside == 0,
	   "nothing changes but the entry, the sections that the kernel alone needs, and the unwind tables");
}

/* What an unwinder finds through the PT_GNU_EH_FRAME segment: the entries of .eh_frame, and the search table. */
struct unwind {
	uint32_t hdr, frame, count;
	unsigned walked, in_load, found;
	int sorted;
};

static uint32_t table_code(const unsigned char *bytes, const struct unwind *u, unsigned i)
{
	return u->hdr + word(bytes, u->hdr + HDR_HEAD + 8 * i);
}

/* Searches as libgcc does: the last entry that begins at or before `at`. */
static uint32_t search(const unsigned char *bytes, const struct unwind *u, uint32_t at)
{
	uint32_t record = 0;

	for (unsigned i = 0; i < u->count && table_code(bytes, u, i) <= at; i++)
		record = u->hdr + word(bytes, u->hdr + HDR_HEAD + 8 * i + 4);
	return record;
}

static struct unwind unwind(const unsigned char *bytes)
{
	struct unwind u = { .hdr = segment(bytes, PT_GNU_EH_FRAME).p_vaddr, .sorted = 1 };
	uint32_t load = segment(bytes, PT_LOAD).p_memsz;
	Elf32_Shdr next, frame = section(bytes, ".eh_frame", &next);

	u.frame = u.hdr + 4 + word(bytes, u.hdr + 4);
	u.count = word(bytes, u.hdr + 8);
	for (unsigned i = 1; i < u.count; i++)
		u.sorted &= table_code(bytes, &u, i - 1) < table_code(bytes, &u, i);
	if (frame.sh_addr != u.frame || frame.sh_size > original_size - u.frame)
		return u;
	/* The kernel's .eh_frame has no terminating zero. */
	for (uint32_t at = u.frame; at < u.frame + frame.sh_size && word(bytes, at); at += 4 + word(bytes, at)) {
		uint32_t code = at + RECORD_HEAD + word(bytes, at + RECORD_HEAD);
		uint32_t size = word(bytes, at + RECORD_HEAD + 4);

		if (!word(bytes, at + 4))
			continue; /* a CIE */
		u.walked++;
		u.in_load += code < load && size <= load - code;
		u.found += search(bytes, &u, code) == at && search(bytes, &u, code + size - 1) == at;
	}
	return u;
}

/* Returns the length of the code that begins at `code`, according to its unwind entry; 0 if it has none. */
static uint32_t covered(const struct unwind *u, uint32_t code)
{
	uint32_t record = search(image.after, u, code);
	uint32_t start = record + RECORD_HEAD + word(image.after, record + RECORD_HEAD);

	return record && code - start < word(image.after, record + RECORD_HEAD + 4);
}

static void check_unwinding(void)
{
	struct unwind before = unwind(original), after = unwind(image.after);
	uint32_t target = entry + JUMP_BYTES + word(image.after, entry + 1);

	ok(before.count && before.walked == before.count && before.found == before.count && before.sorted,
	   "this test can read the original's unwind tables");
	ok(after.walked == before.walked + ADDED && after.count == after.walked,
	   "each new function has an unwind entry");
	ok(after.in_load == after.walked, "every unwind entry's code is in a loaded segment");
	ok(after.sorted && after.found == after.walked, "the sorted table finds each, by its first and its last byte");
	ok(image.after[entry] == JUMP && covered(&after, target), "the entry jumps to code with an unwind entry");
	ok(covered(&after, image.cancel) && covered(&after, image.go) && covered(&after, image.go_any3) &&
		   covered(&after, image.go_any6) && covered(&after, image.last_resort_end),
	   "the code that glibc's and Go's stubs call has unwind entries");
}

static void check_load(void)
{
	const uint32_t base = 0xf7fb2000;
	static unsigned char loaded[IMAGE_MOST];
	int good = image.absolutes > 0;

	image_relocate(&image, base, loaded);
	for (unsigned i = 0; i < image.absolutes; i++) {
		uint32_t at = image.absolute[i];

		good &= word(loaded, at) - base == word(image.after, at) && word(image.after, at) < image.size;
		memcpy(loaded + at, image.after + at, 4);
	}
	ok(good && memcmp(loaded, image.after, image.size) == 0, "at another address only the absolute words differ");
}

static void check_again(void)
{
	bool taken = false;
	struct image *again = calloc(1, sizeof *again);

	ok(image_edit(again, image.after, image.size, entry) < 0 && again->size == 0,
	   "an edited image isn't edited again");
	for (uint32_t wrong = 0; wrong < original_size; wrong++)
		if (wrong != entry && image_edit(again, original, original_size, wrong) == 0)
			printf("# an entry at %#x\n", wrong), taken = true;
	ok(!taken, "no other place in it is accepted as the entry");
	ok(image_edit(again, original, original_size, (uint32_t)original_size - 4) < 0 &&
		   image_edit(again, original, original_size, -4U) < 0,
	   "nor one at its end or outside");
	free(again);
}

/* Edits a copy in which the section `other` lies in the last `size` bytes of section `name`, which may be `shorter`. */
static int edit_shared(const char *name, bool shorter, const char *other)
{
	enum { SIZE = 4 };
	static unsigned char bytes[IMAGE_MOST];
	static struct image result;
	Elf32_Ehdr header;
	Elf32_Shdr next, all, shared = section(original, name, &next);

	memcpy(bytes, original, original_size);
	memcpy(&header, bytes, sizeof header);
	memcpy(&all, bytes + header.e_shoff + header.e_shstrndx * sizeof all, sizeof all);
	for (unsigned i = 0; i < header.e_shnum; i++) {
		unsigned char *at = bytes + header.e_shoff + i * sizeof all;
		Elf32_Shdr s;

		memcpy(&s, at, sizeof s);
		if (shorter && strcmp((const char *)bytes + all.sh_offset + s.sh_name, name) == 0)
			s.sh_size -= SIZE;
		if (strcmp((const char *)bytes + all.sh_offset + s.sh_name, other) == 0) {
			s.sh_addr = s.sh_offset = shared.sh_offset + shared.sh_size - SIZE;
			s.sh_size = SIZE;
		}
		memcpy(at, &s, sizeof s);
	}
	return image_edit(&result, bytes, original_size, entry);
}

static void check_sharing(void)
{
	static const char *const overwritten[] = { ".note", ".eh_frame", ".altinstructions", ".altinstr_replacement" };

	ok(edit_shared(".dynstr", false, ".gnu.version") == 0, "two sections may share bytes that stay as they are");
	for (unsigned i = 0; i < sizeof overwritten / sizeof *overwritten; i++)
		ok(edit_shared(overwritten[i], false, ".gnu.version") == -ENOTSUP,
		   "an image is refused if another section has bytes of %s", overwritten[i]);
	ok(edit_shared(".altinstructions", true, ".gnu.version") == -ENOTSUP,
	   "… or lies between .altinstructions and .altinstr_replacement");
}

static int check(const char *edited)
{
	int r = image_edit(&image, original, original_size, entry);
	FILE *file = fopen(edited, "wb");

	printf("# the entry's bytes:");
	for (unsigned i = 0; i < 13; i++)
		printf(" %02x", original[entry + i]);
	printf("\n");
	if (!ok(r == 0 && image.size == original_size && file, "the image is recognised and has room")) {
		printf("# %s\n", strerror(r ? -r : errno));
		return plan();
	}
	check_bytes();
	check_unwinding();
	check_load();
	check_again();
	check_sharing();
	fwrite(image.after, 1, image.size, file);
	ok(fclose(file) == 0, "the edited image is written");
	return plan();
}

/* ---- Damage ------------------------------------------------------------------------------------------------------ */

static uint64_t state;

static uint32_t any(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % below;
}

/* Returns a value that is likely to be near a limit. */
static uint32_t edge(uint32_t size)
{
	const uint32_t edges[] = { 0,          1,          size,       size - 1,   size - 4,
				   size - 40,  size + 1,   I386_PAGE,  IMAGE_MOST, IMAGE_MOST - 1,
				   0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0xffff,
				   16 };

	return any(3) ? any(size + 64) : edges[any(sizeof edges / sizeof *edges)];
}

static void put(unsigned char *bytes, size_t size, uint32_t at, uint32_t value)
{
	if (at <= size - sizeof value)
		memcpy(bytes + at, &value, sizeof value);
}

/* Changes a word of the ELF header, a program header, a section header or an unwind entry; or any byte. */
static void damage(unsigned char *bytes, size_t size)
{
	static const uint32_t shnum_at = offsetof(Elf32_Ehdr, e_shnum);
	Elf32_Ehdr header;
	Elf32_Phdr hdr = segment(original, PT_GNU_EH_FRAME);

	memcpy(&header, original, sizeof header);
	switch (any(8)) {
	case 0:
		put(bytes, size, any(sizeof header / 2) * 2, edge((uint32_t)size));
		break;
	case 1:
		put(bytes, size, header.e_phoff + any(header.e_phnum * 8) * 4, edge((uint32_t)size));
		break;
	case 2:
	case 3:
		put(bytes, size, header.e_shoff + any(header.e_shnum * 10u) * 4, edge((uint32_t)size));
		break;
	case 4:
		put(bytes, size, hdr.p_vaddr + any(100) * 4, edge((uint32_t)size));
		break;
	case 5: { /* swap two section headers */
		unsigned char *a = bytes + header.e_shoff + any(header.e_shnum) * sizeof(Elf32_Shdr);
		unsigned char *b = bytes + header.e_shoff + any(header.e_shnum) * sizeof(Elf32_Shdr);
		unsigned char keep[sizeof(Elf32_Shdr)];

		memcpy(keep, a, sizeof keep);
		memmove(a, b, sizeof keep);
		memcpy(b, keep, sizeof keep);
		break;
	}
	case 6:
		bytes[shnum_at + any(4)] = (unsigned char)any(256);
		break;
	default:
		bytes[any((uint32_t)size)] ^= (unsigned char)(1 << any(8));
	}
}

/* Makes a copy of the largest size, at whose end the section headers are. */
static size_t stretch(unsigned char *bytes)
{
	Elf32_Ehdr header;
	uint32_t size, to;

	memcpy(&header, original, sizeof header);
	size = header.e_shnum * (uint32_t)sizeof(Elf32_Shdr);
	to = IMAGE_MOST - size;
	memset(bytes, 0, IMAGE_MOST);
	memcpy(bytes, original, header.e_shoff);
	memcpy(bytes + to, original + header.e_shoff, size);
	put(bytes, IMAGE_MOST, offsetof(Elf32_Ehdr, e_shoff), to);
	return IMAGE_MOST;
}

/* Tries one damaged copy. Returns 0 if it is edited, a negative value if it is refused, a positive one for a fault. */
static int try(uint64_t seed)
{
	struct image *result = malloc(sizeof *result);
	unsigned char *bytes = malloc(IMAGE_MOST), *exact, *loaded;
	size_t size = original_size;
	uint32_t where = entry;
	int r, wrong = 0;

	state = seed * 0x9e3779b97f4a7c15u + 1;
	memcpy(bytes, original, original_size);
	if (any(8) == 0)
		size = stretch(bytes);
	for (unsigned i = any(4) + 1; i; i--)
		damage(bytes, size);
	if (any(16) == 0)
		size = any((uint32_t)size + 1);
	if (any(16) == 0)
		where = edge((uint32_t)size);
	exact = malloc(size + !size);
	memcpy(exact, bytes, size);
	memset(result, FENCE, sizeof *result);
	r = image_edit(result, exact, size, where);
	for (size_t i = size; i < IMAGE_MOST; i++)
		wrong |= result->after[i] != FENCE || result->before[i] != FENCE;
	if (!r) {
		wrong |= result->size != size || result->absolutes > IMAGE_ABSOLUTES || result->cancel >= size ||
			 result->go >= size || result->go_any3 >= size || result->go_any6 >= size ||
			 result->last_resort_end >= size || result->entry > size - JUMP_BYTES;
		for (unsigned i = 0; !wrong && i < result->absolutes; i++)
			wrong |= result->absolute[i] > size - 4;
		loaded = malloc(size);
		if (!wrong)
			image_relocate(result, 0xf7fb2000, loaded);
		free(loaded);
	} else {
		wrong |= result->size != 0;
	}
	free(exact);
	free(bytes);
	free(result);
	return wrong ? 1 : r;
}

static int seeds(uint64_t first, unsigned count)
{
	bool good = true;
	unsigned edited = 0;

	for (unsigned i = 0; i < count; i++) {
		int r = try(first + i);

		if (r > 0) {
			printf("# seed %llu\n", (unsigned long long)first + i);
			good = false;
		}
		edited += r == 0;
	}
	ok(good, "damaged images are refused, or edited within their bounds");
	ok(edited > count / 100 && edited < count, "some are refused, some are not");
	printf("# %u of %u edited\n", edited, count);
	return plan();
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	read_original(argv[1]);
	return argc > 3 ? seeds(strtoull(argv[2], NULL, 0), (unsigned)atoi(argv[3])) : check(argv[2]);
}
