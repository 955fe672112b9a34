/* SPDX-License-Identifier: MIT */
#include "server/format/text.h"

/* What is printed of a struct msghdr. In the guest's memory it has seven members, each padded to a word; a struct
 * mmsghdr has a length behind it, also padded to a word. */
struct header {
	uint64_t name, vector, parts, control, control_length;
	int name_length;
	uint32_t flags;
};

size_t socketcall_text_message_size(const struct socketcall_format *f)
{
	return 7 * socketcall_text_word(f);
}

static bool header_in(struct socketcall_format *f, uint64_t address, struct header *header)
{
	unsigned char bytes[56];
	size_t word = socketcall_text_word(f);

	if (!socketcall_text_read(f, address, bytes, 7 * word))
		return false;
	header->name = socketcall_text_number(f, bytes, word);
	header->name_length = (int)(uint32_t)socketcall_text_number(f, bytes + word, 4);
	header->vector = socketcall_text_number(f, bytes + 2 * word, word);
	header->parts = socketcall_text_number(f, bytes + 3 * word, word);
	header->control = socketcall_text_number(f, bytes + 4 * word, word);
	header->control_length = socketcall_text_number(f, bytes + 5 * word, word);
	header->flags = (uint32_t)socketcall_text_number(f, bytes + 6 * word, 4);
	return true;
}

bool socketcall_text_message_room(struct socketcall_format *f, uint64_t address, int *room)
{
	struct header header;

	if (!header_in(f, address, &header))
		return false;
	*room = header.name_length;
	return true;
}

/* Prints the comma before element `i` of an array. Returns true if the element is to be printed; else prints "...", and
 * the `address` of an element that can't be read. */
static bool begin_element(struct socketcall_format *f, unsigned i, bool readable, uint64_t address)
{
	if (i > 0)
		socketcall_text(f, ", ");
	if (readable && i < FORMAT_ELEMENTS)
		return true;
	socketcall_text(f, "...");
	if (readable)
		return false;
	socketcall_text(f, " /* ");
	socketcall_text_address(f, address);
	socketcall_text(f, " */");
	return false;
}

/* ---- Vectors ----------------------------------------------------------------------------------------------------- */

static void put_vector(struct socketcall_format *f, uint64_t address, uint64_t parts, bool received, uint64_t done)
{
	unsigned char bytes[16];
	size_t word = socketcall_text_word(f);

	if (!parts) {
		socketcall_text(f, address ? "[]" : "NULL");
		return;
	}
	for (unsigned i = 0; i < parts; i++) {
		bool there = socketcall_text_read(f, address + (uint64_t)i * 2 * word, bytes, 2 * word);
		uint64_t base, length, shown;

		if (!i && !there) {
			socketcall_text_address(f, address);
			return;
		}
		if (!i)
			socketcall_text_char(f, '[');
		if (!begin_element(f, i, there, address + (uint64_t)i * 2 * word))
			break;
		base = socketcall_text_number(f, bytes, word);
		length = socketcall_text_number(f, bytes + word, word);
		shown = !received || length < done ? length : done;
		done -= received ? shown : 0;
		socketcall_text(f, "{iov_base=");
		socketcall_text_buffer(f, base, shown);
		socketcall_text(f, ", iov_len=");
		socketcall_text_unsigned(f, length);
		socketcall_text_char(f, '}');
	}
	socketcall_text_char(f, ']');
}

/* ---- Control messages -------------------------------------------------------------------------------------------- */

enum { SOL_IP = 0, SOL_SOCKET = 1 };
enum { RIGHTS = 1, CREDENTIALS = 2, SECURITY = 3, TIMESTAMP = 29, TIMESTAMPNS = 35, TIMESTAMPING = 37 };
enum { TIMESTAMP_NEW = 63, TIMESTAMPNS_NEW = 64, TIMESTAMPING_NEW = 65 };
enum { IP_TOS = 1, IP_TTL = 2, IP_RECVOPTS = 6, IP_RETOPTS = 7, IP_PKTINFO = 8, IP_CHECKSUM = 23 };

static void put_member(struct socketcall_format *f, const char *name, const unsigned char *bytes)
{
	socketcall_text(f, name);
	socketcall_text_int(f, (int32_t)(uint32_t)socketcall_text_number(f, bytes, 4));
}

static void put_ints(struct socketcall_format *f, const unsigned char *data, size_t size)
{
	socketcall_text_char(f, '[');
	for (unsigned i = 0; i < size / 4 && begin_element(f, i, true, 0); i++)
		socketcall_text_int(f, (int32_t)(uint32_t)socketcall_text_number(f, data + (size_t)4 * i, 4));
	socketcall_text_char(f, ']');
}

