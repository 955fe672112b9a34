/* SPDX-License-Identifier: MIT */
#include "server/format/text.h"

/* ---- Parts of addresses ------------------------------------------------------------------------------------------ */

static unsigned in_network_order(const unsigned char *bytes)
{
	return (unsigned)(bytes[0] << 8 | bytes[1]);
}

/* Group `i`, 0 to 7, of an IPv6 address. */
static unsigned group_of(const unsigned char *address, int i)
{
	return in_network_order(address + (size_t)i * 2);
}

static void put_ipv4(struct socketcall_format *f, const unsigned char *address)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			socketcall_text_char(f, '.');
		socketcall_text_unsigned(f, address[i]);
	}
}

static void put_hexadecimal(struct socketcall_format *f, unsigned value)
{
	for (int shift = 12; shift >= 0; shift -= 4)
		if (value >> shift || !shift)
			socketcall_text_char(f, "0123456789abcdef"[value >> shift & 15]);
}

/* As inet_ntop(): the longest run of zero groups, if it has two or more, becomes "::"; an embedded IPv4 address is
 * printed in dotted-decimal form. */
static void put_ipv6(struct socketcall_format *f, const unsigned char *address)
{
	int best = -1, best_length = 1;

	for (int i = 0; i < 8; i++) {
		int length = 0;

		while (i + length < 8 && !group_of(address, i + length))
			length++;
		if (length > best_length) {
			best = i;
			best_length = length;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			socketcall_text(f, "::");
			i += best_length - 1;
			continue;
		}
		if (i && i != best + best_length)
			socketcall_text_char(f, ':');
		if (i == 6 && best == 0 &&
		    (best_length == 6 || (best_length == 5 && in_network_order(address + 10) == 0xffff))) {
			put_ipv4(f, address + 12);
			return;
		}
		put_hexadecimal(f, group_of(address, i));
	}
}

void socketcall_text_inet(struct socketcall_format *f, const unsigned char *address)
{
	socketcall_text(f, "inet_addr(\"");
	put_ipv4(f, address);
	socketcall_text(f, "\")");
}

void socketcall_text_inet6(struct socketcall_format *f, const unsigned char *address, const char *member)
{
	socketcall_text(f, "inet_pton(AF_INET6, \"");
	put_ipv6(f, address);
	socketcall_text(f, "\", &");
	socketcall_text(f, member);
	socketcall_text_char(f, ')');
}

static void put_port(struct socketcall_format *f, const char *member, const unsigned char *bytes)
{
	socketcall_text(f, member);
	socketcall_text(f, "=htons(");
	socketcall_text_unsigned(f, in_network_order(bytes));
	socketcall_text_char(f, ')');
}

/* ---- Addresses of sockets ---------------------------------------------------------------------------------------- */

static void put_name_unix(struct socketcall_format *f, const unsigned char *bytes, size_t length)
{
	size_t size = length - 2 < 108 ? length - 2 : 108;

	if (!size)
		return;
	socketcall_text(f, ", sun_path=");
	if (bytes[2]) {
		socketcall_text_quoted(f, bytes + 2, size, QUOTE_STRING);
		return;
	}
	socketcall_text_char(f, '@');
	socketcall_text_quoted(f, bytes + 3, size - 1, QUOTE_OCTAL);
}

static void put_name_inet(struct socketcall_format *f, const unsigned char *bytes)
{
	put_port(f, ", sin_port", bytes + 2);
	socketcall_text(f, ", sin_addr=");
	socketcall_text_inet(f, bytes + 4);
}

static void put_name_inet6(struct socketcall_format *f, const unsigned char *bytes, size_t length)
{
	put_port(f, ", sin6_port", bytes + 2);
	socketcall_text(f, ", sin6_flowinfo=htonl(");
	socketcall_text_unsigned(f, (uint64_t)in_network_order(bytes + 4) << 16 | in_network_order(bytes + 6));
	socketcall_text(f, "), ");
	socketcall_text_inet6(f, bytes + 8, "sin6_addr");
	if (length >= 28) {
		socketcall_text(f, ", sin6_scope_id=");
		socketcall_text_unsigned(f, socketcall_text_number(f, bytes + 24, 4));
	}
}

