/* SPDX-License-Identifier: MIT
 * Which calls the kernel allows without running a policy's filter. Since 5.11, when a filter is loaded, the kernel
 * determines which numbers of x86-64 and of i386 the filter allows whatever the arguments are, and keeps them in a
 * bitmap (seccomp_is_const_allow() in kernel/seccomp.c). It supports only a few instructions, so a filter can be too
 * complicated for it. All calls but those that a policy judges, closes or reports must be in the bitmap.
 */
#include "filter/closed.h"
#include "filter/join.h"
#include "filter/reports.h"
#include "filter/sockets.h"
#include "tests/unit/policy/common.h"

enum { NUMBERS = 1024, ROOM = 4096, LISTS = 300, NAMED_MOST = 24, MARK = 0x1234567 };

/* Does what the kernel does: follows the filter, knowing only the call's number and architecture. */
static bool is_constant(const struct sock_filter *filter, int length, uint32_t arch, uint32_t number)
{
	uint32_t a = 0;

	for (int at = 0; at < length; at++) {
		const struct sock_filter *op = &filter[at];
		bool holds;

		switch (op->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (op->k != offsetof(struct seccomp_data, nr) && op->k != offsetof(struct seccomp_data, arch))
				return false;
			a = op->k == offsetof(struct seccomp_data, nr) ? number : arch;
			continue;
		case BPF_RET | BPF_K:
			return op->k == SECCOMP_RET_ALLOW;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= op->k;
			continue;
		case BPF_JMP | BPF_JA:
			at += (int)op->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			holds = a == op->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			holds = a >= op->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			holds = a > op->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			holds = a & op->k;
			break;
		default:
			return false;
		}
		at += holds ? op->jt : op->jf;
	}
	return false;
}

/* Numbers of an architecture that must not be in the bitmap; 0 ends the list. */
struct named {
	int x86_64[NAMED_MOST], i386[NAMED_MOST];
};

static const struct named
	/* io_uring's three, which have one number everywhere, and i386's socketcall. */
	doors = { { 425, 426, 427 }, { 425, 426, 427, 102 } },
	/* socket and socketpair. */
	sockets = { { 41, 53 }, { 359, 360 } },
	/* What filter_reports() reports: arch_prctl; set_thread_area, seccomp, prctl, rt_sigaction, modify_ldt. */
	reports = { { 158 }, { 243, 354, 172, 174, 123 } },
	/* The profile below. On i386 an address is always less than 4 GiB: sendto is allowed. */
	profile = { { 41, 42, 44, 288, 43 }, { 359, 362, 364 } };

static const char docker[] =
	"{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
	"{ \"names\": [\"bind\", \"listen\", \"socketpair\", \"getsockopt\", \"setsockopt\", \"getsockname\","
	" \"getpeername\", \"sendmsg\", \"recvmsg\", \"sendmmsg\", \"recvmmsg\", \"recvmmsg_time64\", \"shutdown\","
	" \"recvfrom\", \"recv\", \"send\" ], \"action\": \"SCMP_ACT_ALLOW\" },"
	"{ \"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\","
	" \"args\": [ { \"index\": 0, \"value\": 40, \"op\": \"SCMP_CMP_NE\" } ] },"
	"{ \"names\": [\"accept4\", \"accept\"], \"action\": \"SCMP_ACT_ALLOW\","
	" \"args\": [ { \"index\": 1, \"value\": 0, \"op\": \"SCMP_CMP_NE\" } ] },"
	"{ \"names\": [\"sendto\"], \"action\": \"SCMP_ACT_ALLOW\","
	" \"args\": [ { \"index\": 4, \"value\": 4294967296, \"op\": \"SCMP_CMP_LT\" } ] },"
	"{ \"names\": [\"connect\"], \"action\": \"SCMP_ACT_LOG\" } ] }";

