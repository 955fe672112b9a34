/* SPDX-License-Identifier: MIT */
#include "server/format/text.h"

static void comma(struct socketcall_format *f)
{
	socketcall_text(f, ", ");
}

static int word_int(const struct socketcall_request *request, unsigned i)
{
	return (int)(uint32_t)request->word[i];
}

static void put_message_flags(struct socketcall_format *f, const struct socketcall_request *request, unsigned i)
{
	socketcall_text_flags(f, NAMES_MESSAGE, (uint32_t)request->word[i], "MSG_???");
}

/* A socket type and its flags. If the type has no name, all of it is printed as flags, as strace does. */
static void put_type(struct socketcall_format *f, int given)
{
	enum { KIND = 15 }; /* SOCK_TYPE_MASK */
	uint32_t value = (uint32_t)socketcall_text_type(f, given);
	const char *name = socketcall_name_of(f, NAMES_TYPE, value & KIND);

	if (!name) {
		socketcall_text_flags(f, NAMES_TYPE_FLAG, value, "SOCK_???");
		return;
	}
	socketcall_text(f, name);
	if (value & ~(uint32_t)KIND) {
		socketcall_text_char(f, '|');
		socketcall_text_flags(f, NAMES_TYPE_FLAG, value & ~(uint32_t)KIND, "SOCK_???");
	}
}

static void put_protocol(struct socketcall_format *f, int family, uint32_t value)
{
	if (family == FAMILY_INET || family == FAMILY_INET6)
		socketcall_text_name(f, NAMES_IPPROTO, value, "IPPROTO_???");
	else if (family == FAMILY_NETLINK)
		socketcall_text_name(f, NAMES_NETLINK, value, "NETLINK_???");
	else if (family == FAMILY_PACKET)
		socketcall_text_ethernet(f, (value & 0xff) << 8 | (value >> 8 & 0xff));
	else
		socketcall_text_unsigned(f, value);
}

static void put_socket_words(struct socketcall_format *f, const struct socketcall_request *request)
{
	socketcall_text_name(f, NAMES_FAMILY, (uint32_t)request->word[0], "AF_???");
	comma(f);
	put_type(f, word_int(request, 1));
	comma(f);
	if (request->call == SOCKETCALL_SOCKET)
		put_protocol(f, word_int(request, 0), (uint32_t)request->word[2]);
	else
		socketcall_text_unsigned(f, (uint32_t)request->word[2]);
}

/* ---- Before the call --------------------------------------------------------------------------------------------- */

/* Notes the room of a name or an option before the call, which overwrites it. */
static void room_in(struct socketcall_format *f, uint64_t address)
{
	unsigned char bytes[4];

	f->has_room = socketcall_text_read(f, address, bytes, sizeof bytes) && address;
	if (f->has_room)
		f->rooms[0] = (int)(uint32_t)socketcall_text_number(f, bytes, sizeof bytes);
}

/* Notes the room for a name of each of recvmmsg's messages, and the timeout. */
static void rooms_in(struct socketcall_format *f, const struct socketcall_request *request)
{
	size_t step = socketcall_text_message_size(f) + socketcall_text_word(f);

	for (unsigned i = 0; i < FORMAT_ELEMENTS && i < request->word[2]; i++)
		socketcall_text_message_room(f, request->word[1] + (uint64_t)i * step, &f->rooms[i]);
	f->has_time = request->word[4] &&
		      socketcall_text_read(f, request->word[4], f->time, 2 * socketcall_text_timeout_size(f));
}

static void put_name(struct socketcall_format *f, const struct socketcall_request *request, unsigned i)
{
	socketcall_text_socket_address(f, request->word[i], word_int(request, i + 1));
	comma(f);
	socketcall_text_int(f, word_int(request, i + 1));
}

static void put_sent_bytes(struct socketcall_format *f, const struct socketcall_request *request)
{
	socketcall_text_buffer(f, request->word[1], request->word[2]);
	comma(f);
	socketcall_text_unsigned(f, request->word[2]);
	comma(f);
	put_message_flags(f, request, 3);
}

