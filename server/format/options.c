/* SPDX-License-Identifier: MIT */
#include "server/format/text.h"
#include "server/levels.h"

/* Options by the numbers of most architectures: include/uapi/linux. */
enum {
	JOIN_IP = 35, /* IP_ADD_MEMBERSHIP */
	LEAVE_IP = 36,
	JOIN_IPV6 = 20, /* IPV6_JOIN_GROUP */
	LEAVE_IPV6 = 21,
	JOIN_ANYCAST = 27, /* IPV6_JOIN_ANYCAST */
	LEAVE_ANYCAST = 28,
	JOIN_PACKET = 1, /* PACKET_ADD_MEMBERSHIP */
	LEAVE_PACKET = 2,
	RECEIVE_RING = 5, /* PACKET_RX_RING */
	STATISTICS_OF_PACKETS = 6,
	TRANSMIT_RING = 13,
};

/* The levels whose options have names, and what stands in a comment beside an option without a name. */
static const struct level_row {
	int level;
	enum socketcall_names names;
	const char *otherwise;
} levels[] = {
	{ LEVEL_IP, NAMES_IP, "IP_???" },
	{ LEVEL_SOCKET, NAMES_SOCKET, "SO_???" },
	{ LEVEL_TCP, NAMES_TCP, "TCP_???" },
	{ LEVEL_UDP, NAMES_UDP, "UDP_???" },
	{ LEVEL_VSOCK, NAMES_VSOCK, "SO_VM_???" },
	{ LEVEL_IPV6, NAMES_IPV6, "IPV6_???" },
	{ LEVEL_RAW, NAMES_RAW, "RAW_???" },
	{ LEVEL_PACKET, NAMES_PACKET, "PACKET_???" },
	{ LEVEL_NETLINK, NAMES_NETLINK_OPTION, "NETLINK_???" },
	{ LEVEL_IPX, NAMES_IPX, "IPX_???" },
	{ LEVEL_SCTP, NAMES_SCTP, "SCTP_???" },
	{ LEVEL_TLS, NAMES_TLS, "TLS_???" },
};

/* How an option's value is printed, which is as strace prints it. */
enum shape {
	BYTES_OR_INT, /* a value of 4 bytes as an int, any other as a string of bytes */
	LINGER,       /* struct linger */
	PEERCRED,     /* struct ucred */
	STATISTICS,   /* struct tpacket_stats */
	ADDRESS,      /* only the address of the value */
	GET_FILTER,   /* as ADDRESS; in getsockopt the option is called SO_GET_FILTER */
	STRING,       /* bytes, even if they are 4 */
	MEMBERSHIP,   /* struct ip_mreq */
	MEMBERSHIP6,  /* struct ipv6_mreq */
	SO_INT,       /* set: the first 4 bytes as an int; got: an int, fewer bytes in hexadecimal */
	NETLINK_INT,  /* set: as SO_INT; got: as BYTES_OR_INT */
	TIMESTAMPING, /* set: as SO_INT; got: the first 4 bytes as an int */
	ERROR_NUMBER, /* got: the error's name; set: as BYTES_OR_INT */
};