static void put_name_netlink(struct socketcall_format *f, const unsigned char *bytes)
{
	uint32_t groups = (uint32_t)socketcall_text_number(f, bytes + 8, 4);

	socketcall_text(f, ", nl_pid=");
	socketcall_text_int(f, (int32_t)(uint32_t)socketcall_text_number(f, bytes + 4, 4));
	socketcall_text(f, ", nl_groups=");
	if (groups)
		socketcall_text_hex(f, groups, 6);
	else
		socketcall_text(f, "00000000");
}

static void put_name_vsock(struct socketcall_format *f, const unsigned char *bytes)
{
	uint32_t cid = (uint32_t)socketcall_text_number(f, bytes + 8, 4);
	uint32_t number = (uint32_t)socketcall_text_number(f, bytes + 4, 4);

	if (bytes[2] | bytes[3]) {
		socketcall_text(f, ", svm_reserved1=");
		socketcall_text_hex(f, socketcall_text_number(f, bytes + 2, 2), 1);
	}
	socketcall_text(f, ", svm_cid=");
	if (socketcall_name_of(f, NAMES_CID, cid))
		socketcall_text(f, socketcall_name_of(f, NAMES_CID, cid));
	else
		socketcall_text_hex(f, cid, 1);
	socketcall_text(f, ", svm_port=");
	if (number == UINT32_MAX)
		socketcall_text(f, "VMADDR_PORT_ANY");
	else if (number)
		socketcall_text_hex(f, number, 1);
	else
		socketcall_text_char(f, '0');
	socketcall_text(f, ", svm_flags=");
	socketcall_text_flags(f, NAMES_VSOCK_FLAG, bytes[12], "VMADDR_FLAG_???");
	if (bytes[13] | bytes[14] | bytes[15]) {
		socketcall_text(f, ", svm_zero=");
		socketcall_text_quoted(f, bytes + 13, 3, QUOTE_HEX);
	}
}

void socketcall_text_ethernet(struct socketcall_format *f, uint32_t protocol)
{
	socketcall_text(f, "htons(");
	socketcall_text_name(f, NAMES_ETHERNET, protocol, "ETH_P_???");
	socketcall_text_char(f, ')');
}

/* struct sockaddr_ll. strace prints the interface's name, which only the kernel knows. */
static void put_name_packet(struct socketcall_format *f, const unsigned char *bytes, size_t length)
{
	socketcall_text(f, ", sll_protocol=");
	socketcall_text_ethernet(f, in_network_order(bytes + 2));
	socketcall_text(f, ", sll_ifindex=");
	socketcall_text_int(f, (int32_t)(uint32_t)socketcall_text_number(f, bytes + 4, 4));
	socketcall_text(f, ", sll_hatype=");
	socketcall_text_name(f, NAMES_HARDWARE, (uint32_t)socketcall_text_number(f, bytes + 8, 2), "ARPHRD_???");
	socketcall_text(f, ", sll_pkttype=");
	socketcall_text_name(f, NAMES_PACKET_TYPE, bytes[10], "PACKET_???");
	socketcall_text(f, ", sll_halen=");
	socketcall_text_unsigned(f, bytes[11]);
	if (!bytes[11])
		return;
	socketcall_text(f, ", sll_addr=[");
	for (size_t i = 0; i < bytes[11] && 12 + i < length; i++) {
		socketcall_text(f, i ? ", " : "");
		if (bytes[12 + i])
			socketcall_text_hex(f, bytes[12 + i], 2);
		else
			socketcall_text(f, "00");
	}
	socketcall_text_char(f, ']');
}

