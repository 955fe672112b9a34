/* SPDX-License-Identifier: MIT
 * BIND: bind(2), unix(7), ip(7), netlink(7). */
#define _GNU_SOURCE
#include "kit.h"

#include <linux/netlink.h>
#include <sys/stat.h>

static socklen_t path_address(union address *a, const char *path)
{
	memset(a, 0, sizeof *a);
	a->un.sun_family = AF_UNIX;
	strcpy(a->un.sun_path, path);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
}

static void names(void)
{
	EVERY(k)
	{
		union address a, b, again;
		int fd = new_socket(k), other = new_socket(k);
		socklen_t length = fresh_address(k->family, &a), room = sizeof b;

		IS(0, f("bind.%s: a socket can be bound to an address", k->name), BIND, fd, &a, length);
		must(!SC(GETSOCKNAME, fd, &b, &room), "a name");
		FACT(b.any.sa_family == k->family && room == length,
		     f("bind.%s.name: getsockname returns an address of that family and length", k->name));
		IS(-EINVAL, f("bind.%s.again: a bound socket can't be bound again: EINVAL", k->name), BIND, fd, &a,
		   length);
		IS(-EADDRINUSE, f("bind.%s.in-use: an address that is in use: EADDRINUSE", k->name), BIND, other, &b,
		   room);
		room = fresh_address(k->family, &again);
		IS(0,
		   f("bind.%s.after-failure: after a failed bind the socket can be bound to another address", k->name),
		   BIND, other, &again, room);
		close(fd);
		close(other);
		if (k->family != AF_UNIX) /* not ports: another program might get the port meanwhile */
			continue;
		fd = new_socket(k);
		IS(0, f("bind.%s.free: after close the name can be bound again", k->name), BIND, fd, &b, length);
		close(fd);
	}
	LIMITED(!have_ipv6(), ipv6)
	{
		union address a;
		int fd = new_socket(&tcp6);
		socklen_t length = fresh_address(AF_INET6, &a);

		IS(0, "bind.tcp6: an INET6 socket can be bound", BIND, fd, &a, length);
		IS(-EINVAL, "bind.tcp6.again: a bound socket can't be bound again: EINVAL", BIND, fd, &a, length);
		close(fd);
	}
}

static void lengths(void)
{
	EVERY(k)
	{
		union address a;
		int fd = new_socket(k);
		socklen_t length = fresh_address(k->family, &a);

		IS(-EINVAL, f("bind.%s.length.negative: a negative length: EINVAL", k->name), BIND, fd, &a, -1);
		IS(-EINVAL, f("bind.%s.length.129: a length beyond that of any address: EINVAL", k->name), BIND, fd, &a,
		   sizeof(struct sockaddr_storage) + 1);
		IS(-EINVAL, f("bind.%s.length.0: length 0: EINVAL", k->name), BIND, fd, &a, 0);
		IS(-EINVAL, f("bind.%s.length.1: less than the family's two bytes: EINVAL", k->name), BIND, fd, &a, 1);
		IS(-EFAULT, f("bind.%s.pointer: an address that can't be read: EFAULT", k->name), BIND, fd, nowhere(),
		   length);
		IS(-EFAULT, f("bind.%s.null: a null pointer: EFAULT", k->name), BIND, fd, NULL, length);
		IS(-EFAULT, f("bind.%s.page-end: an address whose last byte can't be read: EFAULT", k->name), BIND, fd,
		   memcpy(nowhere() - length + 1, &a, length - 1), length);
		IS(-EINVAL,
		   f("bind.%s.length.first: the length is checked before the address is read: EINVAL", k->name), BIND,
		   fd, nowhere(), -1);
		IS(0, f("bind.%s.page-end.whole: an address that ends where its page ends is read", k->name), BIND, fd,
		   memcpy(nowhere() - length, &a, length), length);
		close(fd);
	}
}

