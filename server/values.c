/* SPDX-License-Identifier: MIT */
#include "server/guest.h"
#include "server/levels.h"
#include "server/operations.h"

/* Names and numbers of SOL_SOCKET's options, for the rows of abi/values.def. */
enum {
#define SIGSET(bytes)
#define TYPE(name, value)
#define OPTION(name, value) name = socketcall_option_##name,
#include "abi/options/generic.def"
#undef SIGSET
#undef TYPE
#undef OPTION
};
enum {
	IPV6_FLOWLABEL_MGR = 32,
	FLOW_LABEL_AT = 16, /* struct in6_flowlabel_req's flr_label */
	NETLINK_LIST_MEMBERSHIPS = 9,
	PACKET_FANOUT_DATA = 22,
	INSTRUCTION = 8,          /* struct sock_filter */
	MOST_INSTRUCTIONS = 4096, /* BPF_MAXINSNS */
	PROGRAM = 64,             /* offset of a filter's instructions in option.value, behind its struct sock_fprog */
};
#define NOWHERE 1 /* an address that can't be mapped: the kernel answers EFAULT */

/* What getsockopt does if the guest has less room than the value needs (abi/values.def). */
enum shortage {
	CUT,   /* writes as much as there is room for */
	WHOLE, /* fails */
	BYTE,  /* writes an int of 0 to 255 as one byte, cuts others */
};

struct value {
	enum structure structure;
	enum shortage shortage;
};

#define KEY(level, option) ((uint64_t)(uint32_t)(level) << 32 | (uint32_t)(option))

static struct value value_of(int level, int option)
{
	switch (KEY(level, option)) {
#define VALUE(level, option, structure, room)                                                                          \
	case KEY(level, option):                                                                                       \
		return (struct value){ STRUCTURE_##structure, room };
#include "abi/values.def"
	default:
		return (struct value){ STRUCTURE_number, level == LEVEL_IP        ? BYTE
							 : level == LEVEL_NETLINK ? WHOLE
										  : CUT };
	}
}

/* True if getsockopt reads the value before it writes it. */
static bool is_input(int level, int option)
{
	switch (KEY(level, option)) {
#define INPUT(level, option)                                                                                           \
	case KEY(level, option):                                                                                       \
		return true;
#include "abi/values.def"
	default:
		return false;
	}
}

/* The value in the guest's layout; it lies in the room for messages' bytes, which no option needs. */
static unsigned char *copy_of(const struct socketcall_server *server)
{
	return (unsigned char *)(scratch_of(server) + 1);
}

/* ---- Setting ----------------------------------------------------------------------------------------------------- */

/* True if the value is a descriptor. */
static bool is_descriptor(int level, int option, int length)
{
	if (level == SOL_SOCKET)
		return option == SO_ATTACH_BPF || option == SO_ATTACH_REUSEPORT_EBPF;
	return level == LEVEL_PACKET && option == PACKET_FANOUT_DATA && length == (int)sizeof(int);
}

/*
 * Reads a struct sock_fprog, and copies the instructions that it points to behind it. The backend finds what is wrong:
 * a length that isn't a struct sock_fprog's, a null pointer, a pointer to unmapped memory (NOWHERE).
 */
static __attribute__((__noinline__)) void program_in(struct socketcall_server *server, uint64_t address, int length,
						     struct socketcall_option *option)
{
	const struct socketcall_arch *arch = server->arch, *here = socketcall_arch_here();
	struct {
		unsigned short length;
		uintptr_t instructions;
	} program = { 0, 0 };
	unsigned char bytes[16], *instructions = scratch_of(server)->here.option + PROGRAM;
	uint64_t members[2];
	size_t size;

