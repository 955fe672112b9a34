/* SPDX-License-Identifier: MIT
 * Random lists of families: the judge, the filter, and this test's own, independent code must give the same verdict at
 * every door and entry, with garbage in bits that the kernel ignores. */
#include <errno.h>

#include "tests/unit/policy/common.h"

enum {
	LISTS = 300,
	CALLS = 300,
	ITEMS = 6,
	INET = 2,
	INET6 = 10,
	PACKET = 17,
	SMC = 43,
	STREAM = 1,
	SOCK_TYPE_PACKET = 10,
	ANY = -1,
};

struct item {
	int family, type, protocol;
};

struct list {
	struct item item[ITEMS];
	int count;
	bool is_inverted;
	uint32_t refused;
};

static const int families[] = { 1, INET, INET6, 16, PACKET, 38, 40, SMC, 44, 300 };
static const int types[] = { 1, 2, 3, 5, 6, SOCK_TYPE_PACKET, 15 };
static const int protocols[] = { 0, 1, 6, 17, 132, 33, 255, 256, 262, 9, 40 };
#define ONE_OF(array, state) ((array)[next_random(state) % (sizeof(array) / sizeof *(array))])

static int default_protocol(int family, int type)
{
	if (family == 1 || family == 40)
		return family; /* AF_UNIX's and AF_VSOCK's only protocol has the family's number */
	if (family != INET && family != INET6)
		return 0;
	return type == 1 ? 6 : type == 2 ? 17 : type == 5 ? 132 : type == 6 ? 33 : 0;
}

/* The socket that the kernel makes for a call's words. */
static struct item made_of(uint32_t family, uint32_t type, uint32_t protocol)
{
	struct item item = { (int)family, (int)(type & 15), (int)protocol };

	if (item.family == 1 && item.type == 3)
		item.type = 2; /* AF_UNIX has no raw sockets: the kernel makes one of SOCK_DGRAM */
	if (item.family == INET && item.type == SOCK_TYPE_PACKET)
		item.family = PACKET;
	else if ((item.family == INET || item.family == INET6) && item.type == STREAM && item.protocol == 256)
		item = (struct item){ SMC, STREAM, item.family == INET6 };
	else if (!item.protocol)
		item.protocol = default_protocol(item.family, item.type);
	return item;
}

static bool is_listed(const struct list *list, struct item socket)
{
	for (int i = 0; i < list->count; i++) {
		struct item item = list->item[i];
		int protocol = item.protocol ? item.protocol : default_protocol(item.family, socket.type);

		if (item.family == 1 && item.type == 3)
			item.type = 2;

		if (item.family == socket.family && (item.type == ANY || item.type == socket.type) &&
		    (item.protocol == ANY || protocol == socket.protocol))
			return true;
	}
	return false;
}

/* Makes a random list, and writes it in one of its possible notations. */
static void make(struct list *list, char *text, size_t size, uint64_t *state)
{
	static const char *const names[] = {
		[1] = "AF_UNIX", [2] = "inet",   [10] = "AF_INET6", [16] = "AF_NETLINK", [17] = "PF_PACKET",
		[38] = "AF_ALG", [40] = "vsock", [43] = "AF_SMC",   [44] = "XDP"
	};
	static const char *const type_names[] = { [1] = "SOCK_STREAM", [2] = "dgram",     [3] = "RAW",
						  [5] = "SEQPACKET",   [6] = "SOCK_DCCP", [10] = "SOCK_PACKET" };
	static const uint32_t refusals[] = { SOCKETCALL_POLICY_REFUSED, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_KILL_PROCESS,
					     SECCOMP_RET_LOG };
	size_t n = 0;

	list->count = 0;
	list->is_inverted = next_random(state) % 2;
	list->refused = ONE_OF(refusals, state);
	if (list->is_inverted)
		n += (size_t)snprintf(text, size, "~");
	for (unsigned i = 0; i < 1 + next_random(state) % ITEMS; i++) {
		struct item item = { ONE_OF(families, state), ANY, ANY };
		unsigned depth = next_random(state) % 4;

		if (depth > 0)
			item.type = next_random(state) % 5 ? ONE_OF(types, state) : ANY;
		if (depth > 1)
			item.protocol = next_random(state) % 5 ? ONE_OF(protocols, state) : ANY;
		/* These are named by their own families. */
		if (item.family == INET && item.type == SOCK_TYPE_PACKET)
			item.type = STREAM;
		if ((item.family == INET || item.family == INET6) && item.protocol == 256 && item.type == STREAM)
			item.protocol = 6;
		list->item[list->count++] = item;
		if (i)
			n += (size_t)snprintf(text + n, size - n, next_random(state) % 2 ? " " : ", ");
		if (item.family < 45)
			n += (size_t)snprintf(text + n, size - n, "%s", names[item.family]);
		else
			n += (size_t)snprintf(text + n, size - n, "%d", item.family);
		if (depth > 0 && item.type == ANY)
			n += (size_t)snprintf(text + n, size - n, ":*");
		else if (depth > 0 && item.type < 15 && next_random(state) % 2)
			n += (size_t)snprintf(text + n, size - n, ":%s", type_names[item.type]);
		else if (depth > 0)
			n += (size_t)snprintf(text + n, size - n, ":%d", item.type);
		if (depth > 1 && item.protocol == ANY)
			n += (size_t)snprintf(text + n, size - n, ":*");
		else if (depth > 1)
			n += (size_t)snprintf(text + n, size - n, ":%d", item.protocol);
	}
}

