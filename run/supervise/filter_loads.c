/* SPDX-License-Identifier: MIT */
#include "run/supervise/filter_loads.h"

#include "abi/abi.h"
#include "abi/i386.h"
#include "abi/x86.h"
#include "filter/equalize.h"
#include "filter/filter.h"
#include "filter/interpret.h"
#include "process/memory.h"
#include "process/status.h"
#include "run/demux/ask.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

enum {
	/* Indices of arguments: the flags of seccomp(), and the program of both seccomp() and prctl(). */
	FLAGS_AT = 1,
	PROGRAM_AT = 2,
};

void filter_loads_init(struct filter_loads *loads)
{
	loads->hindered = (struct ring)RING_OVER(loads->hindered_entries, process);
	loads->in_64_bit_mode = (struct ring)RING_OVER(loads->in_64_bit_mode_entries, thread);
}

void filter_loads_recover(struct filter_loads *loads)
{
	/*
	 * filters_before is 0 only in an entry that the killed process was still writing, because a process under a
	 * listener has at least the listener's filter. The load is dealt with again, and adds the entry again.
	 */
	for (unsigned i = 0; i < FILTER_LOADS_HINDERED; i++)
		if (!loads->hindered_entries[i].filters_before)
			ring_forget(&loads->hindered, &loads->hindered_entries[i]);
}

static void tell(struct supervisor *supervisor, pid_t pid, int error)
{
	supervisor_tell(supervisor, (struct supervisor_event){
					    .kind = error ? SUPERVISOR_FILTER_LEFT : SUPERVISOR_FILTER_EXTENDED,
					    .pid = pid,
					    .error = error,
				    });
}

/* ---- The program's filter, and the extended one ------------------------------------------------------------------ */

/* Reads the filter from the program's memory. Returns 0; or -errno: then the kernel's own read fails as well. */
static int read_own(struct filter_load *load)
{
	struct filter_program *own = &load->own;
	int r = memory_read_as_itself(&load->process, load->words[PROGRAM_AT], own,
				      offsetof(struct filter_program, code));

	if (r)
		return r;
	if (!own->length || own->length > BPF_MAXINSNS)
		return -EINVAL;
	return memory_read_as_itself(&load->process, own->filter, own->code, own->length * sizeof *own->code);
}

/* Writes the extended filter to load->examined. Returns the value for examined.result. */
static int extend(struct filter_load *load)
{
	static const struct filter_memory_check check = {
		.words = { (uint32_t)ASK_HOW, ASK_OLD, ASK_SIZE },
		.at = { 0, 2, 3 },
	};
	const struct filter_program *own = &load->own;
	struct filter_program *extended = &load->examined.extended;
	int front = filter_equalize(own->code, own->length, abi_arch("i386"), &check, extended->code);

	if (front <= 0)
		return front;
	if (own->length + front > BPF_MAXINSNS)
		return -E2BIG;
	memcpy(extended->code + front, own->code, own->length * sizeof *own->code);
	extended->length = (uint16_t)(own->length + front);
	load->examined.size =
		(uint32_t)(offsetof(struct filter_program, code) + extended->length * sizeof *extended->code);
	return 1;
}

/* ---- What the filter answers to the supervisor's own calls ------------------------------------------------------- */

/*
 * A call that the supervisor makes in a thread passes all filters of that thread: those that it has, and the one that
 * it has just loaded.
 */

/* The arguments of the mmap2() that maps memory for the extended filter. The second one, the length, varies. */
static const uint32_t mmap2_words[REMOTE_WORDS] = {
	0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, (uint32_t)-1, 0,
};

/*
 * What the program's filter, once loaded, answers to system call `number`, SECCOMP_RET_* without its data; for mmap2,
 * with the arguments above. If the answer depends on unknown arguments, the worst one is assumed,
 * SECCOMP_RET_KILL_PROCESS.
 */
static uint32_t action_at(const struct filter_load *load, uint32_t number)
{
	struct filter_call call = filter_call32(number, abi_arch("i386")->token);
	uint32_t verdict;

	for (unsigned i = 0; number == I386_MMAP2 && i < REMOTE_WORDS; i++)
		if (i != 1)
			filter_call_know(&call, FILTER_ARGUMENT(i), mmap2_words[i]);
	if (filter_interpret(load->own.code, load->own.length, &call, &verdict))
		return SECCOMP_RET_KILL_PROCESS;
	return verdict & SECCOMP_RET_ACTION_FULL;
}