static enum shape shape_of(struct socketcall_format *f, int level, int option)
{
	static const struct {
		const char *name;
		enum shape shape;
	} of_socket[] = { { "SO_LINGER", LINGER },
			  { "SO_PEERCRED", PEERCRED },
			  { "SO_ATTACH_FILTER", GET_FILTER },
			  { "SO_ATTACH_REUSEPORT_CBPF", ADDRESS },
			  { "SO_BINDTODEVICE", STRING },
			  { "SO_RCVTIMEO_OLD", BYTES_OR_INT },
			  { "SO_SNDTIMEO_OLD", BYTES_OR_INT },
			  { "SO_RCVTIMEO_NEW", BYTES_OR_INT },
			  { "SO_SNDTIMEO_NEW", BYTES_OR_INT },
			  { "SO_TYPE", BYTES_OR_INT },
			  { "SO_ERROR", ERROR_NUMBER },
			  { "SO_PEERSEC", BYTES_OR_INT },
			  { "SO_PEERNAME", BYTES_OR_INT },
			  { "SO_SECURITY_AUTHENTICATION", BYTES_OR_INT },
			  { "SO_SECURITY_ENCRYPTION_TRANSPORT", BYTES_OR_INT },
			  { "SO_SECURITY_ENCRYPTION_NETWORK", BYTES_OR_INT },
			  { "SO_BINDTOIFINDEX", BYTES_OR_INT },
			  { "SO_ATTACH_REUSEPORT_EBPF", BYTES_OR_INT },
			  { "SO_ATTACH_BPF", BYTES_OR_INT },
			  { "SO_NETNS_COOKIE", BYTES_OR_INT },
			  { "SO_BUF_LOCK", BYTES_OR_INT },
			  { "SO_COOKIE", BYTES_OR_INT },
			  { "SO_BPF_EXTENSIONS", BYTES_OR_INT },
			  { "SO_DOMAIN", BYTES_OR_INT },
			  { "SO_PROTOCOL", BYTES_OR_INT },
			  { "SO_MAX_PACING_RATE", BYTES_OR_INT },
			  { "SO_MEMINFO", BYTES_OR_INT },
			  { "SO_PEERGROUPS", BYTES_OR_INT },
			  { "SO_TXTIME", BYTES_OR_INT },
			  { "SO_PASSPIDFD", BYTES_OR_INT },
			  { "SO_PEERPIDFD", BYTES_OR_INT },
			  { "SO_DEVMEM_LINEAR", BYTES_OR_INT },
			  { "SO_DEVMEM_DMABUF", BYTES_OR_INT },
			  { "SO_DEVMEM_DONTNEED", BYTES_OR_INT },
			  { "SO_RCVPRIORITY", BYTES_OR_INT },
			  { "SO_PASSRIGHTS", BYTES_OR_INT },
			  { "SO_INQ", BYTES_OR_INT },
			  { "SO_TIMESTAMPING_OLD", TIMESTAMPING },
			  { "SO_TIMESTAMPING_NEW", TIMESTAMPING } };
	const char *name = level == LEVEL_SOCKET ? socketcall_name_of(f, NAMES_SOCKET, (uint64_t)(uint32_t)option) : 0;

	for (unsigned i = 0; name && i < sizeof of_socket / sizeof *of_socket; i++) {
		const char *a = name, *b = of_socket[i].name;

		while (*a && *a == *b)
			a++, b++;
		if (*a == *b)
			return of_socket[i].shape;
	}
	if (level == LEVEL_SOCKET && name)
		return SO_INT;
	if (level == LEVEL_PACKET && option == STATISTICS_OF_PACKETS)
		return STATISTICS;
	if (level == LEVEL_PACKET &&
	    (option == JOIN_PACKET || option == LEAVE_PACKET || option == RECEIVE_RING || option == TRANSMIT_RING))
		return ADDRESS;
	if (level == LEVEL_NETLINK)
		return NETLINK_INT;
	if (level == LEVEL_IP && (option == JOIN_IP || option == LEAVE_IP))
		return MEMBERSHIP;
	if (level == LEVEL_IPV6 &&
	    (option == JOIN_IPV6 || option == LEAVE_IPV6 || option == JOIN_ANYCAST || option == LEAVE_ANYCAST))
		return MEMBERSHIP6;
	return BYTES_OR_INT;
}

void socketcall_text_option(struct socketcall_format *f, int level, int option, bool set)
{
	level = socketcall_text_level(f, level);
	socketcall_text_name(f, NAMES_LEVEL, (uint32_t)level, "SOL_??");
	socketcall_text(f, ", ");
	if (!set && shape_of(f, level, option) == GET_FILTER) {
		socketcall_text(f, "SO_GET_FILTER");
		return;
	}
	for (unsigned i = 0; i < sizeof levels / sizeof *levels; i++) {
		if (levels[i].level == level) {
			socketcall_text_name(f, levels[i].names, (uint32_t)option, levels[i].otherwise);
			return;
		}
	}
	socketcall_text_unsigned(f, (uint32_t)option);
}

static void put_int_in_brackets(struct socketcall_format *f, const unsigned char *bytes)
{
	socketcall_text_char(f, '[');
	socketcall_text_int(f, (int32_t)(uint32_t)socketcall_text_number(f, bytes, 4));
	socketcall_text_char(f, ']');
}

static void put_error_in_brackets(struct socketcall_format *f, const unsigned char *bytes)
{
	const char *name = 0;

	if (!socketcall_error_text(f, (int)(uint32_t)socketcall_text_number(f, bytes, 4), &name)) {
		put_int_in_brackets(f, bytes);
		return;
	}
	socketcall_text_char(f, '[');
	socketcall_text(f, name);
	socketcall_text_char(f, ']');
}

static void put_members(struct socketcall_format *f, const unsigned char *bytes, const char *const *names)
{
	for (unsigned i = 0; names[i]; i++) {
		socketcall_text(f, i ? ", " : "{");
		socketcall_text(f, names[i]);
		socketcall_text_char(f, '=');
		socketcall_text_int(f, (int32_t)(uint32_t)socketcall_text_number(f, bytes + (size_t)4 * i, 4));
	}
	socketcall_text_char(f, '}');
}