static bool has(const int *numbers, int number)
{
	for (int i = 0; i < NAMED_MOST && numbers[i]; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

static bool is_named(const struct named *const *sets, uint32_t arch, int number)
{
	for (; *sets; sets++)
		if (has(arch == (uint32_t)ARCH_X86_64 ? (*sets)->x86_64 : (*sets)->i386, number))
			return true;
	return false;
}

/* Counts the numbers that aren't in the bitmap and should be, or are and should not be (those of `sets`). */
static int wrong_numbers(const struct sock_filter *filter, int length, const struct named *const *sets)
{
	const uint32_t archs[] = { (uint32_t)ARCH_X86_64, ARCH_I386 };
	int wrong = length <= 0;

	for (unsigned i = 0; i < 2; i++)
		for (int number = 0; number < NUMBERS; number++)
			if (is_constant(filter, length, archs[i], (uint32_t)number) ==
			    is_named(sets, archs[i], number)) {
				if (wrong++ < 10)
					printf("# %#x: call %d\n", archs[i], number);
			}
	return wrong;
}

static void judge(const struct sock_filter *filter, int length, const struct named *const *sets, const char *what)
{
	ok(wrong_numbers(filter, length, sets) == 0, "%s (%d instructions)", what, length);
}

static int compiled(const struct sample *samples, unsigned count, bool io_uring, struct sock_filter filter[ROOM])
{
	const struct socketcall_policy_options options = { .io_uring = io_uring };
	struct socketcall_policy policies[2];

	for (unsigned i = 0; i < count; i++) {
		if (samples[i].result) {
			printf("# %u:%u: %s\n", samples[i].error.place.line, samples[i].error.place.column,
			       samples[i].error.text);
			return -1;
		}
		policies[i] = samples[i].policy;
	}
	return socketcall_policy_compile(policies, count, &options, filter, ROOM);
}

/* Makes a list of up to 400 families, so that some labels are out of reach of conditional jumps. */
static void make_list(char *text, size_t size, uint64_t *state)
{
	static const char *const items[] = { "AF_UNIX", "INET:STREAM", "AF_INET6", "NETLINK:RAW:%u", "VSOCK", "46" };
	unsigned count = 1 + next_random(state) % (next_random(state) % 8 ? 12 : 400);
	size_t n = (size_t)snprintf(text, size, next_random(state) % 3 ? "" : "~");

	for (unsigned i = 0; i < count && n < size; i++) {
		const char *item = items[next_random(state) % 6];

		n += (size_t)snprintf(text + n, size - n, item, next_random(state) % 256);
		if (n < size)
			n += (size_t)snprintf(text + n, size - n, " ");
	}
}

static void try_lists(uint64_t seed)
{
	static const struct named *const sets[] = { &doors, &sockets, NULL };
	static struct sock_filter filter[ROOM];
	static struct sample sample;
	static char text[8192];
	int wrong = 0, longest = 0;

	for (int i = 0; i < LISTS; i++) {
		int length;

		make_list(text, sizeof text, &seed);
		sample_families(&sample, text, SOCKETCALL_POLICY_REFUSED);
		length = compiled(&sample, 1, false, filter);
		longest = length > longest ? length : longest;
		wrong += wrong_numbers(filter, length, sets) != 0;
	}
	ok(wrong == 0, "%d lists: all calls but socket, socketpair and the closed doors need no filter", LISTS);
	ok(longest > 1000, "... also behind filters of up to %d instructions", longest);
}

/* The filter that `run` loads: its reports, followed by the policy. */
static int joined(struct sock_filter filter[ROOM], struct filter_reported answers, bool logs,
		  const struct sock_filter *policy, int policy_length)
{
	struct sock_filter second[FILTER_SOCKETS_LENGTH];
	int length = filter_reports(filter, answers);

	if (logs)
		length = filter_join(filter, length, ROOM, second, filter_sockets(second, MARK));
	return filter_join(filter, length, ROOM, policy, policy_length);
}

static void try_run(const struct sock_filter *policy, int length)
{
	static const struct named *const sets[] = { &doors, &sockets, &reports, NULL };
	static const struct named reported = { { 0 }, { 354, 172 } };
	static const struct named *const least[] = { &doors, &sockets, &reported, NULL };
	const uint32_t tell = SECCOMP_RET_USER_NOTIF, pass = SECCOMP_RET_ALLOW;
	static struct sock_filter filter[ROOM];

	judge(filter, joined(filter, (struct filter_reported){ pass, tell, pass, pass, tell }, false, policy, length),
	      least, "under run, only the policy's calls and those that load filters need the filter");
	judge(filter, joined(filter, (struct filter_reported){ tell, tell, tell, tell, tell }, false, policy, length),
	      sets,
	      "under run that reports programs' starts, only the policy's and the reported calls need the filter");
	judge(filter, joined(filter, (struct filter_reported){ tell, tell, tell, tell, tell }, true, policy, length),
	      sets, "under run with a log, only the policy's and the reported calls need the filter");
}

int main(int argc, char **argv)
{
	static const struct named *const list_sets[] = { &doors, &sockets, NULL };
	static const struct named *const profile_sets[] = { &doors, &profile, NULL };
	static const struct named *const both_sets[] = { &doors, &profile, &sockets, NULL };
	static const struct named multiplexed = { { 0 }, { 102 } };
	static const struct named *const open_sets[] = { &multiplexed, &sockets, NULL };
	static const struct named *const closed_sets[] = { &multiplexed, NULL };
	static struct sock_filter filter[ROOM];
	static struct sample samples[2];
	int length;

	sample_families(&samples[0], "AF_UNIX AF_INET AF_INET6 NETLINK PACKET ALG VSOCK BLUETOOTH CAN XDP",
			SOCKETCALL_POLICY_REFUSED);
	sample_profile(&samples[1], docker, sizeof docker - 1, 0);
	length = compiled(samples, 1, false, filter);
	judge(filter, length, list_sets, "ten families");
	try_run(filter, length);
	judge(filter, compiled(&samples[1], 1, false, filter), profile_sets,
	      "a profile: calls that it allows whatever their arguments are, too");
	judge(filter, compiled(samples, 2, false, filter), both_sets, "a list and a profile");
	judge(filter, compiled(samples, 1, true, filter), open_sets, "with io_uring");
	judge(filter, filter_closed(filter, abi_arch("i386"), 38), closed_sets, "without a policy, closed");
	try_lists(seed_from(argc, argv));
	return plan();
}
