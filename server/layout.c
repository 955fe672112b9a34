/* SPDX-License-Identifier: MIT */
#include "server/guest.h"

/* The kinds of members; abi/structures.def explains them. */
enum kind { BYTES, U16, U32, U64, LONG, POINTER, SECONDS, FRACTION, TIMEOUT, ERROR, TYPE, NAME, HALVES, BITS_1_2 };

struct field {
	unsigned char kind, count;
};

/* The fields of all structures in a row. Those of a structure are from begins[structure] to before begins[structure +
 * 1]. */
static const struct field fields[] = {
#define STRUCTURE(name)
#define FIELD(structure, member, kind, count) { kind, count },
#include "abi/structures.def"
#undef STRUCTURE
#undef FIELD
};
enum {
#define STRUCTURE(name)                       begin_##name, before_##name = begin_##name - 1,
#define FIELD(structure, member, kind, count) field_##structure##_##member,
#include "abi/structures.def"
#undef STRUCTURE
#undef FIELD
	begin_end
};
_Static_assert((int)begin_end == (int)(sizeof fields / sizeof *fields), "a place for each field");
static const unsigned char begins[] = {
#define STRUCTURE(name) begin_##name,
#define FIELD(structure, member, kind, count)
#include "abi/structures.def"
#undef STRUCTURE
#undef FIELD
	begin_end
};

enum { NAME_SIZE = SOCKETCALL_NAME };

/* The size of each kind that has the same size on all architectures; 0 for the others. */
static const unsigned char sizes[] = {
	[BYTES] = 1, [HALVES] = 1, [BITS_1_2] = 1, [U16] = 2,          [U32] = 4,
	[ERROR] = 4, [TYPE] = 4,   [U64] = 8,      [NAME] = NAME_SIZE,
};

static unsigned size_of(const struct socketcall_arch *arch, enum kind kind)
{
	if (sizes[kind])
		return sizes[kind];
	if (kind == LONG || kind == POINTER)
		return arch->guest.word;
	return kind == SECONDS ? arch->seconds : kind == FRACTION ? arch->fraction : arch->timeout;
}

static unsigned alignment_of(const struct socketcall_arch *arch, enum kind kind)
{
	unsigned alignment = kind == NAME ? arch->guest.word : size_of(arch, kind);

	return alignment < arch->alignment ? alignment : arch->alignment;
}

static size_t aligned(size_t offset, unsigned alignment)
{
	return (offset + alignment - 1) & ~(size_t)(alignment - 1);
}

static unsigned alignment_of_all(const struct socketcall_arch *arch, enum structure structure)
{
	unsigned most = 1;

	for (unsigned i = begins[structure]; i < begins[structure + 1]; i++) {
		unsigned alignment = alignment_of(arch, (enum kind)fields[i].kind);

		most = alignment > most ? alignment : most;
	}
	return most;
}

size_t socketcall_layout_size(const struct socketcall_arch *arch, enum structure structure)
{
	size_t size = 0;

	for (unsigned i = begins[structure]; i < begins[structure + 1]; i++)
		size = aligned(size, alignment_of(arch, (enum kind)fields[i].kind)) +
		       (size_t)fields[i].count * size_of(arch, (enum kind)fields[i].kind);
	return aligned(size, alignment_of_all(arch, structure));
}