void socketcall_text_socket_address(struct socketcall_format *f, uint64_t address, int64_t length)
{
	static const struct {
		unsigned family, least;
	} known[] = { { FAMILY_UNIX, 2 },     { FAMILY_INET, 16 },   { FAMILY_INET6, 24 },
		      { FAMILY_NETLINK, 12 }, { FAMILY_PACKET, 20 }, { FAMILY_VSOCK, 16 } };
	unsigned char bytes[SOCKETCALL_NAME];
	size_t size = length < 0 ? 0 : length < SOCKETCALL_NAME ? (size_t)length : SOCKETCALL_NAME;
	unsigned family;
	bool is_known = false;

	if (size < 2 || !socketcall_text_read(f, address, bytes, size)) {
		socketcall_text_address(f, address);
		return;
	}
	family = (unsigned)socketcall_text_number(f, bytes, 2);
	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		is_known |= known[i].family == family && size >= known[i].least;
	socketcall_text(f, "{sa_family=");
	socketcall_text_name(f, NAMES_FAMILY, family, "AF_???");
	if (is_known && family == FAMILY_UNIX) {
		put_name_unix(f, bytes, size);
	} else if (is_known && family == FAMILY_INET) {
		put_name_inet(f, bytes);
	} else if (is_known && family == FAMILY_INET6) {
		put_name_inet6(f, bytes, size);
	} else if (is_known && family == FAMILY_NETLINK) {
		put_name_netlink(f, bytes);
	} else if (is_known && family == FAMILY_PACKET) {
		put_name_packet(f, bytes, size);
	} else if (is_known) {
		put_name_vsock(f, bytes);
	} else if (size > 2) {
		socketcall_text(f, ", sa_data=");
		socketcall_text_quoted(f, bytes + 2, size - 2, QUOTE_OCTAL);
	}
	socketcall_text_char(f, '}');
}

void socketcall_text_name_out(struct socketcall_format *f, uint64_t address, uint64_t length_address, bool received)
{
	unsigned char bytes[4];
	int length;

	if (!f->has_room) {
		socketcall_text_address(f, address);
		socketcall_text(f, ", ");
		socketcall_text_address(f, length_address);
		return;
	}
	length = received && socketcall_text_read(f, length_address, bytes, sizeof bytes)
			 ? (int)(uint32_t)socketcall_text_number(f, bytes, sizeof bytes)
			 : f->rooms[0];
	if (received)
		socketcall_text_socket_address(f, address, length < f->rooms[0] ? length : f->rooms[0]);
	else
		socketcall_text_address(f, address);
	socketcall_text(f, ", [");
	socketcall_text_int(f, f->rooms[0]);
	if (received && length != f->rooms[0]) {
		socketcall_text(f, " => ");
		socketcall_text_int(f, length);
	}
	socketcall_text_char(f, ']');
}

/* ---- Times ------------------------------------------------------------------------------------------------------- */

void socketcall_text_time_at(struct socketcall_format *f, const unsigned char *at, size_t word, size_t fraction,
			     const char *member)
{
	uint64_t seconds = socketcall_text_number(f, at, word), rest = socketcall_text_number(f, at + word, fraction);

	socketcall_text(f, "{tv_sec=");
	socketcall_text_int(f, word == 4 ? (int32_t)(uint32_t)seconds : (int64_t)seconds);
	socketcall_text(f, ", ");
	socketcall_text(f, member);
	socketcall_text_char(f, '=');
	socketcall_text_unsigned(f, rest);
	socketcall_text_char(f, '}');
}

size_t socketcall_text_timeout_size(const struct socketcall_format *f)
{
	return f->arch->timeout ? f->arch->timeout : socketcall_text_word(f);
}

void socketcall_text_timeout(struct socketcall_format *f, uint64_t address)
{
	unsigned char bytes[16];
	size_t size = socketcall_text_timeout_size(f);

	if (socketcall_text_read(f, address, bytes, 2 * size))
		socketcall_text_time_at(f, bytes, size, size, "tv_nsec");
	else
		socketcall_text_address(f, address);
}
