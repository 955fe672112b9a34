/* SPDX-License-Identifier: MIT */
#include "run/supervise/multiplexed.h"

#include "abi/abi.h"
#include "abi/i386.h"
#include "process/memory.h"
#include "process/registers.h"
#include "process/remote.h"
#include "process/status.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/ptrace.h>

void multiplexed_init(struct multiplexed *multiplexed)
{
	multiplexed->told = (struct ring)RING_OVER(multiplexed->told_entries, program);
	multiplexed->unturned = (struct ring)RING_OVER(multiplexed->unturned_entries, thread);
}

bool is_multiplexed_call(const struct listener_call *call)
{
	const struct abi_arch *i386 = abi_arch("i386");

	return call->arch == i386->token && call->number == i386->socketcall;
}

/* ---- Events ------------------------------------------------------------------------------------------------------ */

/* The program that the process runs. */
static struct multiplexed_program program_of(pid_t process)
{
	struct multiplexed_program program = { .process = status_identify(process) };
	char name[MULTIPLEXED_NAME];

	status_name(process, name, sizeof name);
	memcpy(program.name, name, strlen(name)); /* the rest is zero in each entry, as keys are compared as bytes */
	return program;
}

/*
 * Tells the event, unless there was one for the program that the process runs. The program is remembered after the
 * event: if this process is killed in between, the next one tells the event again, and none is lost.
 */
static void tell_once(struct supervisor *supervisor, struct supervisor_event event)
{
	struct multiplexed_program program = program_of(event.pid);
	struct ring *told = &supervisor->multiplexed.told;

	if (ring_find(told, &program, NULL))
		return;
	supervisor_tell(supervisor, event);
	ring_add(told, &program);
}

/*
 * Tells once for each program that its calls are refused. 64-bit programs (-ENOTSUP) are left out, unless
 * options.tells_closed is set, because socketcall is closed to them anyway.
 */
static void tell_refused(struct supervisor *supervisor, pid_t thread, int error)
{
	pid_t process = status_process(thread);

	if (process && (error != -ENOTSUP || supervisor->options.tells_closed))
		tell_once(supervisor, (struct supervisor_event){
					      .kind = SUPERVISOR_NOT_PATCHED,
					      .pid = process,
					      .error = error,
				      });
}

static void tell_patched(struct supervisor *supervisor, const struct late *late, pid_t process)
{
	if (process)
		supervisor_tell(supervisor,
				(struct supervisor_event){
					.kind = late->is_patched ? SUPERVISOR_PATCHED_LATE : SUPERVISOR_PATCHED,
					.pid = process,
					.stubs = late->site_at && late->caller == LATE_STUB,
					.go = late->site_at && late->caller == LATE_GO,
				});
}

/* Tells once for each program that its multiplexed calls are let through. */
static void tell_audited(struct supervisor *supervisor, pid_t thread)
{
	pid_t process = status_process(thread);

	if (process)
		tell_once(supervisor, (struct supervisor_event){ .kind = SUPERVISOR_MULTIPLEXED, .pid = process });
}

/* ---- Patching ---------------------------------------------------------------------------------------------------- */

/* True if a stopped thread would go on inside the bytes that the patch replaces. */
static bool any_thread_is_inside(const struct threads *threads, const struct late *late)
{
	for (unsigned i = 0; i < late->changes; i++)
		if (threads_any_is_inside(threads, late->changed[i].start, late->changed[i].end))
			return true;
	return false;
}

/*
 * Prepares the patch. The calling thread is stopped; `alone`: it is the only thread of its process. If there is a
 * worker, it hasn't looked at the memory yet: it does so now, and writes as much as is safe in one step. Returns 0; or
 * -errno, and the call can't be turned.
 */
static int prepare(struct late *late, const struct listener_call *call, bool alone)
{
	uint32_t after = (uint32_t)call->from;
	int r;

	if (!late->patcher->worker)
		return late_write_code(late);
	r = alone ? late_patch(late, after) : late_prepare(late, after);
	return !r && late->caller == LATE_LAST_RESORT ? -ENOSYS : r;
}

/*
 * Writes the jumps of the patch, unless they are written already. The process' other threads are stopped meanwhile,
 * because a thread that is inside the replaced bytes would go on in the middle of an instruction. If one is inside,
 * nothing is written now: the next call will be reported, too, and turned.
 */
