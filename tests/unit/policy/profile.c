/* SPDX-License-Identifier: MIT
 * Profiles of Podman, Docker and containerd, and the verdicts of rules at the doors.
 */
#include "tests/unit/policy/common.h"

static struct sample sample;
static const struct socketcall_policy_options shut = { .socketcall = 0 };

enum { CAP_AUDIT_WRITE = 29, CAP_SYS_ADMIN = 21 };

#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))

static void read_text(const char *json)
{
	sample_profile(&sample, json, strlen(json), 0);
	if (sample.result)
		printf("# %u:%u: %s\n", sample.error.place.line, sample.error.place.column, sample.error.text);
}

/* Returns the judge's verdict, if the filter's is the same; else 0xdead. */
static uint32_t answer(uint32_t arch, int number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
		       uint64_t a5)
{
	struct sock_filter filter[4096];
	const uint64_t args[6] = { a0, a1, a2, a3, a4, a5 };
	struct seccomp_data data = data_of(arch, number, args);
	uint32_t judged = socketcall_policy_judge(&sample.policy, 1, &shut, &data);
	int length = socketcall_policy_compile(&sample.policy, 1, &shut, filter, 4096);

	return filter_answer(filter, length, &data) == judged ? judged : 0xdead;
}

/* Asserts the verdict for a socket at all four entries, with garbage in bits that the kernel ignores. */
static void gets(uint32_t expected, uint64_t family, uint64_t type, uint64_t protocol, const char *what)
{
	const uint64_t high = 0xabcd00000000;

	ok(answer(ARCH_X86_64, 41, family, type, protocol, 0, 0, 0) == expected &&
		   answer(ARCH_X86_64, 41, family | high, type, protocol, 0, 0, 0) == expected &&
		   answer(ARCH_I386, 359, family, type, protocol, 0, 0, 0) == expected &&
		   answer(ARCH_I386, 359, family | high, type | high, protocol | high, 1, 1, 1) == expected,
	   "%s", what);
}

static void try_podman(void)
{
	static char text[1 << 20];
	FILE *file = fopen("/usr/share/containers/seccomp.json", "r");
	size_t length = file ? fread(text, 1, sizeof text, file) : 0;

	if (file)
		fclose(file);
	sample_profile(&sample, text, length, 0);
	ok(length > 0 && !sample.result, "Podman's default profile is read");
	ok(sample.policy.otherwise == ERRNO(38), "Podman: the default is ENOSYS");
	gets(ERRNO(22), 16, 3, 9, "Podman, without CAP_AUDIT_WRITE: NETLINK_AUDIT gets EINVAL");
	gets(SECCOMP_RET_ALLOW, 16, 3, 0, "Podman: NETLINK_ROUTE is allowed");
	gets(SECCOMP_RET_ALLOW, 2, 1, 9, "Podman: protocol 9 of AF_INET is allowed");
	gets(SECCOMP_RET_ALLOW, 38, 5, 0, "Podman: AF_ALG is allowed");
	ok(answer(ARCH_X86_64, 53, 1, 1, 0, 0, 0, 0) == SECCOMP_RET_ALLOW, "Podman: socketpair is allowed");
	ok(answer(ARCH_I386, 417, 3, 0, 0, 0, 0, 0) == SECCOMP_RET_ALLOW, "Podman: i386's recvmmsg_time64 is allowed");
	ok(sample.policy.socketcall_rule.line > 0, "Podman: a rule on socketcall is noted");
	ok(sample.policy.without_i386.line == 0, "Podman: it is for i386, too");
	sample_profile(&sample, text, length, 1ull << CAP_AUDIT_WRITE);
	gets(SECCOMP_RET_ALLOW, 16, 3, 9, "Podman, with CAP_AUDIT_WRITE: NETLINK_AUDIT is allowed");
}