/*
 * True if a call with this answer returns, if only with an error: it doesn't kill, send a signal or wait for a
 * listener.
 */
static bool only_returns(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_ERRNO ||
	       action == SECCOMP_RET_TRACE;
}

static bool may_unmap(const struct filter_load *load)
{
	return only_returns(action_at(load, I386_MUNMAP));
}

/* True if the filter does more than return an error for call `number` because of the marker in its argument. */
static bool kills_on_marker(const struct filter_load *load, uint32_t number)
{
	struct filter_call call = filter_call32(number, abi_arch("i386")->token);
	uint32_t verdict;

	filter_call_know(&call, FILTER_ARGUMENT(FILTER_MARKER_ARGUMENT), FILTER_MARKER);
	return !filter_interpret(load->own.code, load->own.length, &call, &verdict) &&
	       !only_returns(verdict & SECCOMP_RET_ACTION_FULL);
}

/*
 * True if this filter would kill or notify on mmap2, on munmap, or on a load with the marker: then no later filter of
 * this process can be extended, because making these calls would kill the program or block it. A trap alone doesn't
 * hinder, because the supervisor discards its SIGSYS. It discards that of munmap only when it makes the next call, a
 * getpid(), so then getpid() must return.
 */
static bool hinders(const struct filter_load *load)
{
	uint32_t map = action_at(load, I386_MMAP2), unmap = action_at(load, I386_MUNMAP);

	if ((!only_returns(map) && map != SECCOMP_RET_TRAP) || kills_on_marker(load, I386_PRCTL) ||
	    kills_on_marker(load, I386_SECCOMP))
		return true;
	if (unmap == SECCOMP_RET_TRAP)
		unmap = action_at(load, I386_GETPID);
	return !only_returns(unmap);
}

/* True if it traps mmap2 or munmap. The kernel kills a thread for a trap if it blocks or ignores SIGSYS. */
static bool traps(const struct filter_load *load)
{
	return action_at(load, I386_MMAP2) == SECCOMP_RET_TRAP || action_at(load, I386_MUNMAP) == SECCOMP_RET_TRAP;
}

void filter_load_examine(struct filter_load *load)
{
	load->examined.result = extend(load);
	load->examined.hinders = hinders(load);
	load->examined.traps = traps(load);
	load->examined.may_unmap = may_unmap(load);
}

/*
 * True if the thread may already have a filter that hinders. A thread's filters can't be read. But we remember which
 * processes were about to load such a filter, and how many filters they had before. A thread of such a process, or of a
 * descendant, which inherits filters, has the filter if it now has more filters than that.
 *
 * Two cases are missed: orphans, whose parents aren't their ancestors any more; and programs with such a filter from
 * outside of the tree. But these are killed or blocked when they start, because they map memory themselves then.
 */
static bool is_hindered(const struct filter_loads *loads, pid_t thread, pid_t process, unsigned filters)
{
	for (pid_t pid = process; pid && !ring_is_unused(&loads->hindered); pid = status_parent(pid)) {
		struct status_identity identity = status_identify(pid);

		for (const struct hindered *found = NULL; (found = ring_find(&loads->hindered, &identity, found));)
			if (found->filters_before < filters &&
			    (!found->traps_only || status_blocks_or_ignores(thread, SIGSYS)))
				return true;
	}
	return false;
}

/* If this filter would hinder the extension of later ones, remembers that the process is about to load it. */
static void remember_if_hindering(struct filter_loads *loads, pid_t process, unsigned filters)
{
	bool hindering = loads->load.examined.hinders;
	struct status_identity identity = status_identify(process);
	struct hindered *entry;

	if (!identity.number || (!hindering && !loads->load.examined.traps))
		return;
	entry = ring_add(&loads->hindered, &identity);
	entry->filters_before = filters;
	entry->traps_only = !hindering;
}

/* ---- In the stopped thread --------------------------------------------------------------------------------------- */

static bool is_error(uint32_t result)
{
	return result >= (uint32_t)-4095;
}

/*
 * True if the load with this result has loaded the filter. The result then is 0, or the listener if one was requested.
 * Any other positive result is of SECCOMP_FILTER_FLAG_TSYNC: a thread that couldn't get the filter, so no thread got
 * it.
 */