static bool put_socket_data(struct socketcall_format *f, unsigned type, const unsigned char *data, size_t size)
{
	bool wide = type >= TIMESTAMP_NEW && type <= TIMESTAMPING_NEW;
	size_t word = wide ? 8 : f->arch->seconds ? f->arch->seconds : socketcall_text_word(f);
	size_t fraction = !wide && type == TIMESTAMP && f->arch->fraction ? f->arch->fraction : word;

	if (type == RIGHTS && size >= 4) {
		put_ints(f, data, size);
	} else if (type == CREDENTIALS && size >= 12) {
		put_member(f, "{pid=", data);
		put_member(f, ", uid=", data + 4);
		put_member(f, ", gid=", data + 8);
		socketcall_text_char(f, '}');
	} else if ((type == TIMESTAMP || type == TIMESTAMP_NEW) && size >= 2 * word) {
		socketcall_text_time_at(f, data, word, fraction, "tv_usec");
	} else if ((type == TIMESTAMPNS || type == TIMESTAMPNS_NEW) && size >= 2 * word) {
		socketcall_text_time_at(f, data, word, word, "tv_nsec");
	} else if (type == SECURITY && size) {
		socketcall_text_quoted(f, data, size, QUOTE_OCTAL);
	} else if (type == TIMESTAMP || type == TIMESTAMP_NEW || type == TIMESTAMPNS || type == TIMESTAMPNS_NEW ||
		   ((type == TIMESTAMPING || type == TIMESTAMPING_NEW) && size < 6 * word)) {
		if (!size)
			return false;
		socketcall_text(f, "???");
	} else if (type == TIMESTAMPING || type == TIMESTAMPING_NEW) {
		for (unsigned i = 0; i < 3; i++) {
			socketcall_text(f, i ? ", " : "[");
			socketcall_text_time_at(f, data + (size_t)i * 2 * word, word, word, "tv_nsec");
		}
		socketcall_text_char(f, ']');
	} else {
		return false;
	}
	return true;
}

static bool put_ip_data(struct socketcall_format *f, unsigned type, const unsigned char *data, size_t size)
{
	if (type == IP_PKTINFO && size >= 12) {
		put_member(f, "{ipi_ifindex=", data);
		socketcall_text(f, ", ipi_spec_dst=");
		socketcall_text_inet(f, data + 4);
		socketcall_text(f, ", ipi_addr=");
		socketcall_text_inet(f, data + 8);
		socketcall_text_char(f, '}');
	} else if ((type == IP_TTL || type == IP_CHECKSUM) && size >= 4) {
		for (size_t i = 0; i + 4 <= size; i += 4) {
			socketcall_text(f, i ? ", " : "[");
			socketcall_text_unsigned(f, socketcall_text_number(f, data + i, 4));
		}
		socketcall_text_char(f, ']');
	} else if ((type == IP_TOS || type == IP_RECVOPTS || type == IP_RETOPTS) && size >= 1) {
		socketcall_text_char(f, '[');
		for (unsigned i = 0; i < size && begin_element(f, i, true, 0); i++) {
			if (data[i])
				socketcall_text_hex(f, data[i], 1);
			else
				socketcall_text_char(f, '0');
		}
		socketcall_text_char(f, ']');
	} else {
		return false;
	}
	return true;
}

static void put_control_name(struct socketcall_format *f, unsigned type, unsigned given)
{
	const char *name = socketcall_name_of(f, NAMES_CONTROL, type);

	if (name)
		socketcall_text(f, name);
	else
		socketcall_text_unnamed(f, given, "SCM_???");
}

