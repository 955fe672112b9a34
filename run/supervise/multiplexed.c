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
	multiplexed->refused = (struct ring)RING_OVER(multiplexed->refused_entries, program);
	multiplexed->unturned = (struct ring)RING_OVER(multiplexed->unturned_entries, thread);
}

bool multiplexed_is(const struct listener_call *call)
{
	const struct abi_arch *i386 = abi_arch("i386");

	return call->arch == i386->token && call->number == i386->socketcall;
}

/* ---- What is told ------------------------------------------------------------------------------------------------ */

/* Whether something was told already of the program that the process runs. From now on it was. */
static bool is_told(struct multiplexed *multiplexed, pid_t process)
{
	struct multiplexed_program program = { .process = status_identify(process) };
	char name[MULTIPLEXED_NAME];

	status_name(process, name, sizeof name);
	memcpy(program.name, name, strlen(name)); /* what is behind it is zero in all of them */
	if (ring_find(&multiplexed->refused, &program, NULL))
		return true;
	ring_add(&multiplexed->refused, &program);
	return false;
}

/* Of a program's calls that are refused, once. Nothing is told of 64-bit programs: socketcall is closed to them. */
static void tell_refused(struct supervisor *supervisor, pid_t thread, int error)
{
	pid_t process = status_process(thread);

	if (!process || (error == -ENOTSUP && !supervisor->options.report_closed) ||
	    is_told(&supervisor->multiplexed, process))
		return;
	supervisor_tell(supervisor, (struct supervisor_event){
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

/* Of a program's multiplexed calls that are let through, once. */
static void tell_audited(struct supervisor *supervisor, pid_t thread)
{
	pid_t process = status_process(thread);

	if (!process || is_told(&supervisor->multiplexed, process))
		return;
	supervisor_tell(supervisor, (struct supervisor_event){ .kind = SUPERVISOR_MULTIPLEXED, .pid = process });
}

/* ---- Patching ---------------------------------------------------------------------------------------------------- */

static bool is_inside(const struct threads *threads, const struct late *late)
{
	for (unsigned i = 0; i < late->changes; i++)
		if (threads_any_is_inside(threads, late->changed[i].start, late->changed[i].end))
			return true;
	return false;
}

/*
 * The calling thread is stopped; `alone`, and it is its process' only one. A worker hasn't looked at the memory yet: it
 * does that and writes all that it can in one step. 0; or -errno, and the call can't be turned.
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
 * Then makes the changes, unless they are made. If another thread is in the way, this isn't done now: the next call is
 * reported, too, and turned.
 */
static void change(struct supervisor *supervisor, struct late *late, pid_t thread, bool alone)
{
	struct threads *threads = &supervisor->multiplexed.threads;

	if (!late->changes)
		return;
	if (alone && !late->is_written) {
		late_write_jumps(late);
	} else if (!alone && !threads_stop(threads, thread, supervisor->waiting)) {
		if (!is_inside(threads, late))
			late_write_jumps(late);
		threads_release(threads);
	}
	if (late->is_written)
		tell_patched(supervisor, late, alone ? thread : status_process(thread));
}

/* ---- Turning the call -------------------------------------------------------------------------------------------- */

/*
 * Whether there is memory below the stack pointer for the demultiplexer. Code with an `int $0x80` of its own may have
 * none, because the kernel's call needs none; without it the thread would be killed. memory_read() extends a stack that
 * grows, as the thread's own push would.
 */
static bool has_stack(const struct late *late, const struct registers32 *registers)
{
	enum { DEMULTIPLEXER = 64 }; /* bytes: the return address, the registers that are kept, the words of a block */
	unsigned char bytes[DEMULTIPLEXER];
	uint32_t at = registers->esp - sizeof bytes;

	return !memory_read(&late->target, at, bytes, sizeof bytes) &&
	       !memory_read_as_itself(&late->target, at, bytes, sizeof bytes);
}

/* Which direct call makes `call`, with which registers; the block is read from the process. False when it can't be. */
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
 * Writes to *registers how the thread goes on. The direct call of glibc's cancellation stub is made by the stub's
 * own instruction: the SIGCANCEL handler compares the program counter with the stub's bounds. The block is libc's
 * own, on the thread's stack, and the stub restores the registers. Any other call is made as if the program had
 * called the vDSO's entry.
 */
static void turn(const struct late *late, struct registers32 *registers)
{
	registers->orig_eax = (uint32_t)-1; /* the thread isn't in a system call, so none is restarted */
	if (late->caller == LATE_STUB && set_direct(late, registers)) {
		registers->eip -= I386_INT80_BYTES;
		return;
	}
	registers->eax = registers->eip; /* the entry pushes it: its return address */
	registers->eip = late->entry;
}

/*
 * Whether the thread has stopped in the call that was reported, and not in a signal's handler before it makes the
 * call once more. The call's result is then that of CALL_TURN; or, before Linux 5.19, ERESTARTSYS, if the stop
 * ended the waiting before the answer did.
 */
static bool is_stopped_in(const struct registers32 *registers, const struct listener_call *call)
{
	return registers->orig_eax == (uint32_t)call->number && registers->eip == (uint32_t)call->from &&
	       registers->ebx == (uint32_t)call->argument[0] && registers->ecx == (uint32_t)call->argument[1] &&
	       (registers->eax == (uint32_t)-LISTENER_RESTARTED ||
		registers->eax == (uint32_t)(1 - LISTENER_RESTARTED));
}

/* ---- A call ------------------------------------------------------------------------------------------------------ */

/* Whether the thread makes a call once more that couldn't be turned. From now on it doesn't. */
static bool is_made_again(struct supervisor *supervisor, pid_t thread)
{
	struct ring *unturned = &supervisor->multiplexed.unturned;
	struct status_identity identity;
	struct multiplexed_unturned *found;

	if (ring_is_empty(unturned))
		return false;
	identity = status_identify(thread);
	found = ring_find(unturned, &identity, NULL);

	if (found)
		ring_forget(unturned, found);
	return found != NULL;
}

/*
 * The stopped thread's call can't be turned. It gets ENOSYS; but where a judge() may let it through, which it can't any
 * more now that it was answered, the thread makes it once more and it is reported again.
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

/* Opens the process, and looks what made the call. 0; or -errno, and it isn't open: the call can't be turned. */
static int look(struct supervisor *supervisor, struct listener_waiting *waiting)
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
	if (!call->pid || is_made_again(supervisor, call->pid))
		return CALL_REFUSE;
	if (call->from > UINT32_MAX) { /* a 64-bit program's: 32-bit ones have no code above 4 GiB */
		if (listener_is_waiting(&waiting))
			tell_refused(supervisor, call->pid, -ENOTSUP);
		return CALL_REFUSE;
	}
	/* Before a worker looks, the thread is stopped: multiplexed_in_stopped(). */
	r = supervisor->patcher.worker ? 0 : look(supervisor, &waiting);
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
	 * Opened while the thread is on its way to its stop. It is traced, so nobody else has its number; and if it
	 * stops in its call, it hasn't left its process' memory by an exec meanwhile.
	 */
	if (supervisor->patcher.worker)
		opened = late_open(late, &supervisor->patcher, call->pid);
	is_stopped = !remote_wait(call->pid, supervisor->waiting);
	r = is_stopped ? registers_get(call->pid, &registers) : -ESRCH;
	if (!r && is_stopped_in(&registers, call)) {
		alone = threads_is_alone(call->pid);
		r = opened ? opened : prepare(late, call, alone);
		if (!r && late->caller == LATE_OTHER && !has_stack(late, &registers))
			r = -EFAULT;
		if (!r) {
			change(supervisor, late, call->pid, alone);
			if (late->caller == LATE_OTHER)
				supervisor_tell_int80(supervisor, call->pid);
			turn(late, &registers);
			registers_set(call->pid, &registers);
		} else {
			tell_refused(supervisor, call->pid, r);
			refuse_stopped(supervisor, call->pid);
		}
	} else if (r == -ENOTSUP) {
		tell_refused(supervisor, call->pid, r); /* in 64-bit mode there is no such entry */
		refuse_stopped(supervisor, call->pid);
	}
	if (is_stopped)
		ptrace(PTRACE_DETACH, call->pid, NULL, NULL);
	if (!opened)
		late_end(late);
}