	option->length = (int)sizeof program;
	option->there = 0;
	if (length != (int)socketcall_layout_size(arch, STRUCTURE_sock_fprog)) {
		size = length < SOCKETCALL_OPTION ? (size_t)length : SOCKETCALL_OPTION;
		option->length = length == (int)sizeof program ? length + 1 : length;
		option->there = size ? (int)socketcall_read(server, address, option->value, size) : 0;
		return;
	}
	if (socketcall_get(server, address, bytes, (size_t)length))
		return;
	socketcall_layout_read(arch, STRUCTURE_sock_fprog, bytes, members);
	program.length = (unsigned short)members[sock_fprog_len];
	program.instructions = socketcall_address(server, members[sock_fprog_filter]) ? NOWHERE : 0;
	size = (size_t)program.length * INSTRUCTION;
	if (program.instructions && program.length <= MOST_INSTRUCTIONS &&
	    socketcall_read(server, members[sock_fprog_filter], copy_of(server), size) == size) {
		socketcall_layout_convert(STRUCTURE_sock_filter, arch, copy_of(server), size, here, instructions, size);
		program.instructions = (uintptr_t)instructions;
	}
	socketcall_copy(option->value, &program, sizeof program);
	option->there = (int)sizeof program;
}

/* Reads the value and converts it to the layout of here. A value that is too short, or that can't be read to its end,
 * must stay so in the layout of here, so that the kernel finds the same error. */
static void value_in(struct socketcall_server *server, uint64_t address, int length, enum structure structure,
		     struct socketcall_option *option)
{
	const struct socketcall_arch *arch = server->arch, *here = socketcall_arch_here();
	size_t wanted = length < SOCKETCALL_OPTION ? (size_t)length : SOCKETCALL_OPTION, there;
	bool same = arch->here || socketcall_layout_same(arch, here, structure);
	size_t theirs, ours;

	if (same) {
		there = wanted ? socketcall_read(server, address, option->value, wanted) : 0;
		option->length = length;
		option->there = (int)there;
		return;
	}
	theirs = socketcall_layout_size(arch, structure);
	ours = socketcall_layout_size(here, structure);
	there = wanted ? socketcall_read(server, address, copy_of(server), wanted) : 0;
	if ((size_t)length < theirs) { /* too short for the guest's structure: make it too short for ours */
		socketcall_copy(option->value, copy_of(server), there);
		option->length = (size_t)length < ours ? length : (int)ours - 1;
		option->there = (int)there < option->length ? (int)there : option->length;
		if (there == (size_t)length)
			option->there = option->length;
		return;
	}
	option->there = (int)socketcall_layout_convert(structure, arch, copy_of(server), there, here, option->value,
						       SOCKETCALL_OPTION);
	if (there < theirs) { /* its end can't be read: leave our structure's last byte unreadable, too */
		option->there = option->there < (int)ours ? option->there : (int)ours - 1;
		option->length =
			length - (int)theirs < INT32_MAX - (int)ours ? length - (int)theirs + (int)ours : INT32_MAX;
		return;
	}
	length -= (int)there; /* how many bytes were not read */
	option->length = length < INT32_MAX - option->there ? option->there + length : INT32_MAX;
}

/* IPV6_FLOWLABEL_MGR is the one option whose value setsockopt writes: the flow label that the kernel chose, at the same
 * offset on all architectures. Linux ignores it if the label can't be written (net/ipv6/ip6_flowlabel.c). */
static __attribute__((__noinline__)) long set_flow_label(struct socketcall_server *server, int fd, uint64_t address,
							 struct socketcall_option *option)
{
	bool there = option->value && option->there >= FLOW_LABEL_AT + 4;
	unsigned char label[4], *now = there ? (unsigned char *)option->value + FLOW_LABEL_AT : NULL;
	long r;