static uint64_t garbage(uint64_t *state, uint32_t low)
{
	return (next_random(state) % 2 ? (uint64_t)next_random(state) << 32 : 0) | low;
}

/* Tries random sockets at random doors with one list; returns how many verdicts differ. */
static int try_list(uint64_t *state, const char **what)
{
	static const struct {
		uint32_t arch;
		int number;
	} entries[] = { { ARCH_X86_64, 41 }, { ARCH_X86_64, 53 }, { ARCH_I386, 359 }, { ARCH_I386, 360 } };
	static struct sample sample;
	static char text[512];
	struct socketcall_policy_options options = { .socketcall = 0 };
	struct sock_filter filter[4096];
	struct list list;
	int length, wrong = 0;

	make(&list, text, sizeof text, state);
	*what = text;
	sample_families(&sample, text, list.refused);
	if (sample.result) {
		printf("# '%s': %u:%u: %s\n", text, sample.error.place.line, sample.error.place.column,
		       sample.error.text);
		return 1;
	}
	length = socketcall_policy_compile(&sample.policy, 1, &options, filter, 4096);
	for (int i = 0; i < CALLS; i++) {
		uint32_t family = (uint32_t)ONE_OF(families, state), type = (uint32_t)ONE_OF(types, state),
			 protocol = (uint32_t)ONE_OF(protocols, state),
			 flags = next_random(state) % 2 ? 02000000 : 0; /* SOCK_CLOEXEC */
		uint64_t args[6] = { garbage(state, family), garbage(state, type | flags), garbage(state, protocol),
				     next_random(state),     next_random(state),           next_random(state) };
		int entry = (int)(next_random(state) % 4);
		struct seccomp_data data = data_of(entries[entry].arch, entries[entry].number, args);
		bool listed = is_listed(&list, made_of(family, type, protocol));
		uint32_t expected = listed == list.is_inverted ? list.refused : SECCOMP_RET_ALLOW;
		uint32_t judged = socketcall_policy_judge(&sample.policy, 1, &options, &data);
		uint32_t filtered = filter_answer(filter, length, &data);

		if (judged != expected || filtered != expected) {
			printf("# '%s': socket(%u, %#x, %u) by entry %d: %#x expected, judged %#x, filter %#x\n", text,
			       family, type | flags, protocol, entry, expected, judged, filtered);
			wrong++;
		}
	}
	return wrong;
}

static void try_lists(uint64_t *state)
{
	int wrong = 0;
	const char *what;

	for (int i = 0; i < LISTS; i++)
		wrong += try_list(state, &what) > 0;
	ok_got(!wrong, wrong, "%d lists, %d sockets each: the judge and the filter say what the list says", LISTS,
	       CALLS);
}