/* Prints the call's name and the arguments up to the first that the call writes. */
static void put_call(struct socketcall_format *f, const struct socketcall_request *request)
{
	static const char *const names[] = {
		0,
#define CALL(call, NAME, name, ...) #name,
#include "abi/calls.def"
#undef CALL
	};
	const uint64_t *w = request->word;

	socketcall_text(f, names[request->call]);
	socketcall_text_char(f, '(');
	if (request->call == SOCKETCALL_SOCKET || request->call == SOCKETCALL_SOCKETPAIR) {
		put_socket_words(f, request);
		return;
	}
	socketcall_text_int(f, word_int(request, 0));
	comma(f);
	switch (request->call) {
	case SOCKETCALL_BIND:
	case SOCKETCALL_CONNECT:
		put_name(f, request, 1);
		return;
	case SOCKETCALL_LISTEN:
		socketcall_text_int(f, word_int(request, 1));
		return;
	case SOCKETCALL_SHUTDOWN:
		socketcall_text_name(f, NAMES_SHUTDOWN, (uint32_t)w[1], "SHUT_???");
		return;
	case SOCKETCALL_SEND:
		put_sent_bytes(f, request);
		return;
	case SOCKETCALL_SENDTO:
		put_sent_bytes(f, request);
		comma(f);
		put_name(f, request, 4);
		return;
	case SOCKETCALL_SETSOCKOPT:
		socketcall_text_option(f, word_int(request, 1), word_int(request, 2), true);
		comma(f);
		socketcall_text_option_set(f, word_int(request, 1), word_int(request, 2), w[3], word_int(request, 4));
		comma(f);
		socketcall_text_int(f, word_int(request, 4));
		return;
	case SOCKETCALL_GETSOCKOPT:
		socketcall_text_option(f, word_int(request, 1), word_int(request, 2), false);
		comma(f);
		room_in(f, w[4]);
		return;
	case SOCKETCALL_SENDMSG:
		socketcall_text_message(f, w[1], false, 0, 0);
		comma(f);
		put_message_flags(f, request, 2);
		return;
	case SOCKETCALL_ACCEPT:
	case SOCKETCALL_ACCEPT4:
	case SOCKETCALL_GETSOCKNAME:
	case SOCKETCALL_GETPEERNAME:
		room_in(f, w[1] ? w[2] : 0);
		return;
	case SOCKETCALL_RECVFROM:
		room_in(f, w[4] ? w[5] : 0);
		return;
	case SOCKETCALL_RECVMSG:
		f->has_room = socketcall_text_message_room(f, w[1], &f->rooms[0]);
		return;
	case SOCKETCALL_RECVMMSG:
		rooms_in(f, request);
		return;
	default:
		return;
	}
}

/* ---- After the call ---------------------------------------------------------------------------------------------- */

static void put_received_bytes(struct socketcall_format *f, const struct socketcall_request *request, long result)
{
	if (result >= 0) /* with MSG_TRUNC it may be more than there is room for */
		socketcall_text_buffer(f, request->word[1],
				       (uint64_t)result < request->word[2] ? (uint64_t)result : request->word[2]);
	else
		socketcall_text_address(f, request->word[1]);
	comma(f);
	socketcall_text_unsigned(f, request->word[2]);
	comma(f);
	put_message_flags(f, request, 3);
}

static void put_option_got(struct socketcall_format *f, const struct socketcall_request *request, long result)
{
	const uint64_t *w = request->word;
	unsigned char bytes[4];
	int length = f->rooms[0];

	if (result < 0 || !f->has_room || !socketcall_text_read(f, w[4], bytes, sizeof bytes)) {
		socketcall_text_address(f, w[3]);
	} else {
		length = (int)(uint32_t)socketcall_text_number(f, bytes, sizeof bytes);
		socketcall_text_option_got(f, word_int(request, 1), word_int(request, 2), w[3], length);
	}
	comma(f);
	if (!f->has_room) {
		socketcall_text_address(f, w[4]);
		return;
	}
	socketcall_text_char(f, '[');
	socketcall_text_int(f, f->rooms[0]);
	if (length != f->rooms[0]) {
		socketcall_text(f, " => ");
		socketcall_text_int(f, length);
	}
	socketcall_text_char(f, ']');
}

static void put_pair(struct socketcall_format *f, uint64_t address, long result)
{
	unsigned char bytes[8];

	if (result < 0 || !socketcall_text_read(f, address, bytes, sizeof bytes)) {
		socketcall_text_address(f, address);
		return;
	}
	socketcall_text_char(f, '[');
	socketcall_text_int(f, (int32_t)(uint32_t)socketcall_text_number(f, bytes, 4));
	comma(f);
	socketcall_text_int(f, (int32_t)(uint32_t)socketcall_text_number(f, bytes + 4, 4));
	socketcall_text_char(f, ']');
}

