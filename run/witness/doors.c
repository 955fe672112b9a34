/* SPDX-License-Identifier: MIT */
#include "run/witness/doors.h"

#include "abi/abi.h"
#include "abi/families.h"
#include "abi/int80.h"
#include "process/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	UNKNOWN_TYPE_FLAG = 0x40000000, /* no SOCK_ flag: the kernel answers EINVAL before it looks at the family */
	FAMILIES = 64, /* the most families that are tried: each is a bit of witness_doors.refused_families */
	TRIALS = 2 * SOCKETCALL_CALLS + FAMILIES,
	KILLS_MOST = 2, /* after so many kills in trials of one kind, the others of this kind are skipped */
	PATIENCE = 10,  /* seconds for all trials of a child, because a filter's listener may never answer */
};

/* The kinds of trials, in the order in which they are made. */
enum kind {
	MULTIPLEXED, /* a call by socketcall */
	DIRECT,      /* a direct call */
	BY_FAMILY,   /* the direct socket() with a family */
	KINDS        /* how many kinds there are */
};
struct trial {
	enum kind kind;
	int which; /* the call, or the family's number */
};

/* Memory that the children share with their parent. */
struct page {
	volatile bool prepares; /* the child prepares itself */
	bool unprepared;        /* children don't, because a filter killed one for it */
	volatile unsigned next; /* the trial that is being made, or that will be made next */
	struct answer {
		volatile bool given; /* false: the child was killed in this trial, or the trial wasn't made */
		volatile int value;  /* the system call's result */
	} answers[TRIALS];
};

static unsigned list_trials(struct trial trials[TRIALS])
{
	const struct abi_family *family;
	unsigned count = 0;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		trials[count++] = (struct trial){ MULTIPLEXED, call };
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (abi_arch("i386")->number[call] != ABI_NONE && call != SOCKETCALL_SOCKET)
			trials[count++] = (struct trial){ DIRECT, call };
	for (size_t i = 0; i < FAMILIES && (family = abi_family_row(i)); i++)
		trials[count++] = (struct trial){ BY_FAMILY, family->number };
	return count;
}

static int make_call(const struct trial *trial)
{
	const struct abi_arch *i386 = abi_arch("i386");
	int r;

	switch (trial->kind) {
	case MULTIPLEXED:
		return int80_call(i386->socketcall, trial->which, 0, 0, 0);
	case BY_FAMILY:
		return int80_call(i386->number[SOCKETCALL_SOCKET], trial->which, SOCK_STREAM | UNKNOWN_TYPE_FLAG, 0, 0);
	case DIRECT:
	case KINDS:
		break;
	}
	if (trial->which == SOCKETCALL_SOCKETPAIR)
		return int80_call(i386->number[trial->which], AF_UNIX, SOCK_STREAM | UNKNOWN_TYPE_FLAG, 0, 0);
	r = int80_call(i386->number[trial->which], -1, 0, 0, 0);
	/* Kernels without 32-bit times have only the call with 64-bit times. */
	if (r == -ENOSYS && trial->which == SOCKETCALL_RECVMMSG)
		r = int80_call(i386->recvmmsg_time64, -1, 0, 0, 0);
	return r;
}

/* The result if the call reaches the kernel; any other result is a filter's. */
static int kernel_answer(const struct trial *trial)
{
	switch (trial->kind) {
	case MULTIPLEXED:
		return -EFAULT;
	case BY_FAMILY:
		return -EINVAL;
	case DIRECT:
	case KINDS:
		break;
	}
	return trial->which == SOCKETCALL_SOCKETPAIR ? -EINVAL : -EBADF;
}

static bool reached_kernel(const struct page *page, const struct trial *trials, unsigned i)
{
	return page->answers[i].given && page->answers[i].value == kernel_answer(&trials[i]);
}

/*
 * If the multiplexed socket() is refused, patching can't take a family from programs. Then one family that reaches the
 * kernel shows that the direct socket() works, and the trials of other families are skipped. Trial 0 is the multiplexed
 * socket().
 */
static bool is_needless(const struct page *page, const struct trial *trials, unsigned i)
{
	return trials[i].kind == BY_FAMILY && trials[i - 1].kind == BY_FAMILY && !reached_kernel(page, trials, 0) &&
	       reached_kernel(page, trials, i - 1);
}

/* In a child: it leaves no core file, and ends after PATIENCE, and when its parent ends. */
static void prepare(pid_t parent)
{
	child_leave_no_core();
	child_end_after(PATIENCE);
	child_end_with(parent);
}