static void try_engines(void)
{
	/* Docker 29.4.2 (moby, profiles/seccomp/default.json): AF_ALG and AF_VSOCK are left out of three ranges. */
	read_text(
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 1,\n"
		"\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\",\n"
		"  \"subArchitectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]}],\n"
		"\"syscalls\": [{\"names\": [\"accept\", \"bind\", \"socketpair\"], \"action\": \"SCMP_ACT_ALLOW\"},\n"
		"{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
		"  \"args\": [{\"index\": 0, \"value\": 38, \"op\": \"SCMP_CMP_LT\"}]},\n"
		"{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
		"  \"args\": [{\"index\": 0, \"value\": 39, \"op\": \"SCMP_CMP_EQ\"}]},\n"
		"{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
		"  \"args\": [{\"index\": 0, \"value\": 40, \"op\": \"SCMP_CMP_GT\"}]},\n"
		"{\"names\": [\"bpf\", \"connect\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
		"  \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}}]}");
	ok(!sample.result && !sample.policy.socketcall_rule.line && !sample.policy.without_i386.line,
	   "Docker's shape is read");
	gets(SECCOMP_RET_ALLOW, 2, 1, 0, "Docker: AF_INET is allowed");
	gets(ERRNO(1), 38, 5, 0, "Docker: AF_ALG is refused");
	gets(ERRNO(1), 40, 1, 0, "Docker: AF_VSOCK is refused");
	gets(SECCOMP_RET_ALLOW, 39, 1, 0, "Docker: AF_NFC is allowed");
	gets(SECCOMP_RET_ALLOW, 44, 3, 0, "Docker: AF_XDP is allowed");
	ok(answer(ARCH_X86_64, 42, 3, 0, 0, 0, 0, 0) == ERRNO(1),
	   "Docker: a call for which a missing capability is needed isn't allowed");

	/* containerd 1.7 (contrib/seccomp/seccomp_default.go): all but AF_VSOCK. */
	read_text("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\","
		  "\"SCMP_ARCH_X32\"],\"syscalls\":[{\"names\":[\"accept4\",\"socketcall\"],\"action\":\"SCMP_ACT_"
		  "ALLOW\","
		  "\"args\":[]},{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":"
		  "40,"
		  "\"op\":\"SCMP_CMP_NE\"}]}]}");
	ok(!sample.result && sample.policy.socketcall_rule.line == 1 && sample.policy.socketcall_rule.column == 136,
	   "containerd's shape is read, and the place of the rule on socketcall is noted");
	gets(SECCOMP_RET_ALLOW, 38, 5, 0, "containerd: AF_ALG is allowed");
	gets(ERRNO(1), 40, 1, 0, "containerd: AF_VSOCK is refused");
	ok(answer(ARCH_X86_64, 41, 40 | 1ull << 32, 1, 0, 0, 0, 0) == ERRNO(1),
	   "containerd: high bits, which the kernel drops, don't get AF_VSOCK past the comparison");
}

static void try_doors(void)
{
	/* i386 has neither accept, send nor recv. */
	read_text("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n"
		  "{\"names\": [\"accept\", \"send\"], \"action\": \"SCMP_ACT_ALLOW\"},\n"
		  "{\"names\": [\"recv\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
		  "  \"args\": [{\"index\": 2, \"value\": 4294967296, \"op\": \"SCMP_CMP_LT\"},\n"
		  "           {\"index\": 3, \"value\": 64, \"op\": \"SCMP_CMP_EQ\"}]}]}");
	ok(sample.policy.without_i386.line == 1, "a profile without architectures isn't for i386");
	ok(answer(ARCH_I386, 364, 3, 0, 0, 0, 0, 0) == SECCOMP_RET_ALLOW,
	   "i386: a rule on accept applies to accept4 without flags");
	ok(answer(ARCH_I386, 364, 3, 0, 0, 0x800, 0, 0) == ERRNO(1),
	   "i386: a rule on accept doesn't apply to accept4 with flags");
	ok(answer(ARCH_I386, 364, 3, 0, 0, 1ull << 32, 0, 0) == SECCOMP_RET_ALLOW, "i386: flags are an int");
	ok(answer(ARCH_I386, 369, 3, 1, 2, 0, 0, 0) == SECCOMP_RET_ALLOW,
	   "i386: a rule on send applies to sendto without an address");
	ok(answer(ARCH_I386, 369, 3, 1, 2, 0, 9, 0) == ERRNO(1) && answer(ARCH_I386, 369, 3, 1, 2, 0, 0, 9) == ERRNO(1),
	   "i386: a rule on send doesn't apply to sendto with an address, or with its length");
	ok(answer(ARCH_I386, 371, 3, 1, 2, 64, 0, 0) == SECCOMP_RET_ALLOW,
	   "i386: a rule on recv with conditions matches");
	ok(answer(ARCH_I386, 371, 3, 1, 2, 65, 0, 0) == ERRNO(1),
	   "i386: a rule on recv with conditions doesn't match other flags");
	ok(answer(ARCH_X86_64, 43, 3, 0, 0, 0, 0, 0) == SECCOMP_RET_ALLOW, "x86-64 has an accept of its own");
	ok(answer(ARCH_X86_64, 288, 3, 0, 0, 0, 0, 0) == ERRNO(1), "x86-64: a rule on accept doesn't apply to accept4");
	ok(answer(ARCH_X86_64, 44, 3, 0, 0, 0, 0, 0) == ERRNO(1),
	   "x86-64: a rule on send, which libseccomp ignores, doesn't apply to sendto");
	ok(answer(ARCH_X86_64, 39, 0, 0, 0, 0, 0, 0) == SECCOMP_RET_ALLOW,
	   "getpid isn't judged, although the profile has no rule for it");

	/* The type is compared as it is, with its flags. */
	read_text("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"socket\"],\n"
		  "\"action\": \"SCMP_ACT_KILL_PROCESS\", \"args\": [{\"index\": 1, \"value\": 3, \"op\": "
		  "\"SCMP_CMP_EQ\"}]},\n"
		  "{\"names\": [\"sendto\"], \"action\": \"SCMP_ACT_TRAP\",\n"
		  "\"args\": [{\"index\": 2, \"value\": 4294967296, \"op\": \"SCMP_CMP_GE\"}]},\n"
		  "{\"names\": [\"bind\"], \"action\": \"SCMP_ACT_LOG\"},\n"
		  "{\"names\": [\"listen\"], \"action\": \"SCMP_ACT_KILL\"},\n"
		  "{\"names\": [\"connect\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 111}]}");
	gets(SECCOMP_RET_KILL_PROCESS, 2, 3, 0, "the action KILL_PROCESS");
	gets(SECCOMP_RET_ALLOW, 2, 3 | 02000000, 0, "the type's flags are compared as well");
	ok(answer(ARCH_X86_64, 44, 3, 1, 1ull << 32, 0, 0, 0) == SECCOMP_RET_TRAP, "a length is compared in 64 bits");
	ok(answer(ARCH_I386, 369, 3, 1, 1ull << 32, 0, 0, 0) == SECCOMP_RET_ALLOW,
	   "a length on i386 is compared in 32 bits, as the kernel reads it");
	ok(answer(ARCH_X86_64, 49, 3, 0, 0, 0, 0, 0) == SECCOMP_RET_LOG, "the action LOG");
	ok(answer(ARCH_X86_64, 50, 3, 0, 0, 0, 0, 0) == SECCOMP_RET_KILL_THREAD, "the action KILL");
	ok(answer(ARCH_X86_64, 42, 3, 0, 0, 0, 0, 0) == ERRNO(111), "the action ERRNO");
}