	if (there)
		socketcall_copy(label, now, sizeof label);
	r = server->backend->setsockopt(server, fd, option);
	if (!r && there && __builtin_memcmp(label, now, sizeof label) != 0)
		socketcall_write(server, address + FLOW_LABEL_AT, now, sizeof label);
	return r;
}

/* True if the value is the same here, whatever the option: no structure of abi/values.def that fits into 4 bytes has
 * words. */
static inline bool is_number_of_here(const struct socketcall_arch *arch, int length)
{
	return length == (int)sizeof(int) && arch->same_numbers && !is_swapped(arch);
}

long socketcall_marshal_setsockopt(void *context, int fd, int level, int number, uint64_t address, int length)
{
	struct socketcall_server *server = context;
	struct socketcall_option *option = &scratch_of(server)->set; /* not a local one, for the sake of a tail call */
	enum structure structure;
	bool descriptor;

	*option = (struct socketcall_option){ .value = scratch_of(server)->here.option, .descriptor = -1 };
	if (length < 0)
		return socketcall_after_lookup(server, fd, -SAME_EINVAL);
	if (!server->backend->setsockopt)
		return -socketcall_errno_ENOSYS;
	option->level = level;
	option->option = number;
	if (!server->arch->here)
		socketcall_option_in(server->arch, &option->level, &option->option);
	level = option->level;
	number = option->option;
	address = socketcall_address(server, address);
	structure = is_number_of_here(server->arch, length) ? STRUCTURE_number : value_of(level, number).structure;
	descriptor = is_descriptor(level, number, length);
	if (descriptor)
		structure = STRUCTURE_number;
	if (structure == STRUCTURE_sock_fprog)
		program_in(server, address, length, option);
	else
		value_in(server, address, length, structure, option);
	if (descriptor && option->there >= (int)sizeof(int))
		option->descriptor = *(const int *)option->value;
	if (!address) {
		option->value = NULL;
		option->there = 0;
	}
	if (level == LEVEL_IPV6 && number == IPV6_FLOWLABEL_MGR)
		return set_flow_label(server, fd, address, option);
	return server->backend->setsockopt(server, fd, option);
}

/* ---- Getting ----------------------------------------------------------------------------------------------------- */

/* What the guest gets: the value in its layout, and the length that is written to its pointer. */
struct answer {
	const unsigned char *bytes;
	size_t size;
	int length;
};

/* True if Linux writes the value before its length (net/core/sock.c, net/vmw_vsock/af_vsock.c, NETLINK_LIST_MEMBERSHIPS
 * of net/netlink/af_netlink.c). Other options write the length first (net/ipv4/tcp.c and so on). */
static bool value_comes_first(int level, int option)
{
	return level == SOL_SOCKET || level == LEVEL_VSOCK ||
	       (level == LEVEL_NETLINK && option == NETLINK_LIST_MEMBERSHIPS);
}

static long answer_out(struct socketcall_server *server, const struct answer *answer, bool value_first,
		       uint64_t address, uint64_t length_address)
{
	long r = 0;

	if (!value_first)
		r = socketcall_put_number(server, length_address, 4, (uint32_t)answer->length);
	if (!r && answer->size)
		r = socketcall_put(server, address, answer->bytes, answer->size);
	if (!r && value_first)
		r = socketcall_put_number(server, length_address, 4, (uint32_t)answer->length);
	return r;
}

static size_t bytes_of(const struct socketcall_option *option, int room)
{
	int size = option->written >= 0 ? option->written : option->length;

	/* if the backend accepts a negative room, the option takes it as unsigned, so as a large one (SOL_IPV6) */
	size = room < 0 || size < room ? size : room;
	size = size < SOCKETCALL_OPTION ? size : SOCKETCALL_OPTION;
	return size > 0 ? (size_t)size : 0;
}

/* Asks the backend. If the value is a descriptor, reserves or installs it, and makes the guest's number the value. */
static long get(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	const struct socketcall_backend *backend = server->backend;
	struct socketcall_made *made = &option->made;
	long r = backend->getsockopt(server, fd, option);

	if (r || made->handle < 0)
		return r;
	if (backend->reserve)
		r = backend->reserve(server, made);
	if (r < 0) {
		backend->drop(server, made);
		return r;
	}
	if (made->number < 0) {
		r = backend->install(server, made, (int)socketcall_type_SOCK_CLOEXEC);
		if (r < 0)
			return r;
		made->number = (int)r;
		made->handle = -1;
	}
	socketcall_copy(option->value, &made->number, sizeof made->number);
	return 0;
}

/* Installs the descriptor whose number is the value; drops it if writing the value failed, which `r` says. */
static long give_descriptor(struct socketcall_server *server, const struct socketcall_made *made, long r)
{
	if (made->handle < 0)
		return r;
	if (r) {
		server->backend->drop(server, made);
		return r;
	}
	r = server->backend->install(server, made, (int)socketcall_type_SOCK_CLOEXEC);
	return r < 0 ? r : 0;
}

/* Gets a value whose structure the guest has in another layout: as much of it as the guest has room for. */
static long foreign_value(struct socketcall_server *server, int fd, const struct value *value, int room,
			  struct socketcall_option *option, struct answer *answer)
{
	const struct socketcall_arch *arch = server->arch, *here = socketcall_arch_here();
	int theirs = (int)socketcall_layout_size(arch, value->structure);
	int ours = (int)socketcall_layout_size(here, value->structure), asked;
	unsigned char *copy = copy_of(server);
	size_t size;
	long r;