static void write_changes(struct supervisor *supervisor, struct late *late, pid_t thread, bool alone)
{
	struct threads *threads = &supervisor->multiplexed.threads;

	if (!late->changes)
		return;
	if (alone && !late->is_written) {
		late_write_jumps(late);
	} else if (!alone && !threads_stop(threads, thread, supervisor->stop_waiting)) {
		if (!any_thread_is_inside(threads, late))
			late_write_jumps(late);
		threads_release(threads);
	}
	if (late->is_written)
		tell_patched(supervisor, late, alone ? thread : status_process(thread));
}

/* ---- Turning the call -------------------------------------------------------------------------------------------- */

/*
 * True if the thread has memory below its stack pointer, which the demultiplexer needs. The kernel's call needs no
 * stack, so code with an `int $0x80` of its own may have none; if its call were turned nevertheless, the
 * demultiplexer's push would kill it. memory_read() extends a stack that grows, as a push of the thread would.
 */
static bool has_stack(const struct late *late, const struct registers32 *registers)
{
	enum { STACK_BYTES = 64 }; /* for the return address, saved registers, and the words of a block */
	unsigned char bytes[STACK_BYTES];
	uint32_t at = registers->esp - sizeof bytes;

	return !memory_read(&late->target, at, bytes, sizeof bytes) &&
	       !memory_read_as_itself(&late->target, at, bytes, sizeof bytes);
}

/*
 * Sets *registers for the direct call instead of the multiplexed one; reads the block from the process' memory. Returns
 * false if that isn't possible.
 */
static bool set_direct(const struct late *late, struct registers32 *registers)
{
	const struct abi_arch *i386 = abi_arch("i386");
	const struct abi_call *call = abi_call((int)registers->ebx);
	uint32_t words[SOCKETCALL_WORDS] = { 0 };
	int number;

	if (!call || memory_read_as_itself(&late->target, registers->ecx, words, call->arity * sizeof *words))
		return false;
	number = i386->number[call->call];
	registers->eax = (uint32_t)(number == ABI_NONE ? i386->number[call->maker] : number);
	registers->ebx = words[0];
	registers->ecx = words[1];
	registers->edx = words[2];
	registers->esi = words[3];
	registers->edi = words[4];
	registers->ebp = words[5];
	return true;
}

/*
 * Sets *registers so that the thread goes on with the direct call.
 *
 * For glibc's cancellation stub, the direct call must be made by the stub's own instruction, because the SIGCANCEL
 * handler cancels the thread only if its program counter is within the stub. Reading the block here is safe: it is
 * libc's, on the thread's own stack, and the stub restores the registers that are changed. For any other code, the
 * thread goes on as if it had called the vDSO's patched entry.
 */
static void turn(const struct late *late, struct registers32 *registers)
{
	registers->orig_eax = (uint32_t)-1; /* not in a system call: the kernel must not restart one */
	if (late->caller == LATE_STUB && set_direct(late, registers)) {
		registers->eip -= I386_INT80_BYTES;
		return;
	}
	registers->eax = registers->eip; /* the entry pushes eax as its return address */
	registers->eip = late->entry;
}

/*
 * True if the thread has stopped in the reported call, and not on its way to a signal handler, after which it repeats
 * the call. In the reported call, eax is the error of CALL_TURN's answer; or, before Linux 5.19, ERESTARTSYS, if the
 * stop ended the wait before the answer came.
 */
static bool is_stopped_in(const struct registers32 *registers, const struct listener_call *call)
{
	return registers->orig_eax == (uint32_t)call->number && registers->eip == (uint32_t)call->from &&
	       registers->ebx == (uint32_t)call->argument[0] && registers->ecx == (uint32_t)call->argument[1] &&
	       (registers->eax == (uint32_t)-LISTENER_RESTARTED ||
		registers->eax == (uint32_t)(1 - LISTENER_RESTARTED));
}

/* ---- A call ------------------------------------------------------------------------------------------------------ */

/* True if the thread repeats a call that couldn't be turned. Also forgets that, so it is true once. */
static bool repeats_unturned_call(struct supervisor *supervisor, pid_t thread)
{
	struct ring *unturned = &supervisor->multiplexed.unturned;
	struct status_identity identity;
	struct multiplexed_unturned *found;

	if (ring_is_unused(unturned))
		return false;
	identity = status_identify(thread);
	found = ring_find(unturned, &identity, NULL);

	if (found)
		ring_forget(unturned, found);
	return found != NULL;
}

/*
 * The stopped thread's call can't be turned, and fails with ENOSYS. But if there is a judge(), it may want to allow the
 * call. That isn't possible any more here, because the call has been answered: so the thread repeats it, and judge() is
 * asked when it is reported again.
 */
