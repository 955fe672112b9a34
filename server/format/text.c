/* SPDX-License-Identifier: MIT */
#include "server/format/text.h"

void socketcall_text_char(struct socketcall_format *f, char c)
{
	if (f->length + 1 < f->size) {
		f->text[f->length] = c;
		f->text[f->length + 1] = 0;
	}
	f->length++;
}

void socketcall_text(struct socketcall_format *f, const char *text)
{
	while (*text)
		socketcall_text_char(f, *text++);
}

/* Returns value / 10 with *digit the remainder, by 32-bit divisions: for a 64-bit one, compilers for some 32-bit
 * machines call a function of libgcc, which a freestanding program may lack. */
static uint64_t tenth(uint64_t value, unsigned *digit)
{
	uint32_t high = (uint32_t)(value >> 32), rest = high % 10, part;
	uint64_t result = (uint64_t)(high / 10) << 32;

	part = (rest << 16) | (uint32_t)(value >> 16 & 0xffff);
	result |= (uint64_t)(part / 10) << 16;
	part = ((part % 10) << 16) | (uint32_t)(value & 0xffff);
	*digit = part % 10;
	return result | part / 10;
}

void socketcall_text_unsigned(struct socketcall_format *f, uint64_t value)
{
	char digits[20];
	unsigned n = 0, digit;

	do {
		value = tenth(value, &digit);
		digits[n++] = (char)('0' + digit);
	} while (value);
	while (n > 0)
		socketcall_text_char(f, digits[--n]);
}

void socketcall_text_int(struct socketcall_format *f, int64_t value)
{
	if (value < 0)
		socketcall_text_char(f, '-');
	socketcall_text_unsigned(f, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void socketcall_text_hex(struct socketcall_format *f, uint64_t value, unsigned digits)
{
	unsigned n = 1;

	while (n < 16 && value >> 4 * n)
		n++;
	n = n < digits ? digits : n;
	socketcall_text(f, "0x");
	while (n-- > 0)
		socketcall_text_char(f, "0123456789abcdef"[value >> 4 * n & 15]);
}

void socketcall_text_address(struct socketcall_format *f, uint64_t address)
{
	if (address)
		socketcall_text_hex(f, address, 1);
	else
		socketcall_text(f, "NULL");
}

static void quote_octal(struct socketcall_format *f, unsigned char c, bool digit_follows)
{
	static const char escaped[] = "\"\"\\\\\nn\tt\rr\vv\ff";

	for (unsigned i = 0; i + 1 < sizeof escaped; i += 2) {
		if (c == (unsigned char)escaped[i]) {
			socketcall_text_char(f, '\\');
			socketcall_text_char(f, escaped[i + 1]);
			return;
		}
	}
	if (c >= ' ' && c <= '~') {
		socketcall_text_char(f, (char)c);
		return;
	}
	socketcall_text_char(f, '\\');
	if (digit_follows || c >> 6)
		socketcall_text_char(f, (char)('0' + (c >> 6)));
	if (digit_follows || c >> 3)
		socketcall_text_char(f, (char)('0' + (c >> 3 & 7)));
	socketcall_text_char(f, (char)('0' + (c & 7)));
}

void socketcall_text_quoted(struct socketcall_format *f, const unsigned char *bytes, size_t size,
			    enum socketcall_quote how)
{
	size_t shown = how != QUOTE_OCTAL && how != QUOTE_STRING && size > FORMAT_STRING ? FORMAT_STRING : size;

	socketcall_text_char(f, '"');
	for (size_t i = 0; i < shown && !(how == QUOTE_STRING && !bytes[i]); i++) {
		if (how == QUOTE_HEX) {
			socketcall_text(f, "\\x");
			socketcall_text_char(f, "0123456789abcdef"[bytes[i] >> 4]);
			socketcall_text_char(f, "0123456789abcdef"[bytes[i] & 15]);
		} else {
			quote_octal(f, bytes[i], i + 1 < shown && bytes[i + 1] >= '0' && bytes[i + 1] <= '7');
		}
	}
	socketcall_text_char(f, '"');
	if (shown < size)
		socketcall_text(f, "...");
}

bool socketcall_text_read(struct socketcall_format *f, uint64_t address, void *to, size_t size)
{
	return size == 0 || (address && f->memory.read(f->memory.context, address, to, size) == 0);
}

uint64_t socketcall_text_number(const struct socketcall_format *f, const unsigned char *bytes, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes[f->arch->guest.order == SOCKETCALL_BIG ? i : size - 1 - i];
	return value;
}

size_t socketcall_text_word(const struct socketcall_format *f)
{
	return f->arch->guest.word;
}

void socketcall_text_buffer(struct socketcall_format *f, uint64_t address, uint64_t size)
{
	unsigned char bytes[FORMAT_STRING + 1];
	size_t shown = size < sizeof bytes ? (size_t)size : sizeof bytes;

	if (address && socketcall_text_read(f, address, bytes, shown))
		socketcall_text_quoted(f, bytes, shown, QUOTE_CUT);
	else
		socketcall_text_address(f, address);
}