/* Makes the trials that are left, in a child, and exits. */
static _Noreturn void make_all(struct page *page, const struct trial *trials, unsigned count, pid_t parent)
{
	page->prepares = true;
	if (!page->unprepared)
		prepare(parent);
	page->prepares = false;
	while (page->next < count && !is_needless(page, trials, page->next)) {
		struct answer *answer = &page->answers[page->next];

		answer->value = make_call(&trials[page->next]);
		answer->given = true;
		page->next++;
	}
	page->next = count;
	_exit(0);
}

/* Returns the index of the first trial after `at` that is of another kind. */
static unsigned after_kind(const struct trial *trials, unsigned count, unsigned at)
{
	enum kind kind = trials[at].kind;

	while (at < count && trials[at].kind == kind)
		at++;
	return at;
}

/*
 * Makes all trials in a child. If a filter kills it in a trial, this trial has no answer, and another child makes the
 * next ones. Returns false if there is no 32-bit entry, or no child could be created.
 */
static bool make_all_in_children(struct page *page, const struct trial *trials, unsigned count)
{
	unsigned kills[KINDS] = { 0 };
	pid_t parent = getpid();

	while (page->next < count) {
		pid_t pid = child_quiet();
		int status;

		if (pid == 0)
			make_all(page, trials, count, parent);
		if (pid < 0 || child_wait(pid, &status))
			return false;
		if (page->next >= count)
			break;
		if (page->prepares && !page->unprepared) {
			page->unprepared = true;
			continue;
		}
		if (!WIFSIGNALED(status) || (WTERMSIG(status) != SIGSYS && WTERMSIG(status) != SIGALRM))
			return false; /* SIGSEGV: there is no such entry */
		if (++kills[trials[page->next].kind] < KILLS_MOST && WTERMSIG(status) == SIGSYS)
			page->next++;
		else
			page->next = after_kind(trials, count, page->next);
	}
	return true;
}

static struct witness_refusal refusal_of(const struct trial *trial, const struct answer *answer)
{
	if (!answer->given)
		return (struct witness_refusal){ .refused = true };
	if (answer->value == kernel_answer(trial))
		return (struct witness_refusal){ .refused = false };
	return (struct witness_refusal){ .refused = true, .error = answer->value < 0 ? answer->value : 0 };
}

/* Sets *doors from the answers. The direct socket() counts as refused only if it is refused for each family. */
static void evaluate(struct witness_doors *doors, const struct page *page, const struct trial *trials, unsigned count)
{
	struct witness_refusal socket = { .refused = true };
	bool some_family = false;

	for (unsigned i = 0; i < count && !is_needless(page, trials, i); i++) {
		struct witness_refusal refusal = refusal_of(&trials[i], &page->answers[i]);

		switch (trials[i].kind) {
		case MULTIPLEXED:
			doors->multiplexed[trials[i].which] = refusal;
			break;
		case DIRECT:
			doors->direct[trials[i].which] = refusal;
			break;
		case BY_FAMILY:
			if (refusal.refused) {
				doors->refused_families |= UINT64_C(1) << trials[i].which;
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
		doors->refused_families = 0;
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (abi_arch("i386")->number[call] == ABI_NONE)
			doors->direct[call] = doors->direct[abi_call(call)->maker];
	doors->were_tried = true;
}

void witness_try_doors(struct witness_doors *doors)
{
	struct page *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct trial trials[TRIALS];
	unsigned count = list_trials(trials);

	*doors = (struct witness_doors){ .were_tried = false };
	if (page == MAP_FAILED)
		return;
	if (make_all_in_children(page, trials, count))
		evaluate(doors, page, trials, count);
	munmap(page, sizeof *page);
}

static unsigned count_open(const struct witness_refusal *refusals)
{
	unsigned open = 0;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		open += !refusals[call].refused;
	return open;
}

bool witness_some_multiplexed_open(const struct witness_doors *doors)
{
	return count_open(doors->multiplexed) > 0;
}

bool witness_all_multiplexed_open(const struct witness_doors *doors)
{
	return count_open(doors->multiplexed) == SOCKETCALL_CALLS;
}

bool witness_some_direct_open(const struct witness_doors *doors)
{
	return count_open(doors->direct) > 0;
}

bool witness_all_direct_open(const struct witness_doors *doors)
{
	return count_open(doors->direct) == SOCKETCALL_CALLS;
}

bool witness_patching_loses(const struct witness_doors *doors)
{
	for (int call = 1; doors->were_tried && call <= SOCKETCALL_CALLS; call++)
		if (!doors->multiplexed[call].refused && doors->direct[call].refused)
			return true;
	return doors->were_tried && doors->refused_families && !doors->multiplexed[SOCKETCALL_SOCKET].refused;
}