/* Prints a value of size_of(shape) bytes. Returns false, and prints nothing, if the shape isn't a structure. */
static bool put_structure(struct socketcall_format *f, enum shape shape, const unsigned char *bytes)
{
	static const char *const linger[] = { "l_onoff", "l_linger", 0 }, *const ids[] = { "pid", "uid", "gid", 0 },
				 *const statistics[] = { "tp_packets", "tp_drops", 0 };

	switch (shape) {
	case LINGER:
		put_members(f, bytes, linger);
		return true;
	case PEERCRED:
		put_members(f, bytes, ids);
		return true;
	case STATISTICS:
		put_members(f, bytes, statistics);
		return true;
	case MEMBERSHIP:
		socketcall_text(f, "{imr_multiaddr=");
		socketcall_text_inet(f, bytes);
		socketcall_text(f, ", imr_interface=");
		socketcall_text_inet(f, bytes + 4);
		socketcall_text_char(f, '}');
		return true;
	case MEMBERSHIP6:
		socketcall_text_char(f, '{');
		socketcall_text_inet6(f, bytes, "ipv6mr_multiaddr");
		socketcall_text(f, ", ipv6mr_interface=");
		socketcall_text_unsigned(f, socketcall_text_number(f, bytes + 16, 4));
		socketcall_text_char(f, '}');
		return true;
	case BYTES_OR_INT:
	case ADDRESS:
	case GET_FILTER:
	case STRING:
	case SO_INT:
	case NETLINK_INT:
	case TIMESTAMPING:
	case ERROR_NUMBER:
		return false;
	}
	return false;
}

/* Returns how many bytes the structure has; 0 if the shape isn't a structure. */
static unsigned size_of(enum shape shape)
{
	switch (shape) {
	case LINGER:
	case STATISTICS:
	case MEMBERSHIP:
		return 8;
	case PEERCRED:
		return 12;
	case MEMBERSHIP6:
		return 20;
	case BYTES_OR_INT:
	case ADDRESS:
	case GET_FILTER:
	case STRING:
	case SO_INT:
	case NETLINK_INT:
	case TIMESTAMPING:
	case ERROR_NUMBER:
		return 0;
	}
	return 0;
}

void socketcall_text_option_set(struct socketcall_format *f, int level, int option, uint64_t value, int length)
{
	enum shape shape = shape_of(f, socketcall_text_level(f, level), option);
	unsigned size = size_of(shape);
	unsigned char bytes[20];

	if (shape == PEERCRED || shape == STATISTICS) /* can't be set, so strace prints any value of them as bytes */
		shape = BYTES_OR_INT, size = 0;
	if (shape == ADDRESS || shape == GET_FILTER || (size && length < (int)size)) {
		socketcall_text_address(f, value);
	} else if (size) {
		if (!socketcall_text_read(f, value, bytes, size) || !put_structure(f, shape, bytes))
			socketcall_text_address(f, value);
	} else if (shape == SO_INT || shape == NETLINK_INT || shape == TIMESTAMPING ||
		   (length == 4 && shape != STRING)) {
		if (length >= 4 && socketcall_text_read(f, value, bytes, 4))
			put_int_in_brackets(f, bytes);
		else
			socketcall_text_address(f, value);
	} else {
		socketcall_text_buffer(f, value, (uint32_t)length);
	}
}

void socketcall_text_option_got(struct socketcall_format *f, int level, int option, uint64_t value, int length)
{
	enum shape shape = shape_of(f, socketcall_text_level(f, level), option);
	unsigned size = size_of(shape);
	unsigned char bytes[FORMAT_STRING + 1];
	size_t shown = length < 0 ? 0 : length < (int)sizeof bytes ? (size_t)length : sizeof bytes;

	if (length <= 0 || shape == ADDRESS || shape == GET_FILTER || !socketcall_text_read(f, value, bytes, shown)) {
		socketcall_text_address(f, value);
	} else if (size && shown >= size) {
		put_structure(f, shape, bytes);
	} else if (shape == ERROR_NUMBER && length == 4) {
		put_error_in_brackets(f, bytes);
	} else if ((length == 4 && shape != STRING) || (shape == TIMESTAMPING && length > 4)) {
		put_int_in_brackets(f, bytes);
	} else {
		socketcall_text_quoted(f, bytes, shown, shape == SO_INT && length < 4 ? QUOTE_HEX : QUOTE_CUT);
	}
}
