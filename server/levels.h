/* SPDX-License-Identifier: MIT
 *
 * The levels of socket options and of control messages (the kernel's include/linux/socket.h). libc's headers lack some
 * of them and the kernel's others, and the two can't be included together.
 */
#ifndef SERVER_LEVELS_H
#define SERVER_LEVELS_H

enum {
	LEVEL_IP = 0,
	LEVEL_SOCKET = 1, /* of most architectures; all other levels are the same everywhere */
	LEVEL_TCP = 6,
	LEVEL_UDP = 17,
	LEVEL_VSOCK = 40,
	LEVEL_IPV6 = 41,
	LEVEL_ICMPV6 = 58,
	LEVEL_SCTP = 132,
	LEVEL_UDPLITE = 136,
	LEVEL_RAW = 255,
	LEVEL_IPX = 256,
	LEVEL_PACKET = 263,
	LEVEL_NETLINK = 270,
	LEVEL_RDS = 276, /* its control messages may hold memory addresses */
	LEVEL_TLS = 282,
	LEVEL_MPTCP = 284,
};

#endif