static void put_control_message(struct socketcall_format *f, const unsigned char *at, size_t room)
{
	size_t word = socketcall_text_word(f), header = word + 8;
	uint64_t length = socketcall_text_number(f, at, word);
	int level = socketcall_text_level(f, (int)(uint32_t)socketcall_text_number(f, at + word, 4));
	unsigned given = (unsigned)socketcall_text_number(f, at + word + 4, 4);
	unsigned type = level == SOL_SOCKET ? socketcall_text_control(f, given) : given;
	size_t size = length < header ? 0 : (length < room ? (size_t)length : room) - header, before;

	socketcall_text(f, "{cmsg_len=");
	socketcall_text_unsigned(f, length);
	socketcall_text(f, ", cmsg_level=");
	socketcall_text_name(f, NAMES_LEVEL, (uint32_t)level, "SOL_???");
	socketcall_text(f, ", cmsg_type=");
	if (level == SOL_SOCKET)
		put_control_name(f, type, given);
	else if (level == SOL_IP)
		socketcall_text_name(f, NAMES_IP, type, "IP_???");
	else if (type)
		socketcall_text_hex(f, type, 1);
	else
		socketcall_text_char(f, '0');
	before = f->length;
	socketcall_text(f, ", cmsg_data=");
	if (!(level == SOL_SOCKET ? put_socket_data(f, type, at + header, size)
				  : level == SOL_IP && put_ip_data(f, type, at + header, size))) {
		f->length = before; /* the data isn't printed, so take ", cmsg_data=" back */
		if (before < f->size)
			f->text[before] = 0;
	}
	socketcall_text_char(f, '}');
}

static void put_control(struct socketcall_format *f, uint64_t address, uint64_t length)
{
	size_t word = socketcall_text_word(f), header = word + 8;
	unsigned char bytes[FORMAT_BYTES];
	size_t size = length < sizeof bytes ? (size_t)length : sizeof bytes, at = 0;

	if (size < header || length > sizeof bytes || !socketcall_text_read(f, address, bytes, size)) {
		socketcall_text_address(f, address);
		return;
	}
	socketcall_text_char(f, '[');
	for (unsigned i = 0; size - at >= header; i++) {
		uint64_t claimed = socketcall_text_number(f, bytes + at, word), aligned;

		if (!begin_element(f, i, true, 0))
			break;
		put_control_message(f, bytes + at, size - at);
		aligned = ((claimed < header ? header : claimed) + word - 1) & ~(uint64_t)(word - 1);
		if (claimed >= size - at || aligned >= size - at)
			break;
		at += (size_t)aligned;
		if (claimed < header || size - at < header) {
			begin_element(f, i + 1, false, address + at);
			break;
		}
	}
	socketcall_text_char(f, ']');
}

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

void socketcall_text_message(struct socketcall_format *f, uint64_t address, bool received, int room, int64_t done)
{
	struct header header;
	int length;

	if (!header_in(f, address, &header)) {
		socketcall_text_address(f, address);
		return;
	}
	length = header.name_length;
	socketcall_text(f, "{msg_name=");
	socketcall_text_socket_address(f, header.name, received && room < length ? room : length);
	socketcall_text(f, ", msg_namelen=");
	if (received && room != length) {
		socketcall_text_int(f, room);
		socketcall_text(f, " => ");
	}
	socketcall_text_int(f, length);
	socketcall_text(f, ", msg_iov=");
	put_vector(f, header.vector, header.parts, received, (uint64_t)done);
	socketcall_text(f, ", msg_iovlen=");
	socketcall_text_unsigned(f, header.parts);
	if (header.control_length) {
		socketcall_text(f, ", msg_control=");
		put_control(f, header.control, header.control_length);
	}
	socketcall_text(f, ", msg_controllen=");
	socketcall_text_unsigned(f, header.control_length);
	socketcall_text(f, ", msg_flags=");
	socketcall_text_flags(f, NAMES_MESSAGE, header.flags, "MSG_???");
	socketcall_text_char(f, '}');
}

void socketcall_text_messages(struct socketcall_format *f, uint64_t address, uint64_t count, bool received,
			      int64_t done)
{
	size_t word = socketcall_text_word(f), size = socketcall_text_message_size(f);
	uint64_t shown = received ? (done > 0 ? (uint64_t)done : 0) : count;
	unsigned char bytes[64];

	if (!shown) {
		socketcall_text(f, address ? "[]" : "NULL");
		return;
	}
	for (unsigned i = 0; i < shown; i++) {
		uint64_t at = address + (uint64_t)i * (size + word);
		bool there = socketcall_text_read(f, at, bytes, size + word);
		uint64_t length = there ? socketcall_text_number(f, bytes + size, 4) : 0;

		if (!i && !there) {
			socketcall_text_address(f, address);
			return;
		}
		if (!i)
			socketcall_text_char(f, '[');
		if (!begin_element(f, i, there, at))
			break;
		socketcall_text(f, "{msg_hdr=");
		socketcall_text_message(f, at, received, f->rooms[i], (int64_t)length);
		if ((int64_t)i < done) {
			socketcall_text(f, ", msg_len=");
			socketcall_text_unsigned(f, length);
		}
		socketcall_text_char(f, '}');
	}
	socketcall_text_char(f, ']');
}