/* Rules that depend on the machine, whose kernel is 6.1 here. */
static void try_machine(void)
{
	static const struct {
		const char *conditions;
		bool is_for_machine;
	} rows[] = {
		{ "\"includes\": {\"arches\": [\"amd64\", \"x32\"]}", true },
		{ "\"includes\": {\"arches\": [\"arm64\"]}", false },
		{ "\"excludes\": {\"arches\": [\"amd64\"]}", false },
		{ "\"excludes\": {\"arches\": [\"arm64\"]}", true },
		{ "\"includes\": {\"arches\": []}, \"excludes\": {\"arches\": []}", true },
		{ "\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}", true },
		{ "\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\", \"CAP_BPF\"]}", false },
		{ "\"excludes\": {\"caps\": [\"CAP_BPF\", \"CAP_SYS_ADMIN\"]}", false },
		{ "\"excludes\": {\"caps\": [\"CAP_BPF\"]}", true },
		{ "\"includes\": {\"minKernel\": \"6.1\"}", true },
		{ "\"includes\": {\"minKernel\": \"6.2\"}", false },
		{ "\"includes\": {\"minKernel\": \"5.19\"}", true },
		{ "\"excludes\": {\"minKernel\": \"6.1\"}", false },
		{ "\"excludes\": {\"minKernel\": \"7.0\"}", true },
		{ "\"includes\": null, \"excludes\": {}", true },
		{ "\"includes\": {\"arches\": [\"amd64\"], \"caps\": [\"CAP_BPF\"]}", false },
	};
	char text[512];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text,
			 "{\"syscalls\": [{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", %s}],"
			 "\"defaultAction\": \"SCMP_ACT_ERRNO\"}",
			 rows[i].conditions);
		sample_profile(&sample, text, strlen(text), 1ull << CAP_SYS_ADMIN);
		ok(!sample.result && answer(ARCH_X86_64, 41, 1, 1, 0, 0, 0, 0) ==
					     (rows[i].is_for_machine ? SECCOMP_RET_ALLOW : ERRNO(1)),
		   "%s", rows[i].conditions);
	}
}

static void try_both(void)
{
	static struct sample other;
	struct socketcall_policy both[2];
	static const struct {
		uint64_t family;
		int type;
		uint32_t expected;
	} rows[] = {
		{ 1, 1, SECCOMP_RET_ALLOW }, { 2, 1, SECCOMP_RET_LOG }, { 2, 2, ERRNO(97) },
		{ 16, 3, ERRNO(97) },        { 10, 1, ERRNO(1) },       { 38, 5, ERRNO(97) },
	};
	struct sock_filter filter[1024];
	bool good = true;
	int length;

	sample_families(&other, "AF_UNIX AF_INET:STREAM AF_INET6:STREAM", SOCKETCALL_POLICY_REFUSED);
	read_text(
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"socket\"],\n"
		"\"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]},\n"
		"{\"names\": [\"socket\"],\n"
		"\"action\": \"SCMP_ACT_LOG\", \"args\": [{\"index\": 0, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"}]}]}");
	for (int order = 0; order < 2; order++) {
		both[order] = other.policy;
		both[!order] = sample.policy;
		length = socketcall_policy_compile(both, 2, &shut, filter, 1024);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			const uint64_t args[6] = { rows[i].family, (uint64_t)rows[i].type };
			struct seccomp_data data = data_of(ARCH_X86_64, 41, args);
			uint32_t judged = socketcall_policy_judge(both, 2, &shut, &data);

			good = good && judged == filter_answer(filter, length, &data);
			/* If both refuse, the first policy's verdict counts. */
			good = good && (judged == rows[i].expected || (order && judged == ERRNO(1)));
		}
	}
	ok(good, "two policies must both allow; if one of them logs, what both allow is logged");
}

int main(void)
{
	try_podman();
	try_engines();
	try_doors();
	try_machine();
	try_both();
	return plan();
}