static void inet(void)
{
	union address a;
	int fd = new_socket(&tcp), other, yes = 1;
	socklen_t length = fresh_address(AF_INET, &a);

	IS(-EINVAL, "bind.tcp.length.short: a length less than a sockaddr_in's: EINVAL", BIND, fd, &a, length - 1);
	a.any.sa_family = 99;
	IS(-EAFNOSUPPORT, "bind.tcp.family.99: another family's address: EAFNOSUPPORT", BIND, fd, &a, length);
	a.any.sa_family = AF_UNIX;
	IS(-EAFNOSUPPORT, "bind.tcp.family.unix: a UNIX address: EAFNOSUPPORT", BIND, fd, &a, length);
	a.any.sa_family = AF_UNSPEC;
	IS(-EAFNOSUPPORT, "bind.tcp.family.unspec: AF_UNSPEC and an address that isn't the wildcard: EAFNOSUPPORT",
	   BIND, fd, &a, length);
	a.any.sa_family = AF_INET;
	a.in.sin_addr.s_addr = htonl(0xc0000201);
	IS(-EADDRNOTAVAIL, "bind.tcp.foreign: another host's address: EADDRNOTAVAIL", BIND, fd, &a, length);
	a.any.sa_family = AF_UNSPEC;
	a.in.sin_addr.s_addr = htonl(INADDR_ANY);
	IS(0, "bind.tcp.family.unspec.any: AF_UNSPEC with the wildcard address is taken for AF_INET", BIND, fd, &a,
	   length);
	length = sizeof a;
	must(!SC(GETSOCKNAME, fd, &a, &length), "a name");
	FACT(a.in.sin_port, "bind.tcp.port.0: for port 0 the kernel chooses a port");
	EQ(AF_INET, a.any.sa_family, "bind.tcp.family.unspec.name: after AF_UNSPEC getsockname returns AF_INET");
	close(fd);

	fd = new_socket(&udp);
	other = new_socket(&udp);
	SC(SETSOCKOPT, fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	SC(SETSOCKOPT, other, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	length = bind_fresh(fd, AF_INET, &a);
	IS(0, "bind.udp.reuseaddr: two UDP sockets with SO_REUSEADDR can share a port", BIND, other, &a, length);
	close(fd);
	close(other);
	fd = new_socket(&udp);
	fresh_address(AF_INET, &a);
	IS(0, "bind.udp.length.long: bytes after a sockaddr_in are ignored", BIND, fd, &a, sizeof a);
	close(fd);
	fd = new_socket(&udp);
	a.in.sin_addr.s_addr = htonl(0x7f000002);
	IS(0, "bind.udp.127.0.0.2: any address of 127/8 can be bound", BIND, fd, &a, sizeof a.in);
	close(fd);
	fd = new_socket(&udp);
	a.in.sin_addr.s_addr = htonl(0xe0000001);
	IS(0, "bind.udp.multicast: a multicast address can be bound", BIND, fd, &a, sizeof a.in);
	close(fd);
	LIMITED(!have_ipv6(), ipv6)
	{
		fd = new_socket(&tcp6);
		length = fresh_address(AF_INET6, &a);
		IS(-EINVAL, "bind.tcp6.length.short: a length less than that of RFC 2133's sockaddr_in6: EINVAL", BIND,
		   fd, &a, 23);
		a.any.sa_family = AF_INET;
		IS(-EAFNOSUPPORT, "bind.tcp6.family.inet: an INET address on an INET6 socket: EAFNOSUPPORT", BIND, fd,
		   &a, length);
		fresh_address(AF_INET6, &a);
		a.in6.sin6_addr.s6_addr[0] = 0x20;
		IS(-EADDRNOTAVAIL, "bind.tcp6.foreign: another host's address: EADDRNOTAVAIL", BIND, fd, &a, length);
		a.in6.sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
		IS(0, "bind.tcp6.rfc2133: 24 bytes, without the scope, are enough", BIND, fd, &a, 24);
		close(fd);
	}
}

static void paths(void)
{
	union address a, b;
	int fd = new_socket(&unix_stream), other = new_socket(&unix_dgram), longest;
	socklen_t length = path_address(&a, "name"), room = sizeof b;
	struct stat status;
	mode_t mask = umask(027);

	IS(0, "bind.path: a UNIX socket can be bound to a path", BIND, fd, &a, length);
	umask(mask);
	FACT(!stat("name", &status) && S_ISSOCK(status.st_mode), "bind.path.inode: the path names a socket then");
	EQ(0750, status.st_mode & 07777,
	   "bind.path.umask: the socket's file has all permissions but those in the umask");
	must(!SC(GETSOCKNAME, fd, &b, &room), "a name");
	FACT(room == length && !strcmp(b.un.sun_path, "name"),
	     "bind.path.name: getsockname returns the path with its terminating zero byte");
	IS(-EADDRINUSE, "bind.path.in-use: a path that is in use: EADDRINUSE", BIND, other, &a, length);
	close(fd);
	IS(-EADDRINUSE, "bind.path.stale: the path of a socket that was closed: EADDRINUSE", BIND, other, &a, length);
	unlink("name");
	IS(0, "bind.path.unlinked: a path can be bound again after it is unlinked", BIND, other, &a, length);
	unlink("name");
	close(other);

	fd = new_socket(&unix_stream);
	length = path_address(&a, "absent/name");
	IS(-ENOENT, "bind.path.enoent: a path in a missing folder: ENOENT", BIND, fd, &a, length);
	must(!mkdir("folder", 0700), "a folder");
	length = path_address(&a, "folder");
	IS(-EADDRINUSE, "bind.path.folder: a folder's path: EADDRINUSE", BIND, fd, &a, length);
	must(!symlink("nothing", "link"), "a symbolic link");
	length = path_address(&a, "link");
	IS(-EADDRINUSE, "bind.path.link: a dangling symbolic link isn't followed: EADDRINUSE", BIND, fd, &a, length);
	unlink("link");
	must(!symlink("loop", "loop"), "a symbolic link");
	length = path_address(&a, "loop/name");
	IS(-ELOOP, "bind.path.eloop: a path through a symbolic link to itself: ELOOP", BIND, fd, &a, length);
	unlink("loop");
	must(!close(open("plain", O_CREAT | O_WRONLY, 0600)), "a file");
	length = path_address(&a, "plain/name");
	IS(-ENOTDIR, "bind.path.enotdir: a path below a regular file: ENOTDIR", BIND, fd, &a, length);
	length = path_address(&a, "plain");
	IS(-EADDRINUSE, "bind.path.file: a regular file's path: EADDRINUSE", BIND, fd, &a, length);
	unlink("plain");
	rmdir("folder");
	close(fd);

	fd = new_socket(&unix_dgram);
	memset(&a, 'x', sizeof a);
	a.un.sun_family = AF_UNIX;
	IS(-EINVAL, "bind.path.length.long: a length beyond a sockaddr_un's: EINVAL", BIND, fd, &a,
	   sizeof(struct sockaddr_un) + 1);
	IS(0, "bind.path.unterminated: a path may fill all 108 bytes", BIND, fd, &a, sizeof(struct sockaddr_un));
	room = sizeof b;
	must(!SC(GETSOCKNAME, fd, &b, &room), "a name");
	longest = (int)sizeof(struct sockaddr_un) + 1;
	EQ(longest, room, "bind.path.unterminated.name: getsockname returns one byte more than a sockaddr_un");
	FACT(!b.bytes[longest - 1] && b.bytes[longest - 2] == 'x',
	     "bind.path.unterminated.end: the additional byte is the terminating zero");
	a.un.sun_path[sizeof a.un.sun_path] = 0;
	memset(b.bytes, 0, sizeof b);
	memcpy(b.bytes, &a, sizeof(struct sockaddr_un));
	EQ(0, unlink(b.un.sun_path), "bind.path.unterminated.inode: the file's name has all 108 bytes");
	close(fd);
}

static void unix_names(void)
{
	union address a, b;
	int fd = new_socket(&unix_dgram), other = new_socket(&unix_dgram), third = new_socket(&unix_stream);
	socklen_t length = fresh_address(AF_UNIX, &a), room = sizeof b;

	a.un.sun_family = AF_INET;
	IS(-EINVAL, "bind.unix.family.inet: another family's address: EINVAL", BIND, fd, &a, length);
	a.un.sun_family = AF_UNSPEC;
	IS(-EINVAL, "bind.unix.family.unspec: AF_UNSPEC: EINVAL", BIND, fd, &a, length);
	a.un.sun_family = AF_UNIX;
	IS(0, "bind.abstract: a name in the abstract namespace can be bound", BIND, fd, &a, length);
	a.bytes[length] = 0;
	IS(0, "bind.abstract.zero: with one more zero byte it is a different name", BIND, other, &a, length + 1);
	IS(0, "bind.abstract.type: a stream and a datagram socket can have the same name", BIND, third, &a, length);
	must(!SC(GETSOCKNAME, other, &b, &room), "a name");
	EQ(length + 1, room, "bind.abstract.zero.name: getsockname counts the zero byte as part of the name");
	close(fd);
	close(other);
	close(third);

	fd = new_socket(&unix_dgram);
	other = new_socket(&unix_dgram);
	a.un.sun_family = AF_UNIX;
	IS(0, "bind.autobind: for an address of only a family the kernel chooses a name", BIND, fd, &a,
	   sizeof(sa_family_t));
	room = sizeof b;
	must(!SC(GETSOCKNAME, fd, &b, &room), "a name");
	EQ(sizeof(sa_family_t) + 6, room, "bind.autobind.length: the chosen name has a zero byte and five digits");
	FACT(!b.un.sun_path[0] && strspn(b.un.sun_path + 1, "0123456789abcdef") >= 5,
	     "bind.autobind.digits: the five digits are hexadecimal");
	IS(-EADDRINUSE, "bind.autobind.taken: no other socket can bind that name: EADDRINUSE", BIND, other, &b, room);
	IS(0, "bind.autobind.again: asking for a chosen name again is no error", BIND, fd, &a, sizeof(sa_family_t));
	{
		union address c;
		socklen_t size = sizeof c;

		must(!SC(GETSOCKNAME, fd, &c, &size), "a name");
		FACT(size == room && !memcmp(&c, &b, room),
		     "bind.autobind.again.name: asking for a chosen name again doesn't change the name");
	}
	close(fd);
	close(other);
}

static void netlink(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK }, b;
	int fd = (int)SC(SOCKET, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
	    other = (int)SC(SOCKET, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	socklen_t room = sizeof b;

	LIMITED(fd < 0, netlink)
	{
		IS(-EINVAL, "bind.netlink.length.short: a length less than a sockaddr_nl's: EINVAL", BIND, fd, &a,
		   sizeof a - 1);
		a.nl_family = AF_INET;
		IS(-EINVAL, "bind.netlink.family: another family's address: EINVAL", BIND, fd, &a, sizeof a);
		a.nl_family = AF_NETLINK;
		IS(0, "bind.netlink: the kernel chooses a port", BIND, fd, &a, sizeof a);
		must(!SC(GETSOCKNAME, fd, &b, &room), "a name");
		FACT(b.nl_pid, "bind.netlink.port: the chosen port isn't zero");
		IS(0, "bind.netlink.again: binding the same address again is no error", BIND, fd, &b, sizeof b);
		IS(-EADDRINUSE, "bind.netlink.in-use: a port that is in use: EADDRINUSE", BIND, other, &b, sizeof b);
		b.nl_pid++;
		IS(-EINVAL, "bind.netlink.other: a port other than the one that the socket has: EINVAL", BIND, fd, &b,
		   sizeof b);
	}
	close(fd);
	close(other);
}

static int in_a_closed_folder(void *argument)
{
	union address a;

	(void)argument;
	if (!become_nobody())
		return 255;
	return (int)-SC(BIND, new_socket(&unix_stream), &a, path_address(&a, "closed/name"));
}

static int to_port_1(void *argument)
{
	union address a;

	if (argument && !become_nobody())
		return 255;
	fresh_address(AF_INET, &a);
	a.in.sin_port = htons(1);
	return (int)-SC(BIND, new_socket(&tcp), &a, sizeof a.in);
}

static void privilege(void)
{
	static int nobody;

	must(!mkdir("closed", 0500), "a folder");
	LIMITED(in_child(in_a_closed_folder, NULL) == 255, user)
	EQ(EACCES, in_child(in_a_closed_folder, NULL),
	   "bind.path.eacces: a path in a folder without write permission: EACCES");
	rmdir("closed");
	LIMITED(in_child(to_port_1, &nobody) == 0, port_range)
	{
		EQ(EACCES, in_child(to_port_1, &nobody),
		   "bind.tcp.privileged: a port below 1024 without privilege: EACCES");
		LIMITED(geteuid() != 0, root)
		EQ(0, in_child(to_port_1, NULL),
		   "bind.tcp.privileged.root: a privileged process can bind a port below 1024");
	}
}

int main(void)
{
	union address a;
	socklen_t length = fresh_address(AF_UNIX, &a);

	facts_begin();
	DESCRIPTORS("bind", BIND, &a, length);
	IS(-EBADF, "bind.fd.first: the descriptor is checked before the length and the address: EBADF", BIND, -1,
	   nowhere(), -1);
	names();
	lengths();
	inet();
	paths();
	unix_names();
	netlink();
	privilege();
	return facts_end();
}