static void refuse_stopped(struct supervisor *supervisor, pid_t thread)
{
	struct status_identity identity;

	if (!supervisor->options.judge) {
		registers_answer(thread, -ENOSYS);
		return;
	}
	identity = status_identify(thread);
	if (identity.number)
		ring_add(&supervisor->multiplexed.unturned, &identity);
}

/*
 * Opens the process, and finds out what code made the call. Returns 0; or -errno, and the process isn't open: the call
 * can't be turned.
 */
static int look_at_caller(struct supervisor *supervisor, struct listener_waiting *waiting)
{
	struct late *late = &supervisor->multiplexed.late;
	int r = late_open(late, &supervisor->patcher, waiting->call->pid);

	if (r)
		return r;
	r = listener_is_waiting(waiting) ? late_look(late, (uint32_t)waiting->call->from) : -ESRCH;
	if (!r && late->caller == LATE_LAST_RESORT)
		r = -ENOSYS;
	if (r)
		late_end(late);
	return r;
}

static int attach(struct supervisor *supervisor, struct listener_waiting *waiting)
{
	if (!supervisor_may_trace(supervisor))
		return -EPERM;
	return remote_attach_if(waiting->call->pid, listener_is_waiting, waiting);
}

enum call_answer multiplexed_reported(struct supervisor *supervisor, int listener, const struct listener_call *call)
{
	struct listener_waiting waiting = { listener, call };
	int r;

	if (supervisor->options.audit) {
		tell_audited(supervisor, call->pid);
		return CALL_CONTINUE;
	}
	if (!call->pid)
		supervisor_tell(supervisor, (struct supervisor_event){
						    .kind = SUPERVISOR_NOT_PATCHED,
						    .error = -ESRCH,
					    });
	if (!call->pid || repeats_unturned_call(supervisor, call->pid))
		return CALL_REFUSE;
	if (call->from > UINT32_MAX) { /* made by a 64-bit program: 32-bit ones have no code above 4 GiB */
		if (listener_is_waiting(&waiting))
			tell_refused(supervisor, call->pid, -ENOTSUP);
		return CALL_REFUSE;
	}
	/* A worker looks at the memory when the thread is stopped: multiplexed_in_stopped(). */
	r = supervisor->patcher.worker ? 0 : look_at_caller(supervisor, &waiting);
	if (!r) {
		r = attach(supervisor, &waiting);
		if (!r)
			return CALL_TURN;
		if (!supervisor->patcher.worker)
			late_end(&supervisor->multiplexed.late);
	}
	if (listener_is_waiting(&waiting))
		tell_refused(supervisor, call->pid, r);
	return CALL_REFUSE;
}

void multiplexed_in_stopped(struct supervisor *supervisor, const struct listener_call *call)
{
	struct late *late = &supervisor->multiplexed.late;
	struct registers32 registers;
	bool is_stopped, alone;
	int opened = 0, r;

	/*
	 * The memory is opened while the thread is still on its way to the stop, which saves time. This is safe: the
	 * thread is traced, so its number is its own; and if it then is found stopped in the reported call, it hasn't
	 * called exec meanwhile, and the opened memory is its own.
	 */
	if (supervisor->patcher.worker)
		opened = late_open(late, &supervisor->patcher, call->pid);
	is_stopped = !remote_wait(call->pid, supervisor->stop_waiting);
	r = is_stopped ? registers_get(call->pid, &registers) : -ESRCH;
	if (!r && is_stopped_in(&registers, call)) {
		alone = threads_is_alone(call->pid);
		r = opened ? opened : prepare(late, call, alone);
		if (!r && late->caller == LATE_OTHER && !has_stack(late, &registers))
			r = -EFAULT;
		if (!r) {
			write_changes(supervisor, late, call->pid, alone);
			if (late->caller == LATE_OTHER)
				supervisor_tell_int80(supervisor, call->pid);
			turn(late, &registers);
			registers_set(call->pid, &registers);
		} else {
			tell_refused(supervisor, call->pid, r);
			refuse_stopped(supervisor, call->pid);
		}
	} else if (r == -ENOTSUP) {
		tell_refused(supervisor, call->pid, r); /* 64-bit mode: the thread can't go on in the 32-bit entry */
		refuse_stopped(supervisor, call->pid);
	}
	/* Else the thread is on its way to a signal handler; then it repeats its call, which is reported again. */
	if (is_stopped)
		ptrace(PTRACE_DETACH, call->pid, NULL, NULL);
	if (!opened)
		late_end(late);
}
