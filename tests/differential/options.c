/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "options.h"
#include "maker.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

static const struct option_row {
	int level, option;
	const char *is;
} rows[] = {
#define OPTION_IS(level, option, is) { level, option, is },
#include "options.def"
#undef OPTION_IS
};
enum { ROWS = sizeof rows / sizeof *rows };

const char *option_format(int level, int option)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].level == level && rows[i].option == option)
			return rows[i].is;
	return NULL;
}

static int number(struct maker *m)
{
	return below(m, 3) ? PICK(m, 0, 1, 2, 3, -1, 8, 64, 255, 256, 1000, INT_MAX, INT_MIN) : (int)any(m);
}

/* Makes a value of `length` bytes: the members that `is` describes (options.def), then random bytes. */
static void make_value(struct maker *m, const char *is, struct bytes *value, unsigned length)
{
	const uint32_t group = htonl(0xe0000001), loopback = htonl(INADDR_LOOPBACK);

	for (; *is && value->size < length; is++) {
		unsigned before = value->size;

		switch (*is) {
		case 'w':
			put_word(m, value, below(m, 4) ? below(m, 3) : any(m));
			break;
		case 'u':
			put_microseconds(m, value, below(m, 4) ? below(m, 3) : any(m));
			break;
		case 'q':
			put_64(m, value, below(m, 4) ? below(m, 3) : any(m));
			break;
		case 's':
			put_16(m, value, (uint16_t)any(m));
			break;
		case 'c':
			put_bytes(value, &"lo\0reno\0x"[below(m, 9)], 1);
			break;
		case '4':
			put_bytes(value, once_in(m, 2) ? &group : &loopback, 4);
			break;
		case '6':
			put_bytes(value, &in6addr_loopback, 16);
			break;
		default:
			put_32(m, value, (uint32_t)number(m));
		}
		if (value->size > length) { /* only a part fits: write bytes that don't depend on the byte order */
			value->size = before;
			for (; before < length; before++)
				put_bytes(value, &(char){ (char)below(m, 3) }, 1);
		}
	}
	while (value->size < length)
		put_bytes(value, &(char){ (char)any(m) }, 1);
}

static int size_of(const struct maker *m, const char *is)
{
	int size = 0;

	for (; *is; is++)
		size += *is == 'w' || *is == 'u' ? (int)m->guest->word
			: *is == 'q'             ? 8
			: *is == 's'             ? 2
			: *is == 'c'             ? 1
			: *is == '6'             ? 16
						 : 4;
	return size;
}

void make_option(struct maker *m, int *level, int *option, struct bytes *value, int *length)
{
	const char *is;

	value->size = 0;
	if (m->guest->swapped || m->guest->own_constants || once_in(m, 3)) {
		const struct option_row *row = &rows[below(m, ROWS)];

		while (m->guest->own_constants && row->level == SOL_SOCKET &&
		       !guest_knows_option(m->guest, row->option))
			row = &rows[below(m, ROWS)];
		*level = row->level;
		*option = row->option;
	} else {
		*level = PICK(m, 1, 1, 1, 0, 0, 6, 6, 17, 41, 41, 58, 255, 263, 270, 40, 282, 284, 132, 136, 65535, -1,
			      33);
		*option = below(m, 20) ? (int)below(m, *level == SOL_SOCKET     ? 90
						       : *level == IPPROTO_IPV6 ? 82
						       : *level == IPPROTO_TCP  ? 48
						       : *level == IPPROTO_IP   ? 70
										: 40)
				       : (int)any(m);
	}
	is = option_format(*level, *option);
	*length = length_or_odd(m, is ? size_of(m, is)
				      : PICK(m, 4, 4, 4, 8, 1, 2, 3, 12, 16, 20, 24, 28, 32, 64, 128, 160, 256, 1000));
	make_value(m, is ? is : "i", value, *length > 0 && *length < PATCH_BYTES ? (unsigned)*length : PATCH_BYTES);
}