static bool is_loaded(const struct filter_load *load, uint32_t result)
{
	return result == 0 || (load->number == I386_SECCOMP && !is_error(result) &&
			       load->words[FLAGS_AT] & SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

/*
 * Loads the extended filter. Returns true, with the result for the program in *result, if the kernel accepted it; or
 * false: the program's own filter must be loaded. *error is 0; or the error of remote_call(), after which no calls can
 * be made in the thread any more.
 */
static bool load_extended(struct remote *remote, struct filter_load *load, uint32_t *result, int *error)
{
	uint32_t words[REMOTE_WORDS], at, unused = 0;
	bool taken;

	memcpy(words, mmap2_words, sizeof words);
	words[1] = (load->examined.size + I386_PAGE - 1) & -(uint32_t)I386_PAGE;
	*error = remote_call(remote, I386_MMAP2, words, &at);
	/*
	 * An older filter may have trapped the call: then the result is the call's number, which isn't a page's
	 * address.
	 */
	if (*error || is_error(at) || at % I386_PAGE)
		return false;
	load->examined.extended.filter = at + (uint32_t)offsetof(struct filter_program, code);
	taken = !memory_write(&load->process, at, &load->examined.extended, load->examined.size);
	if (taken) {
		uint32_t load_words[REMOTE_WORDS];

		memcpy(load_words, load->words, sizeof load_words);
		load_words[PROGRAM_AT] = at;
		*error = remote_call(remote, load->number, load_words, result);
		taken = !*error && !is_error(*result) && !remote->trapped;
	}
	/* With this filter loaded, munmap() might kill the thread. Then the memory stays mapped. */
	words[0] = at;
	if (!*error && (!taken || load->examined.may_unmap))
		*error = remote_call(remote, I386_MUNMAP, words, &unused);
	/*
	 * An older filter trapped munmap(). The next call discards its SIGSYS, which the program would get otherwise.
	 */
	if (!*error && unused == I386_MUNMAP && remote->trapped)
		*error = remote_call(remote, I386_GETPID, words, &unused);
	return taken;
}

/* Loads the extended filter, or the program's own if that fails, tells the event, and lets the thread go on. */
static void load_in(struct supervisor *supervisor, struct remote *remote)
{
	struct filter_load *load = &supervisor->filter_loads.load;
	uint32_t result;
	bool extended;
	int r;

	load->words[FILTER_MARKER_ARGUMENT] = FILTER_MARKER;
	extended = load_extended(remote, load, &result, &r);
	if (!extended && !r)
		r = remote_call(remote, load->number, load->words, &result);
	/* -ESRCH: the thread has ended. -EPERM: it has no `int $0x80` any more that could make calls. */
	if (r && r != -EPERM)
		return;
	if (r && !extended)
		result = (uint32_t)r;
	/* ENOMEM: too many instructions with the older filters (seccomp(2)), or no memory could be mapped. */
	if (is_loaded(load, result))
		tell(supervisor, remote->pid, extended ? 0 : -ENOMEM);
	remote_release(remote, &result);
}

/* ---- A load ------------------------------------------------------------------------------------------------------ */

/* Examines the program's filter, here or by options.examine(). Returns 0 or -errno of options.examine(). */
static int examine(struct supervisor *supervisor, struct filter_load *load)
{
	if (supervisor->options.examine)
		return supervisor->options.examine(supervisor->options.context, load);
	filter_load_examine(load);
	return 0;
}

/*
 * Reads and examines the filter of supervisor->filter_loads.load. `after` is the address behind the instruction that
 * makes the call. Returns 1 if the filter must be extended; 0 if it needn't be; -errno if it must be, but can't.
 */
static int prepare(struct supervisor *supervisor, uint32_t after)
{
	struct filter_loads *loads = &supervisor->filter_loads;
	struct filter_load *load = &loads->load;
	static const unsigned char int80[] = { I386_INT80 };
	unsigned char instruction[I386_INT80_BYTES];
	pid_t process, thread = load->process.pid;
	unsigned filters;
	bool hindered;
	int r;

	/* A process without a 32-bit vDSO is a 64-bit program that makes a 32-bit call. Nothing in it was patched. */
	if (!load->process.vdso || read_own(load))
		return 0;
	process = status_process(thread);
	filters = status_filters(thread);
	hindered = is_hindered(loads, thread, process, filters);
	r = examine(supervisor, load);
	if (r)
		return r;
	remember_if_hindering(loads, process, filters);
	if (load->examined.result <= 0)
		return load->examined.result;
	if (hindered)
		return -EPERM;
	/* remote_call() makes calls by the thread's own `int $0x80`, so the load must have been made by one. */
	if (memory_read(&load->process, after - I386_INT80_BYTES, instruction, sizeof instruction) ||
	    memcmp(instruction, int80, sizeof instruction) != 0)
		return -ENOTSUP;
	return 1;
}

/* True if the thread repeats a load because it was in 64-bit mode. Also forgets that, so it is true once. */
static bool repeats_in_64_bit_mode(struct filter_loads *loads, pid_t thread)
{
	struct status_identity identity;
	struct in_64_bit_mode *found;

	if (ring_is_unused(&loads->in_64_bit_mode))
		return false;
	identity = status_identify(thread);
	found = ring_find(&loads->in_64_bit_mode, &identity, NULL);

	if (found)
		ring_forget(&loads->in_64_bit_mode, found);
	return found != NULL;
}

enum call_answer filter_load_reported(struct supervisor *supervisor, int listener, const struct listener_call *call)
{
	struct filter_loads *loads = &supervisor->filter_loads;
	struct filter_load *load = &loads->load;
	struct listener_waiting waiting = { listener, call };
	int r = 0;

	if (!call->pid || process_open(&load->process, call->pid))
		return CALL_CONTINUE;
	load->number = (uint32_t)call->number;
	for (unsigned i = 0; i < REMOTE_WORDS; i++)
		load->words[i] = (uint32_t)call->argument[i];
	/*
	 * Checked after process_open(): if the call still waits now, the opened memory is that of the thread that makes
	 * it.
	 */
	if (listener_call_is_waiting(listener, call) && !repeats_in_64_bit_mode(loads, call->pid))
		r = prepare(supervisor, (uint32_t)call->from);
	if (r > 0) {
		r = supervisor_may_trace(supervisor) ? remote_attach_if(call->pid, listener_is_waiting, &waiting)
						     : -EPERM;
		if (!r)
			return CALL_REPEAT;
	}
	process_close(&load->process);
	if (r < 0 && listener_is_waiting(&waiting))
		tell(supervisor, call->pid, r);
	return CALL_CONTINUE;
}

/*
 * True if the thread has stopped in the reported call, and not on its way to a signal handler, after which it repeats
 * the call. In the reported call, eax is the error of CALL_REPEAT's answer; or, before Linux 5.19, ERESTARTSYS, if the
 * stop ended the wait before the answer came.
 */
static bool is_stopped_in(const struct remote *remote, const struct filter_load *load)
{
	return remote->registers.orig_eax == load->number && remote->registers.edx == load->words[PROGRAM_AT] &&
	       (remote->registers.eax == (uint32_t)-LISTENER_RESTARTED ||
		remote->registers.eax == (uint32_t)(1 - LISTENER_RESTARTED));
}

void filter_load_in_stopped(struct supervisor *supervisor, const struct listener_call *call)
{
	struct filter_loads *loads = &supervisor->filter_loads;
	struct status_identity identity = status_identify(call->pid); /* traced, so the number is its own */
	struct remote remote;
	int r = remote_stop(&remote, call->pid);

	/*
	 * The thread is in 64-bit mode, and no calls can be made in it. It repeats its load, which is reported again.
	 */
	if (r == -ENOTSUP && identity.number)
		ring_add(&loads->in_64_bit_mode, &identity);
	if (!r && is_stopped_in(&remote, &loads->load))
		load_in(supervisor, &remote);
	else if (!r)
		remote_release(&remote, NULL); /* a signal handler runs first; then the load is reported again */
	process_close(&loads->load.process);
}

bool filter_load_traced(struct supervisor *supervisor, pid_t pid)
{
	struct filter_load *load = &supervisor->filter_loads.load;
	struct registers32 registers;
	struct remote remote;
	int r = registers_get(pid, &registers);

	if (r || process_open(&load->process, pid))
		return false;
	load->number = registers.orig_eax;
	memcpy(load->words,
	       (const uint32_t[]){ registers.ebx, registers.ecx, registers.edx, registers.esi, registers.edi,
				   registers.ebp },
	       sizeof load->words);
	r = prepare(supervisor, registers.eip);
	if (r < 0)
		tell(supervisor, pid, r);
	if (r > 0 && !remote_skip(&remote, pid))
		load_in(supervisor, &remote);
	process_close(&load->process);
	return r > 0;
}