static void put_received_message(struct socketcall_format *f, uint64_t address, long result)
{
	if (result >= 0) {
		socketcall_text_message(f, address, true, f->rooms[0], result);
	} else if (f->has_room) {
		socketcall_text(f, "{msg_namelen=");
		socketcall_text_int(f, f->rooms[0]);
		socketcall_text_char(f, '}');
	} else {
		socketcall_text_address(f, address);
	}
}

static void put_received_messages(struct socketcall_format *f, const struct socketcall_request *request, long result)
{
	const uint64_t *w = request->word;
	size_t size = socketcall_text_timeout_size(f);

	if (result < 0)
		socketcall_text_address(f, w[1]);
	else
		socketcall_text_messages(f, w[1], w[2], true, result);
	comma(f);
	socketcall_text_unsigned(f, w[2]);
	comma(f);
	put_message_flags(f, request, 3);
	comma(f);
	if (f->has_time)
		socketcall_text_time_at(f, f->time, size, size, "tv_nsec");
	else
		socketcall_text_address(f, w[4]);
}

/* Prints the arguments that put_call() has left out. */
static void put_rest(struct socketcall_format *f, const struct socketcall_request *request, long result)
{
	const uint64_t *w = request->word;

	switch (request->call) {
	case SOCKETCALL_ACCEPT:
	case SOCKETCALL_GETSOCKNAME:
	case SOCKETCALL_GETPEERNAME:
		socketcall_text_name_out(f, w[1], w[2], result >= 0);
		return;
	case SOCKETCALL_ACCEPT4:
		socketcall_text_name_out(f, w[1], w[2], result >= 0);
		comma(f);
		socketcall_text_flags(f, NAMES_TYPE_FLAG, (uint32_t)socketcall_text_type(f, word_int(request, 3)),
				      "SOCK_???");
		return;
	case SOCKETCALL_SOCKETPAIR:
		comma(f);
		put_pair(f, w[3], result);
		return;
	case SOCKETCALL_RECV:
		put_received_bytes(f, request, result);
		return;
	case SOCKETCALL_RECVFROM:
		put_received_bytes(f, request, result);
		comma(f);
		socketcall_text_name_out(f, w[4], w[5], result >= 0);
		return;
	case SOCKETCALL_GETSOCKOPT:
		put_option_got(f, request, result);
		return;
	case SOCKETCALL_RECVMSG:
		put_received_message(f, w[1], result);
		comma(f);
		put_message_flags(f, request, 2);
		return;
	case SOCKETCALL_RECVMMSG:
		put_received_messages(f, request, result);
		return;
	case SOCKETCALL_SENDMMSG:
		socketcall_text_messages(f, w[1], w[2], false, result);
		comma(f);
		socketcall_text_unsigned(f, w[2]);
		comma(f);
		put_message_flags(f, request, 3);
		return;
	default:
		return;
	}
}

static void put_result(struct socketcall_format *f, const struct socketcall_request *request, long result)
{
	const char *name = 0, *text;

	socketcall_text(f, ") = ");
	if (result >= 0) {
		socketcall_text_int(f, result);
		if (request->call == SOCKETCALL_RECVMMSG && result == 0) {
			socketcall_text(f, " (Timeout)");
		} else if (request->call == SOCKETCALL_RECVMMSG && f->has_time) {
			socketcall_text(f, " (left ");
			socketcall_text_timeout(f, request->word[4]);
			socketcall_text_char(f, ')');
		}
		return;
	}
	if (result == SOCKETCALL_RESTART) {
		socketcall_text(f, "? ERESTARTSYS (To be restarted if SA_RESTART is set)");
		return;
	}
	text = socketcall_error_text(f, (int)-result, &name);
	socketcall_text(f, "-1 ");
	if (!text) {
		socketcall_text(f, "(errno ");
		socketcall_text_int(f, -result);
	} else {
		socketcall_text(f, name);
		socketcall_text(f, " (");
		socketcall_text(f, text);
	}
	socketcall_text_char(f, ')');
}

size_t socketcall_format(struct socketcall_format *format, const struct socketcall_request *request, const long *result)
{
	if (request->call < 1 || request->call > SOCKETCALL_CALLS || !format->size)
		return 0;
	if (!format->length) {
		format->text[0] = 0;
		put_call(format, request);
	}
	if (result) {
		put_rest(format, request, *result);
		put_result(format, request, *result);
	}
	return format->length;
}