/* Verdicts that no list changes. */
static void try_doors(void)
{
	static const struct {
		const char *what;
		uint32_t arch, number, closed, opened;
	} doors[] = {
		{ "i386's socketcall", ARCH_I386, 102, SOCKETCALL_POLICY_CLOSED, SECCOMP_RET_USER_NOTIF },
		{ "x32's socket", ARCH_X86_64, 0x40000029, SOCKETCALL_POLICY_CLOSED, SOCKETCALL_POLICY_CLOSED },
		{ "x32's getpid", ARCH_X86_64, 0x40000027, SOCKETCALL_POLICY_CLOSED, SOCKETCALL_POLICY_CLOSED },
		{ "number -1", ARCH_X86_64, 0xffffffff, SOCKETCALL_POLICY_CLOSED, SOCKETCALL_POLICY_CLOSED },
		{ "arm's socket", 0x40000028, 281, SOCKETCALL_POLICY_CLOSED, SOCKETCALL_POLICY_CLOSED },
		{ "io_uring_setup", ARCH_X86_64, 425, SOCKETCALL_POLICY_CLOSED, SECCOMP_RET_ALLOW },
		{ "io_uring_enter", ARCH_X86_64, 426, SOCKETCALL_POLICY_CLOSED, SECCOMP_RET_ALLOW },
		{ "io_uring_register", ARCH_X86_64, 427, SOCKETCALL_POLICY_CLOSED, SECCOMP_RET_ALLOW },
		{ "i386's io_uring_setup", ARCH_I386, 425, SOCKETCALL_POLICY_CLOSED, SECCOMP_RET_ALLOW },
		{ "i386's io_uring_enter", ARCH_I386, 426, SOCKETCALL_POLICY_CLOSED, SECCOMP_RET_ALLOW },
		{ "i386's io_uring_register", ARCH_I386, 427, SOCKETCALL_POLICY_CLOSED, SECCOMP_RET_ALLOW },
		{ "the call before io_uring's", ARCH_X86_64, 424, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW },
		{ "the call behind io_uring's", ARCH_X86_64, 428, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW },
		{ "x86-64's getuid, which is 102 as well", ARCH_X86_64, 102, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW },
		{ "i386's 41, which is dup", ARCH_I386, 41, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW },
		{ "bind", ARCH_X86_64, 49, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW },
		{ "i386's accept4", ARCH_I386, 364, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW },
	};
	const struct socketcall_policy_options shut = { .socketcall = 0 },
					       open = { .socketcall = SECCOMP_RET_USER_NOTIF, .io_uring = true };
	static struct sample sample;
	struct sock_filter closed[512], opened[512];
	const uint64_t args[6] = { 1, 1, 0, 0, 0, 0 };
	int closed_length, opened_length;

	sample_families(&sample, "AF_UNIX", SOCKETCALL_POLICY_REFUSED);
	closed_length = socketcall_policy_compile(&sample.policy, 1, &shut, closed, 512);
	opened_length = socketcall_policy_compile(&sample.policy, 1, &open, opened, 512);
	for (size_t i = 0; i < sizeof doors / sizeof *doors; i++) {
		struct seccomp_data data = data_of(doors[i].arch, (int)doors[i].number, args);

		ok(socketcall_policy_judge(&sample.policy, 1, &shut, &data) == doors[i].closed &&
			   socketcall_policy_judge(&sample.policy, 1, &open, &data) == doors[i].opened,
		   "the judge: %s", doors[i].what);
		ok(filter_answer(closed, closed_length, &data) == doors[i].closed &&
			   filter_answer(opened, opened_length, &data) == doors[i].opened,
		   "the filter: %s", doors[i].what);
	}
}

/* Reported calls; and filters and rules for which there is no room. */
static void try_options(void)
{
	const struct socketcall_policy_options reported = { .reported = 1u << SOCKETCALL_SOCKET }, none = { 0 };
	const uint64_t args[6] = { 2, 1, 0, 0, 0, 0 };
	struct seccomp_data native = data_of(ARCH_X86_64, 41, args), i386 = data_of(ARCH_I386, 359, args),
			    pair = data_of(ARCH_I386, 360, args);
	static struct sample sample;
	struct sock_filter filter[512];
	int length;

	sample_families(&sample, "AF_UNIX", SOCKETCALL_POLICY_REFUSED);
	length = socketcall_policy_compile(&sample.policy, 1, &reported, filter, 512);
	ok(filter_answer(filter, length, &native) == SECCOMP_RET_USER_NOTIF &&
		   filter_answer(filter, length, &i386) == SECCOMP_RET_USER_NOTIF,
	   "a call is reported at both entries");
	ok(filter_answer(filter, length, &pair) == SOCKETCALL_POLICY_REFUSED,
	   "a call that isn't among the reported ones gets the policy's answer");
	ok(socketcall_policy_judge(&sample.policy, 1, &reported, &native) == SOCKETCALL_POLICY_REFUSED,
	   "the judge returns what the supervisor has to answer");
	length = socketcall_policy_compile(NULL, 0, &none, filter, 512);
	ok(length > 0 && filter_answer(filter, length, &native) == SECCOMP_RET_ALLOW, "no policy refuses no family");
	ok(socketcall_policy_compile(&sample.policy, 1, &none, filter, 10) == -E2BIG, "no room for the filter: -E2BIG");
	sample.policy.capacity = 1;
	ok(socketcall_policy_families(&sample.policy, "AF_UNIX AF_INET", 15, SOCKETCALL_POLICY_REFUSED,
				      &sample.error) == -E2BIG &&
		   sample.error.place.column > 0,
	   "no room for the rules: -E2BIG, with the place");
}

int main(int argc, char **argv)
{
	uint64_t state = seed_from(argc, argv);

	try_doors();
	try_options();
	try_lists(&state);
	return plan();
}