	asked = room < 0 ? room : room < INT32_MAX - ours ? room - theirs + ours : room;
	if (room >= 0 && room < theirs) {
		asked = value->shortage != WHOLE ? ours : room < ours ? room : ours - 1;
		if (value->structure == STRUCTURE_tcp_info) /* grows from version to version, so it may always be cut */
			asked = ours;
	}
	option->length = asked;
	r = get(server, fd, option);
	if (r) {
		answer->length = option->length == asked ? room : option->length;
		return r;
	}
	size = bytes_of(option, asked);
	answer->size =
		socketcall_layout_convert(value->structure, here, option->value, size, arch, copy, SOCKETCALL_OPTION);
	answer->bytes = copy;
	answer->length = option->length == (int)size ? (int)answer->size : option->length;
	if (room < 0 || (int)answer->size <= room)
		return 0;
	answer->size = (size_t)room;
	answer->length = room;
	if (value->shortage == BYTE && room > 0 && *(const unsigned *)option->value <= 255) {
		copy[0] = (unsigned char)*(const unsigned *)option->value;
		answer->size = 1;
		answer->length = 1;
	}
	return 0;
}

/* Gets a value whose layout is the same for the guest and here. */
static long same_value(struct socketcall_server *server, int fd, int room, struct socketcall_option *option,
		       struct answer *answer)
{
	long r;

	option->length = room;
	r = get(server, fd, option);
	answer->bytes = option->value;
	answer->length = option->length;
	answer->size = bytes_of(option, room);
	return r;
}

/* SO_GET_FILTER. Its lengths count instructions; with a room of 0 it returns how many there are. */
static long program_out(struct socketcall_server *server, int fd, int room, struct socketcall_option *option,
			struct answer *answer)
{
	long r;

	option->length = room;
	r = server->backend->getsockopt(server, fd, option);
	answer->length = option->length;
	answer->size = !r && room > 0 && option->length <= MOST_INSTRUCTIONS ? (size_t)option->length * INSTRUCTION : 0;
	socketcall_layout_convert(STRUCTURE_sock_filter, socketcall_arch_here(), option->value, answer->size,
				  server->arch, copy_of(server), answer->size);
	answer->bytes = copy_of(server);
	return r;
}

long socketcall_marshal_getsockopt(void *context, int fd, int level, int number, uint64_t address,
				   uint64_t length_address)
{
	struct socketcall_server *server = context;
	struct socketcall_option option = { .value = scratch_of(server)->here.option, .written = -1, .descriptor = -1 };
	struct answer answer = { 0 };
	struct value value;
	int room = 0;
	long r;

	if (!server->backend->getsockopt)
		return -socketcall_errno_ENOSYS;
	if (!server->arch->here)
		socketcall_option_in(server->arch, &level, &number);
	option.made = (struct socketcall_made){ -1, -1 };
	option.level = level;
	option.option = number;
	option.length_faults = socketcall_get_int(server, length_address, &room) != 0;
	value = value_of(level, number);
	if (room > 0 && is_input(level, number)) {
		value_in(server, socketcall_address(server, address), room, value.structure, &option);
		option.is_input = 1;
	}
	if (level == SOL_SOCKET && number == SO_ATTACH_FILTER)
		r = program_out(server, fd, room, &option, &answer);
	else if (server->arch->here || socketcall_layout_same(server->arch, socketcall_arch_here(), value.structure))
		r = same_value(server, fd, room, &option, &answer);
	else
		r = foreign_value(server, fd, &value, room, &option, &answer);
	if (r) { /* some options write the needed length when they fail */
		if (!option.length_faults && answer.length != room)
			socketcall_put_number(server, length_address, 4, (uint32_t)answer.length);
		return r;
	}
	r = answer_out(server, &answer, value_comes_first(level, number), socketcall_address(server, address),
		       length_address);
	return give_descriptor(server, &option.made, r);
}
