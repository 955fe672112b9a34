/* SPDX-License-Identifier: MIT */
#include "run/supervise/filter_loads.h"

#include "abi/i386.h"
#include "abi/x86.h"
#include "run/demux/ask.h"
#include "process/remote.h"
#include "run/supervise/event.h"
#include "process/memory.h"
#include "process/status.h"
#include "filter/equalize.h"
#include "filter/filter.h"
#include "filter/reports.h"
#include "filter/interpret.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

enum { FLAGS_AT = 1, PROGRAM_AT = 2 };

enum { HINDERED_MOST = 64 };

/* struct sock_fprog of a 32-bit program, and behind it, as it is put into the program, the filter: struct compat_sock_fprog. */
struct loaded {
	uint16_t length, unused;
	uint32_t filter;
	struct sock_filter code[BPF_MAXINSNS];
};

/* A program's filter that is to get something before it. */
struct load {
	uint32_t number, words[REMOTE_WORDS];
	struct loaded own, longer;
	uint32_t size; /* of the longer one in the program's memory */
};

static int is_error(uint32_t result)
{
	return result >= (uint32_t)-4095;
}

/* Whether that result of the load says that it is done. SECCOMP_FILTER_FLAG_TSYNC's may be a thread that couldn't follow. */
static int is_loaded(const struct load *load, uint32_t result)
{
	return result == 0 || (load->number == I386_SECCOMP && !is_error(result) &&
			       load->words[FLAGS_AT] & SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

/* What the program is about to load; 0, or -errno: nothing that can be read, or be a filter. */
static int read_own(const struct process *target, struct load *load)
{
	struct loaded *own = &load->own;
	int r = memory_read_as_itself(target, load->words[PROGRAM_AT], own, offsetof(struct loaded, code));

	if (r)
		return r;
	if (!own->length || own->length > BPF_MAXINSNS)
		return -EINVAL;
	return memory_read_as_itself(target, own->filter, own->code, own->length * sizeof *own->code);
}

/* Whether there is something to put before it: 1, or 0, or -E2BIG, no room is left for it. */
static int lengthen(struct load *load)
{
	static const struct filter_memory_check ask = {
		.words = { (uint32_t)ASK_HOW, ASK_OLD, ASK_SIZE },
		.at = { 0, 2, 3 },
	};
	const struct loaded *own = &load->own;
	struct loaded *longer = &load->longer;
	int front = filter_equalize(own->code, own->length, abi_arch("i386"), &ask, longer->code);

	if (front <= 0)
		return front;
	if (own->length + front > BPF_MAXINSNS)
		return -E2BIG;
	memcpy(longer->code + front, own->code, own->length * sizeof *own->code);
	longer->length = (uint16_t)(own->length + front);
	load->size = (uint32_t)(offsetof(struct loaded, code) + longer->length * sizeof *longer->code);
	return 1;
}

/* What is mapped for the longer filter, of a size that comes as the second word. */
static const uint32_t room_words[REMOTE_WORDS] = {
	0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, (uint32_t)-1, 0,
};

/* What the program's filter, once it is loaded, does at that call; a kill, where it can't be told. */
static uint32_t action_at(const struct load *load, uint32_t number)
{
	struct filter_call call = filter_call32(number, abi_arch("i386")->token);
	uint32_t verdict;

	for (unsigned i = 0; number == I386_MMAP2 && i < REMOTE_WORDS; i++)
		if (i != 1)
			filter_call_know(&call, FILTER_ARGUMENT(i), room_words[i]);
	if (filter_interpret(load->own.code, load->own.length, &call, &verdict))
		return SECCOMP_RET_KILL_PROCESS;
	return verdict & SECCOMP_RET_ACTION_FULL;
}

/* Whether all that comes of such a call is its result. */
static int has_result(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_ERRNO ||
	       action == SECCOMP_RET_TRACE;
}

/* Whether nothing but an error comes of giving the memory back. */
static int may_unmap(const struct load *load)
{
	return has_result(action_at(load, I386_MUNMAP));
}

/* Whether the filter, whatever else it looks at, takes the mark of a load that is made here for worse than an error. */
static int minds_mark(const struct load *load, uint32_t number)
{
	struct filter_call call = filter_call32(number, abi_arch("i386")->token);
	uint32_t verdict;

	filter_call_know(&call, FILTER_ARGUMENT(FILTER_MARKER_ARGUMENT), FILTER_MARKER);
	return !filter_interpret(load->own.code, load->own.length, &call, &verdict) &&
	       !has_result(verdict & SECCOMP_RET_ACTION_FULL);
}

/* Whether the filter is in the way of later ones: of a call made here more would come than a result, or a trap. */
static int hinders(const struct load *load)
{
	uint32_t map = action_at(load, I386_MMAP2), unmap = action_at(load, I386_MUNMAP);

	if ((!has_result(map) && map != SECCOMP_RET_TRAP) || minds_mark(load, I386_PRCTL) ||
	    minds_mark(load, I386_SECCOMP))
		return 1;
	if (unmap == SECCOMP_RET_TRAP)
		unmap = action_at(load, I386_GETPID);
	return !has_result(unmap);
}

/* Whether calls made here are trapped, which is to be had only of a thread that neither blocks nor ignores SIGSYS. */
static int traps(const struct load *load)
{
	return action_at(load, I386_MMAP2) == SECCOMP_RET_TRAP || action_at(load, I386_MUNMAP) == SECCOMP_RET_TRAP;
}

/*
 * Whether the thread may have a filter that hinders: its process or one above has been about to load such a one, and the
 * thread has more filters than were there before. Of these processes the oldest makes room. An orphan's aren't above it any
 * more; and a program that is started with such a filter doesn't get far.
 */
static int is_hindered(pid_t thread, const struct load *load)
{
	static struct {
		pid_t process;
		unsigned filters; /* before */
		int only_traps;
	} hindered[HINDERED_MOST];
	static unsigned next;
	pid_t process = status_process(thread);
	unsigned filters = status_filters(thread);
	int hinder = hinders(load), found = 0;

	for (pid_t pid = process; pid && next && !found; pid = status_parent(pid))
		for (unsigned i = 0; i < HINDERED_MOST; i++)
			found |= hindered[i].process == pid && hindered[i].filters < filters &&
				 (!hindered[i].only_traps || status_blocks_or_ignores(thread, SIGSYS));
	if (process && (hinder || traps(load))) {
		hindered[next % HINDERED_MOST].process = process;
		hindered[next % HINDERED_MOST].only_traps = !hinder;
		hindered[next++ % HINDERED_MOST].filters = filters;
	}
	return found;
}

/* In the stopped thread: loads the longer filter. Whether it is loaded; *r: 0 with *result, or -ESRCH. */
static int load_longer(struct remote *remote, const struct process *target, struct load *load, uint32_t *result, int *r)
{
	uint32_t room[REMOTE_WORDS], words[REMOTE_WORDS], at, none = 0;
	int loaded;

	memcpy(room, room_words, sizeof room);
	room[1] = (load->size + I386_PAGE - 1) & -(uint32_t)I386_PAGE;
	*r = remote_call(remote, I386_MMAP2, room, &at);
	if (*r || is_error(at) || at % I386_PAGE)
		return 0;
	load->longer.filter = at + (uint32_t)offsetof(struct loaded, code);
	memcpy(words, load->words, sizeof words);
	words[PROGRAM_AT] = at;
	loaded = !memory_write(target, at, &load->longer, load->size);
	if (loaded)
		*r = remote_call(remote, load->number, words, result);
	loaded = loaded && !*r && !is_error(*result) && !remote->trapped;
	room[0] = at;
	if (!*r && (!loaded || may_unmap(load)))
		*r = remote_call(remote, I386_MUNMAP, room, &none);
	/* Trapped by an older filter: its SIGSYS is taken away by the next call. */
	if (!*r && none == I386_MUNMAP && remote->trapped)
		*r = remote_call(remote, I386_GETPID, room, &none);
	return loaded;
}

/*
 * What was stopped must be the call that waited: the call ended by listener_repeat(), or, before Linux 5.19, by the stop
 * itself, which is as ERESTARTSYS.
 */
static int is_stopped_in(const struct remote *remote, const struct load *load)
{
	return remote->registers.orig_eax == load->number && remote->registers.edx == load->words[PROGRAM_AT] &&
	       (remote->registers.eax == (uint32_t)-LISTENER_RESTARTED ||
		remote->registers.eax == (uint32_t)(1 - LISTENER_RESTARTED));
}

/* Whether the filter is to be lengthened, and can: 1, 0, or -errno. */
static int prepare(const struct process *target, struct load *load, uint32_t from)
{
	static const unsigned char int80[] = { I386_INT80 };
	unsigned char instruction[I386_INT80_BYTES];
	int hindered, r;

	/* A 64-bit program's call by the 32-bit entry is left alone, and what the kernel will refuse. */
	if (!target->vdso || read_own(target, load))
		return 0;
	hindered = is_hindered(target->pid, load);
	r = lengthen(load);
	if (r <= 0)
		return r;
	if (hindered)
		return -EPERM;
	if (memory_read(target, from - I386_INT80_BYTES, instruction, sizeof instruction) ||
	    memcmp(instruction, int80, sizeof instruction) != 0)
		return -ENOTSUP;
	return 1;
}

static void tell(pid_t pid, int error, const struct supervisor_options *options)
{
	event_tell(options, (struct supervisor_event){
				    .kind = error ? SUPERVISOR_FILTER_LEFT : SUPERVISOR_FILTER_EXTENDED,
				    .pid = pid,
				    .error = error,
			    });
}

/* In the stopped thread: loads the longer filter, or else its own, and lets the thread go. */
static void load_in(struct remote *remote, const struct process *target, struct load *load,
		    const struct supervisor_options *options)
{
	uint32_t result;
	int r, loaded;

	load->words[FILTER_MARKER_ARGUMENT] = FILTER_MARKER;
	loaded = load_longer(remote, target, load, &result, &r);
	if (!loaded && !r)
		r = remote_call(remote, load->number, load->words, &result);
	if (r && r != -EPERM)
		return; /* it is gone */
	if (r && !loaded)
		result = (uint32_t)r;
	if (is_loaded(load, result))
		tell(remote->pid, loaded ? 0 : -ENOMEM, options);
	remote_release(remote, &result);
}

/*
 * Threads whose call was by the 32-bit entry, but in 64-bit mode, and that are about to repeat it: they could only be had to do
 * that again. The oldest makes room.
 */
enum { WIDE_MOST = 64 };
static pid_t wide[WIDE_MOST];

static void remember_wide(pid_t pid)
{
	static unsigned next;

	wide[next++ % WIDE_MOST] = pid;
}

/* Whether the thread is one of them; now it isn't any more. */
static int take_wide(pid_t pid)
{
	for (unsigned i = 0; i < WIDE_MOST; i++) {
		if (wide[i] == pid) {
			wide[i] = 0;
			return 1;
		}
	}
	return 0;
}

/* Stops the thread whose call waits, and answers it. 0, or -errno: it still waits. */
static int stop_and_load(int listener, const struct listener_call *call, const struct process *target,
			 struct load *load, const struct supervisor_options *options)
{
	struct remote remote;
	int r = remote_is_allowed() ? remote_attach(call->pid) : -EPERM;

	if (r)
		return r;
	listener_repeat(listener, call);
	r = remote_stop(&remote, call->pid);
	if (r == -ENOTSUP)
		remember_wide(call->pid);
	if (r)
		return 0;
	if (is_stopped_in(&remote, load))
		load_in(&remote, target, load, options);
	else
		remote_release(&remote, NULL); /* a signal's handler comes first, and then the call once more */
	return 0;
}

void loads_answer(int listener, const struct listener_call *call, const struct supervisor_options *options)
{
	static struct load load;
	struct process target;
	int waits, r;

	if (!call->pid || process_open(&target, call->pid)) {
		listener_continue(listener, call);
		return;
	}
	load.number = (uint32_t)call->number;
	for (unsigned i = 0; i < REMOTE_WORDS; i++)
		load.words[i] = (uint32_t)call->argument[i];
	r = listener_still_waits(listener, call) && !take_wide(call->pid)
		    ? prepare(&target, &load, (uint32_t)call->from)
		    : 0;
	waits = r <= 0;
	if (!waits) {
		r = stop_and_load(listener, call, &target, &load, options);
		waits = r < 0;
	}
	process_close(&target);
	if (r < 0)
		tell(call->pid, r, options);
	if (waits)
		listener_continue(listener, call);
}

int loads_stopped(pid_t pid, const struct supervisor_options *options)
{
	static struct load load;
	struct registers32 registers;
	struct remote remote;
	struct process target;
	int r = registers_get(pid, &registers);

	if (r || process_open(&target, pid))
		return 0;
	load.number = registers.orig_eax;
	memcpy(load.words,
	       (const uint32_t[]){ registers.ebx, registers.ecx, registers.edx, registers.esi, registers.edi,
				   registers.ebp },
	       sizeof load.words);
	r = prepare(&target, &load, registers.eip);
	if (r < 0)
		tell(pid, r, options);
	if (r > 0 && !remote_skip(&remote, pid))
		load_in(&remote, &target, &load, options);
	process_close(&target);
	return r > 0;
}
