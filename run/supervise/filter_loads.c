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
	/* Arguments, from 0 on: of seccomp() the flags, of seccomp() and prctl() the program. */
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
	 * An entry that was being written: a process under a listener has at least the listener's filter. Its load,
	 * which is dealt with again, adds it again.
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

/* Reads the filter from the program's memory. 0, or -errno: the kernel will refuse it as well. */
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

/* Writes the extended filter. Returns examined.result. */
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

/* ---- What the filter does at the supervisor's own calls -------------------------------------------------------------
 *
 * The calls that the supervisor makes in a thread pass the filters that the thread has already.
 */

/* The arguments of the mmap2() that is made for the extended filter. The second one, the length, varies. */
static const uint32_t mmap2_words[REMOTE_WORDS] = {
	0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, (uint32_t)-1, 0,
};

/*
 * What the program's filter, once it is loaded, answers to system call `number` (to mmap2: as it is made here):
 * SECCOMP_RET_* without its data. Where that depends on words that aren't known, the worst is assumed.
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
 * Whether a call with this answer returns, if only with an error: it neither kills, nor sends a signal, nor waits
 * for somebody.
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

/* Whether the filter does more than return an error to call `number` because of the marker in its argument. */
static bool kills_on_marker(const struct filter_load *load, uint32_t number)
{
	struct filter_call call = filter_call32(number, abi_arch("i386")->token);
	uint32_t verdict;

	filter_call_know(&call, FILTER_ARGUMENT(FILTER_MARKER_ARGUMENT), FILTER_MARKER);
	return !filter_interpret(load->own.code, load->own.length, &call, &verdict) &&
	       !only_returns(verdict & SECCOMP_RET_ACTION_FULL);
}

/*
 * Whether this filter would kill or notify on mmap2, on munmap, or on a load with the marker: then a later filter
 * of this process can't be extended. A trap alone doesn't hinder: the supervisor drops its SIGSYS. That of munmap
 * it drops at a getpid() that it makes next, which must return for that.
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

/* Whether it traps mmap2 or munmap. In a thread that blocks or ignores SIGSYS, a trap kills. */
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
 * Whether the thread may have a filter already that hinders. The filters of a thread can't be read; but it is known
 * of processes that they were about to load such a filter, and how many filters they had before. A thread of such a
 * process, or of a descendant, which inherits filters, has it if it has more filters now than that.
 *
 * Not found are orphans (their parents aren't their ancestors any more), and what has such a filter from outside of
 * the tree: a program doesn't get through its start with that.
 */
static bool is_hindered(const struct filter_loads *loads, pid_t thread, pid_t process, unsigned filters)
{
	for (pid_t pid = process; pid && !ring_is_empty(&loads->hindered); pid = status_parent(pid)) {
		struct status_identity identity = status_identify(pid);

		for (const struct hindered *found = NULL; (found = ring_find(&loads->hindered, &identity, found));)
			if (found->filters_before < filters &&
			    (!found->traps_only || status_blocks_or_ignores(thread, SIGSYS)))
				return true;
	}
	return false;
}

/* Remembers that the process is about to load this filter, where it hinders the supervisor at later ones. */
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
 * Whether that result of the load means that the filter is loaded. It is 0, or the listener that was asked for.
 * Another positive result is that of SECCOMP_FILTER_FLAG_TSYNC: a thread that couldn't take the filter over, so
 * that none did.
 */
static bool is_loaded(const struct filter_load *load, uint32_t result)
{
	return result == 0 || (load->number == I386_SECCOMP && !is_error(result) &&
			       load->words[FLAGS_AT] & SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

/*
 * Loads the extended filter. True when the kernel took it: *result is what the program is to get. False when the
 * program's own filter has to be loaded. *error is 0, or that of remote_call(), after which no more calls can be
 * made in the thread.
 */
static bool load_extended(struct remote *remote, struct filter_load *load, uint32_t *result, int *error)
{
	uint32_t words[REMOTE_WORDS], at, unused = 0;
	bool taken;

	memcpy(words, mmap2_words, sizeof words);
	words[1] = (load->examined.size + I386_PAGE - 1) & -(uint32_t)I386_PAGE;
	*error = remote_call(remote, I386_MMAP2, words, &at);
	/* The number of the call as its result means that an older filter trapped it. That is no page's address. */
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
	words[0] = at;
	if (!*error && (!taken || load->examined.may_unmap))
		*error = remote_call(remote, I386_MUNMAP, words, &unused);
	/* An older filter trapped this. The next call drops its SIGSYS, which would be the program's otherwise. */
	if (!*error && unused == I386_MUNMAP && remote->trapped)
		*error = remote_call(remote, I386_GETPID, words, &unused);
	return taken;
}

/* Loads the extended filter, or else the program's own, tells of it, and lets the thread go. */
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
	if (r && r != -EPERM)
		return; /* the thread is gone */
	if (r && !extended)
		result = (uint32_t)r;
	if (is_loaded(load, result))
		tell(supervisor, remote->pid, extended ? 0 : -ENOMEM);
	remote_release(remote, &result);
}

/* ---- A load ------------------------------------------------------------------------------------------------------ */

/* Has the program's filter examined, here or by options.examine(). 0 or its -errno. */
static int examine(struct supervisor *supervisor, struct filter_load *load)
{
	if (supervisor->options.examine)
		return supervisor->options.examine(supervisor->options.context, load);
	filter_load_examine(load);
	return 0;
}

/*
 * Reads the filter that supervisor->filter_loads.load is about, whose call ends at address `after`. 1: it is to be
 * extended, and can be; 0: it isn't; -errno: it is to be, but can't.
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

	/* Without a 32-bit vDSO it is a 64-bit program that makes a 32-bit call: nothing in it was patched. */
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
	/* The supervisor's calls are made by the program's own instruction. */
	if (memory_read(&load->process, after - I386_INT80_BYTES, instruction, sizeof instruction) ||
	    memcmp(instruction, int80, sizeof instruction) != 0)
		return -ENOTSUP;
	return 1;
}

/* Whether the thread is one that repeats its call in 64-bit mode. From now on it isn't. */
static bool repeats_in_64_bit_mode(struct filter_loads *loads, pid_t thread)
{
	struct status_identity identity;
	struct in_64_bit_mode *found;

	if (ring_is_empty(&loads->in_64_bit_mode))
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
	/* The memory is open: if the call still waits, it is the memory of the thread that makes it. */
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
 * Whether the thread has stopped in the call that was reported, and not in a signal's handler before it makes the
 * call once more. The call's result is then that of CALL_REPEAT; or, before Linux 5.19, ERESTARTSYS, if the stop
 * ended the waiting before the answer did.
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
	struct status_identity identity = status_identify(call->pid); /* attached to: it is there */
	struct remote remote;
	int r = remote_stop(&remote, call->pid);

	/* No calls can be made in it. It makes its own once more, which is reported again. */
	if (r == -ENOTSUP && identity.number)
		ring_add(&loads->in_64_bit_mode, &identity);
	if (!r && is_stopped_in(&remote, &loads->load))
		load_in(supervisor, &remote);
	else if (!r)
		remote_release(&remote,
			       NULL); /* first the handler runs, and then the call is made and reported again */
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