bool socketcall_layout_compared(const struct socketcall_arch *a, const struct socketcall_arch *b,
				enum structure structure)
{
	for (unsigned i = begins[structure]; i < begins[structure + 1]; i++) {
		enum kind kind = (enum kind)fields[i].kind;

		if (kind == BYTES)
			continue;
		if (a->guest.order != b->guest.order || size_of(a, kind) != size_of(b, kind) ||
		    alignment_of(a, kind) != alignment_of(b, kind))
			return false;
		if ((kind == ERROR || kind == TYPE) && !(a->here ? b : a)->same_numbers)
			return false;
	}
	return true;
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

void socketcall_layout_read(const struct socketcall_arch *arch, enum structure structure, const void *bytes,
			    uint64_t *members)
{
	size_t offset = 0;

	for (unsigned i = begins[structure]; i < begins[structure + 1]; i++) {
		unsigned size = size_of(arch, (enum kind)fields[i].kind);

		offset = aligned(offset, size < arch->alignment ? size : arch->alignment);
		*members++ = socketcall_number_read(arch, (const char *)bytes + offset, size);
		offset += size;
	}
}

/* ---- Conversion -------------------------------------------------------------------------------------------------- */

struct conversion {
	const struct socketcall_arch *from, *to;
	const unsigned char *in;
	unsigned char *out;
	size_t size, room;    /* bytes of `in` and of `out` */
	size_t read, written; /* how many of them have been used */
};

static enum structure address_of_family(unsigned family)
{
	switch (family) {
#define ADDRESS(number, structure)                                                                                     \
	case number:                                                                                                   \
		return STRUCTURE_##structure;
#include "abi/values.def"
	default:
		return STRUCTURE_sockaddr;
	}
}

enum structure socketcall_address_structure(const struct socketcall_arch *arch, const void *bytes, size_t size)
{
	return size < 2 ? STRUCTURE_bytes : address_of_family((unsigned)socketcall_number_read(arch, bytes, 2));
}

/* Converts a byte of bit-fields: the first one is in the low bits on little-endian, in the high bits on big-endian. */
static unsigned char swap_bit_fields(enum kind kind, unsigned char byte, bool to_big)
{
	if (kind == HALVES)
		return (unsigned char)(byte << 4 | byte >> 4);
	if (to_big)
		return (unsigned char)((byte & 1) << 7 | (byte >> 1 & 3) << 5 | byte >> 3);
	return (unsigned char)(byte >> 7 | (byte >> 5 & 3) << 1 | byte << 3);
}

/* Converts an errno or a socket type; one of the two architectures is that of here. */
static uint64_t renumber(const struct conversion *c, enum kind kind, uint64_t number)
{
	if (kind == ERROR)
		return c->from->here ? socketcall_errno_out(c->to, (uint32_t)number) : number;
	if (kind == TYPE)
		return c->from->here ? socketcall_type_out(c->to, (uint32_t)number)
				     : (uint64_t)(unsigned)socketcall_type_in(c->from, (int)number);
	return number;
}

/* Converts a struct sockaddr_storage inside of a structure. Returns false if the bytes or the room end inside of it. */
static bool convert_name(struct conversion *c)
{
	size_t size = c->size - c->read < NAME_SIZE ? c->size - c->read : NAME_SIZE;
	size_t room = c->room - c->written < size ? c->room - c->written : size, done = 0;

	if (room)
		done = socketcall_layout_convert(socketcall_address_structure(c->from, c->in + c->read, size), c->from,
						 c->in + c->read, size, c->to, c->out + c->written, room);
	c->read += size;
	c->written += done;
	return size == NAME_SIZE && done == NAME_SIZE;
}

/* Converts one value of the kind. Returns false if the bytes or the room end before its end. */
static bool convert_one(struct conversion *c, enum kind kind)
{
	unsigned size_in = size_of(c->from, kind), size_out = size_of(c->to, kind);
	size_t in = aligned(c->read, alignment_of(c->from, kind)), out = aligned(c->written, alignment_of(c->to, kind));
	uint64_t number;

	if (in >= c->size || out >= c->room)
		return false;
	while (c->written < out)
		c->out[c->written++] = 0;
	c->read = in;
	if (kind == NAME)
		return convert_name(c);
	if (size_in > c->size - in || size_out > c->room - out)
		return false;
	if (size_in == 1) {
		bool other = c->from->guest.order != c->to->guest.order;

		c->out[out] = kind != BYTES && other
				      ? swap_bit_fields(kind, c->in[in], c->to->guest.order == SOCKETCALL_BIG)
				      : c->in[in];
	} else {
		number = socketcall_number_read(c->from, c->in + in, size_in);
		if (kind == SECONDS && size_in < size_out) /* seconds are signed */
			number = (uint64_t)(int64_t)(int32_t)(uint32_t)number;
		socketcall_number_write(c->to, c->out + out, size_out, renumber(c, kind, number));
	}
	c->read = in + size_in;
	c->written = out + size_out;
	return true;
}

size_t socketcall_layout_convert(enum structure structure, const struct socketcall_arch *from, const void *in,
				 size_t size, const struct socketcall_arch *to, void *out, size_t room)
{
	struct conversion c = { from, to, in, out, size, room, 0, 0 };
	const struct field *last;
	size_t padded;
	bool more = true;

	if (structure == STRUCTURE_sockaddr)
		structure = socketcall_address_structure(from, in, size);
	last = &fields[begins[structure + 1] - 1];

	for (const struct field *field = &fields[begins[structure]]; field <= last && more; field++)
		for (unsigned i = 0; i < field->count && more; i++)
			more = convert_one(&c, (enum kind)field->kind);
	/* the padding at the structure's end, then more of its last member; more BYTES follow without padding */
	if (more && last->kind != BYTES) {
		padded = aligned(c.written, alignment_of_all(to, structure));
		while (c.written < padded && c.written < room)
			c.out[c.written++] = 0;
		padded = aligned(c.read, alignment_of_all(from, structure));
		c.read = padded < size ? padded : size;
		while (more)
			more = convert_one(&c, (enum kind)last->kind);
	}
	while (c.read < size && c.written < room)
		c.out[c.written++] = c.in[c.read++];
	return c.written;
}
