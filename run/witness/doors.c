/* SPDX-License-Identifier: MIT */
#include "run/witness/doors.h"

#include "abi/abi.h"
#include "abi/families.h"
#include "abi/int80.h"
#include "process/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	UNKNOWN_TYPE_FLAG = 0x40000000, /* no SOCK_ flag: the kernel answers EINVAL before it looks at the family */
	FAMILIES = 64,
	TRIES = 2 * SOCKETCALL_CALLS + FAMILIES,
	KILLS_MOST = 2,
	PATIENCE = 10, /* seconds, for all tries of a child: a filter's listener may never answer */
};

/* What is tried, in this order. Those of one kind come one after another. */
enum kind { MULTIPLEXED, DIRECT, FAMILY, KINDS };
struct
try {
	enum kind kind;
	int which; /* a call, or a family's number */
};

/* Between the children and their parent. */
struct page {
	volatile unsigned next; /* the try that is made, or will be */
	struct answer {
		volatile bool given;
		volatile int value; /* as the kernel returns it */
	} answers[TRIES];
};

static unsigned list_tries(struct try tries[TRIES])
{
	const struct abi_family *family;
	unsigned count = 0;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		tries[count++] = (struct try){ MULTIPLEXED, call };
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (abi_arch("i386")->number[call] != ABI_NONE && call != SOCKETCALL_SOCKET)
			tries[count++] = (struct try){ DIRECT, call };
	for (size_t i = 0; i < FAMILIES && (family = abi_family_row(i)); i++)
		tries[count++] = (struct try)
		{
			FAMILY
			, family->number
		};
	return count;
}

static int make(const struct try *try)
{
	const struct abi_arch *i386 = abi_arch("i386");
	int r;

	switch (try->kind) {
	case MULTIPLEXED:
		return int80_call(i386->socketcall, try->which, 0, 0, 0);
	case FAMILY:
		return int80_call(i386->number[SOCKETCALL_SOCKET], try->which, SOCK_STREAM | UNKNOWN_TYPE_FLAG, 0, 0);
	case DIRECT:
	case KINDS:
		break;
	}
	if (try->which == SOCKETCALL_SOCKETPAIR)
		return int80_call(i386->number[try->which], AF_UNIX, SOCK_STREAM | UNKNOWN_TYPE_FLAG, 0, 0);
	r = int80_call(i386->number[try->which], -1, 0, 0, 0);
	/* Kernels without 32-bit times have the other one only. */
	if (r == -ENOSYS && try->which == SOCKETCALL_RECVMMSG)
		r = int80_call(i386->recvmmsg_time64, -1, 0, 0, 0);
	return r;
}

/* What the kernel answers. */
static int expected(const struct try *try)
{
	switch (try->kind) {
	case MULTIPLEXED:
		return -EFAULT;
	case FAMILY:
		return -EINVAL;
	case DIRECT:
	case KINDS:
		break;
	}
	return try->which == SOCKETCALL_SOCKETPAIR ? -EINVAL : -EBADF;
}

static bool came_through(const struct page *page, const struct try *tries, unsigned i)
{
	return page->answers[i].given && page->answers[i].value == expected(&tries[i]);
}

/*
 * Where the multiplexed socket() is refused, nothing can be lost to a family that is refused directly: one that comes
 * through is enough. The first try is the multiplexed socket().
 */
static bool is_needless(const struct page *page, const struct try *tries, unsigned i)
{
	return tries[i].kind == FAMILY
	&&tries[i - 1].kind == FAMILY
	&&!came_through(page, tries, 0) && came_through(page, tries, i - 1);
}

/* In a child. */
static _Noreturn void make_all(struct page *page, const struct try *tries, unsigned count)
{
	static const struct rlimit none = { 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGALRM, SIG_DFL);
	alarm(PATIENCE);
	while (page->next < count && !is_needless(page, tries, page->next)) {
		struct answer *answer = &page->answers[page->next];

		answer->value = make(&tries[page->next]);
		answer->given = true;
		page->next++;
	}
	page->next = count;
	_exit(0);
}

