/* SPDX-License-Identifier: MIT */
#include "server/guest.h"

/* Converts a name from one architecture's layout to another's, in place. */
static void convert(struct socketcall_name *name, size_t size, const struct socketcall_arch *from,
		    const struct socketcall_arch *to)
{
	enum structure structure = socketcall_address_structure(from, name->bytes, size);
	unsigned char copy[SOCKETCALL_NAME];

	if (socketcall_layout_same(from, to, structure))
		return;
	socketcall_copy(copy, name->bytes, size);
	socketcall_layout_convert(structure, from, copy, size, to, name->bytes, size);
}

long socketcall_name_in(const struct socketcall_server *server, uint64_t address, int length,
			struct socketcall_name *name)
{
	if (length < 0 || length > SOCKETCALL_NAME)
		return -SAME_EINVAL;
	name->length = (unsigned)length;
	if (length == 0)
		return 0;
	if (socketcall_get(server, address, name->bytes, (size_t)length))
		return -SAME_EFAULT;
	if (!server->arch->here)
		convert(name, (size_t)length, server->arch, socketcall_arch_here());
	return 0;
}

long socketcall_name_out(const struct socketcall_server *server, const struct socketcall_name *name, uint64_t address,
			 uint64_t length_address)
{
	unsigned there = name->length < SOCKETCALL_NAME ? name->length : SOCKETCALL_NAME;
	struct socketcall_name copy;
	int room;

	if (socketcall_get_int(server, length_address, &room))
		return -SAME_EFAULT;
	if (room < 0)
		return -SAME_EINVAL;
	if (socketcall_put_number(server, length_address, 4, name->length))
		return -SAME_EFAULT;
	room = (unsigned)room < there ? room : (int)there;
	if (room == 0)
		return 0;
	if (server->arch->here)
		return socketcall_put(server, address, name->bytes, (size_t)room);
	copy = *name;
	convert(&copy, there, socketcall_arch_here(), server->arch);
	return socketcall_put(server, address, copy.bytes, (size_t)room);
}
