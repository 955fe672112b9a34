/* SPDX-License-Identifier: MIT
 * The families in which sockets can be created. reopen.pl reads these lines, too. */
#include "oracle.h"

int main(void)
{
	static const struct {
		const char *name;
		int family, type;
	} kinds[] = {
		{ "AF_UNIX", AF_UNIX, SOCK_STREAM },    { "AF_UNIX", AF_UNIX, SOCK_DGRAM },
		{ "AF_INET", AF_INET, SOCK_STREAM },    { "AF_INET", AF_INET, SOCK_DGRAM },
		{ "AF_INET6", AF_INET6, SOCK_STREAM },  { "AF_INET6", AF_INET6, SOCK_DGRAM },
		{ "AF_NETLINK", AF_NETLINK, SOCK_RAW }, { "AF_PACKET", AF_PACKET, SOCK_DGRAM },
		{ "AF_ALG", AF_ALG, SOCK_SEQPACKET },   { "AF_VSOCK", AF_VSOCK, SOCK_STREAM },
	};
	static const struct door *const doors[] = { &door_raw, &door_libc, &door_syscall };

	oracle_begin("families");
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (size_t d = 0; d < COUNT(doors); d++) {
			long r;

			door = doors[d];
			r = sc(SYS_SOCKET, kinds[i].family, kinds[i].type | SOCK_CLOEXEC, 0);
			fact_fd(r, "%s socket of type %d by %s", kinds[i].name, kinds[i].type, door->name);
			if (r >= 0)
				close((int)r);
		}
	return 0;
}