static unsigned after_kind(const struct try *tries, unsigned count, unsigned at)
{
	enum kind kind = tries[at].kind;

	while (at < count && tries[at].kind == kind)
		at++;
	return at;
}

/* Whether the 32-bit entry is there. Each try that a child doesn't survive is left without an answer. */
static bool make_all_in_children(struct page *page, const struct try *tries, unsigned count)
{
	unsigned kills[KINDS] = { 0 };

	while (page->next < count) {
		pid_t pid = child_quiet();
		int status;

		if (pid == 0)
			make_all(page, tries, count);
		if (pid < 0 || child_wait(pid, &status))
			return false;
		if (page->next >= count)
			break;
		if (!WIFSIGNALED(status) || (WTERMSIG(status) != SIGSYS && WTERMSIG(status) != SIGALRM))
			return false; /* SIGSEGV: there is no such entry */
		if (++kills[tries[page->next].kind] < KILLS_MOST && WTERMSIG(status) == SIGSYS)
			page->next++;
		else
			page->next = after_kind(tries, count, page->next);
	}
	return true;
}

static struct witness_refusal refusal_of(const struct try *try, const struct answer *answer)
{
	if (!answer->given)
		return (struct witness_refusal){ .refused = true };
	if (answer->value == expected(try))
		return (struct witness_refusal){ .refused = false };
	return (struct witness_refusal){ .refused = true, .error = answer->value < 0 ? answer->value : 0 };
}

static void evaluate(struct witness_doors *doors, const struct page *page, const struct try *tries, unsigned count)
{
	struct witness_refusal socket = { .refused = true };
	bool some_family = false;

	for (unsigned i = 0; i < count && !is_needless(page, tries, i); i++) {
		struct witness_refusal refusal = refusal_of(&tries[i], &page->answers[i]);

		switch (tries[i].kind) {
		case MULTIPLEXED:
			doors->multiplexed[tries[i].which] = refusal;
			break;
		case DIRECT:
			doors->direct[tries[i].which] = refusal;
			break;
		case FAMILY:
			if (refusal.refused) {
				doors->families |= UINT64_C(1) << tries[i].which;
				socket = refusal;
			}
			some_family |= !refusal.refused;
			break;
		case KINDS:
			break;
		}
	}
	if (some_family)
		socket = (struct witness_refusal){ .refused = false };
	doors->direct[SOCKETCALL_SOCKET] = socket;
	if (!some_family || doors->multiplexed[SOCKETCALL_SOCKET].refused)
		doors->families = 0;
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (abi_arch("i386")->number[call] == ABI_NONE)
			doors->direct[call] = doors->direct[abi_call(call)->maker];
	doors->there = true;
}

void witness_try_doors(struct witness_doors *doors)
{
	struct page *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct try tries[TRIES];
	unsigned count = list_tries(tries);

	*doors = (struct witness_doors){ .there = false };
	if (page == MAP_FAILED)
		return;
	if (make_all_in_children(page, tries, count))
		evaluate(doors, page, tries, count);
	munmap(page, sizeof *page);
}

static unsigned count_open(const struct witness_refusal *refusals)
{
	unsigned open = 0;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		open += !refusals[call].refused;
	return open;
}

bool witness_some_multiplexed(const struct witness_doors *doors)
{
	return count_open(doors->multiplexed) > 0;
}

bool witness_all_multiplexed(const struct witness_doors *doors)
{
	return count_open(doors->multiplexed) == SOCKETCALL_CALLS;
}

bool witness_some_direct(const struct witness_doors *doors)
{
	return count_open(doors->direct) > 0;
}

bool witness_all_direct(const struct witness_doors *doors)
{
	return count_open(doors->direct) == SOCKETCALL_CALLS;
}

bool witness_patching_loses(const struct witness_doors *doors)
{
	for (int call = 1; doors->there && call <= SOCKETCALL_CALLS; call++)
		if (!doors->multiplexed[call].refused && doors->direct[call].refused)
			return true;
	return doors->there && doors->families && !doors->multiplexed[SOCKETCALL_SOCKET].refused;
}
